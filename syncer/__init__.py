"""A worker that gets invoices paid: ledgers in, decisions, reminders and notes out."""

__version__ = "0.1.0"
