"""What may be charged on top of a late debt, worked out line by line and never rounded early."""
