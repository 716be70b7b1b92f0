"""A saved plan: any change to its bytes is refused as such."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.errors import StalePlan
from syncer.flow.planfile import PlanCharge, PlanFile, claim_mark, read, sealed, written

PLAN = PlanFile(
    made_at=datetime(2026, 11, 16, 9, 0, tzinfo=UTC),
    run_id="r1",
    config_digest="c",
    policy_version="p",
    days=(("acme", date(2026, 11, 16)),),
    entries=(),
)


def test_every_single_changed_byte_is_refused() -> None:
    """Whatever byte is changed to whatever else, the plan is refused and nothing breaks."""
    raw = written(PLAN)
    assert read(raw, name="plan.json").run_id == "r1"
    for place in range(len(raw)):
        for byte in (0x20, 0x30, 0x7D, 0xFF):
            if raw[place] != byte:
                with pytest.raises(StalePlan, match=r"plan\.json"):
                    read(raw[:place] + bytes([byte]) + raw[place + 1 :], name="plan.json")


def test_a_plan_without_end_is_refused() -> None:
    """Nesting without end is damage like any other."""
    with pytest.raises(StalePlan, match="damaged"):
        read(b'{"entries":' + b"[" * 50_000, name="plan.json")


def test_a_plan_of_another_version_says_so() -> None:
    """It is sound, but nobody knows what its fields mean today."""
    with pytest.raises(StalePlan, match="made by another version"):
        read(written(sealed(replace(PLAN, format=1))), name="plan.json")


def test_the_mark_of_charges_changes_with_every_figure() -> None:
    """Kind, invoice, amount, days, and what earlier messages named."""
    line = PlanCharge(kind="interest", item_id="I1", number="1", amount=Decimal("5.00"))
    marks = {
        claim_mark((line,), Decimal(0)),
        claim_mark((line,), Decimal(1)),
        claim_mark((), Decimal(0)),
        claim_mark((line, line), Decimal(0)),
        *(
            claim_mark((replace(line, **change),), Decimal(0))
            for change in (
                {"kind": "fee"},
                {"item_id": "I2"},
                {"amount": Decimal("5.01")},
                {"since": date(2026, 11, 1)},
                {"until": date(2026, 11, 1)},
            )
        ),
    }
    assert len(marks) == 9
