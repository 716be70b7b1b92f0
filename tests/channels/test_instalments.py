"""Instalments of one invoice are called so in what the ledger and its people are told."""

from datetime import date
from typing import Any

import pytest

from syncer.channels.render import TemplateRenderer
from syncer.model.decision import Line

from .cases import CONTEXT, decision, invoice, render, snapshot

RENDERER = TemplateRenderer()


def _part(number: str, day: int, **facts: Any) -> Line:
    known = {"item_id": f"{number}/{day}", "due_on": date(2026, 10, day)}
    return invoice(number, "100.00", **(known | facts))


TWO = (_part("G-110", 3), _part("G-110", 13))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (TWO, "2 instalments of G-110"),
        (TWO[:1], "1 invoice (G-110)"),
        ((*TWO, _part("G-111", 3)), "2 invoices (G-110 in 2 instalments, G-111)"),
        ((_part("G-110", 3), _part("G-111", 3)), "2 invoices (G-110, G-111)"),
        # Two of another day, or without a number, are two invoices whatever they are called.
        ((_part("A", 3), _part("A", 4, issued_on=date(2026, 9, 9))), "2 invoices (A, A)"),
        (
            (
                _part("", 3, item_id="x", reference="PO 7"),
                _part("", 3, item_id="y", reference="PO 7"),
            ),
            "2 invoices (PO 7, PO 7)",
        ),
        (
            (*TWO, *(_part(f"N-{n}", 3) for n in range(6))),
            "7 invoices (G-110 in 2 instalments, N-0, N-1, N-2, N-3 and 2 more)",
        ),
    ],
)
def test_a_note_counts_invoices_and_names_instalments(lines: tuple[Line, ...], told: str) -> None:
    """One invoice that is asked for in parts is never called several invoices."""
    decided = decision(*lines)
    note = RENDERER.note(message=render(RENDERER, decided), decision=decided, context=CONTEXT)
    assert f" asked for {told}." in note


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (TWO, "about 2 open instalments of G-110: EUR 200.00"),
        ((*TWO, _part("G-111", 3)), "about 2 open invoices: EUR 300.00"),
        (TWO[:1], "about 1 open invoice: EUR 100.00"),
    ],
)
def test_a_caller_is_told_the_same_count(lines: tuple[Line, ...], told: str) -> None:
    """A task counts as the note does."""
    text = RENDERER.task_text(decision=decision(*lines), snapshot=snapshot(), context=CONTEXT)
    assert told in text
