"""Reminders of many invoices go out as a statement of account, in every language, and foot."""

import pytest

from syncer.channels.catalogue import Catalogue
from syncer.channels.render import TemplateRenderer
from syncer.policy.combine import STATEMENT, template_for
from syncer.policy.rules import Ladder, Policy, Step, Tone
from tests.channels.cases import credit, decision, invoice, render, snapshot

RENDERER = TemplateRenderer()
LANGUAGES = ("en", "de", "fr", "nl", "es")


def step(tone: Tone = Tone.FRIENDLY, template: str = "") -> Step:
    """A step a week after the due date."""
    return Step(name="s", tone=tone, after_due=7, template=template)


def rules(combine_over: int | None) -> Policy:
    """A policy of one step."""
    ladders = (Ladder(name="one", steps=(step(),)),)
    return Policy(name="p", ladders=ladders, default_ladder="one", combine_over=combine_over)


@pytest.mark.parametrize(
    ("invoices", "over", "template"),
    [(3, 3, ""), (4, 3, STATEMENT), (1, 1, ""), (2, 1, STATEMENT), (99, None, "")],
)
def test_complaint_09_more_than_n_invoices_are_a_statement(
    invoices: int, over: int | None, template: str
) -> None:
    """N invoices get the reminder, N + 1 the statement; credits and held lines do not count."""
    lines = [invoice(f"INV-{n}") for n in range(invoices)]
    held = invoice("INV-held", held=lines[0].open)
    made = decision(*lines, credit(), held)
    assert template_for(rules(over), step(), made) == template


@pytest.mark.parametrize(
    ("tone", "own", "template"),
    [
        (Tone.FRIENDLY, "", STATEMENT),
        (Tone.FIRM, "", STATEMENT),
        (Tone.FORMAL, "", ""),
        (Tone.FINAL, "", ""),
        (Tone.FRIENDLY, "big-customers", "big-customers"),
    ],
)
def test_formal_words_and_own_templates_stay(tone: Tone, own: str, template: str) -> None:
    """A formal or final notice keeps its words, and so does a step with a template."""
    made = decision(invoice("A"), invoice("B"))
    assert template_for(rules(1), step(tone, own), made) == template


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_statement_is_one_message_in_every_language(language: str) -> None:
    """All invoices and their sum stand in it, in the customer's language."""
    assert Catalogue().has(language, STATEMENT)
    made = decision(*[invoice(f"INV-{n}", "10.00") for n in range(12)])
    message = render(RENDERER, made, template=STATEMENT, snapshot=snapshot(language=language))
    assert message.language == language
    assert all(f"INV-{n}" in message.text for n in range(12))
    assert "12" in message.subject
    assert "120" in message.subject
