"""One ledger broken in every way: the other sends, writes and reports as if it were alone."""

import threading
from dataclasses import replace as with_parts
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.errors import AuthError, ConfigError, ContractError, RateLimited, Transient
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import RunOptions, Watch
from syncer.model.ledger import Quarantined, Stream, StreamEnd
from syncer.model.run import LedgerStatus
from syncer.policy.debtor import DebtorRules
from syncer.report.table import end_text
from syncer.testing import builders
from syncer.testing.memory import ALL_CAPABILITIES, Book, BookSource, BoxChannel

from .conftest import MONDAY

PATIENCE = 20  # seconds a test waits for what must happen at once
SHARED = DebtorRules(named=(("A1", "one"), ("A2", "two")))


class Pair:
    """Acme, which is well, and south, which is to be broken; they have the same debtors."""

    def __init__(self, bench, *, threads):
        self.bench = bench
        self.book = Book()
        self.source = BookSource(self.book, bench.clock)
        self.channel = BoxChannel(self.book, proves=False)
        self.open = lambda: self.source
        self.acme_done = threading.Event()
        for account_id, late in (("A1", 30), ("A2", 3)):
            bench.owes(f"I-{account_id}", account_id, late=late)
        bench.book.items["C-A2"] = builders.credit("C-A2", "A2", amount="40.00")
        # South owes on A3 only: what it sends takes nothing from acme's debtors.
        self.book.accounts = {one: builders.account(one) for one in ("A1", "A2", "A3")}
        due = MONDAY - timedelta(days=9)
        self.book.items["S-A3"] = builders.invoice("S-A3", "A3", due=due)
        self.threads = threads

    def run(self, *, alone=False):
        """One run; of acme alone, or of both."""
        first = self.bench.worker(capabilities=ALL_CAPABILITIES)
        acme = with_parts(first.ledgers[0], debtors=SHARED)
        south = with_parts(
            acme, name="south", open_source=lambda: self.open(), channel=self.channel
        )
        worker = with_parts(
            first,
            ledgers=(acme,) if alone else (south, acme),
            threads=self.threads,
            watch=Watch(ledger_done=self._told),
        )
        return run_cycle(worker, now=self.bench.clock(), options=RunOptions())

    def _told(self, result, _error):
        if result.ledger == "acme":
            self.acme_done.set()


def refuse_login(pair):
    """The login is refused."""
    pair.source.failure = AuthError("the login was refused; run syncer auth south")
    return LedgerStatus.FAILED, 1, "login was refused"


def answer_500(pair):
    """The vendor is down through all retries."""
    pair.source.failure = Transient("the ledger answered 500 to every try")
    return LedgerStatus.FAILED, 1, "answered 500"


def talk_nonsense(pair):
    """What comes is not JSON."""
    pair.source.failure = ContractError("the answer is not JSON; nothing was closed")
    return LedgerStatus.FAILED, 1, "not JSON"


def lie_about_counts(pair):
    """The vendor counted fewer records than it gave."""
    truth = pair.source.pull

    def pull(cursors):
        for one in truth(cursors):
            if isinstance(one, StreamEnd) and one.stream is Stream.ITEMS:
                yield replace(one, records=0)
            else:
                yield one

    pair.source.pull = pull
    return LedgerStatus.FAILED, 1, "the list cannot be trusted"


def use_up_quota(pair):
    """No call is allowed for five hours."""
    until = pair.bench.clock() + timedelta(hours=5)
    pair.source.failure = RateLimited("the day's calls are used up", until=until, scope="day")
    return LedgerStatus.LIMITED, 0, "calls are used up"


def divide_by_zero(pair):
    """The connector has a bug."""
    pair.source.pull = lambda _: 1 / 0
    return LedgerStatus.FAILED, 7, "unexpected ZeroDivisionError"


def yield_rubbish(pair):
    """The connector gives what no connector may."""
    pair.source.pull = lambda _: iter([object()])
    return LedgerStatus.FAILED, 1, "report it if it stays"


def refuse_to_open(pair):
    """The ledger's settings turn out to be wrong when it is opened."""

    def refuse():
        raise ConfigError("ledgers[south].settings.folder: there is no such folder")

    pair.open = refuse
    return LedgerStatus.FAILED, 1, "no such folder"


def hold_the_lease(pair):
    """Another process works on it."""
    now = pair.bench.clock()
    pair.bench.store.take_lease("south", owner="another", now=now, until=now + timedelta(hours=1))
    return LedgerStatus.LOCKED, 0, "being worked on by another"


def lose_owners(pair):
    """Every record is unreadable and says of nobody whose it is."""
    items = list(pair.book.items)
    pair.book.items.clear()
    pair.book.quarantined = [
        Quarantined(record_id=one, account_id="", where=f"row {one}", problem="cut off")
        for one in items
    ]
    return LedgerStatus.HELD, 1, "does not say whose it is"


def fail_the_last_look(pair):
    """Everything is read and planned, then the ledger no longer answers."""

    def read(_):
        raise Transient("no answer to the last look")

    pair.source.read_accounts = read
    return LedgerStatus.FAILED, 1, "no answer to the last look"


def refuse_its_mail(pair):
    """Its mail server does not let us in."""

    def refuse(_):
        raise AuthError("the mail server refused the login")

    pair.channel.send = refuse
    return LedgerStatus.FAILED, 1, "mail server refused"


def fail_its_mail_oddly(pair):
    """Its channel raises what no channel may, after the message may have left."""
    pair.channel.send = lambda _: 1 / 0
    return LedgerStatus.PARTIAL, 1, "may or may not have gone out"


WAYS = [
    refuse_login,
    answer_500,
    talk_nonsense,
    lie_about_counts,
    use_up_quota,
    divide_by_zero,
    yield_rubbish,
    refuse_to_open,
    hold_the_lease,
    lose_owners,
    fail_the_last_look,
    refuse_its_mail,
    fail_its_mail_oddly,
]


def told(result):
    """A ledger's result without what depends on the clock of the wall."""
    return replace(next(one for one in result.ledgers if one.ledger == "acme"), seconds=0.0)


def outside(pair):
    """All that acme did outside: messages byte for byte, and notes."""
    book = pair.bench.book
    return [one.raw for one in book.mailbox], book.notes, book.tasks


def alone(make_bench):
    """What acme does when it is the only ledger."""
    pair = Pair(make_bench("alone"), threads=0)
    result = pair.run(alone=True)
    assert (result.exit_code, len(pair.bench.book.mailbox)) == (0, 2)
    return pair, result


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_one_ledger_s_trouble_stays_its_own(make_bench, way, threads):
    """Acme's result, messages and notes are those of a run alone; south's failure is told."""
    lonely, expected = alone(make_bench)
    pair = Pair(make_bench("both"), threads=threads)
    status, code, words = way(pair)
    result = pair.run()
    assert told(result) == told(expected)
    assert outside(pair) == outside(lonely)
    south = result.ledgers[0]
    assert (south.ledger, south.status) == ("south", status)
    assert result.exit_code == code
    table = end_text(result)
    assert words in table
    assert "acme (memory, live, 2026-11-16): ok." in table


def test_a_hanging_ledger_keeps_nobody_waiting(make_bench):
    """Acme is done while south still waits for its answer; the deadline then ends south alone."""
    lonely, expected = alone(make_bench)
    pair = Pair(make_bench("both"), threads=2)

    def hang(_):
        if not pair.acme_done.wait(timeout=PATIENCE):
            raise AssertionError("acme waited for south")
        raise Transient("no answer within the time allowed")

    pair.source.pull = hang
    result = pair.run()
    assert told(result) == told(expected)
    assert outside(pair) == outside(lonely)
    assert (result.ledgers[0].status, result.exit_code) == (LedgerStatus.FAILED, 1)


def test_two_broken_ledgers_of_one_kind_have_their_code(make_bench):
    """Where all fail alike the exit code says how; with one success it is a partial failure."""
    pair = Pair(make_bench(), threads=2)
    pair.source.failure = AuthError("refused")
    pair.bench.source.failure = AuthError("refused")
    assert pair.run().exit_code == AuthError.exit_code


def test_after_the_trouble_the_broken_ledger_goes_on(make_bench):
    """The next run does what south could not do, and acme does nothing twice."""
    pair = Pair(make_bench(), threads=2)
    answer_500(pair)
    pair.run()
    result = pair.run()
    assert result.exit_code == 0
    assert (len(pair.book.mailbox), len(pair.bench.book.mailbox)) == (1, 2)


class Faulty(Decimal):
    """A limit of the rules that fails at one amount, as a fault of the program would."""

    def __le__(self, other):
        if other == 13:
            raise ZeroDivisionError("the customer's secret")
        return super().__le__(other)


def test_an_account_at_which_the_rules_fail_is_held_and_nobody_else(bench):
    """P8: each run tells of it, the sums hold to the cent, and the others get their message."""
    bench.owes("I1", "A1", late=3, amount="13.00")
    bench.owes("I2", "A2", late=3, amount="60.00")
    faulty = replace(builders.policy(), minimum=(("GBP", Faulty("10.01")),))
    told = []
    worker = with_parts(
        bench.worker(rules=faulty), watch=Watch(ledger_done=lambda *seen: told.append(seen))
    )
    for contacted in (1, 0):
        result = run_cycle(worker, now=bench.clock(), options=RunOptions())
        [ledger] = result.ledgers
        assert (result.exit_code, ledger.status, ledger.contacted) == (1, "partial", contacted)
        [held] = [one for one in ledger.outcomes if one.code == "undecided"]
        assert (held.items, held.amount) == (1, Decimal("13.00"))
        assert sum(one.amount for one in ledger.outcomes) == Decimal("73.00")
        assert any("first: A1" in line for line in ledger.warnings)
        assert isinstance(told[-1][1], ZeroDivisionError)
        assert "secret" not in str(ledger)
    assert bench.ledger().contacted == 1, "with sound rules it is asked"
