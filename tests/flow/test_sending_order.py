"""What a run takes up, and in which order: saved plans, --max-sends, and what a dry run goes by."""

from dataclasses import replace as with_parts
from datetime import date, timedelta
from decimal import Decimal

from syncer.flow.cycle import run_cycle
from syncer.flow.planfile import charges_in, claim_mark
from syncer.flow.worker import Approved, RunOptions
from syncer.model.effect import EffectKind, PlannedContact
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.policy.debtor import DebtorRules
from syncer.ports import OutboxFilter
from syncer.testing import builders
from syncer.testing.memory import Book, BookSource, BoxChannel

from .conftest import MONDAY


def _approved(planned: list[PlannedContact]) -> Approved:
    """What a saved plan of these contacts allows."""
    digests = {one.effect.key: one.decision.digest for one in planned}
    marks = {one.effect.key: claim_mark(charges_in(one.claim), one.claim.before) for one in planned}
    return Approved(contacts={"acme": digests}, claims={"acme": marks}, days={"acme": MONDAY})


def test_an_applied_plan_touches_only_the_customers_it_names(bench):
    """A reminder that waits for somebody else waits on; one of a named customer is renewed."""
    bench.owes("I1", "A1", late=3)
    bench.owes("I2", "A2", late=3)
    asked: list[PlannedContact] = []
    bench.run(RunOptions(sends_max=0, on_contact=asked.append))
    plan = _approved([one for one in asked if one.effect.account_id == "A2"])
    applied = bench.run(RunOptions(command="apply", approved=plan)).ledgers[0]
    assert (applied.planned, applied.contacted) == (1, 1)
    reminders = [
        one for one in bench.store.effects(OutboxFilter()) if one.kind is EffectKind.REMINDER
    ]
    states = {one.account_id: one.state for one in reminders}
    assert states == {"A1": "pending", "A2": "delivered"}
    assert bench.ledger().contacted == 1


def test_what_changes_while_a_plan_is_applied_is_not_sent(bench):
    """Approved were 100.00; what the guard then finds is more, and waits for the next run."""
    bench.owes("I1", late=9)
    asked: list[PlannedContact] = []
    bench.run(RunOptions(command="plan", on_contact=asked.append))
    plan = _approved(asked)
    read = bench.source.read_accounts

    def enter_meanwhile(account_ids):
        bench.owes("I2", late=5)
        return read(account_ids)

    bench.source.read_accounts = enter_meanwhile
    applied = bench.run(RunOptions(command="apply", approved=plan)).ledgers[0]
    assert (applied.planned, applied.contacted, applied.cancelled) == (1, 0, 1)
    bench.source.read_accounts = read
    again = bench.run(RunOptions(command="apply", approved=plan)).ledgers[0]
    assert (again.planned, again.contacted) == (0, 0)
    assert bench.ledger().contacted == 1
    assert "\u00a3200.00" in bench.book.mailbox[0].text


def test_a_reminder_that_waited_is_kept_for_what_it_asked(bench):
    """An invoice fell overdue while it waited: outbox, note and later decisions know of both."""
    bench.owes("I1", late=9)
    bench.owes("I2", late=0)
    bench.run(RunOptions(sends_max=0))
    bench.next_day()
    assert bench.ledger().contacted == 1
    assert "\u00a3200.00" in bench.book.mailbox[0].text
    kept = {one.kind: one for one in bench.store.effects(OutboxFilter())}
    assert kept[EffectKind.REMINDER].amount == Decimal("200.00")
    assert kept[EffectKind.REMINDER].item_ids == ("I1", "I2")
    assert kept[EffectKind.NOTE].item_ids == ("I1", "I2")


def test_a_limit_of_the_run_is_used_up_in_the_order_of_the_ledgers(bench):
    """Two ledgers share --max-sends: the first one's most important, then the second one's."""
    bench.owes("I1", "A1", late=3, amount="20.00")
    bench.owes("I2", "A2", late=3, amount="90000.00")
    bench.owes("I3", "A3", late=3, amount="700.00")
    first = bench.worker()
    book = Book()
    book.accounts["S1"] = builders.account("S1")
    due = MONDAY - timedelta(days=3)
    book.items["J1"] = builders.invoice("J1", "S1", due=due, amount="5000000.00")
    south = with_parts(
        first.ledgers[0],
        name="south",
        open_source=lambda: BookSource(book, bench.clock),
        channel=BoxChannel(book, proves=False),
    )
    worker = with_parts(first, ledgers=(first.ledgers[0], south), threads=4)
    for sends, reached in ((2, ["A2", "A3"]), (2, ["A2", "A3", "A1", "S1"])):
        run_cycle(worker, now=bench.clock(), options=RunOptions(sends_max=sends))
        mail = [*bench.book.mailbox, *book.mailbox]
        assert [one.to[0].email.split("@")[0].upper() for one in mail] == reached
        bench.clock.now += timedelta(minutes=1)


def test_a_dry_run_goes_by_the_holds_of_the_configuration(bench):
    """What is shown is what would be done: also by a hold that no run has kept yet."""
    bench.owes("I1", "A1", late=3)
    hold = Hold(
        hold_id="config-1",
        kind=HoldKind.EXCLUDE,
        account_id="A1",
        starts_on=date(2026, 11, 1),
        reason="ours",
        source=HoldSource.CONFIG,
    )
    assert bench.ledger(RunOptions(dry_run=True), holds=(hold,)).planned == 0


def test_a_dry_run_refuses_a_name_that_fits_nobody(bench):
    """A debtor or hold misspelt in the configuration is told by a dry run, as by any other."""
    bench.owes("I1", "A1", late=3)
    misspelt = DebtorRules(named=(("Nobody Ltd", "acme"),))
    result = bench.ledger(RunOptions(dry_run=True), debtors=misspelt)
    assert result.error_kind == "ConfigError"
    assert "has no customer 'Nobody Ltd'" in result.error
