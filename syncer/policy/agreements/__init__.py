"""What was agreed with a customer: promises, payment plans, disputes, and what it said itself."""
