"""What the state can prove about one customer: journal entries with their hashes, and messages."""

from collections.abc import Mapping

from syncer.model.effect import Attempt, Effect, Message
from syncer.model.hold import Hold
from syncer.model.ledger import Account, Record


class Entry(Record, kw_only=True, frozen=True):
    """One row of a journal. ``hash`` is the SHA-256 of ``previous`` followed by ``row``.

    ``row`` is the row's text as it was hashed: a JSON list that begins with its number.
    """

    journal: str  # decision | attempt | event
    number: int
    at: str  # instant in UTC, as it was written
    row: str
    previous: str
    hash: str


class Kept(Record, gc=True, kw_only=True, frozen=True):
    """A message as it was kept right before it left; ``sha256`` is of its bytes (``raw``)."""

    number: int  # 1 for the first that was sent under the key
    sha256: str
    message: Message


class Contacted(Record, gc=True, kw_only=True, frozen=True):
    """One thing that was done outside, or was to be: the effect, its tries and its messages."""

    effect: Effect
    attempts: tuple[Attempt, ...]
    messages: tuple[Kept, ...]
    policy_version: str = ""  # of the run that planned it; "" = that run is not known
    program: str = ""  # its version


class Head(Record, kw_only=True, frozen=True):
    """Where a journal of the ledger ends: keep it elsewhere, and nobody can write another."""

    journal: str
    number: int
    hash: str


class Evidence(Record, gc=True, kw_only=True, frozen=True):
    """Everything about one customer, each list oldest first."""

    ledger: str
    account: Account
    contacts: tuple[Contacted, ...]
    holds: tuple[Hold, ...]
    entries: tuple[Entry, ...]
    heads: tuple[Head, ...]
    numbers: Mapping[str, str]  # of the customer's items, open or closed, by id
