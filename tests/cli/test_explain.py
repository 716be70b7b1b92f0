"""explain answers for what was asked about: the invoice, or the customer."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer.cli.answers import headline
from syncer.model.decision import Action

from .conftest import DAY
from .test_verbs import live as live


def test_an_invoice_gets_its_own_answer_first(office) -> None:
    """A customer may be written to while this invoice is not asked for, and the other way round."""
    later = office("explain", "INV-2", "--as-of", DAY).out.splitlines()
    assert later[1] == "Invoice INV-2: not asked for today, because: It is due on 2026-12-01."
    assert "GBP: contact today, asking for 120.00 GBP" in later
    now = office("explain", "INV-1", "--as-of", DAY).out.splitlines()
    assert now[1].startswith("Invoice INV-1: asked for today, 120.00 GBP, because: Step")


def test_a_held_invoice_says_why_it_is_held(office) -> None:
    """The reason of the person, also while another invoice of the customer is asked for."""
    words = ("--until", "2999-12-31", "--from", "2026-01-01", "--reason", "Wrong goods")
    assert office("dispute", "add", "INV-1", *words).code == 0
    told = office("explain", "INV-1", "--as-of", DAY).out
    assert "Invoice INV-1: not asked for today, because: Disputed: Wrong goods" in told
    [about] = [office("explain", "INV-1", "--as-of", DAY, "--json").data["invoice"]]
    assert (about["number"], about["outcome"]) == ("INV-1", "dispute")


def test_a_customer_s_answer_has_no_invoice_in_it(office) -> None:
    """Asked about the customer, the first line is the customer's."""
    assert "Invoice " not in office("explain", "Harbour Roofing", "--as-of", DAY).out
    assert "invoice" not in office("explain", "A1", "--as-of", DAY, "--json").data


@pytest.mark.parametrize(
    ("action", "anything", "says"),
    [
        (Action.CONTACT, True, "contact today, asking for 5.00 GBP"),
        (Action.HOLD, True, "held: 5.00 GBP would be asked for today"),
        (Action.HOLD, False, "held"),
        (Action.NONE, True, "no contact today; 5.00 GBP can be asked for later"),
        (Action.NONE, False, "no contact today"),
    ],
)
def test_nobody_is_told_none_and_asked_for_in_one_breath(action, anything, says) -> None:
    """What is not asked for today is not called asked for."""
    assert headline(action, "5.00 GBP", anything=anything) == says


def test_a_word_ahead_asks_for_nothing() -> None:
    """A heads-up names what comes due; it is no demand, also while it is held."""
    said = headline(Action.CONTACT, "5.00 GBP", anything=True, coming=True)
    assert said == "a word ahead of the due date today, naming 5.00 GBP"
    said = headline(Action.HOLD, "5.00 GBP", anything=True, coming=True)
    assert said == "held: a word ahead of the due date would name 5.00 GBP today"
    said = headline(Action.NONE, "5.00 GBP", anything=False, coming=True)
    assert said == "no contact today"


def test_explain_tells_what_went_out(live) -> None:
    """A heads-up of today and what earlier days sent stand above the rules, with ids to look at."""
    soon = (datetime.now(UTC) + timedelta(days=2)).date()
    book = live.home / "south" / "open.csv"
    book.write_text(book.read_text().replace("2026-10-05", soon.isoformat()))
    assert live("run").code == 0
    told = live("explain", "Quayside Studios").out.splitlines()
    assert told[1].startswith("Today, 20")
    assert "a message went out, step heads-up, 5,000.00 GBP (rs-" in told[1]
    assert f"It is due on {soon}." in told[-1]
    [made] = live("explain", "S1", "--json").data["contacts"]
    assert (made["step"], made["state"]) == ("heads-up", "delivered")
