"""What a rig has to know of a ledger: its connector, and how the sandbox speaks to it.

A form says what a judge has to know of the wire: which call is the last look at an account,
which one writes a note, and where in the sandbox's books notes stand. It asks the sandbox
only, never the connector.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from syncer.http.oauth import Provider, TokenKeeper
from syncer.ports import ConnectorSpec
from syncer.sandbox.faults import FaultKind, FaultPlan
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Document
from syncer.sandbox.world import World
from syncer.sandbox.xero.tokens import TokenDesk

TOKEN, NOTE, LOOK_UP = "token", "note", "look-up"
CHANGES = "changes"  # what changed since an earlier run
# People's acts are no faults, and of the vendor's own error codes none is as common as these.
_NO_KINDS = frozenset({FaultKind.BEFORE, FaultKind.AFTER, FaultKind.CODED})
KINDS = tuple(kind for kind in FaultKind if kind not in _NO_KINDS)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request on its way to a ledger, as far as a judge reads it."""

    method: str
    path: str
    query: str = ""
    step: str = ""  # where a form cannot tell it by the address alone
    pulling: bool = False  # whether a run is still reading lists, where only the order tells


class Form(Protocol):
    """One connector with its simulated vendor."""

    name: str
    spec: ConnectorSpec
    kinds: tuple[StrEnum, ...]  # what can go wrong with it: faults of calls, troubles of files
    steps: tuple[str, ...]  # the calls of a run
    lists: frozenset[str]  # of those, the ones a run's facts rest on
    asked_often: frozenset[str]  # of the steps, those that are several calls of every run
    knows_promises: bool  # whether an invoice can carry an expected payment date
    one_currency_each: bool  # whether a customer can owe in one currency only
    person_logs_in: bool  # whether a login that ended needs a person
    tells_mail_day: bool  # whether it says when it mailed an invoice last
    knows_blocks: bool  # whether an invoice can be blocked in the ledger itself

    def app(self, world: World, faults: FaultPlan, home: Path) -> Any:
        """The simulated vendor, with the attribute ``faults``; ``home`` is for files."""

    def config(self, world: World, home: Path) -> BaseModel:
        """The connector's settings for this world."""

    def provider(self, config: Any) -> Provider | None:
        """The vendor's login; None where there is none."""

    def log_in(self, app: Any, config: Any, keeper: TokenKeeper) -> None:
        """A person logs in, where one has to."""

    def asked(self, environ: Mapping[str, Any], before: Asked) -> Asked:
        """A request as it arrives, after the one before it."""

    def step(self, asked: Asked) -> str:
        """Which of ``steps`` a call is."""

    def looks_at(self, world: World, asked: Asked) -> Sequence[str]:
        """The contacts whose last look begins with this call; none for any other call."""

    def notes(self, world: World, app: Any) -> Iterable[str]:
        """The texts that programs left in the books."""

    def tasks(self, world: World, app: Any) -> Iterable[str]:
        """The texts of what they asked of people; among the notes where there is no other place."""

    def cannot_be(self, what: str, step: str) -> str:
        """Why something of ``kinds`` cannot meet a step; "" = it can."""

    def told(self, world: World, app: Any) -> Ledger:
        """The books as a run can know them."""

    def unreadable(self, app: Any) -> str:
        """The contact of whom something is told that cannot be read; "" = none."""

    def account_id(self, world: World, contact: Contact) -> str:
        """The id by which it tells of a contact."""

    def item_id(self, world: World, doc: Document) -> str:
        """The id by which it tells of a document."""

    def revoke(self, world: World) -> bool:
        """The program's access is taken back; False where nobody gave it any."""

    def tell(self, app: Any) -> None:
        """Somebody acted in the books: let a run know, where people have to do that."""

    def heeded(self, app: Any, config: Any) -> Any:
        """The settings once a person did what a run's message asks of its configuration."""


class OverHttp:
    """What is the same for all that are asked call by call."""

    def asked(self, environ: Mapping[str, Any], before: Asked) -> Asked:
        """Method, address and query tell all."""
        del before
        return Asked(
            str(environ["REQUEST_METHOD"]),
            str(environ["PATH_INFO"]),
            str(environ.get("QUERY_STRING", "")),
        )

    def cannot_be(self, what: str, step: str) -> str:
        """Anything can befall a call."""
        del what, step
        return ""

    def told(self, world: World, app: Any) -> Ledger:
        """The books themselves."""
        del app
        return world.main

    def unreadable(self, app: Any) -> str:
        """Answers are whole or refused."""
        del app
        return ""

    def account_id(self, world: World, contact: Contact) -> str:
        """The sandbox's own."""
        del world
        return contact.contact_id

    def item_id(self, world: World, doc: Document) -> str:
        """The sandbox's own."""
        del world
        return doc.doc_id

    def revoke(self, world: World) -> bool:
        """Every token is dead from now on."""
        TokenDesk(world).kill_access(refresh_too=True)
        return True

    def tell(self, app: Any) -> None:
        """Nobody has to."""

    def heeded(self, app: Any, config: Any) -> Any:
        """As they are: nothing is asked."""
        del app
        return config
