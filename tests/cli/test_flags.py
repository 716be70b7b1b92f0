"""Shared options: where they may stand, and how two places are put together."""

from datetime import date
from pathlib import Path

import pytest

from syncer.cli.call import Call
from syncer.cli.flags import _DECLARED, Flags
from syncer.cli.narrowing import selection
from syncer.errors import ConfigError


def test_flags_after_the_verb_win():
    """What is said last is meant; what is said once holds."""
    after = Flags(config=(Path("b.yaml"),), max_sends=0)
    before = Flags(config=(Path("a.yaml"),), as_json=True, max_sends=5, as_of=date(2026, 1, 31))
    together = after.over(before)
    assert together.config == (Path("b.yaml"),)
    assert together.as_json
    assert together.as_of == date(2026, 1, 31)
    assert together.max_sends == 0


def test_the_configuration_is_named_by_flag_then_variable_then_habit(monkeypatch):
    """--config, else SYNCER_CONFIG, else syncer.yaml."""
    monkeypatch.delenv("SYNCER_CONFIG", raising=False)
    assert Call(Flags()).config_paths == (Path("syncer.yaml"),)
    monkeypatch.setenv("SYNCER_CONFIG", "one.yaml:two.yaml")
    assert Call(Flags()).config_paths == (Path("one.yaml"), Path("two.yaml"))
    assert Call(Flags(config=(Path("x.yaml"),))).config_paths == (Path("x.yaml"),)


def test_connectors_are_told_the_day_that_is_looked_at():
    """--as-of reaches whatever reads a ledger, not only whoever decides."""
    assert Call(Flags(as_of=date(2026, 2, 20))).around.as_of == date(2026, 2, 20)
    assert Call(Flags()).around.as_of is None


def test_select_names_customers_and_invoices():
    """customer: and invoice: may be mixed; the text after the colon is kept as it is."""
    chosen = selection(("customer:Harbour: Roofing", "invoice:INV-1", "invoice:INV-2"))
    assert chosen.accounts == ("Harbour: Roofing",)
    assert chosen.items == ("INV-1", "INV-2")


@pytest.mark.parametrize("text", ["INV-1", "tenant:x", "customer:", "Customer:x"])
def test_select_refuses_what_it_does_not_know(text):
    """A misspelt narrowing must not widen the run to everybody."""
    with pytest.raises(ConfigError, match="customer:NAME"):
        selection((text,))


def test_help_shows_no_value_where_a_flag_takes_none():
    """Somebody who reads <bool> writes --json true."""
    for name, declared in _DECLARED.items():
        if declared.__origin__ is bool:
            assert declared.__metadata__[0].metavar == "", name
