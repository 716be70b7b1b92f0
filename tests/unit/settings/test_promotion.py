"""Nothing is advertised in a reminder: own words that do are warned about, shipped ones do not."""

from datetime import date
from pathlib import Path

import pytest

from syncer.settings import lint
from syncer.settings.promotion import promotional

ROOT = Path(__file__).parents[3]
TEXTS = [
    *(ROOT / "syncer" / "channels" / "templates").rglob("*.*"),
    *(ROOT / "config" / "templates").rglob("*.*"),
]
TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Use our special offer now", "special offer"),
        ("Pay today.\nBuy now and save", "Buy now"),
        ("5 % off your next order", "your next order"),
        ("Unser Sonderangebot für Sie", "Sonderangebot"),
        ("Ihr Gutschein liegt bei", "Gutschein"),
        ("Profitez de notre offre spéciale", "offre spéciale"),
        ("Meld u aan voor onze nieuwsbrief", "nieuwsbrief"),
        ("Use el código promocional AB", "código promocional"),
    ],
)
def test_promotional_words_are_found(text: str, words: str) -> None:
    """Phrases of advertising in five languages, whatever their case, with their line."""
    lines = text.splitlines()
    number = next(n for n, line in enumerate(lines, start=1) if words in line)
    assert (number, words) in list(promotional(text))


@pytest.mark.parametrize(
    "text",
    [
        "2 % discount if you pay by 30 June",
        "Please pay now.",
        "Gutschrift 4711 ist berücksichtigt",
        "Your order 1042 of 3 May",
        "We now book payments daily",
    ],
)
def test_words_of_the_debt_itself_are_not(text: str) -> None:
    """Discounts for early payment, credit notes and orders belong to the invoice."""
    assert list(promotional(text)) == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: "/".join(path.parts[-2:]))
def test_what_ships_promotes_nothing(path: Path) -> None:
    """No template and no word list that ships has a phrase of advertising."""
    assert list(promotional(path.read_text(encoding="utf-8"))) == []


def test_lint_names_the_file_and_its_line(load, minimal: str, tmp_path: Path) -> None:
    """Own templates, signature and bank details are looked through; each place is told."""
    own = tmp_path / "words" / "en"
    own.mkdir(parents=True)
    (own / "friendly.j2").write_text("Hello\nFollow us on the web\n", encoding="utf-8")
    text = minimal.replace(
        "  channels:", "  templates: words\n  signature: Subscribe to our newsletter\n  channels:"
    ).replace("    connector:", "    mail: {bank_details: Black Friday is near}\n    connector:")
    found = [one for one in lint(load(text), today=TODAY) if "advertises" in one.text]
    assert {one.path for one in found} == {
        "mail.templates",
        "mail.signature",
        "ledgers[north].mail.bank_details",
    }
    assert any("en/friendly.j2:2: 'Follow us'" in one.text for one in found)
