"""Asking why nothing was paid, and offering instalments: whole in each language, if wanted."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from syncer.channels.instalments import offer_text
from syncer.channels.render import TemplateRenderer
from syncer.model.agreement import Instalment, UnpaidCause
from syncer.model.effect import Message

from .cases import LETTERHEAD, render, snapshot

RENDERER = TemplateRenderer()
LANGUAGES = ("de", "en", "es", "fr", "nl")


def message(language: str, tone: str, *, asks: bool) -> Message:
    """A reminder about one invoice."""
    house = replace(LETTERHEAD, ask_reason=asks)
    who = snapshot(language=language)
    return render(RENDERER, snapshot=who, tone=tone, letterhead=house)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_has_a_number_for_every_answer(language: str) -> None:
    """One short paragraph in the customer's language, in the text and the HTML alike."""
    asked = message(language, "firm", asks=True)
    plain = message(language, "firm", asks=False)
    for number in range(1, len(UnpaidCause) + 1):
        assert f"{number} = " in asked.text
        assert f"{number} = " in asked.html
    assert "1 = " not in plain.text
    assert len(asked.text) - len(plain.text) < 500


def test_a_heads_up_asks_nothing() -> None:
    """Nothing should have been paid yet."""
    assert "1 = " not in message("en", "heads_up", asks=True).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_offer_names_every_day_and_amount(language: str) -> None:
    """The schedule in the customer's language, to the last coin, and what follows a missed part."""
    parts = tuple(
        Instalment(due_on=date(2026, 12, day), amount=Decimal(amount))
        for day, amount in ((1, "33.34"), (8, "33.33"), (15, "33.33"))
    )
    text = offer_text(customer="Ann", currency="EUR", parts=parts, languages=(language, "en"))
    assert text.count("33") == 5  # of 33.34 once, of 33.33 twice
    assert all(str(part.due_on.day) in text for part in parts)
    assert "100" in text
    assert "Ann" in text


def test_a_yen_has_no_decimals_and_an_unknown_language_is_english() -> None:
    """Amounts as the currency is paid; a whole text in one language."""
    parts = (Instalment(due_on=date(2026, 12, 1), amount=Decimal(1000)),)
    text = offer_text(customer="Ann", currency="JPY", parts=parts, languages=("ja", "xx"))
    assert "¥1,000" in text
    assert text.startswith("Hello Ann")


def test_an_offer_is_written_as_its_country_writes() -> None:
    """Where the language leaves it open, days are written as where the customer or ledger is."""
    parts = (Instalment(due_on=date(2026, 12, 4), amount=Decimal("521.80")),)
    given = {"customer": "Ann", "currency": "GBP", "parts": parts, "languages": ("en",)}
    assert "4 December 2026" in offer_text(**given, countries=("GB",))
    assert "December 4, 2026" in offer_text(**given, countries=("US",))
