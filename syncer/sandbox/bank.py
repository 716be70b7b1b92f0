"""Lines of bank statements: what the bank says came in and went out, and what was matched."""

from datetime import date
from decimal import Decimal

from syncer.sandbox.records import Record


class BankLine(Record):
    """One line of a statement; ``amount`` is above zero for money that came in."""

    on: date
    amount: Decimal
    matched: bool = True  # with something in the books
