"""What the tables have in common: one catalogue, names for constraints, columns that recur."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Connection, ForeignKey, Integer, MetaData
from sqlalchemy.event import listens_for

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """Only these words. Spelt with OR: SQLite builds a table for IN on every single row."""
    listed = " OR ".join(f"{column} = '{word.value}'" for word in words)
    return CheckConstraint(listed, name=column)


def of_ledger() -> Column[int]:
    """The ledger a row belongs to."""
    return Column("ledger_no", Integer, ForeignKey("ledger.ledger_no"), nullable=False)


def copied_from() -> Column[int]:
    """The ledger of a copied fact; the row is written by the thousand and checked elsewhere."""
    return Column("ledger_no", Integer, nullable=False)


@listens_for(metadata, "before_create")
def _narrow_indexes(_: object, connection: Connection, **_options: object) -> None:
    """PostgreSQL's indexes leave out what SQLite's do; naming it above would load its dialect."""
    if connection.dialect.name == "postgresql":
        for index in (one for table in metadata.tables.values() for one in table.indexes):
            narrowed = index.dialect_options["sqlite"]["where"]
            index.dialect_options["postgresql"]["where"] = narrowed
