"""The roll-up: several ledgers in one table, their amounts apart by currency."""

import html
from decimal import Decimal

from rich.console import Console

from syncer.model.effect import EffectState
from syncer.model.run import Asked, LedgerStatus, RunResult
from syncer.report.page import report_page
from syncer.report.results import results_document
from syncer.report.rollup import TITLE, RollUp, roll_up
from syncer.report.summary import asked_for, due_now
from syncer.report.table import end_table, end_text

from .sample import HOSTILE, asks, effect, ledger, outcome, run

AMERICAN = ledger(
    "cedarforge",
    connector="quickbooks",
    planned=3,
    contacted=2,
    errors=1,
    outcomes=(outcome("step_due", 3, "300.00", "USD"), outcome("dispute", 1, "45.50")),
    open_totals=(("EUR", Decimal("45.50")), ("USD", Decimal("300.00"))),
    asks=(asks("reminder", "sent", "300.00", "USD"),),
)


def both() -> RunResult:
    """A run over two ledgers that share a currency."""
    return run(ledger(), AMERICAN)


def test_a_single_ledger_needs_no_roll_up() -> None:
    """Its own table says it all."""
    assert roll_up((ledger(),)) == ()
    assert TITLE not in end_text(run())


def test_each_currency_is_summed_over_the_ledgers_that_have_it() -> None:
    """EUR of both, JPY and USD of one; due now, held and the rest make up what is open."""
    rows = [row for row in roll_up(both().ledgers) if row.ledger in ("together", "")][-3:]
    sums = {row.currency: row for row in rows}
    assert set(sums) == {"EUR", "JPY", "USD"}
    assert sums["EUR"].open == Decimal("370857.30") + Decimal("45.50")
    held = Decimal("9800.00") + Decimal("15040.25") + 410 + Decimal("45.50")
    assert sums["EUR"].held == held + Decimal("204.10")
    assert sums["EUR"].due == Decimal("16750.00") + Decimal("22110.40")
    assert sums["EUR"].cells()[-2] == "306,542.55"  # not due yet, with the heads-ups
    assert sums["USD"].cells()[2:] == ("USD", "3", "300.00", "300.00", "0.00", "0.00", "agrees")


def test_due_now_is_net_and_knows_no_heads_up() -> None:
    """Less credits and disputed parts, with what waits for its step; heads-ups have a line."""
    first = ledger()
    assert due_now(first, "EUR") == Decimal("38860.40")
    assert asked_for(first, "EUR", Asked.REMINDER) == Decimal("15000.00")
    assert asked_for(first, "EUR", Asked.HEADS_UP) == Decimal("5120.00")
    for text in (end_text(both()), report_page(both())):
        text = html.unescape(text)
        assert "this run's reminders, of what is due now: 15,000.00 EUR, 300.00 USD" in text
        assert "this run's heads-ups, of what is not due: 5,120.00 EUR" in text
        assert "Reminders left for a later run: 1,750.00 EUR" in text
    assert "38,860.40 EUR  overdue, less credits" in end_text(run())
    assert "heads-ups: " not in end_text(run(AMERICAN))
    money = results_document(both())["ledgers"][0]["money"]["EUR"]
    told = [Decimal(money[name]) for name in ("due_now", "held", "not_due")]
    assert sum(told) == Decimal(money["open"])


def test_what_an_instalment_reminder_names_is_held_by_its_plan() -> None:
    """An instalment of an overdue invoice is never among what is not due yet."""
    planned = ledger(
        outcomes=(outcome("instalment_due", 1, "900.00", held=Decimal("600.00")),),
        open_totals=(("EUR", Decimal("900.00")),),
        asks=(asks("instalment", "sent", "300.00"),),
    )
    money = results_document(run(planned))["ledgers"][0]["money"]["EUR"]
    assert (money["held"], money["not_due"], money["instalments"]) == ("900.00", "0.00", "300.00")
    assert "300.00 EUR  named in this run; of payment plans" in end_text(run(planned))


def test_a_plan_says_what_it_would_ask_for() -> None:
    """Nothing was asked for yet, and what waits for a person or a limit stands apart."""
    planned = ledger(
        mode="plan",
        asks=(
            asks("reminder", "would", "10500.00"),
            asks("reminder", "would_approval", "1950.50"),
            asks("heads_up", "would_later", "7.00"),
        ),
    )
    text = end_text(run(planned))
    assert "; this plan would ask for: 10,500.00 EUR" in text
    assert "1,950.50 EUR  reminders would wait for approval" in text
    assert "7.00 EUR  heads-ups would be left for a later run" in text
    assert "asked for in this run" not in text + report_page(run(planned)).lower()
    assert "would ask for" in report_page(run(planned)).lower()


def test_contacts_are_told_once_for_each_ledger_and_summed_once() -> None:
    """Contacts and errors stand in a ledger's first row; the sum is of all ledgers."""
    told = {row.ledger: row.contacts for row in roll_up(both().ledgers) if row.contacts}
    assert told == {"northwind": "12", "cedarforge": "2", "together": "14"}
    said = [row.check for row in roll_up(both().ledgers) if "error" in row.check]
    assert said == ["agrees; 1 error", "agrees; 1 error"]


def test_what_is_only_planned_is_not_counted_as_made() -> None:
    """A planning ledger's contacts are named as such, also in the sum."""
    planning = ledger("south", mode="plan", planned=5, contacted=0)
    told = {row.ledger: row.contacts for row in roll_up((AMERICAN, planning)) if row.contacts}
    assert told == {"cedarforge": "2", "south": "5 planned", "together": "2 + 5 planned"}


def test_a_ledger_that_was_not_decided_says_why() -> None:
    """A failed ledger has a row with its state and no amounts, and spoils no sum."""
    failed = ledger("broken", status=LedgerStatus.FAILED, outcomes=(), open_totals=())
    rows = roll_up((ledger(), failed))
    (row,) = (row for row in rows if row.ledger == "broken")
    assert row.cells()[-1] == "failed"
    assert set(row.cells()[2:-1]) == {""}
    assert {one.check for one in rows if one.currency} == {"agrees"}


def test_a_cent_of_difference_shows_in_the_ledger_and_in_the_sum() -> None:
    """DIFFERS in both rows of the currency, and nowhere else."""
    off = ledger("off", open_totals=(("EUR", Decimal("370857.31")), ("JPY", Decimal(4010000))))
    rows = roll_up((off, AMERICAN))
    assert [row.currency for row in rows if row.differs] == ["EUR", "EUR"]


def test_terminal_pipe_and_page_show_the_same_rows() -> None:
    """Every cell of the roll-up is in all three, and a ledger's name is never markup."""
    result = run(ledger(), ledger(HOSTILE), AMERICAN)
    console = Console(width=300, force_terminal=False, no_color=True)
    with console.capture() as capture:
        console.print(end_table(result))
    page = report_page(result)
    for row in roll_up(result.ledgers):
        for cell in row.cells():
            assert cell in capture.get()
            assert cell in end_text(result)
            assert cell == HOSTILE or cell in page
    assert HOSTILE not in page


def test_ledgers_that_count_customers_alike_keep_their_names_apart() -> None:
    """Account 17 of one ledger is not account 17 of another."""
    rows = [
        effect(EffectState.DELIVERED, key="a", ledger="northwind", account_id="17"),
        effect(EffectState.DELIVERED, key="b", ledger="cedarforge", account_id="17"),
    ]
    page = report_page(both(), effects=rows, names={("cedarforge", "17"): "Saginaw Dental"})
    assert page.count("Saginaw Dental") == 1


def test_amounts_in_a_row_have_no_currency_of_their_own() -> None:
    """The column says it: JPY without decimals, others with two."""
    row = RollUp("x", "", "JPY", 2, Decimal(1234567), Decimal(0), Decimal(0), "agrees")
    assert row.cells()[4:8] == ("1,234,567", "0", "0", "1,234,567")


def test_a_usual_roll_up_fits_a_narrow_terminal() -> None:
    """80 columns show every amount whole."""
    console = Console(width=80, force_terminal=False, no_color=True)
    with console.capture() as capture:
        console.print(end_table(run(ledger(), ledger("cedarforge"))))
    for row in roll_up((ledger(), ledger("cedarforge"))):
        for cell in row.cells():
            assert cell in capture.get()
