"""One case: an account as it is given, and what the policy is expected to say about it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from syncer.model.decision import AccountSnapshot, Action, Code, Contact, Decision, LedgerContext
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import (
    Account,
    ItemKind,
    OpenItem,
    Organisation,
    Person,
    Record,
    Settled,
)
from syncer.policy.compiled import ReadyLadder, ready
from syncer.policy.decide import decide
from syncer.policy.rules import Policy

_LEDGER = "case"
_ACCOUNT = "case-account"
_DAY = timedelta(days=1)


class GivenItem(Record, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An open item."""

    id: str
    open: Decimal
    due: date | None = None
    kind: ItemKind = ItemKind.INVOICE
    currency: str = ""
    total: Decimal | None = None
    issued: date | None = None
    expected: date | None = None
    sent: bool | None = None
    rate: Decimal | None = None


class GivenHold(Record, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A hold that began before the case's day unless it says otherwise."""

    kind: HoldKind
    item: str = ""
    amount: Decimal | None = None
    currency: str = ""
    since: date | None = None
    until: date | None = None
    reason: str = "as the case says"


class GivenContact(Record, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A message that went out before."""

    step: str
    sent: date
    items: tuple[str, ...]
    currency: str = ""
    settled: bool = True


class GivenPayment(Record, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An invoice that was paid."""

    id: str
    paid: date
    amount: Decimal
    due: date | None = None
    issued: date | None = None
    currency: str = ""


class GivenAccount(Record, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The customer."""

    id: str = _ACCOUNT
    name: str = "Customer"
    country: str = ""
    language: str = ""
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ("invoice",)  # who has an address; none = nobody
    archived: bool = False
    do_not_chase: bool = False
    direct_debit: bool = False  # the ledger says that its money is collected


class Expected(Record, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What is compared; what is left out may be anything."""

    action: Action
    reason: Code | None = None
    step: str | None = None
    segment: str | None = None
    ladder: str | None = None
    asked: Decimal | None = None
    look: date | None = None
    outcomes: Mapping[str, Code] | None = None


class Case(Record, kw_only=True, frozen=True, gc=True, forbid_unknown_fields=True):
    """A case as it is written; ``line`` is where."""

    name: str
    expect: Expected
    items: tuple[GivenItem, ...]
    today: date | None = None
    last_run: date | None = None
    account: GivenAccount = GivenAccount()
    holds: tuple[GivenHold, ...] = ()
    contacts: tuple[GivenContact, ...] = ()
    settled: tuple[GivenPayment, ...] = ()


class CaseFile(Record, kw_only=True, frozen=True, gc=True, forbid_unknown_fields=True):
    """Cases of one policy, and what they share."""

    cases: tuple[Case, ...]
    policy: str = ""  # "" = the one that the command line names
    today: date | None = None
    currency: str = "EUR"
    country: str = ""
    books_fresh_on: date | None = None
    turnover: Mapping[str, Decimal] = {}


class Verdict(Record, kw_only=True, frozen=True, gc=True):
    """How a case went; no ``wrong`` = as expected."""

    case: str
    decision: Decision | None
    wrong: tuple[str, ...] = ()


def try_case(case: Case, file: CaseFile, policy: Policy) -> Verdict:
    """Decide the case and compare. Raises ConfigError for a policy that cannot be used."""
    today = case.today or file.today
    if today is None:
        return Verdict(case=case.name, decision=None, wrong=("it names no day: add today",))
    facts = snapshot(case, file, policy, today)
    context = LedgerContext(
        ledger=_LEDGER,
        organisation=Organisation(
            name="Case",
            time_zone="UTC",
            currency=file.currency,
            country=file.country,
            books_fresh_on=file.books_fresh_on,
        ),
        today=today,
        last_run_on=case.last_run or today - _DAY,
        turnover=tuple(sorted(file.turnover.items())),
    )
    decisions = decide(facts, policy, context)
    if not decisions:
        return Verdict(case=case.name, decision=None, wrong=("nothing is open, so nothing said",))
    told = next((one for one in decisions if one.action is Action.CONTACT), decisions[0])
    return Verdict(case=case.name, decision=told, wrong=tuple(_wrong(case.expect, told)))


def _wrong(expect: Expected, found: Decision) -> Sequence[str]:
    pairs: list[tuple[str, object, object]] = [
        ("action", expect.action, found.action),
        ("reason", expect.reason, found.reasons[0].code),
        ("step", expect.step, found.step),
        ("segment", expect.segment, found.segment),
        ("ladder", expect.ladder, found.ladder),
        ("asked", expect.asked, found.position.asked),
        ("look", expect.look, found.next_look_on),
    ]
    wrong = [
        f"{key}: expected {_shown(wanted)}, the policy says {_shown(said)}"
        for key, wanted, said in pairs
        if wanted is not None and wanted != said
    ]
    codes = {outcome.item_id: outcome.code for outcome in found.outcomes}
    for item, code in (expect.outcomes or {}).items():
        if codes.get(item) != code:
            wrong.append(f"outcome of {item}: expected {code}, the policy says {codes.get(item)}")
    return wrong


def _shown(value: object) -> str:
    return "nothing" if value in (None, "") else str(value)


def snapshot(case: Case, file: CaseFile, policy: Policy, today: date) -> AccountSnapshot:
    """The account of a case as the policy reads it."""
    given = case.account
    return AccountSnapshot(
        ledger=_LEDGER,
        account=Account(
            account_id=given.id,
            name=given.name,
            people=tuple([Person(email=f"{r}@customer.example", role=r) for r in given.roles]),
            country=given.country,
            language=given.language,
            groups=given.groups,
            archived=given.archived,
            do_not_chase=given.do_not_chase,
            direct_debit=given.direct_debit,
        ),
        items=tuple([_item(one, given.id, file.currency) for one in case.items]),
        holds=tuple([_hold(one, n, given.id, today) for n, one in enumerate(case.holds)]),
        contacts=tuple(
            [
                _contact(one, n, given.id, file.currency, policy)
                for n, one in enumerate(case.contacts)
            ]
        ),
        settled=tuple([_settled(one, given.id, file.currency) for one in case.settled]),
    )


def _item(given: GivenItem, account_id: str, currency: str) -> OpenItem:
    return OpenItem(
        item_id=given.id,
        account_id=account_id,
        kind=given.kind,
        number=given.id,
        currency=given.currency or currency,
        total=given.total or given.open,
        open=given.open,
        issued_on=given.issued,
        due_on=given.due,
        expected_on=given.expected,
        sent=given.sent,
        rate_to_base=given.rate,
    )


def _hold(given: GivenHold, number: int, account_id: str, today: date) -> Hold:
    return Hold(
        hold_id=f"case-{number}",
        kind=given.kind,
        account_id=account_id,
        item_id=given.item,
        amount=given.amount,
        currency=given.currency,
        starts_on=given.since or today - _DAY,
        ends_on=given.until,
        reason=given.reason,
    )


def _contact(
    given: GivenContact, number: int, account_id: str, currency: str, policy: Policy
) -> Contact:
    indexes = [
        ladder.index[given.step] for ladder in _ladders(policy) if given.step in ladder.index
    ]
    return Contact(
        account_id=account_id,
        currency=given.currency or currency,
        step=given.step,
        step_index=indexes[0] if indexes else -1,
        episode=given.items[0] if given.items else "",
        key=f"case-{number}",
        on=given.sent,
        channel="email",
        item_ids=given.items,
        settled=given.settled,
    )


def _ladders(policy: Policy) -> Sequence[ReadyLadder]:
    return tuple(ready(policy).ladders.values())


def _settled(given: GivenPayment, account_id: str, currency: str) -> Settled:
    return Settled(
        item_id=given.id,
        account_id=account_id,
        currency=given.currency or currency,
        amount=given.amount,
        issued_on=given.issued,
        due_on=given.due,
        paid_on=given.paid,
    )
