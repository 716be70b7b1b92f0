"""What must stay in, and what must not come in: secrets, customers' data, hostile input."""
