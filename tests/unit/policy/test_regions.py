"""A law's limits for one state or province hold for debtors there, and where nobody knows."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from syncer.policy.calendar import closed
from syncer.policy.law.caps import with_law
from syncer.policy.law.rows import ContactCap, Evidence, Pack, QuietTime
from syncer.policy.limits import breach_of
from syncer.policy.quiet import for_debtor, may_write
from syncer.policy.rules import Cap, Restraint
from syncer.policy.zones import REGIONS, zones_of

from .make import CUSTOMER, OPEN_ALWAYS, TODAY, contact, days, invoice, one, policy, said

BASE = {"source": "s", "evidence": Evidence.CHOICE}
PACK = Pack(
    name="ca",
    title="Canada",
    country="CA",
    currency="CAD",
    version="1",
    review_by=date(2027, 1, 1),
    rows=(
        ContactCap(id="all", contacts=3, days=7, **BASE),
        ContactCap(id="on", region="CA-ON", contacts=1, days=7, **BASE),
        QuietTime(
            id="qc",
            region="CA-QC",
            weekdays=(0, 1, 2, 3, 4),
            opens=time(10),
            closes=time(12),
            **BASE,
        ),
    ),
)
BOUND = with_law(OPEN_ALWAYS, [PACK], "ca")
PLACES = [
    ("CA", "Ontario", True),
    ("CA", "on", True),
    ("CA", "Québec", False),
    ("CA", "Nunavut", False),
    ("CA", "", True),
    ("CA", "near the lake", True),
    ("", "", True),
    ("US", "", False),
]


@pytest.mark.parametrize(("country", "region", "held"), PLACES)
def test_a_regional_cap_holds_its_own_debtors(country: str, region: str, held: bool) -> None:
    """One contact a week in Ontario, three elsewhere; where nobody knows, the strictest."""
    account = replace(CUSTOMER, country=country, region=region)
    made = (contact("friendly", 5, "I1"),)
    decision = one(invoice(late=20), account=account, contacts=made, rules=policy(restraint=BOUND))
    assert said(decision) == (("hold", "cap") if held else ("contact", "step_due"))
    if held:
        assert decision.next_look_on == TODAY + days(2)


@pytest.mark.parametrize(
    ("country", "region", "opens"),
    [("CA", "QC", False), ("CA", "Ontario", True), ("CA", "", False), ("FR", "", True)],
)
def test_a_regions_hours_hold_its_own_debtors(country: str, region: str, opens: bool) -> None:
    """Quebec's hours end at noon; the same moment is open in Ontario, and shut where unknown."""
    at = datetime(2026, 6, 10, 13, tzinfo=UTC)
    assert may_write(policy(restraint=BOUND), at, country, region) is opens
    noon = at.replace(hour=11)
    assert may_write(policy(restraint=BOUND), noon, country, region)


def test_a_regional_cap_proves_nothing_for_the_rest() -> None:
    """A limit for all is not kept by a limit that holds for one region alone."""
    local = Restraint(min_gap=1, caps=(Cap(contacts=1, days=7, region="CA-ON"),))
    assert breach_of(local, Cap(contacts=1, days=7), TODAY, 30) is not None
    everywhere = Restraint(min_gap=1, caps=(Cap(contacts=1, days=7),))
    assert breach_of(everywhere, Cap(contacts=1, days=7), TODAY, 30) is None


REGIONAL = [
    # Bavaria keeps Epiphany, Hamburg and Germany as a whole do not.
    ("DE", "Bayern", "", True),
    ("DE", "by", "", True),
    ("DE", "Hamburg", "", False),
    ("DE", "", "", False),
    ("DE", "somewhere", "", False),
    ("DE", "Bayern", "DE-HH", True),  # the debtor's region beside the ledger's, in one country
    ("DE", "Bayern", "DE-BY", True),
    ("DE", "Hamburg", "DE-BY", True),  # the ledger's own
    ("DE", "", "DE-BY", True),
    ("AT", "", "DE", True),  # another country, as a whole: Austria keeps it
    ("FR", "", "DE", False),
]


@pytest.mark.parametrize(("country", "region", "own", "shut"), REGIONAL)
def test_the_debtors_region_keeps_its_own_holidays(
    country: str, region: str, own: str, shut: bool
) -> None:
    """By code or name; where nobody knows the region, the days of the whole country."""
    restraint = Restraint(holidays=own, weekdays=tuple(range(7)), debtor_holidays=True)
    there = for_debtor(restraint, country, region)
    assert (closed(there, date(2026, 1, 6)) is not None) is shut
    off = for_debtor(replace(restraint, debtor_holidays=False), country, region)
    assert (closed(off, date(2026, 1, 6)) is not None) is (own == "DE-BY")


@pytest.mark.parametrize(
    ("region", "opens"),
    [
        ("New York", (8, 18)),
        ("US-ny", (8, 18)),
        ("California", (11, 18)),  # the ledger in New York has its own evening
        ("HI", (14, 18)),
        ("Texas", (10, 18)),  # El Paso is in another zone than the rest
        ("", (14, 18)),  # nobody knows: open in all of them
    ],
)
def test_hours_are_those_of_the_debtors_region(region: str, opens: tuple[int, int]) -> None:
    """A ledger in New York in June: from when, and until when, a message may leave."""
    rules = policy(restraint=Restraint(debtor_hours=True, caps=()))
    zone = ZoneInfo("America/New_York")
    found = [
        hour
        for hour in range(24)
        if may_write(rules, datetime(2026, 6, 10, hour, tzinfo=zone), "US", region)
    ]
    assert (found[0], found[-1] + 1) == opens


def test_the_zones_of_regions_are_those_of_their_country() -> None:
    """Each keeps a clock that its country has, and together they keep them all but islands'."""
    days = [datetime(2026, month, 15, tzinfo=UTC) for month in range(1, 13)]

    def clock(zone: str) -> tuple[object, ...]:
        return tuple(day.astimezone(ZoneInfo(zone)).utcoffset() for day in days)

    for country, islands in (("US", 3), ("CA", 0), ("AU", 1)):
        there = {clock(zone) for zone in zones_of(country, "UTC")}
        regions = [zones for code, zones in REGIONS.items() if code.startswith(country)]
        told = {clock(zone) for zones in regions for zone in zones}
        assert len((told - there) | (there - told)) == islands


def test_the_region_belongs_to_what_was_decided_on() -> None:
    """A customer that moved to another state is decided anew, and a saved plan is stale."""
    here, there = (replace(CUSTOMER, country="CA", region=name) for name in ("ON", "QC"))
    assert one(invoice(), account=here).digest != one(invoice(), account=there).digest
