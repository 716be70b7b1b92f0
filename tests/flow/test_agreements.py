"""Agreements in a run: what is remembered, what is told, and what an answer brings along."""

from datetime import timedelta
from decimal import Decimal

from syncer.flow.agreements import remembering, reminders
from syncer.flow.worker import Mode
from syncer.model.agreement import Instalment, Terms, UnpaidCause
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.run import LedgerStatus
from syncer.policy.agreements.rules import Agreements, DisputeOverdue
from syncer.testing import builders


def _today(bench):
    return bench.clock().date()


def hold(bench, kind=HoldKind.DISPUTE, **facts):
    """A hold that began a week ago and ended yesterday."""
    today = _today(bench)
    return Hold(
        **{
            "hold_id": f"{kind}-1",
            "kind": kind,
            "account_id": "A1",
            "starts_on": today - timedelta(days=7),
            "ends_on": today - timedelta(days=1),
            "reason": "said so",
        }
        | facts
    )


def keep(bench, given):
    """Enter a hold as a person would."""
    bench.store.add_hold("acme", given, bench.clock())


def rules(**facts):
    """The usual policy with these rules about agreements."""
    return builders.policy(agreements=Agreements(**facts))


def test_a_dispute_past_its_day_is_told_until_somebody_ends_it(bench):
    """Loudly, in every run, by id and owner, and with what happens meanwhile."""
    bench.owes("I1", "A1", late=9)
    bench.run(rules=rules())
    keep(bench, hold(bench, terms=Terms(owner="Anna")))
    held = bench.ledger(rules=rules(dispute_overdue=DisputeOverdue.HOLD))
    assert [line for line in held.warnings if "dispute-1" in line and "Anna" in line]
    assert "still held" in " ".join(held.warnings)
    asked = bench.ledger(rules=rules())
    assert "asked for again" in " ".join(asked.warnings)
    bench.store.end_hold("acme", "dispute-1", on=_today(bench), author="a", at=bench.clock())
    assert "dispute" not in " ".join(bench.ledger(rules=rules()).warnings)


def test_a_claim_to_have_paid_is_told_until_the_money_is_seen(bench):
    """Nobody is written to, every run says so, and the payment ends both."""
    bench.owes("I1", "A1", late=1)
    bench.owes("I2", "A1", late=9)
    bench.run(mode=Mode.PLAN)
    terms = Terms(cause=UnpaidCause.PAID_CLAIM)
    claim = hold(bench, HoldKind.MANUAL, item_id="I1", ends_on=None, terms=terms)
    keep(bench, remembering(bench.store, "acme", claim))
    result = bench.ledger()
    assert (result.contacted, "claim to have paid" in " ".join(result.warnings)) == (0, True)
    assert f"customer A1 ({claim.hold_id}, since " in " ".join(result.warnings)
    bench.book.pay("I1", _today(bench))
    result = bench.ledger()
    assert (result.contacted, "claim to have paid" in " ".join(result.warnings)) == (1, False)


def test_a_note_that_cannot_be_read_is_told_and_holds(bench):
    """Before anything is due, too; mended, it holds until its day."""
    bench.owes("I1", "A1", late=-9, note="#hold till May")
    result = bench.ledger(rules=rules(hold_marker="#hold"))
    assert "1 invoice held by a note" in " ".join(result.warnings)
    bench.owes("I1", "A1", late=9, note=f"#hold until {_today(bench)} why")
    result = bench.ledger(rules=rules(hold_marker="#hold"))
    assert (result.contacted, result.warnings) == (0, ())


def test_a_configured_plan_must_come_to_what_is_open(bench):
    """Checked when it is first seen; afterwards what was open then is what counts."""
    bench.owes("I1", "A1", late=9, amount="100.00")
    due = _today(bench) + timedelta(days=5)

    def plan(*amounts):
        parts = tuple(
            Instalment(due_on=due + timedelta(days=day), amount=Decimal(amount))
            for day, amount in enumerate(amounts)
        )
        return hold(
            bench,
            HoldKind.PLAN,
            hold_id=f"config-{len(amounts)}",
            amount=sum((part.amount for part in parts), Decimal(0)),
            currency=bench.book.items["I1"].currency,
            ends_on=parts[-1].due_on,
            source=HoldSource.CONFIG,
            terms=Terms(instalments=parts),
        )

    wrong = bench.ledger(holds=(plan("60.00", "30.00", "5.00"),))
    assert (wrong.status, "95.00" in wrong.error) == (LedgerStatus.FAILED, True)
    right = plan("60.00", "40.00")
    assert bench.ledger(holds=(right,)).contacted == 0
    bench.owes("I1", "A1", late=9, amount="40.00")
    assert bench.ledger(holds=(right,)).contacted == 0
    (kept,) = bench.store.holds("acme")
    assert kept.terms.covers[0].open == Decimal("100.00")


def test_whoever_never_got_the_invoice_gets_it_with_the_next_message(bench):
    """Whatever the step says, and once: the answer is what asks for it."""
    bench.owes("I1", "A1", late=9)
    bench.run(mode=Mode.PLAN)
    terms = Terms(cause=UnpaidCause.NOT_RECEIVED)
    keep(bench, hold(bench, HoldKind.MANUAL, amount=Decimal(0), ends_on=None, terms=terms))
    bench.source.invoice_pdf = lambda _: b"%PDF-1.4\nx\n%%EOF\n"
    assert bench.ledger().contacted == 1
    assert bench.book.mailbox[0].attachments == ("INV-I1.pdf",)


def test_without_agreements_nothing_is_said(bench):
    """An ordinary run has no line about them."""
    bench.owes("I1", "A1", late=9)
    bench.run()
    assert list(reminders(bench.store, bench.worker().ledgers[0], (), _today(bench))) == []
