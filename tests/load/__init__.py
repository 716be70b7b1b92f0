"""Many ledgers, many runs, few calls: what a large installation lives through."""
