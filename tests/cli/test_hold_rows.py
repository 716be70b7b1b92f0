"""How a hold is listed: in words that mean something to whoever wrote it."""

from datetime import date
from decimal import Decimal

from syncer.cli.hold_list import COLUMNS, Named
from syncer.model.hold import Hold, HoldKind
from syncer.settings.rulebook import ALREADY


def _told(**facts: object) -> dict[str, object]:
    hold = Hold(
        **{
            "hold_id": "h1",
            "kind": HoldKind.DISPUTE,
            "account_id": "A1",
            "starts_on": date(2026, 11, 1),
            "ends_on": None,
            "reason": "damaged",
        }
        | facts
    )
    return dict(zip(COLUMNS, Named("acme", hold, "Acme Ltd", "INV-1").row(), strict=True))


def test_a_hold_without_a_first_day_holds_from_the_beginning() -> None:
    """Nobody wrote the day that stands for it in the store, so nobody is shown it."""
    assert _told(starts_on=ALREADY)["from"] == "the beginning"
    assert _told()["from"] == date(2026, 11, 1)


def test_a_part_is_told_as_money() -> None:
    """Grouped and with its currency, as everywhere else."""
    assert _told(amount=Decimal("1250.5"), currency="EUR")["part"] == "1,250.50 EUR"
    assert _told()["part"] == "all"


def test_a_customer_without_a_name_is_told_by_its_id() -> None:
    """A ledger may have forgotten the customer; the hold still says whom it means."""
    assert _told()["customer"] == "Acme Ltd"
    hold = Hold(
        hold_id="h1",
        kind=HoldKind.EXCLUDE,
        account_id="A1",
        starts_on=date(2026, 11, 1),
        reason="ours",
    )
    assert "A1" in Named("acme", hold, "", "").row()
