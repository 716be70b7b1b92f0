"""What a connector does on request counts where the ledger's settings ask for it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from syncer.ports import Capability, ConnectorSpec
from syncer.settings import InvalidSettings
from syncer.settings.section import Section, key

from .conftest import Load

_LIMITED = "    policy: kind\npolicies:\n  kind: {use: standard, freshness: {books_max_age: 7d}}\n"


class _Keys(Section):
    telling: bool = key(False, "Ask the bank.", example=True)


@pytest.fixture
def asked(specs: Mapping[str, ConnectorSpec]) -> dict[str, ConnectorSpec]:
    """A connector that tells the age of the bank if ``telling`` is true."""
    able = specs["online"].capabilities - {Capability.BANK_FRESHNESS}
    told = {Capability.BANK_FRESHNESS: "telling"}
    folder = replace(specs["online"], name="folder", config=_Keys, capabilities=able, optional=told)
    return {"folder": folder}


@pytest.mark.parametrize("said", ["{telling: true}", "{telling: on}"])
def test_a_policy_may_rest_on_what_the_settings_switch_on(
    load: Load, minimal: str, asked: dict[str, ConnectorSpec], said: str
) -> None:
    """The limit is taken, and the connector is able in the run as well."""
    settings = load(minimal.replace("{dir: exports}", said) + _LIMITED, specs=asked)
    able = asked["folder"].able(settings.ledgers[0].settings)
    assert Capability.BANK_FRESHNESS in able


@pytest.mark.parametrize("said", ["{telling: false}", "{}"])
def test_without_it_the_sentence_names_the_key(
    load: Load, minimal: str, asked: dict[str, ConnectorSpec], said: str
) -> None:
    """A limit that nothing can be measured by is refused, with what would help."""
    with pytest.raises(InvalidSettings, match="'folder' gives with telling: true in its settings"):
        load(minimal.replace("{dir: exports}", said) + _LIMITED, specs=asked)
