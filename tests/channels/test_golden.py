"""Golden messages: every tone in every language, one invoice and several, text and HTML.

``GOLDEN_UPDATE=1 pytest tests/channels/test_golden.py`` rewrites them; read the difference.
"""

import dataclasses
import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from syncer.channels.render import TemplateRenderer
from syncer.model.charge import ChargeKind, ChargeLine, Claim
from syncer.model.decision import Code, Decision, Reason
from syncer.model.effect import Message
from syncer.policy.beside import INSTALMENT, THANK_YOU
from syncer.policy.rules import Tone
from tests.channels.cases import LETTERHEAD, credit, decision, earlier, invoice, render, snapshot

GOLDEN = Path(__file__).parents[1] / "golden" / "messages"
LANGUAGES = ("en", "de", "fr", "nl", "es")
RENDERER = TemplateRenderer()


def _several(*, late: bool) -> Decision:
    days = {"days_late": 48} if late else {"days_late": 0}
    return decision(
        invoice("INV-0041", "1000.00", open=Decimal("400.00"), reference="PO 77-A", **days),
        invoice("INV-0042", "1200.50", held=Decimal("200.00"), **days),
        credit("CN-7", "80.00", "50.00"),
    )


def _one(*, late: bool) -> Decision:
    return decision(invoice("INV-0041", "1250.00", days_late=1 if late else 0))


def _message(language: str, tone: str, decided: Decision, contacts: int = 0) -> Message:
    return render(
        RENDERER,
        decided,
        tone=tone,
        snapshot=replace(snapshot(language=language), contacts=earlier(contacts)),
        pay_links={"id-INV-0041": "https://pay.example.com/i?a=1&b=2"},
    )


def _charging(language: str) -> Message:
    """Every kind of charge, and some that an earlier message named."""
    line = ChargeLine(
        kind=ChargeKind.FEE,
        item_id="id-INV-0041",
        number="INV-0041",
        amount=Decimal("5.00"),
        currency="EUR",
        rows=("contract",),
        working=(),
    )
    interest = replace(
        line,
        kind=ChargeKind.INTEREST,
        amount=Decimal("16.89"),
        rows=("eu.rate",),
        since=date(2026, 6, 16),
        until=date(2026, 7, 15),
        percents=(Decimal("10.15"), Decimal("10.4")),
    )
    sums = [
        replace(line, kind=kind, amount=Decimal("40.00"), rows=("eu.sum",))
        for kind in (ChargeKind.COMPENSATION, ChargeKind.COLLECTION_COSTS)
    ]
    claim = Claim(
        lines=(interest, *sums, line), before=Decimal("3.50"), basis="Directive 2011/7/EU"
    )
    return render(
        RENDERER,
        _one(late=True),
        tone=Tone.FORMAL,
        snapshot=snapshot(language=language),
        claim=claim,
    )


def _beside(language: str, shape: str) -> dict[str, Message]:
    """Thanks, and an instalment of a plan: one or two invoices, and what the plan still holds."""
    numbers = ("INV-0041", "INV-0042")[: 2 if shape == "several" else 1]
    paid = [invoice(number, open=Decimal(0), days_late=0) for number in numbers]
    due = [invoice(number, "300.00", held=Decimal("250.00"), days_late=0) for number in numbers]
    args = ("2026-12-01", "50.00", "EUR", "50.00")
    reason = Reason(code=Code.INSTALMENT_DUE, args=args)
    steps = {
        THANK_YOU: decision(*paid, step=THANK_YOU.name),
        INSTALMENT: decision(*due, step=INSTALMENT.name, reasons=(reason,)),
    }
    return {
        step.template: render(
            RENDERER,
            what,
            tone=step.tone,
            template=step.template,
            snapshot=snapshot(language=language),
            letterhead=dataclasses.replace(LETTERHEAD, ask_reason=True),
        )
        for step, what in steps.items()
    }


def _cases() -> Iterator[tuple[str, str]]:
    for language, tone, shape in product(LANGUAGES, Tone, ("several", "one")):
        late = tone is not Tone.HEADS_UP
        decided = _several(late=late) if shape == "several" else _one(late=late)
        # One invoice: nothing was sent before. Several: two messages were.
        message = _message(language, tone, decided, 0 if shape == "one" else 2)
        name = f"{language}/{tone}-{shape}"
        yield f"{name}.txt", f"Subject: {message.subject}\n\n{message.text}"
        if tone is Tone.FRIENDLY:  # the layout is one for all tones
            yield f"{name}.html", message.html
    for language, shape in product(LANGUAGES, ("several", "one")):
        for name, message in _beside(language, shape).items():
            where = f"{language}/{name}-{shape}"
            yield f"{where}.txt", f"Subject: {message.subject}\n\n{message.text}"
            if language == "en":  # the layouts are one for all languages
                yield f"{where}.html", message.html
    for language in LANGUAGES:
        message = _charging(language)
        yield f"{language}/formal-charges.txt", f"Subject: {message.subject}\n\n{message.text}"
        yield f"{language}/formal-charges.html", message.html


CASES = dict(_cases())


@pytest.mark.parametrize("name", CASES)
def test_message_reads_as_agreed(name: str) -> None:
    """A message is exactly what a person has read and agreed to."""
    path = GOLDEN / name
    if os.environ.get("GOLDEN_UPDATE"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CASES[name], encoding="utf-8", newline="\n")
    assert path.is_file(), f"no golden file {name}; run with GOLDEN_UPDATE=1 and read it"
    assert CASES[name] == path.read_text(encoding="utf-8")


def test_no_golden_file_is_unused() -> None:
    """Every golden file belongs to a case: a stale one would prove nothing."""
    files = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*") if path.is_file()}
    assert files == set(CASES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tone", Tone)
def test_message_is_whole_in_one_language(language: str, tone: Tone) -> None:
    """No sentence of another language's message shows up."""
    own = CASES[f"{language}/{tone}-several.txt"]
    facts = {"Anna Smith", "Accounts", "Northwind Ltd", "IBAN GB33 BUKB 2020 1555 5555 55"}
    for other in set(LANGUAGES) - {language}:
        theirs = CASES[f"{other}/{tone}-several.txt"].splitlines()
        sentences = {line for line in theirs if len(line) > 60} - facts
        assert not sentences & set(own.splitlines())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_asks_for_the_reason(language: str) -> None:
    """Each tone asks for the reason in a way of its own, and thanks who has just paid."""
    tails = {CASES[f"{language}/{tone}-one.txt"].split("\n\n")[-2] for tone in Tone}
    assert len(tails) == len(Tone)


def test_golden_update_shows_a_change() -> None:
    """A changed amount changes the message: the golden files can fail."""
    changed = _one(late=True)
    other = replace(decision(invoice("INV-0041", "1250.01", days_late=1)), key=changed.key)
    assert _message("en", "friendly", other).text != _message("en", "friendly", changed).text
