"""The metrics file is Prometheus' text format, whole, and holds no customer's data."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.run import LedgerResult, LedgerStatus, RunResult
from syncer.model.standstill import Standstill
from syncer.report.metrics import Family, exposition, families, write_metrics

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
# One line of the format, version 0.0.4: a name, labels with escaped values, a number.
_SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(?:\{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)')
_LABEL = re.compile(r'(\w+)="((?:[^"\\\n]|\\[\\"n])*)"')
_UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def _ledger(name: str, **facts: object) -> LedgerResult:
    values = {"ledger": name, "connector": "xero", "mode": "live", "status": LedgerStatus.OK}
    return LedgerResult(**(values | facts))  # type: ignore[arg-type]


def _result(*ledgers: LedgerResult, code: int = 0) -> RunResult:
    return RunResult(
        run_id="r",
        version="1",
        command="run",
        started_at=NOW,
        finished_at=NOW,
        exit_code=code,
        config_digest="",
        policy_version="",
        ledgers=ledgers,
    )


def _standing(name: str, last: LedgerResult | None, **facts: object) -> Standstill:
    values = {"completed_at": NOW, "last_at": NOW, "since": NOW, "silent": False}
    return Standstill(ledger=name, last=last, **(values | facts))  # type: ignore[arg-type]


def _read(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by name and labels; fails on any line that is none and no comment."""
    found = {}
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        if line.startswith("# "):
            assert re.match(r"# (HELP|TYPE) syncer_\w+ .", line)
            continue
        match = _SAMPLE.fullmatch(line)
        assert match, line
        labels = tuple(
            (name, re.sub(r"\\.", lambda seen: _UNESCAPED[seen[0]], value))
            for name, value in _LABEL.findall(match[2] or "")
        )
        assert (match[1], labels) not in found, "a sample stands twice"
        found[match[1], labels] = float(match[3])
    return found


@given(st.text(st.characters(exclude_categories=["Cs"])), st.floats(allow_nan=False))
def test_any_label_and_number_comes_back(value: str, number: float) -> None:
    """Quotes, backslashes and line ends in a name cannot forge a line."""
    text = exposition([Family("x", "Some\nmeaning \\ here.", [({"ledger": value}, number)])])
    assert _read(text) == {("syncer_x", (("ledger", value),)): number}


def test_the_figures_of_a_run() -> None:
    """How each ledger ended, what it did, what was unusual, and which are silent."""
    bad = _ledger(
        "south", status=LedgerStatus.HELD, planned=90, waiting=2, alarms=("contacts_rose",)
    )
    ledgers = (
        _standing("north", _ledger("north", contacted=3)),
        _standing("south", bad),
        _standing("west", None, completed_at=None, last_at=None, silent=True),
    )
    found = _read(exposition(families(_result(bad, code=3), ledgers, now=NOW)))

    def of(name: str, ledger: str, **more: str) -> float:
        return found["syncer_" + name, (("ledger", ledger), *more.items())]

    assert found["syncer_run_exit_code", ()] == 3
    assert found["syncer_run_finished_timestamp_seconds", ()] == NOW.timestamp()
    assert of("ledger_completed_timestamp_seconds", "north") == NOW.timestamp()
    assert of("ledger_completed_timestamp_seconds", "west") == 0
    assert [of("ledger_silent", one) for one in ("north", "south", "west")] == [0, 0, 1]
    assert of("ledger_contacted", "north") == 3
    assert of("ledger_waiting", "south") == 2
    assert of("ledger_alarm", "south", alarm="contacts_rose") == 1
    assert of("ledger_status", "south", status="held") == 1
    assert of("ledger_status", "south", status="ok") == 0


def test_no_sentence_gets_into_the_file() -> None:
    """Errors and warnings may quote a record: only codes and numbers are written."""
    told = _ledger("north", error="canary Harbour Roofing", warnings=("canary two",))
    text = exposition(families(_result(told), [_standing("north", told)], now=NOW))
    assert "canary" not in text


def test_the_file_is_replaced_whole_and_can_be_read_by_the_collector(tmp_path: Path) -> None:
    """A collector that runs as somebody else reads it, and never half of it."""
    path = tmp_path / "made" / "syncer.prom"
    for code in (0, 5):
        write_metrics(path, _result(code=code), (), now=NOW)
    assert path.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in path.parent.iterdir()] == ["syncer.prom"]
    assert _read(path.read_text())["syncer_run_exit_code", ()] == 5


def test_a_place_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    """The caller is told by an OSError."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="file"):
        write_metrics(tmp_path / "file" / "syncer.prom", _result(), (), now=NOW)
