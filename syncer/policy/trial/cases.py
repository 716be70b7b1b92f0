"""One case: an account as it is given, and what the policy is expected to say about it.

Not here: how a case is written (``syncer.settings.cases``).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from syncer.model.charge import Announced
from syncer.model.decision import AccountSnapshot, Action, Code, Decision, LedgerContext
from syncer.model.ledger import Record
from syncer.model.money import ZERO
from syncer.policy.agreements.told import told
from syncer.policy.charges.on_step import charging, on_step
from syncer.policy.decide import decide
from syncer.policy.law.lawbook import LawBook
from syncer.policy.risk import ledger_counts, risk
from syncer.policy.rules import Policy


class Expected(Record, kw_only=True, frozen=True):
    """What is compared; None, or nothing in it, may be anything."""

    action: Action
    currency: str | None = None
    reason: Code | None = None
    reasons: tuple[Code, ...] = ()
    step: str | None = None
    segment: str | None = None
    ladder: str | None = None
    asked: Decimal | None = None
    held: Decimal | None = None
    look: date | None = None
    never: bool = False  # nothing changes by itself
    outcomes: tuple[tuple[str, Code], ...] = ()
    agreements: tuple[tuple[str, str], ...] = ()  # hold id, state
    charges: tuple[tuple[str, Decimal], ...] | None = None  # kind, sum
    signs: tuple[str, ...] | None = None


class Case(NamedTuple):
    """Everything that one case is made of. ``past`` are the messages that named charges."""

    name: str
    facts: AccountSnapshot
    context: LedgerContext
    policy: Policy
    law: LawBook
    past: Sequence[Announced]
    expect: Expected


class Verdict(Record, kw_only=True, frozen=True, gc=True):
    """How a case went; no ``wrong`` = as expected."""

    case: str
    decision: Decision | None
    wrong: tuple[str, ...] = ()


def try_case(case: Case) -> Verdict:
    """Decide the case and compare. Raises ConfigError for a policy that cannot be used."""
    decisions = decide(case.facts, case.policy, case.context)
    wanted = case.expect.currency
    found = [one for one in decisions if wanted in (None, one.currency)]
    if not found and _silent(case.expect):
        return Verdict(case=case.name, decision=None)
    if not found:
        where = f" in {wanted}" if wanted else ""
        return Verdict(
            case=case.name, decision=None, wrong=(f"nothing is open{where}, so nothing said",)
        )
    said = next((one for one in found if one.action is Action.CONTACT), found[0])
    wrong = (*_wrong(case.expect, said), *_wrong_sets(case, said))
    return Verdict(case=case.name, decision=said, wrong=wrong)


def _silent(expect: Expected) -> bool:
    """Whether it expects what is true of an account on which nothing is open."""
    nothing = Expected(action=Action.NONE, reason=expect.reason)
    return expect == nothing and expect.reason in (None, Code.NOTHING_OPEN)


def _wrong(expect: Expected, found: Decision) -> Iterator[str]:
    pairs: list[tuple[str, object, object]] = [
        ("action", expect.action, found.action),
        ("reason", expect.reason, found.reasons[0].code),
        ("step", expect.step, found.step),
        ("segment", expect.segment, found.segment),
        ("ladder", expect.ladder, found.ladder),
        ("asked", expect.asked, found.position.asked),
        ("held", expect.held, found.position.held),
        ("look", expect.look, found.next_look_on),
    ]
    for key, wanted, said in pairs:
        if wanted is not None and wanted != said:
            yield f"{key}: expected {_shown(wanted)}, the policy says {_shown(said)}"
    if expect.never and found.next_look_on is not None:
        yield f"look: expected never, the policy says {found.next_look_on}"


def _wrong_sets(case: Case, found: Decision) -> Iterator[str]:
    expect = case.expect
    given = [reason.code for reason in found.reasons]
    for code in expect.reasons:
        if code not in given:
            yield f"reasons: expected {code}, the policy says {_listed(given)}"
    codes = {outcome.item_id: outcome.code for outcome in found.outcomes}
    for item, wanted in expect.outcomes:
        if codes.get(item) != wanted:
            said = _shown(codes.get(item))
            yield f"outcome of {item}: expected {wanted}, the policy says {said}"
    if expect.agreements:
        yield from _wrong_agreements(case)
    if expect.charges is not None:
        yield from _wrong_charges(case, found, dict(expect.charges))
    if expect.signs is not None:
        signs = _signs(case)
        if signs != expect.signs:
            yield f"signs: expected {_listed(expect.signs)}, there are {_listed(signs)}"


def _wrong_agreements(case: Case) -> Iterator[str]:
    holds = {hold.hold_id: hold for hold in case.facts.holds}
    for name, wanted in case.expect.agreements:
        if name not in holds:
            yield f"agreement {name}: there is none of this id; there are {_listed(holds)}"
            continue
        rules, today = case.policy.agreements, case.context.today
        state = told(holds[name], case.facts, rules, today).state
        if state != wanted:
            yield f"agreement {name}: expected {wanted}, it is {_shown(state)}"


def _wrong_charges(case: Case, found: Decision, wanted: dict[str, Decimal]) -> Iterator[str]:
    """The sums by kind; of what is refused the reasons are told."""
    sums: dict[str, Decimal] = {}
    refused: Sequence[str] = ()
    rules = case.policy.charges
    if charging(found, case.policy):
        made = on_step(found, case.facts, case.context, rules, case.law, case.past)
        refused = made.refused
        for line in made.lines:
            sums[line.kind] = sums.get(line.kind, ZERO) + line.amount
    for kind in sorted({*wanted, *sums}):
        if wanted.get(kind, ZERO) != sums.get(kind, ZERO):
            why = f" ({'; '.join(refused)})" if refused else ""
            said = sums.get(kind, ZERO)
            yield f"charges, {kind}: expected {wanted.get(kind, ZERO)}, it is {said}{why}"


def _signs(case: Case) -> tuple[str, ...]:
    """What warns, with the account's own history as that of the whole ledger."""
    today = case.context.today
    found = risk(
        case.facts,
        ledger_counts([case.facts], today),
        today,
        base=case.context.organisation.currency,
        agreements=case.policy.agreements,
    )
    return tuple(sorted(found.signs)) if found is not None else ()


def _listed(values: object) -> str:
    said = ", ".join(str(one) for one in values) if values else ""  # type: ignore[attr-defined]
    return said or "none"


def _shown(value: object) -> str:
    return "nothing" if value in (None, "") else str(value)
