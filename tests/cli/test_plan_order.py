"""A plan stands in the order of sending, and limits leave out its end."""

import json

from syncer.cli.sending_order import RULE

from .conftest import DAY

ORDER = ["Larkfield Brewery", "Harbour Roofing", "Müller & Sons", "Quayside Studios"]


def test_a_plan_stands_in_the_order_of_sending(office) -> None:
    """Ledger by ledger: larger amounts by digits first, then the longest overdue; the same three
    times: on the screen, in the file and as JSON."""
    assert office.planned() == ORDER
    out = office.home / "plan.json"
    told = office("plan", "--as-of", DAY, "--out", str(out), "--json").data["plan"]["entries"]
    kept = json.loads(out.read_bytes())["entries"]
    assert [one["account_id"] for one in told] == ["A2", "A1", "A3", "S1"]
    assert kept == told


def test_ledgers_named_on_the_command_line_go_in_that_order(office) -> None:
    """--ledger south --ledger north: south first."""
    assert office.planned("--ledger", "south", "--ledger", "north") == [ORDER[3], *ORDER[:3]]


def test_limits_leave_the_end_of_the_order_for_later(office) -> None:
    """--max-sends counts over all ledgers, sends_max in each; what is left out is counted."""
    assert office.planned("--max-sends", "2") == ORDER[:2]
    told = office("plan", "--as-of", DAY, "--max-sends", "2").out
    assert "2 more contacts would wait for a later run" in told
    office.configure(extra="run: {sends_max: 1}\n")
    assert office.planned() == [ORDER[0], ORDER[3]]
    assert "Nobody would be contacted." in office("plan", "--as-of", DAY, "--max-sends", "0").out


def test_the_rule_is_said_where_the_order_is_shown(office, program) -> None:
    """Under the table, and in the help of --max-sends."""
    assert RULE in office("plan", "--as-of", DAY).out
    helped = " ".join(program("run", "--help").out.split())
    assert "over all ledgers in the order of the configuration" in helped
    assert "then the longest overdue" in helped
