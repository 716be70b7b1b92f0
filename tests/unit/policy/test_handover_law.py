"""Handing over by the law pack: each row's condition, whom it is about, and how it is explained."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.model.decision import Contact, Decision
from syncer.model.hold import HoldKind
from syncer.model.ledger import Account
from syncer.policy.charges.rules import ChargeRules
from syncer.policy.decide import decide
from syncer.policy.explain import explain
from syncer.policy.handover_file import missing_evidence
from syncer.policy.law.giving import HandOverRule, hand_over_rules
from syncer.policy.law.region import code_of, concerns
from syncer.policy.law.rows import (
    Creditor,
    Debtor,
    Evidence,
    FeeCap,
    Handover,
    Pack,
    PreAction,
    Status,
)
from syncer.policy.rules import Policy, Step, StepChannel, Tone
from syncer.policy.strategy import Eligibility, HandOver
from syncer.settings.lawpacks import shipped_packs

from .make import CUSTOMER, TODAY, contact, context, days, hold, invoice, policy, snapshot

FIRST = Step(name="friendly", tone=Tone.FRIENDLY, after_due=7)
FORMAL = Step(name="formal", tone=Tone.FORMAL, after_due=20)
LAST = Step(
    name="away",
    tone=Tone.FINAL,
    after_due=30,
    channel=StepChannel.TASK,
    hand_over=HandOver.AGENCY,
)
CANADA = replace(CUSTOMER, country="CA")


def row(**facts: Any) -> HandOverRule:
    """One row of a Canadian pack."""
    return HandOverRule(**({"row": "r"} | facts))


def rules(*rows: HandOverRule, to: HandOver = HandOver.AGENCY, **facts: Any) -> Policy:
    """Friendly, formal, then away, under these rows of a law pack and nothing else."""
    last = replace(LAST, hand_over=to)
    return policy(
        FIRST,
        FORMAL,
        last,
        hand_over_law=rows,
        **({"hand_over": Eligibility(undisputed=False)} | facts),
    )


def sent(formal: int = 10, **facts: Any) -> tuple[Contact, ...]:
    """Both steps were delivered, the formal one so many days ago."""
    return (
        contact("friendly", 30, "I1", channel="email"),
        contact("formal", formal, "I1", **({"step_index": 1, "channel": "email"} | facts)),
    )


def decided(
    given: Policy, late: int = 45, amount: str = "300.00", **facts: Any
) -> tuple[Decision, Any]:
    """The decision on one invoice, and what explains it."""
    item = {"late": late, "amount": amount, **facts.pop("item", {})}
    facts = {"account": CANADA, "contacts": sent()} | facts
    seen = snapshot(invoice(**item), **facts)
    (decision,) = decide(seen, given, context())
    return decision, {one.rule: one for one in explain(decision, seen, given, context())}


DISPUTED = (hold(HoldKind.DISPUTE, item_id="I1", amount=Decimal("10.00")),)
YEARS = {"years_old_below": 1}


@pytest.mark.parametrize(
    ("rule", "facts", "fits"),
    [
        (row(least=Decimal("300.01")), {}, False),
        (row(least=Decimal("300.00")), {}, True),
        (row(least=Decimal("300.01"), currency="GBP"), {}, False),
        (row(least=Decimal(1), currency="CAD"), {}, True),  # no rate: told, not refused
        (row(days_late=45), {}, True),
        (row(days_late=46), {}, False),
        (row(**YEARS), {"late": 364}, True),
        (row(**YEARS), {"late": 365}, False),
        (row(undisputed=True), {}, True),
        (row(undisputed=True), {"holds": DISPUTED}, False),
        (row(undisputed=False), {"holds": DISPUTED}, True),
        (row(notices=2), {}, True),
        (row(notices=3), {}, False),
        (row(notices=2), {"contacts": sent(channel="task")}, False),
        (row(formal_notice=True, notice_days=10), {}, True),
        (row(formal_notice=True, notice_days=11), {}, False),
        (row(notice_days=30), {}, True),  # the friendly one will do
        (row(notice_days=31), {}, False),
        (row(letter=True), {}, False),
        (row(letter=True), {"contacts": sent(channel="letter")}, True),
        (row(letter=True, notice_days=11), {"contacts": sent(channel="letter")}, False),
        (row(forbidden=True), {}, False),
        (row(forbidden=True, to=HandOver.LEGAL), {}, True),
        (row(forbidden=True, to=HandOver.AGENCY), {}, False),
        (row(forbidden=True, valid_from=TODAY), {}, False),
        (row(forbidden=True, valid_from=TODAY + days(1)), {}, True),
        (row(forbidden=True, valid_to=TODAY - days(1)), {}, True),
        (row(forbidden=True, region="CA-ON"), {}, False),  # nobody knows where the debtor is
        (
            row(forbidden=True, region="CA-ON"),
            {"account": replace(CANADA, region="Ontario")},
            False,
        ),
        (row(forbidden=True, region="CA-ON"), {"account": replace(CANADA, region="QC")}, True),
    ],
)
def test_each_condition_of_a_row_counts(rule: HandOverRule, facts: Any, fits: bool) -> None:
    """On either side of its edge; the file of the debt says the same as the step."""
    decision, told = decided(rules(rule), **facts)
    assert decision.reasons[0].code == ("step_due" if fits else "hand_over_not_yet")
    assert told["hand-over"].verdict.startswith("qualifies" if fits else "does not qualify")
    item = facts.get("late", 45)
    seen = snapshot(
        invoice(late=item, amount="300.00"),
        account=facts.get("account", CANADA),
        contacts=facts.get("contacts", sent()),
        holds=facts.get("holds", ()),
    )
    lacks = missing_evidence(seen, rules(rule), context(), to=HandOver.AGENCY)
    assert any("does not qualify" in said for said in lacks) is not fits


def test_the_stricter_of_policy_and_row_counts() -> None:
    """Neither the user's rule nor the row's loosens the other."""
    own = Eligibility(amount_at_least=Decimal(400), late_at_least=10)
    pack = row(least=Decimal(100), days_late=60)
    decision, told = decided(rules(pack, hand_over=own))
    assert decision.reasons[0].args[2] == (
        "300.00 GBP asked, at least 400.00 GBP needed; 45 days late, at least 60 needed by r"
    )
    assert decision.next_look_on == TODAY + days(15)
    assert told["hand-over"].verdict == "does not qualify: 2 of 5 not met"
    assert told["hand-over: days late"].verdict == f"not before {TODAY + days(15)}"
    assert told["hand-over: days late"].comparison == "at least 60 (r)"


@pytest.mark.parametrize(
    ("debtor", "bound"),
    [(Debtor.BUSINESS, False), (Debtor.CONSUMER, True), (None, True)],
)
def test_a_row_about_some_debtors_binds_them_and_whom_nobody_classed(
    debtor: Debtor | None, bound: bool
) -> None:
    """Who is no consumer, by the policy's own word, is not held by a row about consumers."""
    rule = row(forbidden=True, debtors=(Debtor.CONSUMER,))
    given = rules(rule, charges=ChargeRules(debtor=debtor))
    assert (decided(given)[0].reasons[0].code == "hand_over_not_yet") is bound


def test_a_rate_lets_a_row_in_the_base_currency_be_compared() -> None:
    """300 euro at 0.80 are 240 pounds; without a rate a person is asked to compare."""
    rule = row(least=Decimal("240.01"), currency="GBP")
    contacts = tuple(replace(one, currency="EUR") for one in sent())

    def of(rate: Decimal | None) -> tuple[Decision, Any]:
        item = {"currency": "EUR", "rate_to_base": rate}
        return decided(rules(rule), item=item, contacts=contacts)

    decision, told = of(Decimal("0.80"))
    assert decision.reasons[0].code == "hand_over_not_yet"
    assert told["hand-over: amount"].input == "240.00 GBP asked"
    decision, told = of(None)
    assert decision.reasons[0].code == "step_due"
    assert told["hand-over: amount"].verdict == "cannot be compared; a person has to look"


def test_the_conditions_are_explained_while_the_account_is_held() -> None:
    """A promise holds the debt today; what was delivered about it counts all the same."""
    promised = (hold(HoldKind.PROMISE, ends_on=TODAY + days(5)),)
    decision, told = decided(rules(row(notices=2, days_late=50)), holds=promised)
    assert decision.action == "hold"
    assert told["hand-over: messages"].verdict == "passes"
    assert told["hand-over: days late"].verdict == f"not before {TODAY + days(5)}"


@pytest.mark.parametrize("late", [8, 45])
def test_the_conditions_are_explained_before_the_step_is_next(late: int) -> None:
    """Whoever asks sees them at any time; a ladder that hands nothing over has none."""
    contacts = () if late < 20 else sent()
    _, told = decided(rules(row(days_late=45)), late=late, contacts=contacts)
    assert told["hand-over: days late"].input == f"{late} days late"
    _, told = decided(policy(FIRST, FORMAL), late=late, contacts=contacts)
    assert not [one for one in told if one.startswith("hand-over")]


def pack(*rows: Any) -> Pack:
    """A pack of Canada."""
    return Pack(
        name="ca",
        title="Canada",
        country="CA",
        currency="CAD",
        version="1",
        review_by=date(2027, 1, 1),
        rows=rows,
    )


BASE = {"source": "s", "evidence": Evidence.CHOICE}


def test_rows_about_handing_over_are_found_in_a_pack() -> None:
    """Its own kind, notices before collection, and the wait before court; no collector's rows."""
    given = pack(
        Handover(id="a", least=Decimal(5), letter=True, **BASE),
        Handover(id="b", status=Status.SUPERSEDED, **BASE),
        Handover(id="c", creditor=Creditor.COLLECTOR, **BASE),
        FeeCap(id="d", currency="CAD", most=Decimal(1), notices_before_handover=2, **BASE),
        FeeCap(id="e", currency="CAD", most=Decimal(1), **BASE),
        PreAction(id="f", reply_days=14, **BASE),
    )
    found = {one.row: one for one in hand_over_rules([given], "ca")}
    assert list(found) == ["a", "d", "f"]
    assert (found["a"].least, found["a"].letter, found["d"].notices) == (Decimal(5), True, 2)
    court = found["f"]
    assert (court.to, court.formal_notice, court.notice_days) == (HandOver.LEGAL, True, 14)
    assert hand_over_rules([given], "") == hand_over_rules([given], "us") == ()


@pytest.mark.parametrize(
    ("late", "amount", "disputed", "fits"),
    [
        (45, "100.00", False, True),
        (44, "100.00", False, False),
        (45, "99.99", False, False),
        (45, "100.00", True, False),
        (4 * 365, "100.00", False, True),
        (4 * 365 + 1, "100.00", False, False),  # the fourth year had a 29 February
    ],
)
def test_the_australian_bureaus_rule_at_its_edges(
    late: int, amount: str, disputed: bool, fits: bool
) -> None:
    """law.md: A$100, 45 days, undisputed, due less than four years ago (creditorwatch 481040)."""
    given = rules(*hand_over_rules(shipped_packs(), "au"))
    account = replace(CUSTOMER, country="AU")
    contacts = tuple(replace(one, currency="AUD") for one in sent())
    items = [invoice(late=late, amount=amount, currency="AUD")]
    if disputed:
        items.append(invoice("I2", late=10, amount="1.00", currency="AUD"))
    held = (hold(HoldKind.DISPUTE, item_id="I2"),)
    seen = snapshot(*items, account=account, contacts=contacts, holds=held)
    (decision,) = decide(seen, given, context())
    assert (decision.reasons[0].code == "step_due") is fits


def test_papers_that_the_law_wants_are_asked_for() -> None:
    """This program encloses none of them: whoever hands over confirms that they went out."""
    uk = rules(*hand_over_rules(shipped_packs(), "uk"), to=HandOver.LEGAL)
    seen = snapshot(
        invoice(late=60, amount="300.00", issued_on=TODAY),
        account=replace(CUSTOMER, country="GB"),
        contacts=sent(formal=30),
    )
    (lacks,) = missing_evidence(seen, uk, context(), to=HandOver.LEGAL)
    assert lacks.startswith("uk.pre_action.individual wants these with the notice")
    assert lacks.endswith("information sheet, reply form, financial statement")
    assert missing_evidence(seen, uk, context(), to=HandOver.AGENCY) == []


@pytest.mark.parametrize(
    ("country", "written", "code"),
    [
        ("CA", "ON", "CA-ON"),
        ("CA", "ca-on", "CA-ON"),
        ("CA", "Ontario", "CA-ON"),
        ("CA", "QUÉBEC", "CA-QC"),
        ("CA", "Quebec", "CA-QC"),
        ("AU", "New South Wales", "AU-NSW"),
        ("", "ON", "CA-ON"),  # the row's own country
        ("CA", "Upper Canada", ""),
        ("ZZ", "ON", ""),
        ("CA", "", ""),
    ],
)
def test_a_region_is_read_as_people_write_it(country: str, written: str, code: str) -> None:
    """A code or a name; what nobody can read is not known, and then a row counts."""
    account = Account(account_id="A", name="A", country=country, region=written)
    assert code_of(country or "CA", written) == code
    assert concerns("CA-ON", account) is (country in ("", "CA") and code in ("", "CA-ON"))
    assert concerns("", account) is True
