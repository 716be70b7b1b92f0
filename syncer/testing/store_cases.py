"""Short ways to say what a check of a store is about: a sweep, a plan, a message sent."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from syncer.model.decision import Action, Code, Decision, ItemOutcome, Position
from syncer.model.effect import Effect, EffectKind, Message, PlannedContact
from syncer.model.ledger import (
    Account,
    ItemKind,
    OpenItem,
    Page,
    Person,
    Quarantined,
    Stream,
    StreamEnd,
)
from syncer.model.outcome import Outcome
from syncer.ports import LedgerSession, Store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TODAY = date(2026, 3, 2)
LEDGER = "acme"


def same(found: Any, expected: Any) -> None:
    """Compare, saying both sides."""
    if found != expected:
        raise AssertionError(f"found {found!r}, expected {expected!r}")


def refused(error: type[Exception], act: Callable[[], Any]) -> str:
    """The message of ``error``, which ``act`` must raise."""
    try:
        act()
    except error as raised:
        return str(raised)
    raise AssertionError(f"{error.__name__} was not raised")


def lease(store: Store, owner: str = "run-1", at: datetime = NOW) -> LedgerSession:
    """A session of a quarter of an hour."""
    until = at + timedelta(minutes=15)
    return store.take_lease(LEDGER, owner=owner, now=at, until=until)


def item(item_id: str, account_id: str = "A", amount: str = "100.00", **facts: Any) -> OpenItem:
    """An open invoice."""
    values: dict[str, Any] = {
        "kind": ItemKind.INVOICE,
        "number": f"INV-{item_id}",
        "currency": "GBP",
        "total": Decimal(amount),
        "open": Decimal(amount),
        "due_on": date(2026, 2, 1),
    }
    return OpenItem(item_id=item_id, account_id=account_id, **(values | facts))


def sweep(
    session: LedgerSession,
    *items: OpenItem,
    full: bool = True,
    quarantined: tuple[Quarantined, ...] = (),
) -> int:
    """One finished sweep over the items: how many it closed."""
    state = session.begin_stream(Stream.ITEMS)
    page = Page(stream=Stream.ITEMS, items=items, quarantined=quarantined)
    session.store_page(state, page, NOW)
    end = StreamEnd(stream=Stream.ITEMS, full=full, records=len(items) + len(quarantined))
    return session.finish_stream(state, end, NOW)


def sweep_accounts(session: LedgerSession, *accounts: Account) -> None:
    """One finished sweep over the accounts."""
    state = session.begin_stream(Stream.ACCOUNTS)
    session.store_page(state, Page(stream=Stream.ACCOUNTS, accounts=accounts), NOW)
    end = StreamEnd(stream=Stream.ACCOUNTS, full=True, records=len(accounts), cursor="next")
    session.finish_stream(state, end, NOW)


def contact(key: str = "K1", account_id: str = "A", digest: str = "d1") -> PlannedContact:
    """A decision to remind, with its effect."""
    amount = Decimal("100.00")
    zero = Decimal("0.00")
    position = Position(
        currency="GBP",
        open_invoices=amount,
        overdue=amount,
        held=zero,
        credits=zero,
        net=amount,
        asked=amount,
    )
    decision = Decision(
        account_id=account_id,
        currency="GBP",
        action=Action.CONTACT,
        reasons=(),
        position=position,
        outcomes=(ItemOutcome(item_id="1", code=Code.STEP_DUE, amount=amount),),
        digest=digest,
        key=key,
    )
    return PlannedContact(decision=decision, effect=effect(key, account_id))


def effect(key: str, account_id: str = "A", kind: EffectKind = EffectKind.REMINDER) -> Effect:
    """A pending effect."""
    return Effect(
        key=key,
        ledger=LEDGER,
        kind=kind,
        account_id=account_id,
        currency="GBP",
        channel="email",
        step="friendly",
        step_index=1,
        episode="1",
        item_ids=("1",),
        amount=Decimal("100.00"),
        planned_on=TODAY,
        run_id="r1",
    )


def plan(session: LedgerSession, *planned: PlannedContact) -> int:
    """Write decisions with the effects they ask for."""
    decisions = [one.decision for one in planned]
    return session.write_plan(run_id="r1", decisions=decisions, planned=planned, at=NOW)


def message(key: str = "K1") -> Message:
    """A message with bytes that are not text."""
    return Message(
        key=key,
        message_id=f"<{key}@acme.example>",
        sender="billing@acme.example",
        reply_to="anna@acme.example",
        to=(Person(email="a@customer.example"),),
        subject="Statement",
        text="Please pay",
        html="<p>Please pay</p>",
        language="en",
        raw=b"Subject: Statement\r\n\r\n\xff\xfe",
    )


def send(session: LedgerSession, key: str, outcome: Outcome, *follow_ups: Effect) -> Effect:
    """Claim, send and settle one effect."""
    session.claim(key, NOW)
    session.start_sending(key, message(key), NOW)
    return session.settle(key, outcome, NOW, follow_ups)


def open_ids(session: LedgerSession) -> list[str]:
    """Ids of all open items in snapshots."""
    return sorted(i.item_id for snapshot in session.snapshots() for i in snapshot.items)
