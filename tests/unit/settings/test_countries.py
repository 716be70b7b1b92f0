"""A ledger's country is a code that exists, and one that nobody can learn is asked for."""

from datetime import date
from pathlib import Path

import pytest

from connectors.csv_folder import SPEC
from syncer.settings import InvalidSettings, lint

from .conftest import Load

_FOLDER = """\
mail:
  from: billing@north.example
  reply_to: anna@north.example
  channels:
    outbox: {{type: folder, dir: out}}
ledgers:
  - name: north
    connector: csv_folder
    settings:
      folder: exports
      organisation: {{name: North, time_zone: Europe/London, currency: GBP{country}}}
      open_items: {{file: "*.csv", layout: xero_invoices}}
"""


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("England", "did you mean GB?"),
        ("UK", "did you mean GB?"),
        ("gb", "did you mean GB?"),
        ("United Kingdm", "did you mean GB?"),
        ("Deutschland", "did you mean DE?"),
        ("DEU", "did you mean DE?"),
        ("EU", "write two capitals like GB"),
        ("XX", "write two capitals like GB"),
    ],
)
def test_a_country_that_is_no_code_is_refused(load: Load, written: str, hint: str) -> None:
    """The refusal has the place and the code that was meant, where that can be told."""
    with pytest.raises(InvalidSettings) as refused:
        load(_FOLDER.format(country=f", country: {written}"), specs={SPEC.name: SPEC})
    (problem,) = refused.value.problems
    assert problem.path == "ledgers[north].settings.organisation.country"
    assert problem.text == f"'{written}' is not an ISO 3166 country code; {hint}"


@pytest.mark.parametrize(
    ("country", "warned"), [("", 1), (", country: ''", 1), (", country: NO", 0)]
)
def test_lint_asks_for_the_country_of_a_folder(
    load: Load, tmp_path: Path, country: str, warned: int
) -> None:
    """Exports name no country: without one, lint says how dates will be written."""
    (tmp_path / "exports").mkdir()
    settings = load(_FOLDER.format(country=country), specs={SPEC.name: SPEC})
    told = [
        str(one) for one in lint(settings, today=date(2026, 11, 22)) if "no country" in str(one)
    ]
    assert len(told) == warned
    assert all("October 3, 2026" in one and "add country" in one for one in told)
