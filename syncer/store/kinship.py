"""Tables of which accounts share their limits to contact: by the debtor, and by the mailbox."""

from sqlalchemy import Column, Index, LargeBinary, PrimaryKeyConstraint, Table

from syncer.store.columns import copied_from, metadata
from syncer.store.types import Word

# Whom an account is the same debtor as, in other ledgers: made from the configuration and from
# what the account says (syncer.store.debtors). A ledger has no rows while nothing is configured.
debtor = Table(
    "debtor",
    metadata,
    copied_from(),
    Column("account_id", Word, nullable=False),
    Column("debtor_key", Word, nullable=False),  # "" = nobody else's debtor
    Column("digest", LargeBinary, nullable=False),  # of the account that the key was made from
    Column("rules", LargeBinary, nullable=False),  # digest of the rules that made it
    PrimaryKeyConstraint("ledger_no", "account_id"),
)
Index(
    "ix_debtor_key",
    debtor.c.debtor_key,
    debtor.c.ledger_no,
    debtor.c.account_id,
    sqlite_where=debtor.c.debtor_key != "",
)

# The e-mail addresses of accounts, where the configuration wants those that share one to be
# contacted as one (syncer.store.mailboxes). Address "" is the row with the digest of the account
# that the others were read from.
mailbox = Table(
    "mailbox",
    metadata,
    copied_from(),
    Column("account_id", Word, nullable=False),
    Column("address", Word, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    PrimaryKeyConstraint("ledger_no", "account_id", "address"),
)
Index(
    "ix_mailbox_address",
    mailbox.c.address,
    mailbox.c.ledger_no,
    mailbox.c.account_id,
    sqlite_where=mailbox.c.address != "",
)
