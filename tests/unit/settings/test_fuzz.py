"""Whatever is done to a configuration, it loads or is refused with a place."""

import copy
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.csv_folder.config import FolderSettings
from connectors.odoo.config import OdooConfig
from connectors.quickbooks.config import QuickBooksConfig
from connectors.tryton.config import TrytonConfig
from connectors.xero.config import XeroConfig
from syncer.ports import Capability, ConnectorSpec, Limits
from syncer.settings import InvalidSettings, Problem, load_settings
from syncer.settings.tree import Mark

EXAMPLE = (Path(__file__).parents[3] / "config" / "syncer.example.yaml").read_text("utf-8")
STARTER = (Path(__file__).parents[3] / "syncer" / "defaults" / "starter.yaml").read_text("utf-8")
TREE = yaml.safe_load(STARTER)
ENVIRON = {
    "TOKEN_KEY": "k" * 40,
    "SMTP_PASSWORD": "canary-mail",
    "XERO_CLIENT_ID": "client",
    "XERO_CLIENT_SECRET": "canary-xero",
    "QUICKBOOKS_CLIENT_ID": "client",
    "QUICKBOOKS_CLIENT_SECRET": "canary-quickbooks",
    "ODOO_API_KEY": "canary-odoo",
    "TRYTON_PASSWORD": "canary-tryton",
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["${", "${X}", "${X:-}", "file:", "file:/", "-5d", "NO", "*", "0123", "1e400"]),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=3),
    st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.integers()), max_size=3),
)
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _specs() -> Mapping[str, ConnectorSpec]:
    models = {
        "xero": XeroConfig,
        "csv_folder": FolderSettings,
        "quickbooks": QuickBooksConfig,
        "odoo": OdooConfig,
        "tryton": TrytonConfig,
    }
    return {
        name: ConnectorSpec(
            name=name,
            title=name,
            config=model,
            build=lambda _: None,  # type: ignore[arg-type,return-value]
            capabilities=frozenset(Capability),
            limits=Limits(page_size=1),
        )
        for name, model in models.items()
    }


SPECS = _specs()


def _problems(text: str) -> tuple[Problem, ...]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "a.yaml"
        file.write_bytes(text.encode("utf-8", errors="surrogatepass"))
        try:
            load_settings([file], environ=ENVIRON, specs=SPECS)
        except InvalidSettings as refused:
            return refused.problems or (Problem(Mark(""), "", "refused without a reason"),)
    return ()


def _loads_or_says_where(text: str) -> None:
    for problem in _problems(text):
        assert problem.mark.line > 0
        assert str(problem).isprintable()
        assert "canary" not in str(problem)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    entries = value.items() if isinstance(value, dict) else ()
    entries = enumerate(value) if isinstance(value, list) else entries
    for key, entry in entries:
        found.extend(_paths(entry, (*path, key)))
    return found


@RELAXED
@given(
    place=st.integers(0, len(EXAMPLE) - 1),
    length=st.integers(0, 30),
    instead=st.one_of(
        st.text(max_size=6), st.sampled_from([*"\t\n:-#&*!|>'\"{}[]%@`", "\x00", "- ", ": ", "..."])
    ),
)
def test_any_edit_of_the_example(place: int, length: int, instead: str) -> None:
    """Cutting a piece out and typing something else loads or names a line."""
    _loads_or_says_where(EXAMPLE[:place] + instead + EXAMPLE[place + length :])


@RELAXED
@given(path=st.sampled_from(_paths(TREE)), value=ODD)
def test_any_value_of_any_type_anywhere(path: tuple[Any, ...], value: Any) -> None:
    """Each value replaced by something odd loads or names a line."""
    tree = copy.deepcopy(TREE)
    holder = tree
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    _loads_or_says_where(yaml.safe_dump(tree, allow_unicode=True))


@RELAXED
@given(text=st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Any text at all loads or names a line."""
    _loads_or_says_where(text)
