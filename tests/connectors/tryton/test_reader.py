"""When everything is read and when only changes, by whose clock, and in which company."""

from datetime import timedelta
from typing import Any

import pytest

from syncer.errors import AuthError, ConfigError
from syncer.model.ledger import Stream
from syncer.testing.connector_case import Pulled

from .scripted import COMPANY, Bench, Refusal, Scripted, books

TOUCHED = "model.account.move.line.search_read"


def asked_since(tryton: Scripted) -> list[dict[str, int]]:
    """The moments from which changes were asked for."""
    found: list[dict[str, int]] = []

    def look(one: Any) -> None:
        if isinstance(one, list):
            if one[:2] == ["write_date", ">="]:
                found.append(one[2])
            for part in one:
                look(part)

    for method, params in tryton.asked:
        if method == TOUCHED:
            look(params[0])
    return found


def pulled(bench: Bench, before: Pulled | None = None) -> Pulled:
    """One pull, going on from another."""
    return Pulled().take(bench.source.pull(before.cursors if before else {}))


def test_changes_are_asked_for_from_before_the_last_read_by_the_servers_clock() -> None:
    """Our clock may be wrong by hours; the server's stamps are the server's."""
    tryton = books()
    bench = Bench(tryton)
    bench.now += timedelta(hours=5)
    first = pulled(bench)
    bench.pass_time(hours=10)
    tryton.asked.clear()
    second = pulled(bench, first)
    assert not second.ends[Stream.ITEMS].full
    moment = asked_since(tryton)[0]
    assert (moment["hour"], moment["minute"]) == (8, 0)  # the server's 9:00 less one hour


def test_records_never_written_are_asked_for_by_the_day_they_were_made() -> None:
    """``write_date`` is empty until the first change."""
    tryton = books()
    bench = Bench(tryton)
    first = pulled(bench)
    tryton.asked.clear()
    pulled(bench, first)
    lines = next(params for method, params in tryton.asked if method == TOUCHED)
    assert '["write_date", "=", null]' in str(lines[0]).replace("'", '"').replace("None", "null")


@pytest.mark.parametrize(
    ("change", "full"),
    [
        ({}, False),
        ({"full_read_every": "2h"}, True),
        ({"dunning": "ignore"}, True),
        ({"company": "ACME GmbH"}, True),
        ({"do_not_chase_categories": ("Quiet",)}, True),
        ({"rows_per_call": 7}, False),
    ],
)
def test_everything_is_read_again_when_it_must_be(change: dict[str, Any], full: bool) -> None:
    """After a time, and when what is asked for was changed."""
    tryton = books()
    first = pulled(Bench(tryton))
    bench = Bench(tryton, settings=change)
    bench.pass_time(hours=3)
    assert pulled(bench, first).ends[Stream.ITEMS].full is full


@pytest.mark.parametrize("cursor", ["", "{}", "nonsense", '{"since": 5}'])
def test_a_cursor_that_is_not_ours_reads_everything(cursor: str) -> None:
    """Nothing is guessed from it."""
    bench = Bench(books())
    cursors = dict.fromkeys([Stream.ITEMS, Stream.ACCOUNTS, Stream.SETTLED], cursor)
    ends = Pulled().take(bench.source.pull(cursors)).ends
    assert ends[Stream.ITEMS].full


def test_too_many_changes_are_read_as_everything() -> None:
    """After an import that touched every customer, changes would cost more."""
    tryton = books()
    bench = Bench(tryton)
    first = pulled(bench)
    numbers = iter(range(1, 10_000_000))

    def touched(domain: Any, _: int, size: int, *__: Any) -> list[dict[str, Any]]:
        if "write_date" not in str(domain):
            return []
        return [{"id": next(numbers), "party": 5, "reconciliation": None} for _ in range(size)]

    tryton.answers[TOUCHED] = touched
    assert pulled(bench, first).ends[Stream.ITEMS].full


def test_every_call_names_the_company() -> None:
    """In its context, and in the domain of whatever belongs to one."""
    tryton = books()
    pulled(Bench(tryton))
    later = [params for method, params in tryton.asked if method == TOUCHED]
    assert later
    for params in later:
        assert params[-1]["company"] == 1
        assert ["account.company", "=", 1] in params[0][0] or "account.company" in str(params[0])


def test_a_company_whose_books_are_hidden_is_no_company_without_debts() -> None:
    """Tryton leaves out what a user may not see; an empty list would be believed."""
    tryton = books(model__account__account__search_count=0)
    with pytest.raises(ConfigError, match="company filter"):
        pulled(Bench(tryton))


def test_a_company_without_a_time_zone_is_asked_for_one() -> None:
    """What is overdue depends on it: none is guessed."""
    tryton = books(model__company__company__search_read=[{**COMPANY, "timezone": None}])
    with pytest.raises(ConfigError, match="time_zone"):
        pulled(Bench(tryton))
    organisation = pulled(Bench(tryton, settings={"time_zone": "Europe/Rome"})).organisation
    assert organisation is not None
    assert organisation.time_zone == "Europe/Rome"


def test_dunnings_that_may_not_be_read_stop_the_ledger() -> None:
    """A block that cannot be seen must not be passed over."""

    def refuse(*_: object) -> int:
        raise Refusal("UserError", ["You are not allowed to access it.", "", None])

    dunning = [{"id": 1, "name": "account_dunning"}]
    tryton = books(
        model__ir__module__search_read=dunning, model__account__dunning__search_count=refuse
    )
    with pytest.raises(AuthError, match="dunning: ignore"):
        pulled(Bench(tryton))
    ignoring = Bench(tryton, settings={"dunning": "ignore"})
    assert pulled(ignoring).ends[Stream.ITEMS].full


def test_a_misspelt_category_is_told_in_check_and_run() -> None:
    """Somebody thinks these customers are left alone."""
    tryton = books(model__party__category__search_read=[{"id": 1, "name": "VIP"}])
    bench = Bench(tryton, settings={"do_not_chase_categories": ("vip", "No remindres")})
    (warning,) = bench.source.check().warnings
    assert "'No remindres'" in warning
    assert pulled(bench).ends[Stream.ACCOUNTS].warnings == (warning,)
