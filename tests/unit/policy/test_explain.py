"""Every answer can be told in plain words, rule by rule."""

from decimal import Decimal
from string import Formatter
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot, Code, Reason
from syncer.model.hold import Hold, HoldKind
from syncer.policy.answer import answers
from syncer.policy.decide import decide
from syncer.policy.explain import Finding, explain, sentence
from syncer.policy.rules import (
    Cap,
    CatchUp,
    Condition,
    Freshness,
    Personal,
    Policy,
    Restraint,
    Segment,
)
from syncer.policy.sentences import ENGLISH

from .make import (
    FRIENDLY,
    HEADS_UP,
    TODAY,
    contact,
    context,
    days,
    hold,
    invoice,
    policy,
    settled,
    snapshot,
)

RULES = policy(
    HEADS_UP,
    FRIENDLY,
    minimum=(("*", Decimal(20)),),
    personal=Personal(
        first_time_large=Decimal(1000), small_share=Decimal("0.01"), habit_grace_max=5
    ),
    restraint=Restraint(min_gap=5, caps=(Cap(contacts=2, days=30),), holidays="GB"),
    freshness=Freshness(books_max_age=7),
)


def told(facts: AccountSnapshot, rules: Policy = RULES) -> dict[str, str]:
    """Verdict by rule."""
    (decision,) = decide(facts, rules, context())
    return {finding.rule: finding.verdict for finding in explain(decision, facts, rules, context())}


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_its_two_sentences(code: Code) -> None:
    """With and without figures each code reads as one or more full sentences."""
    bare, full = ENGLISH[code]
    named = [(name, spec) for _, name, spec, _ in Formatter().parse(full) if name]
    places = [int(place) for pair in named for place in pair if place.isdigit()]
    args = tuple(f"<{n}>" for n in range(1 + max(places, default=2)))
    assert sentence(Reason(code=code)) == bare
    text = sentence(Reason(code=code, args=args), locale="xx")
    assert text.endswith(".")
    assert "{" not in text
    assert all(f"<{n}>" in text for n in places)


def test_amounts_are_told_as_in_the_report() -> None:
    """Grouped, with the currency's own decimals, whatever the digits of the reason."""
    due = Reason(code=Code.STEP_DUE, args=("final", "9", "4010000", "JPY", "INV-1"))
    assert "is due: 4,010,000 JPY is asked" in sentence(due)
    credit = Reason(code=Code.UNUSED_CREDIT, args=("0", "GBP"))
    assert sentence(credit) == "Only credits are open: 0.00 GBP."
    held = Reason(code=Code.PROMISE, args=("by phone", "", "1250.50"))
    assert sentence(held) == "Payment was promised: by phone (for 1,250.50 of it)."
    (position,) = [one for one in _position("123456.7") if one.rule == "position"]
    assert position.input.startswith("open 123,456.70 GBP, overdue 123,456.70 GBP, held 0.00 GBP")


def _position(amount: str) -> list[Finding]:
    facts = snapshot(invoice(amount=amount))
    (decision,) = decide(facts, RULES, context())
    return explain(decision, facts, RULES, context())


def test_sentences_leave_out_what_is_not_known() -> None:
    """Empty figures make a shorter sentence, not one with holes."""
    dispute = Reason(code=Code.DISPUTE, args=("wrong price", "2026-07-01", "40"))
    assert sentence(dispute) == "Disputed: wrong price (until 2026-07-01, for 40 of it)."
    assert sentence(replace(dispute, args=("wrong price", "", ""))) == "Disputed: wrong price."
    books = Reason(code=Code.STALE_BOOKS, args=("", "", "7"))
    assert "does not say" in sentence(books)
    missed = Reason(code=Code.MISSED_SKIPPED, args=("final", "", ""))
    assert "no step is left" in sentence(missed)


def test_days_late_are_told_of_the_invoice_they_belong_to() -> None:
    """Each sentence with days late names the oldest invoice: it stands beside the others, too."""
    older, newer = invoice("I1", 22), invoice("I2", 8)
    waits = snapshot(older, newer, contacts=(contact("friendly", 3),))
    rules = policy()
    (decision,) = decide(waits, rules, context())
    said = {one.number: one.sentence for one in answers(decision, waits, rules, context())}
    assert set(said) == {"INV-I1", "INV-I2"}
    assert all(
        one.startswith("The oldest invoice (INV-I1) is 22 days late;") for one in said.values()
    )
    before = replace(decision.reasons[0], args=decision.reasons[0].args[:3])
    assert sentence(before).startswith("The oldest invoice is 22 days late;")


def test_what_is_asked_is_not_called_overdue() -> None:
    """With a dispute over a part, the step's sentence tells what is asked and calls it so."""
    facts = snapshot(invoice(amount="7500"), holds=(hold(amount=Decimal(2400), currency="GBP"),))
    (decision,) = decide(facts, policy(), context())
    due = (
        'Step "friendly" is due: 5,100.00 GBP is asked; the oldest invoice (INV-I1) is 7 days late.'
    )
    assert sentence(decision.reasons[0]) == due


def test_an_amount_in_its_own_currency_is_told_once() -> None:
    """What was converted stands behind an amount below the minimum; the same again does not."""
    own = Reason(code=Code.BELOW_MINIMUM, args=("9.50", "GBP", "10", "GBP", "9.50"))
    assert sentence(own) == "9.50 GBP is below the minimum of 10.00 GBP."
    other = replace(own, args=("9.50", "EUR", "10", "GBP", "8.00"))
    assert sentence(other) == "9.50 EUR (8.00 GBP) is below the minimum of 10.00 GBP."


def test_a_contact_is_explained_rule_by_rule() -> None:
    """Each rule that was looked at is listed, and the last line is the answer."""
    verdicts = told(snapshot(invoice(late=8, amount="5000")), replace(RULES, freshness=Freshness()))
    assert verdicts["step day"] == "passes"
    assert verdicts["large first debt"] == "step comes sooner"
    assert verdicts["result"].startswith('contact: Step "friendly" is due: 5,000.00 GBP')


def test_a_silence_is_explained_too() -> None:
    """Why nothing was sent: every brake is shown, also those behind the deciding one."""
    verdicts = told(
        snapshot(
            invoice("I1", 8),
            invoice("I2", 4, expected_on=TODAY + days(3)),
            contacts=(contact("x", 2, "I9"), contact("y", 9, "I8")),
            settled=tuple(settled(f"S{n}", 10, amount="9000") for n in range(6)),
        )
    )
    assert verdicts["hold"] == "The ledger expects payment of invoice INV-I2 on 2026-06-13."
    assert verdicts["habit"] == "within the habit"
    assert verdicts["step day"] == "not yet"
    assert verdicts["minimum gap"] == "not before 2026-06-13"
    assert verdicts["cap"] == "not before 2026-07-01"
    assert "waits until 30 days late" in verdicts["small overdue"]
    assert verdicts["large first debt"] == "does not apply"
    assert verdicts["fresh books"].startswith("The ledger does not say")
    assert verdicts["result"].startswith("no contact: The oldest invoice (INV-I1) is 8 days late")


def test_rules_that_are_switched_off_are_not_listed() -> None:
    """A policy without personal treatment is explained without it."""
    verdicts = told(snapshot(invoice()), policy())
    assert {"habit", "large first debt", "small overdue"}.isdisjoint(verdicts)


def test_beyond_the_habit_is_said() -> None:
    """Drift beyond the usual lateness is visible."""
    paid = tuple(settled(f"S{n}", 2) for n in range(6))
    assert told(snapshot(invoice(late=8), settled=paid))["habit"] == "beyond the habit"


def test_heads_up_and_flight_are_explained() -> None:
    """A heads-up shows its window; an unsettled message shows its key."""
    assert told(snapshot(invoice(late=-2)))["heads-up"] == "is due"
    flight = contact("friendly", 9, step_index=1, settled=False)
    assert told(snapshot(invoice(late=20), contacts=(flight,)))["in flight"].startswith("waits")


def test_episode_and_ladder_end_are_explained() -> None:
    """After the last step the next one is none."""
    done = contact("friendly", 9, step_index=1)
    verdicts = told(snapshot(invoice(late=20), contacts=(done,)))
    assert verdicts["episode"] == "next step: none left"
    assert "step day" not in verdicts
    foreign = contact("old", 9, step_index=7)
    assert told(snapshot(invoice(late=20), contacts=(foreign,)))["episode"].endswith("none left")


def test_partial_facts_and_exclusion_are_explained() -> None:
    """What holds the whole account is shown with its own words."""
    assert "1 record of" in told(snapshot(invoice(), quarantined=1))["complete facts"]
    out = Segment(name="out", when=Condition(), ladder="", exclude=True, reason="family")
    verdicts = told(snapshot(invoice()), replace(RULES, segments=(out,)))
    assert verdicts["segment"] == "ladder: excluded"
    assert verdicts["account state"] == "Excluded from contact: family."


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "marks: none"),
        ({"archived": True}, "marks: archived"),
        ({"do_not_chase": True, "merged_into": "A2"}, "marks: merged, do-not-chase"),
    ],
)
def test_only_marks_that_an_account_has_are_named(facts: dict[str, Any], said: str) -> None:
    """A reader must not take the list of what would exclude a customer for what was found."""
    seen = snapshot(invoice())
    marked = replace(seen, account=replace(seen.account, **facts))
    (decision,) = decide(marked, RULES, context())
    found = explain(decision, marked, RULES, context())
    assert [one.input for one in found if one.rule == "account state"] == [said]


def test_the_minimum_says_what_it_compared() -> None:
    """Own limit, base limit by rate, no rate, nothing to compare: each has its words."""
    assert "below the minimum of 20.00 GBP" in told(snapshot(invoice(amount="5")))["minimum"]
    euro = invoice(amount="5", currency="EUR")
    assert "no rate" in told(snapshot(euro))["minimum"]
    own = replace(RULES, minimum=(("GBP", Decimal(4)),))
    assert told(snapshot(invoice(amount="5")), own)["minimum"] == "passes"
    assert told(snapshot(invoice()), replace(RULES, minimum=()))["minimum"] == "does not apply"


def test_a_currency_with_nothing_open_gives_the_result_only() -> None:
    """Asked about facts it was not made from, the explanation says just the decision."""
    (decision,) = decide(snapshot(invoice()), RULES, context())
    findings = explain(decision, snapshot(), RULES, context())
    assert [finding.rule for finding in findings] == ["result"]


def test_hold_results_say_held() -> None:
    """A held account reads as held, with the reason a person gave."""
    assert told(snapshot(invoice(), holds=(hold(),)))["result"].startswith("held: Disputed")


def test_missed_steps_are_named() -> None:
    """With catch_up skip the passed step is named in the reason."""
    rules = policy(FRIENDLY, catch_up=CatchUp.SKIP)
    at = context(last_run_on=TODAY - days(9))
    (decision,) = decide(snapshot(invoice(late=10)), rules, at)
    assert "friendly" in sentence(decision.reasons[0])


def test_all_that_stands_on_an_invoice_is_named() -> None:
    """Two disputes hold 50 of 100 together, and explain and why-not name both; whole ones too."""
    one = hold(HoldKind.DISPUTE, hold_id="A", item_id="I1", amount=Decimal(20), reason="goods")
    two = hold(HoldKind.DISPUTE, hold_id="B", item_id="I1", amount=Decimal(30), reason="price")
    assert _told_of(one, two) == ("50.00 GBP held", "goods", "price")
    assert _told_of(replace(one, amount=None), two) == ("100.00 GBP held", "goods", "price")
    nothing = replace(two, amount=Decimal(0))
    assert _told_of(one, nothing) == ("20.00 GBP held", "goods")
    whole = replace(one, amount=None)
    rest = replace(two, item_id="")
    assert _told_of(whole, rest) == ("100.00 GBP held", "goods")  # of it the customer's takes none


def _told_of(*holds: Hold) -> tuple[str, ...]:
    facts = snapshot(invoice("I1", 20, "100.00"), holds=holds)
    (decision,) = decide(facts, RULES, context())
    (found,) = [one for one in explain(decision, facts, RULES, context()) if one.rule == "hold"]
    words = tuple(word for word in ("goods", "price") if word in found.verdict)
    for answer in answers(decision, facts, RULES, context()):
        assert answer.amount == "100.00"
        assert decision.position.held < 100 or all(word in answer.sentence for word in words)
    return (found.input.partition(": ")[2], *words)
