"""What a policy would have done on past days: played from the ledger's own history, day by day."""
