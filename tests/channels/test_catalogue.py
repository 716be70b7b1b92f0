"""A user's own templates: laid over the shipped ones, checked when the program starts."""

from pathlib import Path

import pytest

from syncer.channels.catalogue import SHIPPED, Catalogue
from syncer.channels.render import TemplateRenderer
from syncer.errors import ConfigError, RecordError
from syncer.policy.rules import Tone
from tests.channels.cases import render, snapshot

GOOD = (
    "{% block subject %}S{% endblock %}"
    "{% block before %}B {{ account }}{% endblock %}"
    "{% block after %}A{% endblock %}"
)
EXAMPLE = Path(__file__).parents[2] / "config" / "templates"


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_every_tone_ships_in_every_language() -> None:
    """Five languages have words and a template for each tone."""
    catalogue = Catalogue()
    assert catalogue.languages() == {"en", "de", "fr", "nl", "es"}
    for language in catalogue.languages():
        assert all(catalogue.has(language, tone) for tone in Tone)


def test_own_template_replaces_one_and_leaves_the_rest(tmp_path: Path) -> None:
    """One file changes one tone in one language."""
    renderer = TemplateRenderer(_write(tmp_path, "en/friendly.j2", GOOD))
    assert render(renderer).subject == "S"
    assert render(renderer, tone="firm").subject != "S"
    assert render(renderer, snapshot=snapshot(language="de")).subject != "S"


def test_own_template_by_name_falls_back_as_a_whole(tmp_path: Path) -> None:
    """A step's own template that exists in English only makes the whole message English."""
    renderer = TemplateRenderer(_write(tmp_path, "en/big-customers.j2", GOOD))
    message = render(renderer, template="big-customers", snapshot=snapshot(language="de"))
    assert message.language == "en"
    assert "To be paid" in message.text


def test_own_words_are_merged(tmp_path: Path) -> None:
    """One word can be changed without copying the others."""
    renderer = TemplateRenderer(_write(tmp_path, "en/words.toml", 'total = "Balance"'))
    assert "Balance: €100.00" in render(renderer).text


def test_the_example_folder_works() -> None:
    """The example in config/templates loads and does what it says."""
    message = render(TemplateRenderer(EXAMPLE))
    assert message.subject == "A quick question about invoice INV-1"


BROKEN = [
    ("en/friendly.j2", GOOD.replace("{% endblock %}", "", 1), r"en/friendly\.j2, line 1"),
    ("en/friendly.j2", "Hello", r"block subject, before, after is missing"),
    ("en/Friendly Letter.j2", GOOD, "lower-case letters"),
    ("en/words.toml", "total = ", r"words\.toml: .*mend the TOML"),
    ("en/words.toml", 'totel = "x"', "has the unknown key totel"),
    ("it/words.toml", 'total = "Totale"', "it/words.toml lacks keys amount, ask_cannot_pay"),
    ("en/words.toml", 'of = "of"', "key of must be text with 1 times %s"),
    ("en/words.toml", 'total = "100%"', "key total must be text with 0 times %s"),
    ("en/words.toml", "total = 3", "key total must be text"),
    ("layout.html.j2", "{% if %}", r"layout\.html\.j2, line 1"),
]


@pytest.mark.parametrize(("name", "text", "problem"), BROKEN)
def test_broken_template_is_found_at_start(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    """A broken file is told by name, line and what to do, before anything is sent."""
    with pytest.raises(ConfigError, match=problem):
        TemplateRenderer(_write(tmp_path, name, text))


def test_missing_folder_is_told(tmp_path: Path) -> None:
    """A templates folder that is not there is an error, not the shipped templates."""
    with pytest.raises(ConfigError, match="is not a folder"):
        TemplateRenderer(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "code",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ words.update({}) }}",
        "{{ numbers.__init__.__globals__ }}",
        "{% include '../../../../etc/passwd' %}",
        "{{ rows[0].__class__ }}",
        "{{ undefined_name }}",
    ],
)
def test_templates_are_sandboxed(tmp_path: Path, code: str) -> None:
    """Even a template cannot reach into the program or the disk."""
    renderer = TemplateRenderer(
        _write(tmp_path, "en/friendly.j2", GOOD.replace("B {{ account }}", code))
    )
    with pytest.raises(RecordError, match="template en/friendly failed"):
        render(renderer)


def test_shipped_languages_have_the_same_words() -> None:
    """No language lacks a word or has one too many."""
    keys = {
        path.parent.name: path.read_text().count(" = ") for path in SHIPPED.glob("*/words.toml")
    }
    assert len(set(keys.values())) == 1, keys
