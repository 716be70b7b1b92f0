"""The example file, the starter, the ready policies and the documented table match the models."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from connectors.csv_folder.config import FolderSettings
from connectors.odoo.config import OdooConfig
from connectors.quickbooks.config import QuickBooksConfig
from connectors.tryton.config import TrytonConfig
from connectors.xero.config import XeroConfig
from syncer.ports import Capability, ConnectorSpec, Limits
from syncer.settings import Settings, lint, load_settings
from syncer.settings.inventory import ANY_NAME, declared
from syncer.settings.ready import READY, ready_policy
from syncer.settings.reference import is_group, row, table
from syncer.settings.rulebook import to_policy
from syncer.settings.tree import Node, walk
from syncer.settings.tree import Path as KeyPath
from syncer.settings.yamltree import parse

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config" / "syncer.example.yaml"
DOCUMENT = ROOT / "docs" / "configuration.md"
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


def _spec(name: str, config: type) -> ConnectorSpec:
    return ConnectorSpec(
        name=name,
        title=name,
        config=config,
        build=lambda _: pytest.fail("nothing is opened by reading settings"),
        capabilities=frozenset(Capability),
        limits=Limits(page_size=1),
    )


SPECS: Mapping[str, ConnectorSpec] = {
    "xero": _spec("xero", XeroConfig),
    "csv_folder": _spec("csv_folder", FolderSettings),
    "quickbooks": _spec("quickbooks", QuickBooksConfig),
    "odoo": _spec("odoo", OdooConfig),
    "tryton": _spec("tryton", TrytonConfig),
}


def _matches(path: KeyPath, pattern: KeyPath) -> bool:
    return len(path) == len(pattern) and all(
        wanted in {ANY_NAME, key} for key, wanted in zip(path, pattern, strict=True)
    )


@cache
def _example() -> tuple[list[str], list[tuple[KeyPath, Node]]]:
    """Its lines, and everything in it by its path: read once for all keys."""
    text = EXAMPLE.read_text(encoding="utf-8")
    return text.splitlines(), list(walk(parse(text.encode(), "example")))


def _comment_above(lines: list[str], number: int) -> str:
    """The comment that ends just above line ``number`` (from 1), as one sentence."""
    found: list[str] = []
    for line in reversed(lines[: number - 1]):
        if not line.strip().startswith("# "):
            break
        found.insert(0, line.strip().removeprefix("# "))
    return " ".join(found)


def test_example_loads() -> None:
    """The example is a valid configuration once its variables are set."""
    settings = load_settings([EXAMPLE], environ=ENVIRON, specs=SPECS)
    assert [ledger.name for ledger in settings.ledgers] == [
        "north",
        "books",
        "overseas",
        "workshop",
        "factory",
    ]
    assert settings.policy_for("north").default_ladder == "firm"


@pytest.mark.parametrize(
    ("path", "field"), [pytest.param(p, f, id=".".join(map(str, p))) for p, f in declared()]
)
def test_example_shows_every_key(path: KeyPath, field: object) -> None:
    """Each key stands in the example, under a comment with meaning, default, unit and example."""
    lines, nodes = _example()
    places = [node for key, node in nodes if _matches(key, path)]
    assert places, "missing in the example"
    shown = row("", field)  # type: ignore[arg-type]
    wanted = shown.meaning if is_group(field) else shown.comment()  # type: ignore[arg-type]
    comments = [_comment_above(lines, node.mark.line) for node in places]
    assert any(wanted in comment for comment in comments), f"expected the comment: {wanted}"


@pytest.mark.parametrize(
    ("connector", "name"),
    [
        (connector, name)
        for connector in ("xero", "quickbooks", "odoo", "tryton")
        for name in sorted(SPECS[connector].config.model_fields)
    ],
)
def test_example_shows_every_key_of_a_connector(connector: str, name: str) -> None:
    """Its ledger in the example has each key of the settings, commented like all others."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    start = lines.index(f"    connector: {connector}")
    at = next(n for n in range(start, len(lines)) if lines[n].startswith(f"      {name}: "))
    wanted = row("", SPECS[connector].config.model_fields[name]).comment()
    assert _comment_above(lines, at + 1).endswith(wanted)


def test_document_holds_the_table_of_every_key() -> None:
    """docs/configuration.md ends with the table made from the models."""
    assert DOCUMENT.read_text(encoding="utf-8").endswith(f"\n{table()}\n"), table()


def test_every_key_says_what_it_means() -> None:
    """Every key has a meaning, and every value an example or a default that is one."""
    for path, field in declared():
        assert field.description, path
        if not is_group(field):
            assert field.examples, path


def test_starter_loads_and_only_plans() -> None:
    """What ``init`` writes is valid as it is, sends nothing, and lint names its examples."""
    starter = Path(str(resources.files("syncer").joinpath("defaults/starter.yaml")))
    settings = load_settings([starter], environ={}, specs=SPECS)
    assert {ledger.mode.value for ledger in settings.ledgers} == {"plan"}
    told = {problem.path for problem in lint(settings, today=date(2026, 11, 22))}
    assert told == {
        "mail.from",
        "mail.from_name",
        "mail.reply_to",
        "mail.signature",
        "ledgers[books].settings.folder",
        "ledgers[books].settings.organisation.name",
    }


def test_the_ledgers_that_the_starter_offers_are_valid_once_uncommented(tmp_path: Path) -> None:
    """Platforms stand ready in comments; without them nothing but the folder is read."""
    text = resources.files("syncer").joinpath("defaults/starter.yaml").read_text("utf-8")
    as_is, mark, offered = text.partition("  # - name: xero-books\n")
    offered = re.sub(r"^( *)# ", r"\1", mark + offered, flags=re.MULTILINE)
    file = tmp_path / "a.yaml"
    file.write_text(as_is + offered, encoding="utf-8")
    settings = load_settings([file], environ=ENVIRON, specs=SPECS)
    read = [ledger.connector for ledger in settings.ledgers]
    assert read == ["csv_folder", "xero", "quickbooks", "odoo"]
    assert {ledger.mode.value for ledger in settings.ledgers} == {"plan"}


@pytest.mark.parametrize("name", READY)
def test_ready_policies_build(name: str, tmp_path: Path) -> None:
    """Each ready policy is valid on its own and has a version."""
    file = tmp_path / "a.yaml"
    starter = resources.files("syncer").joinpath("defaults/starter.yaml").read_text("utf-8")
    file.write_text(starter.replace("use: standard", f"use: {name}"), encoding="utf-8")
    settings = load_settings([file], environ={}, specs=SPECS)
    policy = settings.policy_for("books")
    assert policy.version == to_policy("main", settings.policies["main"]).version != ""
    assert ready_policy(name).value["ladders"].value.keys() == {
        ladder.name for ladder in policy.ladders
    }


def test_models_are_reached(tmp_path: Path) -> None:
    """The walk over the models finds nested lists and named groups."""
    paths = {path for path, _ in declared(Settings)}
    assert ("policies", ANY_NAME, "ladders", ANY_NAME, "steps", ANY_NAME, "after_due") in paths
    assert ("mail", "channels", ANY_NAME, "dir") in paths
