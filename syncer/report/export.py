"""CSV of a run's outcomes for a spreadsheet, with formulas from foreign text defused.

A cell that a spreadsheet would take for a formula gets a leading apostrophe (OWASP, "CSV
Injection"). Amounts are written by this program and stay numbers.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from syncer.model.run import RunResult
from syncer.report.words import group_of, sentence

COLUMNS = ("ledger", "group", "code", "sentence", "currency", "items", "amount")

_STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defuse(text: str) -> str:
    """``text`` as a cell that no spreadsheet evaluates."""
    return (
        f"'{text}"
        if text.lstrip(" \u00a0").startswith(_STARTERS) or text[:1] in _STARTERS
        else text
    )


def outcomes_csv(result: RunResult) -> str:
    """One row per ledger, code and currency; UTF-8 text with CRLF, header first."""
    return csv_text(
        COLUMNS,
        (
            (
                defuse(ledger.ledger),
                group_of(one.code),
                defuse(one.code),
                sentence(one.code),
                defuse(one.currency),
                str(one.items),
                str(one.amount),
            )
            for ledger in result.ledgers
            for one in ledger.outcomes
        ),
    )


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Quoted as RFC 4180 asks for."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()
