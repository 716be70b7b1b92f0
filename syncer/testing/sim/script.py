"""A story as data: what is in the books, and what happens in each run. It can be cut down.

``write`` makes the script of a seed. A seed belongs to one pair of (fault, step) of
``coverage.TARGETS``, in turn, and its first run meets that pair; a second run, where there is
one, meets trouble at random. One seed in ``LONG_ONE_IN`` is a long story of several ledgers.
"""

import random
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from msgspec.structs import replace

from syncer.policy.agreements.rules import Agreements
from syncer.policy.rules import Cap, CatchUp, Policy
from syncer.policy.strategy import ThankYou
from syncer.sandbox.faults import FaultKind
from syncer.testing import builders
from syncer.testing.sim import book
from syncer.testing.sim.agreeing import AGREEING
from syncer.testing.sim.beside import AHEAD
from syncer.testing.sim.coverage import TARGETS, Pair
from syncer.testing.sim.exports import FileTrouble
from syncer.testing.sim.folder import FOLDER
from syncer.testing.sim.forms import CHANGES, LOOK_UP, NOTE
from syncer.testing.sim.ledgers import FORMS
from syncer.testing.sim.losses import END, Loss, Lost
from syncer.testing.sim.people import ACTS
from syncer.testing.sim.post import Luck
from syncer.testing.sim.side import Side
from syncer.testing.sim.wire import CUT_AFTER, CUT_BEFORE, DISK_FULL

LONG_ONE_IN = 40
STRIDE = 389  # a prime: neighbours among the seeds belong to different kinds and steps
EXPORTED_BEFORE = 0.7
LOST_NOW_AND_THEN = 0.08
BESIDE = 0.04
CALLS_OF_A_STEP = 4  # at least, of one that is asked often
POINTS = 60  # about as many as a run has; an act past the end is no act
CATCH_UPS = (CatchUp.IN_ORDER, CatchUp.LATEST_ONLY)  # skip leaves people unasked, as it should
# Sundays on which clocks change in 2026 and 2027, a Saturday before, and a day like any other.
DAYS = ((2026, 10, 25), (2026, 10, 24), (2027, 3, 28), (2026, 11, 1), (2026, 9, 27), (2026, 11, 16))
ZONES = (book.LONDON, "America/New_York", "Pacific/Auckland", "Australia/Sydney")
OTHERS = ((), ("quickbooks",), ("xero",), ("quickbooks", "xero"), ("csv_folder",), ("odoo",))
LATE_LOOKS = ("guard: credit memos", "guard: payments")  # made when balances do not agree


@dataclass(frozen=True, slots=True)
class Customer:
    """Invoices as (days late, cents); a credit in cents."""

    currency: str = "GBP"
    invoices: tuple[tuple[int, int], ...] = ()
    credit: int = 0
    unsent: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody acts before a point of the run, or before the first point of a step."""

    name: str
    side: int
    dice: int
    point: int = -1
    step: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A call of a step suffers: the ``nth`` of it, once or from then on (``lasts``)."""

    side: int
    kind: StrEnum  # of the ledger's own: a fault of a call, or a trouble of a file
    step: str
    nth: int = 1
    lasts: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """The process dies at a step, or at a point."""

    after: bool
    step: str = ""
    point: int = -1


@dataclass(frozen=True, slots=True)
class Full:
    """The disk is full at a transaction."""

    step: str


@dataclass(frozen=True, slots=True)
class MailLuck:
    """What the mail server does with the ``nth`` message of the run (from 0)."""

    nth: int
    luck: Luck


Event = Act | Trouble | Cut | Full | MailLuck | Lost


@dataclass(frozen=True, slots=True)
class Run:
    """``wait`` hours after the one before, by a clock ``ahead`` hours ahead of the world's."""

    wait: float
    ahead: float = 0.0
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """All of a story. ``books`` has one tuple of customers for each ledger."""

    seed: int
    forms: tuple[str, ...]
    books: tuple[tuple[Customer, ...], ...]
    runs: tuple[Run, ...]
    zones: tuple[str, ...] = (book.LONDON,)
    start: datetime = datetime(2026, 11, 16, 9, tzinfo=UTC)
    provable: bool = False
    min_gap: int = 1
    capped: bool = False
    catch_up: CatchUp = CatchUp.IN_ORDER
    only_sent: bool = False
    beside: bool = False  # thanks, and words before instalments
    target: Pair | None = field(default=None, compare=False)

    def rules(self) -> Policy:
        """A policy with some restraint; no heads-up, so that whoever is asked is overdue."""
        caps = (Cap(contacts=2, days=4),) if self.capped else ()
        restraint = replace(builders.ALWAYS, min_gap=self.min_gap, caps=caps)
        return builders.policy(
            restraint=restraint,
            catch_up=self.catch_up,
            only_sent=self.only_sent,
            thank_you=ThankYou(within=5 if self.beside else None),
            agreements=Agreements(remind_instalment=AHEAD if self.beside else None),
        )

    def settings(self) -> str:
        """One line, printed before anything happens."""
        return (
            f"seed {self.seed}: {'+'.join(self.forms)} in {', '.join(self.zones)} from "
            f"{self.start:%d %b %Y %H:%M}, {'folder' if self.provable else 'smtp-like'}, "
            f"gap {self.min_gap}, {'capped' if self.capped else 'no cap'}, {self.catch_up}, "
            f"{'only sent, ' if self.only_sent else ''}"
            f"{'thanks and plans, ' if self.beside else ''}{len(self.runs)} troubled runs, "
            f"{' '.join(self.target) if self.target else 'no target'}"
        )

    def lines(self) -> list[str]:
        """Everything, for whoever reads a failure."""
        said = [self.settings()]
        said += [f"  {form}: {one}" for form, all_ in zip(self.forms, self.books, strict=True)
                 for one in all_]  # fmt: skip
        for number, run in enumerate(self.runs):
            ahead = f", clock {run.ahead:+} h" if run.ahead else ""
            said.append(f"  run {number}, {run.wait} h later{ahead}:")
            said += [f"    {event}" for event in run.events]
        return said


def write(seed: int, *, forms: tuple[str, ...] = ()) -> Script:
    """The script of a seed; ``forms`` overrides which ledgers it has."""
    rng = random.Random(seed)  # noqa: S311 - a story, not a secret
    target = TARGETS[seed * STRIDE % len(TARGETS)]
    long = rng.randrange(LONG_ONE_IN) == 0
    others = rng.choice(OTHERS) if long else ()
    forms = forms or (target.form, *others)
    day = datetime(*rng.choice(DAYS), tzinfo=UTC)
    smtp, loses = isinstance(_kind(target.what), Luck), target.what in set(Loss)
    script = Script(
        seed=seed,
        forms=forms,
        books=tuple(_customers(rng, form, many=long or loses) for form in forms),
        runs=tuple(_runs(rng, forms, target, long=long)),
        zones=tuple(rng.choice(ZONES) for _ in forms),
        start=day + timedelta(minutes=rng.randrange(24 * 60)),
        provable=not smtp and rng.random() < 0.4,
        min_gap=rng.choice((1, 1, 2, 3)),
        capped=rng.random() < 0.3,
        catch_up=rng.choice(CATCH_UPS),
        only_sent=rng.random() < 0.15,
        target=target,
    )
    if rng.random() >= BESIDE:
        return script
    return replaced(script, beside=True, runs=_with_agreements(rng, script))


def _with_agreements(rng: random.Random, script: Script) -> tuple[Run, ...]:
    """People say things and agree to instalments between a few runs more."""
    runs = [*script.runs, *(Run(24.0) for _ in range(rng.choice((1, 2, 2))))]
    dice = ([_agreement(rng, len(script.forms)) for _ in range(rng.choice((1, 2)))] for _ in runs)
    return tuple(
        _exported(rng, replaced(run, events=(*run.events, *acts)), script.forms)
        for run, acts in zip(runs, dice, strict=True)
    )


def _agreement(rng: random.Random, sides: int) -> Act:
    name = rng.choice(AGREEING).__name__
    return Act(name, rng.randrange(sides), rng.randrange(2**32), point=rng.choice((0, 0, 20)))


def _customers(rng: random.Random, form: str, *, many: bool) -> tuple[Customer, ...]:
    """The first surely owes something; the others are as it comes."""
    sure = Customer(invoices=((rng.randint(2, 12), rng.randint(100, 40_000)),))
    others = [_customer(rng) for _ in range(rng.randint(1, 4) if many else rng.choice((0, 0, 1)))]
    return (sure, *others)


def _customer(rng: random.Random) -> Customer:
    late = [rng.randint(-14, 40) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    return Customer(
        currency=rng.choice(book.CURRENCIES),
        invoices=tuple((one, rng.randint(1, 40_000)) for one in late),
        credit=rng.randint(1, 6000) if rng.random() < 0.3 else 0,
        unsent=rng.random() < 0.3,
    )


def _runs(rng: random.Random, forms: tuple[str, ...], target: Pair, *, long: bool) -> list[Run]:
    later = rng.randint(3, 5) if long else rng.choice((0, 0, 0, 1))
    if target.form == FOLDER.name and target.step == LOOK_UP:  # after a note of unknown fate
        first = Run(2.0, 0.0, (Cut(after=True, step=NOTE),))
        runs = [first, Run(1.5, 0.0, _aimed(rng, target))]
    elif target.what in set(Loss):
        runs = _losing_runs(rng, target)
    elif target.step == CHANGES:
        runs = [Run(2.0), Run(rng.choice((1.5, 22.0)), 0.0, _aimed(rng, target))]
    else:
        runs = [Run(2.0, 0.0, _aimed(rng, target))]  # access tokens live an hour
    for _ in range(later):
        runs.append(_random_run(rng, forms, len(runs)))
    return [_exported(rng, run, forms) for run in runs]


def _exported(rng: random.Random, run: Run, forms: tuple[str, ...]) -> Run:
    """Where a run sees exports alone, somebody mostly makes new ones before it."""
    number = len(forms)
    made = [Act("export", side, 0, point=0) for side in range(number)
            if forms[side] == FOLDER.name and rng.random() < EXPORTED_BEFORE]  # fmt: skip
    return replaced(run, events=(*made, *run.events))


def _losing_runs(rng: random.Random, target: Pair) -> list[Run]:
    """A process that ends as the pair says, one run later the state is lost."""
    cut = () if target.step == END else (Cut(after=True, step=target.step),)
    begun = [Run(2.0)] if rng.random() < 0.6 else []
    wait = rng.choice((24.0, 144.0)) if begun else 2.0  # the second step comes after five days
    acts = tuple(_random_act(rng, 1) for _ in range(rng.choice((0, 1, 2, 3))))
    lost = Lost(Loss(target.what), rng.randint(0, len(begun)))
    after = Run(rng.choice((1.5, 24.0, 72.0, 144.0)), 0.0, (lost,))
    return [*begun, Run(wait, 0.0, (*cut, *acts)), after]


def _random_run(rng: random.Random, forms: tuple[str, ...], number: int) -> Run:
    events: list[Event] = []
    if rng.random() < LOST_NOW_AND_THEN:
        events.append(Lost(rng.choice(list(Loss)), rng.randrange(number)))
    for number, form in enumerate(forms):
        some = range(rng.choice((0, 0, 1, 2)))
        events += [_random_trouble(rng, number, form) for _ in some]
    events += [_random_act(rng, len(forms)) for _ in range(rng.choice((0, 1, 2, 4)))]
    events += [MailLuck(n, rng.choice(list(Luck))) for n in range(3) if rng.random() < 0.25]
    if rng.random() < 0.35:
        events.append(Cut(after=rng.random() < 0.5, point=rng.randrange(POINTS)))
    wait = rng.choice((0.3, 1.0, 5.0, 11.0, 24.0, 24.0, 25.0, 48.0))
    ahead = rng.choice((-24.0, 24.0)) if rng.random() < 0.12 else 0.0
    if FOLDER.name in forms:
        ahead = 0.0  # files do not tell what time it is: a wrong clock cannot be seen by them
    return Run(wait, ahead, tuple(events))


def _random_trouble(rng: random.Random, side: int, form: str) -> Trouble:
    ledger = FORMS[form]
    pairs = [(kind, step) for kind in ledger.kinds for step in ledger.steps]
    kind, step = rng.choice([pair for pair in pairs if not ledger.cannot_be(*pair)])
    nth = rng.choice((1, 1, 2))
    if form == FOLDER.name and step in FOLDER.lists:
        nth = 1  # reads the file to its end; a second look only closes the list
    return Trouble(side, kind, step, nth=nth, lasts=rng.random() < 0.3)


def _random_act(rng: random.Random, sides: int) -> Act:
    name = rng.choice(ACTS).__name__
    return Act(name, rng.randrange(sides), rng.randrange(2**32), point=rng.randrange(POINTS))


def _aimed(rng: random.Random, target: Pair) -> tuple[Event, ...]:
    """The events by which the first run meets its pair, and now and then an act beside."""
    what, step = target.what, target.step
    events: list[Event] = []
    kind = _kind(what)
    if (
        step == LOOK_UP and target.form != FOLDER.name and rng.random() < 0.5
    ):  # also made after a note whose answer was lost
        events.append(Trouble(0, FaultKind.COMMIT_THEN_DROP, NOTE))
    if step in LATE_LOOKS:
        events.append(Act("give_credit", 0, rng.randrange(2**32), step="claim"))
    if step == "customer types":
        events.append(Act("opt_out", 0, rng.randrange(2**32), step="begin_run"))
    if isinstance(kind, Luck):
        events.append(MailLuck(0, kind))
    elif kind is not None:
        often = step in FORMS[target.form].asked_often
        nth = rng.randint(1, CALLS_OF_A_STEP) if often else 1
        events.append(Trouble(0, kind, step, nth, lasts=rng.random() < 0.3))
    elif what == DISK_FULL:
        events.append(Full(step))
    else:
        events.append(Cut(after=what == CUT_AFTER, step=step))
    if rng.random() < 0.4:
        events.append(_random_act(rng, 1))
    return tuple(events)


def _kind(what: str) -> Luck | FaultKind | FileTrouble | None:
    if what in (CUT_AFTER, CUT_BEFORE, DISK_FULL, *Loss):
        return None
    if what in set(Luck):
        return Luck(what)
    return FileTrouble(what) if what in set(FileTrouble) else FaultKind(what)


def fill(side: Side, customers: tuple[Customer, ...]) -> None:
    """Put customers into a ledger's books."""
    ledger = side.world.main
    for number, one in enumerate(customers, 1):
        contact = book.customer(ledger, number, currency=one.currency)
        for late, cents in one.invoices:
            doc = book.invoice(ledger, contact, _money(cents), late=late, currency=one.currency)
            doc.sent = not one.unsent
        if one.credit:
            book.credit(ledger, contact, _money(one.credit), currency=one.currency)
    side.tell()


def _money(cents: int) -> str:
    return str(Decimal(cents) / 100)
