"""Frozen records that every layer shares: no I/O, no clock, no behaviour beyond arithmetic."""
