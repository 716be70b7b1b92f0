"""Counts far outside the usual are told, and held where somebody could be asked wrongly."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.decision import Code
from syncer.model.run import OutcomeTotal
from syncer.policy.volume import AlarmCode, AlarmLimits, Volume, alarms, measure

LIMITS = AlarmLimits()
HOLDING = {AlarmCode.CREDITS_FELL, AlarmCode.CONTACTS_ROSE, AlarmCode.AMOUNT_ROSE}
USUAL = Volume(
    items=200,
    credits=40,
    contacts=12,
    waiting=60,
    totals={"GBP": Decimal(50_000), "EUR": Decimal(900)},
    counts={"GBP": 230, "EUR": 10},
    on=date(2026, 11, 16),
)
COUNTS = st.integers(0, 5_000)
VOLUMES = st.builds(
    Volume,
    items=COUNTS,
    credits=COUNTS,
    contacts=COUNTS,
    waiting=COUNTS,
    totals=st.dictionaries(
        st.sampled_from(["GBP", "EUR"]), st.integers(-(10**6), 10**8).map(Decimal)
    ),
    counts=st.dictionaries(st.sampled_from(["GBP", "EUR"]), COUNTS),
    on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)


def _codes(now: Volume, past: int = 30, limits: AlarmLimits = LIMITS) -> list[AlarmCode]:
    return [one.code for one in alarms(now, [USUAL] * past, limits)]


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"items": 0, "credits": 0, "contacts": 0, "waiting": 0}, [AlarmCode.ITEMS_FELL]),
        ({"items": 99}, [AlarmCode.ITEMS_FELL]),
        ({"items": 100}, []),
        ({"items": 900}, []),
        ({"credits": 0}, [AlarmCode.CREDITS_FELL]),
        ({"credits": 0, "items": 90}, [AlarmCode.ITEMS_FELL]),
        ({"contacts": 36}, []),
        ({"contacts": 37}, [AlarmCode.CONTACTS_ROSE]),
        ({"totals": {"GBP": Decimal(150_000)}}, []),
        ({"totals": {"GBP": Decimal("150000.01")}}, [AlarmCode.AMOUNT_ROSE]),
        ({"totals": {"EUR": Decimal(90_000)}}, []),
    ],
    ids=str,
)
def test_each_limit_to_the_last_one(changed: dict[str, object], codes: list[AlarmCode]) -> None:
    """Just inside is usual, just outside is not; too few items of a currency say nothing."""
    assert _codes(replace(USUAL, **changed)) == codes


def test_only_what_could_ask_somebody_wrongly_holds() -> None:
    """Fewer invoices leave somebody out; more contacts or money, or fewer credits, ask wrongly."""
    odd = (
        replace(USUAL, items=0),
        replace(USUAL, credits=0),
        replace(USUAL, contacts=500),
        replace(USUAL, totals={"GBP": Decimal(10**9)}),
    )
    for now in odd:
        (alarm,) = alarms(now, [USUAL] * 30, LIMITS)
        assert alarm.holds is (alarm.code in HOLDING)


def _days(one: Volume, days: int, *, runs: int = 1) -> list[Volume]:
    """The days before, each with so many runs, newest first."""
    each = [replace(one, on=one.on - timedelta(days=number + 1)) for number in range(days)]
    return [run for run in each for _ in range(runs)]


def test_silence_where_there_was_contact() -> None:
    """Nobody due on twenty days, somebody overdue, and somebody was written to before that."""
    quiet = replace(USUAL, contacts=0)
    past = _days(quiet, 19) + [USUAL] * 5
    assert [one.code for one in alarms(quiet, past, LIMITS)] == [AlarmCode.NOTHING_DUE]
    assert alarms(replace(quiet, waiting=0), past, LIMITS) == ()
    assert alarms(USUAL, past, LIMITS) == ()
    assert alarms(quiet, _days(quiet, 90), LIMITS) == ()
    assert alarms(quiet, _days(quiet, 18) + [USUAL] * 5, LIMITS) == ()


def test_a_night_of_many_runs_is_no_silence() -> None:
    """Runs of one day count once: every quarter of an hour nobody is due, and that is well."""
    quiet = replace(USUAL, contacts=0)
    assert alarms(quiet, _days(quiet, 2, runs=96) + [USUAL] * 5, LIMITS) == ()
    past = _days(quiet, 19, runs=96) + [USUAL] * 5
    assert [one.code for one in alarms(quiet, past, LIMITS)] == [AlarmCode.NOTHING_DUE]


def test_fewer_credits_that_somebody_let_through_are_usual_at_once() -> None:
    """One run that was let through is enough; half of what it had is unusual again."""
    fewer = replace(USUAL, credits=0)
    assert _codes(fewer) == [AlarmCode.CREDITS_FELL]
    assert alarms(fewer, [fewer, *[USUAL] * 30], LIMITS) == ()
    many = replace(USUAL, credits=400)
    past = [replace(USUAL, credits=100), *[many] * 30]
    assert alarms(replace(USUAL, credits=51), past, LIMITS) == ()
    assert [one.code for one in alarms(replace(USUAL, credits=49), past, LIMITS)] == [
        AlarmCode.CREDITS_FELL
    ]


def test_an_answer_that_was_empty_makes_no_credits_usual() -> None:
    """A run whose invoices were missing as well was nobody's word for fewer credits."""
    empty = replace(USUAL, items=0, credits=0)
    fewer = replace(USUAL, credits=0)
    (alarm,) = alarms(fewer, [empty, *[USUAL] * 30], LIMITS)
    assert alarm.code is AlarmCode.CREDITS_FELL


def test_each_alarm_can_be_switched_off() -> None:
    """0 and 100 % are never reached."""
    off = AlarmLimits(fall=Decimal(1), rise=0, quiet_runs=0)
    odd = replace(USUAL, items=0, credits=0, contacts=9_000, totals={"GBP": Decimal(10**9)})
    assert _codes(odd, limits=off) == []


def test_a_ledger_without_a_usual_is_left_alone() -> None:
    """Four runs are not enough to know what is usual."""
    assert _codes(replace(USUAL, contacts=500), past=4) == []
    assert _codes(replace(USUAL, contacts=500), past=5) == [AlarmCode.CONTACTS_ROSE]


def test_a_lasting_fall_becomes_the_usual() -> None:
    """Told for as many runs as the old usual weighs more, then no longer."""
    low, past, told = replace(USUAL, items=60), [USUAL] * 30, 0
    for _ in range(12):
        told += bool(alarms(low, past, LIMITS))
        past = [low, *past]
    assert told == 6  # of ten runs five with the new count leave the median between the two


@given(VOLUMES, st.lists(VOLUMES, max_size=12))
def test_small_ledgers_never_alarm(now: Volume, past: list[Volume]) -> None:
    """Below ``least`` everywhere, whatever the counts do: chance is no alarm."""
    limits = AlarmLimits(least=5_001)
    assert alarms(now, past, limits) == ()


@given(VOLUMES, st.lists(VOLUMES, min_size=5, max_size=12))
def test_what_was_seen_before_never_holds(now: Volume, past: list[Volume]) -> None:
    """The very same counts in an earlier run make them usual: no rise can hold then."""
    found = {one.code for one in alarms(now, [now, *past], LIMITS)}
    assert AlarmCode.CONTACTS_ROSE not in found
    assert AlarmCode.CREDITS_FELL not in found
    known = [one for one in [now, *past] if one.counts.get("GBP", 0) >= LIMITS.least]
    if len(known) < 5:
        assert not any("GBP" in one.said for one in alarms(now, [now, *past], LIMITS))
    assert AlarmCode.AMOUNT_ROSE not in found


@given(VOLUMES, st.lists(VOLUMES, min_size=5, max_size=12), st.integers(1, 4_000))
def test_more_contacts_never_calm_the_alarm(now: Volume, past: list[Volume], more: int) -> None:
    """What holds at a number of contacts holds at every larger one."""
    if AlarmCode.CONTACTS_ROSE in {one.code for one in alarms(now, past, LIMITS)}:
        larger = replace(now, contacts=now.contacts + more)
        assert AlarmCode.CONTACTS_ROSE in {one.code for one in alarms(larger, past, LIMITS)}


def test_the_measure_of_a_run() -> None:
    """Credits are no invoices; what is not due or covered does not wait."""

    def row(code: Code, items: int, currency: str = "GBP") -> OutcomeTotal:
        return OutcomeTotal(code=code, currency=currency, items=items, amount=Decimal(items))

    rows = [row(Code.NOT_DUE, 5), row(Code.NETTED, 2), row(Code.STEP_DUE, 3, "EUR")]
    found = measure(rows, [("GBP", Decimal(3)), ("EUR", Decimal(9))], 1, USUAL.on)
    assert (found.items, found.credits, found.waiting, found.contacts) == (8, 2, 3, 1)
    assert found.counts == {"GBP": 7, "EUR": 3}
