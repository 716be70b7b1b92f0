"""What a contact charges and its message says: by its step, after what other messages named."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.model.charge import Announced, ChargeKind, ChargeLine
from syncer.model.decision import AccountSnapshot, Contact, Decision
from syncer.policy.charges.fees import FeePer
from syncer.policy.charges.on_step import charging, claim_of, earlier, on_step
from syncer.policy.charges.rules import Assessment, Booking, ChargeRules, FeeRule
from syncer.policy.law.lawbook import LawBook
from syncer.policy.law.rows import Debtor, Evidence, FeeCap, Pack, Status
from syncer.policy.rules import Step, StepChannel, Tone
from tests.unit.policy.make import TODAY, contact, context, invoice, one, policy, snapshot

FEE = FeeRule(per=FeePer.INVOICE, amounts=(("GBP", Decimal(5)),))
CAP = FeeCap(
    id="x.cap",
    source="an act",
    evidence=Evidence.OFFICIAL,
    status=Status.ACTIVE,
    currency="GBP",
    most=Decimal(9),
    gap_days=10,
)
PACK = Pack(
    name="x",
    title="X",
    country="",
    currency="GBP",
    version="1",
    review_by=TODAY.replace(year=2030),
    rows=(CAP,),
)
LAW = LawBook([PACK])
ITEMS = (invoice("I1", 30), invoice("I2", 30))


def rules(**facts: Any) -> ChargeRules:
    """A fee for each invoice on the step friendly."""
    values = {"debtor": Debtor.BUSINESS, "steps": ("friendly",), "fee": FEE, "law": "x"}
    return ChargeRules(**(values | facts))


def seen(*contacts: Contact) -> tuple[Decision, AccountSnapshot]:
    """Two late invoices, about which the step friendly goes out today."""
    facts = snapshot(*ITEMS, contacts=contacts)
    decision = one(*ITEMS)
    assert decision.step == "friendly"
    return decision, facts


def charged(*past: Announced, contacts: tuple[Contact, ...] = ()) -> dict[str, Decimal]:
    """The fee of each invoice."""
    decision, facts = seen(*contacts)
    found = on_step(decision, facts, context(), rules(), LAW, past)
    return {line.item_id: line.amount for line in found.lines}


def message(key: str = "k", *items: str, **facts: Any) -> Announced:
    """A message of a month ago that charged 5 on each of these invoices."""
    lines = tuple(
        ChargeLine(
            kind=ChargeKind.FEE,
            item_id=item,
            number=item,
            amount=Decimal(5),
            currency="GBP",
            rows=("contract",),
            working=(),
        )
        for item in items
    )
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    values = {"step": "friendly", "currency": "GBP", "at": at, "lines": lines, "item_ids": items}
    return Announced(key=key, **(values | facts))  # type: ignore[arg-type]


def test_what_other_messages_charged_is_not_charged_again() -> None:
    """The step's own message, read back, is no other; nor is one in another currency."""
    own = seen()[0].key
    both = {"I1": 5, "I2": 5}
    assert charged() == both
    assert charged(message("k", "I1")) == {"I2": 5}
    assert charged(message(own, "I1")) == both
    assert charged(message("k", "I1", currency="EUR")) == both


def test_a_letters_fee_counts_for_all_that_its_message_named() -> None:
    """It stood on an invoice that is paid by now; the message named one that is not."""
    decision, facts = seen()
    per_letter = rules(fee=replace(FEE, per=FeePer.LETTER))
    for named, lines in ((("I9", "I2"), 0), (("I9",), 1)):
        past = [message("k", "I9", item_ids=named)]
        assert len(on_step(decision, facts, context(), per_letter, LAW, past).lines) == lines


@pytest.mark.parametrize(
    ("kept", "step", "expected"),
    [
        (False, "friendly", {"I2"}),
        (False, "other", {"I1", "I2"}),
        (True, "friendly", {"I1", "I2"}),
        (True, "other", {"I1", "I2"}),
    ],
)
def test_a_lost_message_of_a_step_that_charges_leaves_its_invoices_out(
    kept: bool, step: str, expected: set[str]
) -> None:
    """Only where its text is lost and its step charges: else what it charged is known."""
    lost = message("k", item_ids=("I1",), kept=kept, step=step)
    assert set(charged(lost)) == expected


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (contact("friendly", 9), False),
        (contact("friendly", 10), True),
        (contact("friendly", 3, channel="task"), True),
        (contact("friendly", 3, channel="ledger_task"), True),
        (contact("friendly", 3, currency="EUR"), True),
        (contact("friendly", 3, channel="task", currency="EUR"), True),
        (contact("thank you", 3), True),
        (contact("instalment due", 3), True),
    ],
)
def test_a_notice_is_a_message_in_writing_about_this_currency(
    made: Contact, *, expected: bool
) -> None:
    """The days that a law wants between two are counted from it, and from nothing else."""
    assert bool(charged(contacts=(made,))) is expected


@pytest.mark.parametrize(
    ("booking", "before"), [(Booking.ANNOUNCE, 5), (Booking.DRAFT, 0), (Booking.BOOK, 0)]
)
def test_what_was_named_before_is_said_again_where_it_stands_nowhere(
    booking: Booking, before: int
) -> None:
    """Of the invoices that are still asked for, and never what this very message names."""
    decision, facts = seen()
    past = (message("k", "I1", "I9"), message(decision.key, "I1", "I2"))
    found = Assessment(currency="GBP", basis="the Act", pack="x 1")
    claim = claim_of(found, decision, facts, context(), rules(booking=booking), past)
    assert (claim.before, claim.basis, claim.pack) == (before, "the Act", "x 1")
    assert claim_of(found, decision, facts, context(), rules(), ()).before == 0


def test_a_charge_is_of_its_day_in_the_ledgers_zone() -> None:
    """A message of half past eleven at night in Greenwich was sent on the next day in London."""
    late = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
    (charge,) = earlier([message("k", "I1", at=late)], "GBP", "Europe/London")
    assert charge.on == (late + timedelta(days=1)).date()


@pytest.mark.parametrize(
    ("channel", "steps", "late", "expected"),
    [
        (StepChannel.EMAIL, ("friendly",), 7, True),
        (StepChannel.LETTER, ("friendly",), 7, True),
        (StepChannel.LEDGER_EMAIL, ("friendly",), 7, False),
        (StepChannel.TASK, ("friendly",), 7, False),
        (StepChannel.EMAIL, ("final",), 7, False),
        (StepChannel.EMAIL, ("friendly",), 6, False),
    ],
)
def test_only_words_of_ours_name_charges(
    channel: StepChannel, steps: tuple[str, ...], late: int, *, expected: bool
) -> None:
    """A step that charges, on its day, by a channel whose text is ours; no other step's."""
    friendly = Step(name="friendly", tone=Tone.FRIENDLY, after_due=7, channel=channel)
    mail = Step(name="last", tone=Tone.FINAL, after_due=90)
    given = policy(friendly, mail, charges=rules(steps=steps))
    assert charging(one(invoice(late=late), rules=given), given) is expected
