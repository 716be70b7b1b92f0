"""A law's limits for one state or province hold for debtors there, and where nobody knows."""

from datetime import UTC, date, datetime, time

import pytest
from msgspec.structs import replace

from syncer.policy.law.caps import with_law
from syncer.policy.law.rows import ContactCap, Evidence, Pack, QuietTime
from syncer.policy.limits import breach_of
from syncer.policy.quiet import may_write
from syncer.policy.rules import Cap, Restraint

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
