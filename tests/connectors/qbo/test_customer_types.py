"""Customers of types that are not to be chased: known whatever becomes of the type."""

from typing import Any

import pytest

from syncer.model.ledger import Page, StreamEnd
from syncer.sandbox import people
from syncer.sandbox.records import Contact, Group

from .bench import Bench, cursors_of

OFF = {"do_not_chase_types": ["keep OFF"]}


def _contact(bench: Bench) -> Contact:
    return next(iter(bench.world.main.books.contacts.values()))


def _join(bench: Bench) -> Group:
    group = people.add_group(bench.world.main, "Keep off")
    people.join_group(bench.world.main, group.group_id, _contact(bench).contact_id)
    return group


def _left_alone(bench: Bench, events: list[Any]) -> list[bool]:
    number = bench.company.name_id(_contact(bench).contact_id)
    pages = [event for event in events if isinstance(event, Page)]
    return [one.do_not_chase for p in pages for one in p.accounts if one.account_id == number]


def test_an_inactive_type_still_stops() -> None:
    """Customers keep a type that was made inactive; so does the wish to leave them alone."""
    bench = Bench(invoices=6, accounts=3, settings=OFF)
    group = _join(bench)
    assert _left_alone(bench, bench.pull()) == [True]
    group.deleted = True
    bench.world.main.version += 1
    assert _left_alone(bench, bench.pull()) == [True]


def test_a_type_made_after_the_whole_read_stops() -> None:
    """A type that is not known yet has the types read again, by changes and in the guard."""
    bench = Bench(invoices=6, accounts=3, settings=OFF)
    first = bench.pull()
    bench.world.advance(minutes=30)
    source = bench.new_source()
    list(source.pull(cursors_of(first)))
    _join(bench)
    number = bench.company.name_id(_contact(bench).contact_id)
    assert source.read_accounts([number])[number].account.do_not_chase
    bench.world.advance(minutes=30)
    assert _left_alone(bench, bench.pull(cursors_of(first))) == [True]


@pytest.mark.parametrize("settings", [OFF, {}], ids=["configured", "not configured"])
def test_types_are_asked_for_only_where_they_matter(settings: dict[str, Any]) -> None:
    """One read of the types per unknown type; none where no type is to be left alone."""
    bench = Bench(invoices=6, accounts=3, settings=settings)
    _join(bench)
    bench.seen.clear()
    first = bench.pull()
    bench.pull(cursors_of(first))
    asked = [one for one in bench.reads() if "CustomerType" in one]
    assert len(asked) == (1 if settings else 0)


def test_a_type_that_nobody_has_is_warned_about_by_the_run() -> None:
    """A misspelt type would leave customers to be chased: whoever reads the types says so."""
    settings = {"do_not_chase_types": ["Keep off", "Kep off"]}
    bench = Bench(invoices=6, accounts=3, settings=settings)
    _join(bench)
    ends = [event for event in bench.pull() if isinstance(event, StreamEnd)]
    warned = {text for end in ends for text in end.warnings}
    assert warned == {"do_not_chase_types names 'kep off', which is no customer type in QuickBooks"}
