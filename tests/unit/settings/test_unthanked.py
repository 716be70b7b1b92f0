"""Thanks that nobody can get are told beforehand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from syncer.ports import ConnectorSpec
from syncer.settings import lint

from .conftest import Load

_THANKFUL = "policies:\n  kind: {use: standard, thank_you: {paid_within: 5d}}\n"


@pytest.mark.parametrize(
    ("policy", "proves", "told"),
    [("kind", False, 1), ("kind", True, 0), ("standard", False, 0)],
)
def test_lint_names_the_ledger_whose_thanks_reach_nobody(
    load: Load,
    minimal: str,
    specs: Mapping[str, ConnectorSpec],
    policy: str,
    proves: bool,
    told: int,
) -> None:
    """Where the connector proves no payment, and the ledger's policy thanks for payments."""
    online = minimal.replace("connector: folder", "connector: online")
    online = online.replace("{dir: exports}", "{client_id: me, client_secret: none}")
    settings = load(f"{online}    policy: {policy}\n{_THANKFUL}")
    able = {name: replace(one, proves_payment=proves) for name, one in specs.items()}
    found = lint(settings, today=date(2026, 11, 22), specs=able)
    said = [str(one) for one in found if "thanks nobody of ledger 'north'" in one.text]
    assert len(said) == told
    assert all("ledgers[north].policy: thank_you of policy 'kind'" in one for one in said)
