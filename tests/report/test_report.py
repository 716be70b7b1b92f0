"""Reports of a run: every form shows the same numbers, reconciles, and obeys no foreign text."""

import csv
import io
import json
import os
import re
import stat
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from syncer.model.decision import Code
from syncer.model.effect import EffectKind, EffectState
from syncer.model.ledger import Quarantined
from syncer.model.run import LedgerStatus
from syncer.report.export import defuse, outcomes_csv
from syncer.report.page import report_page, write_page
from syncer.report.results import write_results
from syncer.report.summary import checks_of, items_in, reconciles, waiting_sentences
from syncer.report.table import end_table, end_text
from syncer.report.words import STATUS, Group, group_of, sentence
from tests.report.sample import HOSTILE, effect, ledger, outcome, run


def _rich(*ledgers: object, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=True)
    console.print(end_table(run(*ledgers)))  # type: ignore[arg-type]
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("code", Code)
def test_every_code_has_a_group_and_a_sentence(code: Code) -> None:
    """No outcome code reaches a reader without plain words."""
    assert group_of(code) is not Group.OTHER
    assert sentence(code).endswith(".")


@pytest.mark.parametrize("status", LedgerStatus)
def test_every_status_has_a_sentence(status: LedgerStatus) -> None:
    """No ledger status reaches a reader without plain words."""
    assert STATUS[status].endswith(".")


def test_unknown_code_is_shown_and_counted() -> None:
    """A code this version does not know is neither hidden nor left out of the totals."""
    odd = ledger(
        outcomes=(outcome("from_the_future", 2, "5.00"),), open_totals=(("EUR", Decimal(5)),)
    )
    assert reconciles(odd)
    assert items_in(odd, Group.OTHER) == 2
    assert "from_the_future" in end_text(run(odd))


def test_totals_reconcile_to_the_cent() -> None:
    """A cent between outcomes and ledger is found and told in every form."""
    good = ledger()
    off = ledger(open_totals=(("EUR", Decimal("370857.31")), ("JPY", Decimal(4010000))))
    assert reconciles(good)
    assert [check.difference for check in checks_of(off)] == [Decimal("-0.01"), Decimal(0)]
    for text in (end_text(run(off)), _rich(off), report_page(run(off))):
        assert "-0.01 EUR" in text
    assert "DIFFERS" not in end_text(run(good))


def test_a_selection_is_not_compared_with_the_whole_ledger() -> None:
    """Some customers' outcomes never sum to what all owe, and that is no difference."""
    some = ledger(outcomes=(outcome("waiting", 2, "5.00"),), narrowed=True)
    for text in (end_text(run(some)), _rich(some), report_page(run(some))):
        assert "differs" not in text.lower()
        assert "please report" not in text
    assert reconciles(some)


def test_a_currency_only_one_side_knows_is_found() -> None:
    """An open total without any outcome is a difference, not silence."""
    assert not reconciles(ledger(outcomes=(), open_totals=(("USD", Decimal(1)),)))
    assert not reconciles(ledger(outcomes=(outcome("not_due", 1, "1"),), open_totals=()))


def test_terminal_and_pipe_show_the_same_rows() -> None:
    """The Rich table and the plain text hold the same facts: all that is open before the news."""
    plain, rich = end_text(run()), _rich(ledger())
    assert plain.index("items open in the ledger") < plain.index("told by the ledger this")
    for row in ("open  ", "read", "considered", "contacted", "held: promise", "skipped: not_due"):
        assert row in plain
        assert row in rich
    for amount in ("15,040.25 EUR", "4,010,000 JPY", "-1,250.00 EUR", "370,857.30 EUR"):
        assert amount in plain
        assert amount in rich
    assert "agrees with the ledger" in plain


def test_totals_of_what_could_not_all_be_read_do_not_claim_the_whole_ledger() -> None:
    """Records set aside are in no total: the last row says so instead of agreeing."""
    shown = end_text(run(ledger(quarantined=3)))
    assert "agrees with what could be read; 3 records could not" in shown
    assert "agrees with the ledger" not in shown


def test_pipe_text_has_no_colour_and_no_box() -> None:
    """A pipe gets ASCII letters and line ends, nothing that a terminal would interpret."""
    assert end_text(run()).isascii()
    assert "\x1b" not in end_text(run())


def test_table_reads_no_markup_and_moves_no_cursor() -> None:
    """Foreign text in an error is neither Rich markup nor a terminal command."""
    bad = ledger(
        status=LedgerStatus.FAILED, errors=1, error="[red]x[/red] \x1b[2Jgone\r\nfake row 0"
    )
    for text in (_rich(bad), end_text(run(bad))):
        assert "[red]x[/red]" in text
        assert "\x1b[2J" not in text
        assert "\nfake row" not in text


def test_results_are_whole_private_and_agree(tmp_path: Path) -> None:
    """run_results.json holds exact amounts as text, the same totals and the exit code."""
    path = write_results(run(exit_code=1), tmp_path / "reports")
    document = json.loads(path.read_text())
    first = document["ledgers"][0]
    assert (document["schema_version"], document["exit_code"]) == (1, 1)
    assert document["exit_meaning"] == "finished with some errors"
    assert first["open_totals"] == {"EUR": "370857.30", "JPY": "4010000"}
    assert first["reconciles"] is True
    summed = sum(Decimal(one["amount"]) for one in first["outcomes"] if one["currency"] == "EUR")
    assert summed == Decimal(first["open_totals"]["EUR"])
    assert {one["group"] for one in first["outcomes"]} == {"contact", "coming", "held", "skipped"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["run_results.json"]


def test_results_of_a_failed_run_are_written(tmp_path: Path) -> None:
    """A run that failed leaves its results too, with what went wrong."""
    failed = ledger(
        status=LedgerStatus.FAILED, error="AuthError: log in again", outcomes=(), open_totals=()
    )
    document = json.loads(write_results(run(failed, exit_code=4), tmp_path).read_text())
    assert document["ledgers"][0]["status"] == "failed"
    assert document["waiting"][0] == "northwind: AuthError: log in again"


def test_results_replace_the_old_ones_in_one_step(tmp_path: Path) -> None:
    """A second run replaces the file; a folder in its place is an error that leaves no litter."""
    write_results(run(exit_code=1), tmp_path)
    write_results(run(exit_code=0), tmp_path)
    assert json.loads((tmp_path / "run_results.json").read_text())["exit_code"] == 0
    blocked = tmp_path / "blocked"
    (blocked / "run_results.json" / "x").mkdir(parents=True)
    with pytest.raises(OSError, match="run_results"):
        write_results(run(), blocked)
    assert os.listdir(blocked) == ["run_results.json"]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.outside += [name for name, _ in attrs if name in ("href", "src", "action")]


def test_page_is_self_contained_and_obeys_nothing(tmp_path: Path) -> None:
    """The page loads nothing, runs nothing and shows hostile text as text."""
    bad = ledger(status=LedgerStatus.PARTIAL, errors=1, error=HOSTILE)
    rows = [effect(EffectState.UNCERTAIN, detail=HOSTILE, step=HOSTILE, account_id=HOSTILE)]
    path = write_page(
        run(bad, exit_code=1), tmp_path, effects=rows, names={("northwind", HOSTILE): HOSTILE}
    )
    page = _Page()
    page.feed(path.read_text())
    assert not page.tags & {"script", "link", "img", "iframe", "a", "form"}
    assert page.outside == []
    assert "default-src 'none'" in path.read_text()
    assert "{{ 7 * 7 }}" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_page_shows_contacts_and_what_waits() -> None:
    """Delivered reminders stand under contacts, uncertain ones under what waits; notes nowhere."""
    page = report_page(
        run(),
        effects=[
            effect(EffectState.DELIVERED),
            effect(EffectState.DELIVERED, kind=EffectKind.NOTE, account_id="note-account"),
            effect(EffectState.UNCERTAIN, account_id="acc-99", detail="connection lost"),
        ],
        names={("northwind", "acc-17"): "Möller & Söhne GmbH"},
    )
    waits, _, made = page.partition("<h2>Contacts made</h2>")
    assert "Möller &amp; Söhne GmbH" in made
    assert "acc-99" in waits
    assert "acc-99" not in made
    assert "note-account" not in page
    assert "1,350.50 EUR" in made


def test_quiet_run_has_nothing_waiting() -> None:
    """A clean run shows no warning box and says that nobody was contacted."""
    quiet = ledger(contacted=0, uncertain=0)
    assert waiting_sentences((quiet,)) == ()
    page = report_page(run(quiet))
    assert "Waits for a person" not in page
    assert "None in this run." in page


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r=1",
    " =1",
    "\u00a0=1",
    "＝1",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_formulas_are_defused(text: str) -> None:
    """A cell that a spreadsheet would evaluate starts with an apostrophe."""
    assert defuse(text) == f"'{text}"


@given(st.text(max_size=40))
def test_csv_reads_back(name: str) -> None:
    """Any ledger name survives the CSV, and no cell of foreign text starts a formula."""
    text = outcomes_csv(run(ledger(name)))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 10
    assert rows[1][0] == defuse(name)
    assert not rows[1][0].lstrip().startswith(("=", "+", "-", "@"))
    assert [Decimal(row[6]) for row in rows[1:3]] == [Decimal("18204.10"), Decimal("5120.00")]


def test_unreadable_records_say_where_and_what() -> None:
    """A person who must mend a record finds its file, row and column, and no markup is obeyed."""
    record = Quarantined(
        record_id="r1",
        account_id="<b>Ann</b>",
        where="open.csv, row 7, column Due",
        problem="'31/02/2026' is no day of the calendar; correct it",
    )
    page = report_page(run(ledger()), unread=[("north", record)])
    assert "open.csv, row 7, column Due" in page
    assert "is no day of the calendar" in page
    assert "<b>Ann</b>" not in page


def test_what_ended_a_ledger_does_not_stand_beside_a_count_of_none() -> None:
    """A ledger that stopped has a line of its own, not "0 errors" with an error beside it."""
    text = end_text(run(ledger(status=LedgerStatus.FAILED, error="the export is too old")))
    assert re.search(r"stopped +the export is too old", text)
    assert not re.search(r"errors +0 .*too old", text)
    assert not re.search(r"^ *stopped", end_text(run(ledger())), re.MULTILINE)


def test_a_simulated_clock_does_not_tell_how_long_it_took() -> None:
    """A sandbox's clock skips waits: people are told the seconds that passed for them."""
    page = report_page(run(ledger()), seconds=4.2)
    assert "4.2 s" in page
    assert "after 4.2 s." in end_text(run(ledger()), seconds=4.2)


def test_a_page_says_how_many_contacts_wait_for_a_later_run() -> None:
    """A limit that cuts a plan short is told where the plan is shown."""
    page = report_page(run(ledger()), planned=[effect(EffectState.PENDING)], later=3)
    assert "Nothing of this was sent. In the order of sending; 3 more contacts would wait" in page
    assert "would wait" not in report_page(run(ledger()), planned=[effect(EffectState.PENDING)])


def test_suggested_commands_are_told_as_they_are_typed_here() -> None:
    """The table takes the user's flags from whoever knows them."""
    console = Console(file=io.StringIO(), width=200)
    told = ledger(uncertain=1, status=LedgerStatus.PARTIAL)
    console.print(end_table(run(told), said=lambda text: text.replace("syncer", "syncer -c x")))
    assert "syncer -c x outbox" in console.file.getvalue()  # type: ignore[attr-defined]
