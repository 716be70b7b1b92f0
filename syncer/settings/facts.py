"""From the facts of a case as people write them to the records that the policy decides on."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType

from msgspec.structs import replace

from syncer.flow.agreements import answered, is_claim
from syncer.model.agreement import Covered, Terms
from syncer.model.charge import Announced, ChargeLine
from syncer.model.decision import AccountSnapshot, Contact, Elsewhere, LedgerContext
from syncer.model.hold import Hold
from syncer.model.ledger import (
    Account,
    EarlyPayment,
    OpenItem,
    Organisation,
    Person,
    Settled,
)
from syncer.model.money import ZERO
from syncer.policy.compiled import ready
from syncer.policy.rules import Policy
from syncer.policy.trial.cases import Expected
from syncer.settings.cases import NEVER, CaseGiven, CasesGiven, ExpectGiven
from syncer.settings.given import (
    AccountGiven,
    ChargedGiven,
    ContactGiven,
    HoldGiven,
    ItemGiven,
    PaymentGiven,
    ReasonGiven,
)

LEDGER = "case"
_DAY = timedelta(days=1)
_NOON = time(12, tzinfo=UTC)


def snapshot_of(case: CaseGiven, file: CasesGiven, policy: Policy, today: date) -> AccountSnapshot:
    """The account as the policy reads it. ``policy`` says what follows on what customers said."""
    currency, owner = file.currency, case.account.id
    currencies = {one.id: one.currency or currency for one in case.items}
    held = [_hold(one, n, owner, today, currencies, currency) for n, one in enumerate(case.holds)]
    said = [_said(one, n, owner, policy, currencies) for n, one in enumerate(case.reasons)]
    return AccountSnapshot(
        ledger=LEDGER,
        account=_account(case.account, currency),
        items=tuple([_item(one, owner, currency) for one in case.items]),
        holds=(*held, *said),
        contacts=tuple(
            [_contact(one, n, owner, currency, policy) for n, one in enumerate(case.contacts)]
        ),
        settled=tuple([_settled(one, owner, currency) for one in case.settled]),
        quarantined=case.unread,
        closed=tuple([_item(one, owner, currency) for one in case.closed]),
        elsewhere=tuple(
            [
                Elsewhere(
                    ledger=one.ledger, key=f"elsewhere-{n}", on=one.sent, account_id=one.account
                )
                for n, one in enumerate(case.elsewhere)
            ]
        ),
    )


def context_of(case: CaseGiven, file: CasesGiven, today: date) -> LedgerContext:
    """The ledger on the day of the case."""
    return LedgerContext(
        ledger=LEDGER,
        organisation=Organisation(
            name="Case",
            time_zone=file.time_zone,
            currency=file.currency,
            country=file.country or "",
            books_fresh_on=case.books_fresh_on or file.books_fresh_on,
        ),
        today=today,
        last_run_on=case.last_run or max(today, date.min + _DAY) - _DAY,
        live_since=case.live_since or file.live_since,
        gaps=tuple([(one.after, one.before) for one in case.no_runs]),
        turnover=tuple(sorted(file.turnover.items())),
    )


def expected_of(given: ExpectGiven) -> Expected:
    """What the case is compared with."""
    return Expected(
        action=given.action,
        currency=given.currency,
        reason=given.reason,
        reasons=given.reasons,
        step=given.step,
        segment=given.segment,
        ladder=given.ladder,
        asked=given.asked,
        held=given.held,
        look=None if given.look == NEVER else given.look,
        never=given.look == NEVER,
        outcomes=tuple(given.outcomes.items()),
        agreements=tuple(given.agreements.items()),
        charges=None if given.charges is None else tuple(sorted(given.charges.items())),
        signs=None if given.signs is None else tuple(sorted(given.signs)),
    )


def past_of(case: CaseGiven, file: CasesGiven) -> tuple[Announced, ...]:
    """The earlier messages that named charges."""
    return tuple([_announced(one, n, file.currency) for n, one in enumerate(case.charged)])


def _account(given: AccountGiven, currency: str) -> Account:
    return Account(
        account_id=given.id,
        name=given.name,
        people=tuple([Person(email=f"{r}@customer.example", role=r) for r in given.roles]),
        country=given.country or "",
        region=given.region,
        language=given.language or "",
        groups=given.groups,
        archived=given.archived,
        merged_into=given.merged_into,
        do_not_chase=given.do_not_chase,
        note=given.note,
        credit_limit=given.credit_limit,
        limit_currency=given.limit_currency or currency,
        direct_debit=given.direct_debit,
    )


def _item(given: ItemGiven, account_id: str, currency: str) -> OpenItem:
    offer = given.early_payment
    return OpenItem(
        item_id=given.id,
        account_id=account_id,
        kind=given.kind,
        number=given.number or given.id,
        currency=given.currency or currency,
        total=given.open if given.total is None else given.total,
        open=given.open,
        issued_on=given.issued,
        due_on=given.due,
        reference=given.reference,
        expected_on=given.expected,
        sent=given.sent,
        sent_on=given.mailed,
        rate_to_base=given.rate,
        stop=given.stop,
        early_payment=EarlyPayment(until=offer.until, amount=offer.amount) if offer else None,
        note=given.note,
        site=given.site,
    )


def _hold(
    given: HoldGiven,
    number: int,
    account_id: str,
    today: date,
    currencies: Mapping[str, str],
    currency: str,
) -> Hold:
    parts = tuple(one.part() for one in given.instalments)
    ends = 0 if given.offered else -1  # an offer lapses with its first day
    last = parts[ends].due_on if parts and given.until is None else given.until
    began = min(today - _DAY, last) if given.since is None and last is not None else None
    terms = Terms(
        covers=_covers(given.covers, currencies, given.expected),
        offered=given.offered,
        instalments=parts,
        cause=given.code or "",
        owner=given.owner,
        said_by=given.said_by,
        handed_to=given.handed_to or "",
        ended=given.ended,
    )
    whole = sum([one.amount for one in parts], ZERO) if parts else None
    return Hold(
        hold_id=given.id or f"hold-{number + 1}",
        kind=given.kind,
        account_id=account_id,
        item_id=given.item,
        amount=whole if given.amount is None else given.amount,
        currency=given.currency or _of(given, currencies, currency),
        starts_on=given.since or began or today - _DAY,
        ends_on=last,
        reason=given.reason,
        terms=None if terms == Terms() else terms,
    )


def _of(given: HoldGiven, currencies: Mapping[str, str], currency: str) -> str:
    """Of an amount: its invoice's currency, else the file's. Without one nothing is said."""
    if given.amount is None and not given.instalments:
        return ""
    return currencies.get(given.item, currency)


def _covers(
    given: Mapping[str, Decimal],
    currencies: Mapping[str, str],
    expected: Mapping[str, date] = MappingProxyType({}),
) -> tuple[Covered, ...]:
    return tuple(
        [
            Covered(
                item_id=item,
                open=amount,
                currency=currencies.get(item, ""),
                expected_on=expected.get(item),
            )
            for item, amount in given.items()
        ]
    )


def _said(
    given: ReasonGiven,
    number: int,
    account_id: str,
    policy: Policy,
    currencies: Mapping[str, str],
) -> Hold:
    """As `syncer reason set` keeps it."""
    hold = answered(
        given.code,
        policy.agreements,
        hold_id=given.id or f"reason-{number + 1}",
        account_id=account_id,
        item_id=given.item,
        note=given.note,
        author="",
        owner="",
        said_by="",
        today=given.said,
        at=datetime.combine(given.said, _NOON),
    )
    covers = _covers(given.covers, currencies)
    if not (covers and is_claim(hold)):
        return hold
    return replace(hold, terms=replace(hold.terms or Terms(), covers=covers))


def _contact(
    given: ContactGiven, number: int, account_id: str, currency: str, policy: Policy
) -> Contact:
    return Contact(
        account_id=account_id,
        currency=given.currency or currency,
        step=given.step,
        step_index=_place(given, policy),
        episode=given.episode or (given.items[0] if given.items else ""),
        key=f"contact-{number + 1}",
        on=given.sent,
        channel=given.channel,
        item_ids=given.items,
        settled=given.settled,
    )


def _place(given: ContactGiven, policy: Policy) -> int:
    if given.number is not None:
        return given.number
    ladders = ready(policy).ladders.values()
    return next((one.index[given.step] for one in ladders if given.step in one.index), -1)


def _settled(given: PaymentGiven, account_id: str, currency: str) -> Settled:
    return Settled(
        item_id=given.id,
        account_id=account_id,
        currency=given.currency or currency,
        amount=given.amount,
        issued_on=given.issued,
        due_on=given.due,
        paid_on=given.paid,
        credited=given.credited,
    )


def _announced(given: ChargedGiven, number: int, currency: str) -> Announced:
    line = ChargeLine(
        kind=given.kind,
        item_id=given.item,
        number=given.item,
        amount=given.amount or ZERO,
        currency=given.currency or currency,
        rows=(),
        working=(),
        until=given.until or (given.on if given.kind == "interest" else None),
    )
    return Announced(
        key=f"charged-{number + 1}",
        step=given.step,
        currency=line.currency,
        at=datetime.combine(given.on, _NOON),
        lines=() if given.amount is None else (line,),
        item_ids=(given.item,),
        kept=given.amount is not None,
    )
