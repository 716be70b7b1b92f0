"""Named worlds that people can start, each with its limits and faults.

``demo``: about 260 customers with three years of history and every kind of trouble.
``america``: a US company of 150 customers, some with several sites, some in Canada.
``empty``: one organisation, nobody in it. ``small``: the demo with 25 customers.
``day_cap``: the demo behind an allowance of 40 calls a day (where calls are metered by the
month, 40 reads a month). ``storm``: the demo, with one call in
ten suffering a fault by seed. ``large``: 100,000 open invoices without limits, for benchmarks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from syncer.errors import ConfigError
from syncer.sandbox.book import american_world, demo_world, large_book
from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.quickbooks import limits as quickbooks
from syncer.sandbox.world import World
from syncer.sandbox.xero.limits import UNLIMITED, Allowance

STORM_CHANCE = 0.1


@dataclass(frozen=True, slots=True)
class Scenario:
    """How to build one."""

    says: str
    build: Callable[[date, int], World]
    allowance: Allowance
    chance: float = 0.0  # of a fault per call
    metered: quickbooks.Allowance = field(default_factory=quickbooks.Allowance)

    def faults(self, seed: int) -> FaultPlan:
        """A fresh fault plan."""
        return FaultPlan(seed=seed, chance=self.chance)


def _demo(today: date, seed: int) -> World:
    return demo_world(today, seed=seed)


def _america(today: date, seed: int) -> World:
    return american_world(today, seed=seed)


def _empty(today: date, seed: int) -> World:
    return demo_world(today, seed=seed, customers=0)


def _small(today: date, seed: int) -> World:
    return demo_world(today, seed=seed, customers=25)


def _large(today: date, seed: int) -> World:
    return large_book(seed=seed, today=today)


SCENARIOS = {
    "demo": Scenario("a few hundred customers, every kind of trouble", _demo, Allowance()),
    "america": Scenario(
        "a US company: customers with several sites, some in Canada", _america, Allowance()
    ),
    "empty": Scenario("one organisation without customers", _empty, Allowance()),
    "small": Scenario("the demo with 25 customers", _small, Allowance()),
    "day_cap": Scenario(
        "the demo with 40 calls a day, or 40 reads a month",
        _demo,
        Allowance(per_day=40),
        metered=quickbooks.Allowance(reads_per_month=40),
    ),
    "storm": Scenario("the demo with faults by seed", _demo, Allowance(), STORM_CHANCE),
    "large": Scenario(
        "100,000 open invoices, no limits", _large, UNLIMITED, metered=quickbooks.UNLIMITED
    ),
}


def scenario(name: str) -> Scenario:
    """Raises ConfigError for an unknown name."""
    if name not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise ConfigError(f"there is no sandbox scenario {name!r}: choose one of {known}")
    return SCENARIOS[name]
