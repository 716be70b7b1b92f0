"""What a run did, for people and for machines: table, HTML page, JSON file, CSV.

Everything is made from ``syncer.model.run.RunResult`` and outbox rows; nothing is asked of
a ledger or the store here, and no report holds a message's body or a secret.
"""
