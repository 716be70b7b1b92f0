"""Loads small configurations written by the tests; pretend connectors stand in for real ones."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from syncer.ports import Capability, ConnectorSpec, Limits
from syncer.settings import Settings, load_settings
from syncer.settings.fields import Currency, LocalPath, TimeZone, WebAddress
from syncer.settings.section import Section, key

Load = Callable[..., Settings]

MINIMAL = """\
mail:
  from: billing@example.com
  reply_to: anna@example.com
  channels:
    outbox: {type: folder, dir: out}
ledgers:
  - name: north
    connector: folder
    settings: {dir: exports}
"""


class FolderKeys(Section):
    """A connector that reads files."""

    dir: LocalPath = key(..., "Folder.", example="./exports")
    currency: Currency = key("EUR", "Base currency.", example="EUR")
    time_zone: TimeZone = key("Europe/Berlin", "Time zone.", example="Europe/Berlin")


class OnlineKeys(BaseModel):
    """A connector with a login, whose author forgot to refuse unknown keys."""

    model_config = ConfigDict(frozen=True)

    client_id: str
    client_secret: SecretStr
    base_url: WebAddress = "https://api.example.com"
    webhook_token: str = ""
    history_months: int = 12


def spec(name: str, config: type[BaseModel], *capabilities: Capability) -> ConnectorSpec:
    """A connector's declaration; it is never opened here."""
    return ConnectorSpec(
        name=name,
        title=name.title(),
        config=config,
        build=lambda _: pytest.fail("no connector may be opened by reading settings"),
        capabilities=frozenset(capabilities),
        limits=Limits(page_size=1),
    )


SPECS: Mapping[str, ConnectorSpec] = {
    "folder": spec(
        "folder", FolderKeys, Capability.TASK, Capability.NOTE_ADD, Capability.READ_ACCOUNTS
    ),
    "online": spec("online", OnlineKeys, *Capability),
    "reader": spec("reader", FolderKeys),
}


@pytest.fixture(scope="session")
def specs() -> Mapping[str, ConnectorSpec]:
    """The pretend connectors by name."""
    return SPECS


@pytest.fixture
def minimal() -> str:
    """The shortest configuration that is valid."""
    return MINIMAL


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Writes ``files`` (or one text) below a fresh folder and loads the first, or those named."""

    def loader(
        text: str = MINIMAL,
        *,
        environ: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        names: tuple[str, ...] = ("a.yaml",),
        specs: Mapping[str, ConnectorSpec] = SPECS,
    ) -> Settings:
        for name, content in {"a.yaml": text, **(files or {})}.items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        return load_settings(
            [tmp_path / name for name in names], environ=environ or {}, specs=specs
        )

    return loader
