"""A day typed in another way is answered with the way it is written here."""

import pytest
import typer

from syncer.cli.days import day


def test_a_day_is_year_month_day() -> None:
    """One way of writing a day, the one that sorts."""
    assert day("2026-12-31").date().isoformat() == "2026-12-31"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("31.12.2026", "not written as YYYY-MM-DD; write 2026-12-31"),
        ("31-12-2026", "write 2026-12-31"),
        ("2026/12/31", "write 2026-12-31"),
        ("31/12/2026", "write 2026-12-31"),
        ("12/31/2026", "write 2026-12-31"),
        ("01/02/2026", "write 2026-02-01 or 2026-01-02"),
        ("2026-02-30", "there is no day 2026-02-30 in the calendar"),
        ("31.12.26", "no day; write it as YYYY-MM-DD"),
        ("30.02.2026", "no day; write it as YYYY-MM-DD"),
        ("tomorrow", "no day; write it as YYYY-MM-DD"),
    ],
)
def test_another_way_is_answered_with_the_day_in_ours(typed: str, says: str) -> None:
    """Where it may be two days both are named; nothing is guessed."""
    with pytest.raises(typer.BadParameter, match=says):
        day(typed)


def test_every_day_of_the_command_line_is_read_so(program) -> None:
    """--until, --from, --since and --as-of refuse a German date with the same words."""
    for words in (
        ("hold", "add", "x", "--reason", "r", "--until", "31.12.2026"),
        ("hold", "add", "x", "--reason", "r", "--from", "31.12.2026"),
        ("log", "--since", "31.12.2026"),
        ("plan", "--as-of", "31.12.2026"),
    ):
        done = program(*words)
        assert (done.code, "write 2026-12-31" in done.err) == (2, True), words
