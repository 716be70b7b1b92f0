"""Steps that a person approves, letters that a person posts, and the first live run."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.channels.letters import LetterFolder
from syncer.errors import ConfigError
from syncer.flow.approval import approve, decline, waiting
from syncer.flow.cycle import run_cycle
from syncer.flow.planfile import PlanFile, approved, entry_of, sealed
from syncer.flow.preview import preview
from syncer.flow.why import why
from syncer.flow.worker import RunOptions
from syncer.model.effect import EffectState, Message, PlannedContact
from syncer.model.ledger import Person
from syncer.model.outcome import Outcome
from syncer.policy.rules import Ladder, Policy, Restraint, Step, StepChannel, Tone
from syncer.policy.strategy import FirstRun, HandOver, OldDebts
from syncer.ports import OutboxFilter
from syncer.testing import builders

from .conftest import Bench


def rules(*, restraint: Restraint = builders.ALWAYS, **facts: Any) -> Policy:
    """One step seven days after due, as the test says."""
    step = Step(**({"name": "formal", "tone": Tone.FORMAL, "after_due": 7} | facts))
    ladders = (Ladder(name="usual", steps=(step,)),)
    return builders.policy(ladders=ladders, restraint=restraint)


APPROVED = rules(approval=True)


def the_one(bench: Bench) -> Any:
    """The only contact in the outbox."""
    (effect,) = [one for one in bench.store.effects(OutboxFilter()) if one.kind.value != "note"]
    return effect


def test_a_step_waits_until_it_is_approved(bench: Bench) -> None:
    """It is planned and told in every run, sent by none, and goes out once a person approved it."""
    bench.owes(late=8)
    for _ in range(2):
        result = bench.ledger(rules=APPROVED)
        assert (result.contacted, result.approvals, len(bench.book.mailbox)) == (0, 1, 0)
        assert (result.snoozed, result.alarms) == (0, ())  # it waits for a person, not for an hour
        bench.next_day()
    worker = bench.worker(rules=APPROVED)
    approve(worker, the_one(bench), author="anna", note="looks right")
    result = bench.ledger(rules=APPROVED)
    assert (result.contacted, result.approvals, len(bench.book.mailbox)) == (1, 0, 1)
    bench.next_day(30)
    assert bench.ledger(rules=APPROVED).contacted == 0


def test_an_approved_step_is_dropped_when_paid(bench: Bench) -> None:
    """An approval sends nothing that is not due any more."""
    bench.owes(late=8)
    bench.ledger(rules=APPROVED)
    approve(bench.worker(rules=APPROVED), the_one(bench), author="anna", note="")
    bench.book.items.clear()
    assert bench.ledger(rules=APPROVED).contacted == 0
    assert bench.book.mailbox == []


def test_an_approval_outlives_the_weekend(bench: Bench) -> None:
    """Approved on Friday evening, held over the weekend, sent on Monday without a second word."""
    week = replace(builders.ALWAYS, weekdays=(0, 1, 2, 3, 4))
    policy = rules(restraint=week, approval=True)
    bench.owes(late=8)
    bench.next_day(4)  # Friday
    bench.ledger(rules=policy)
    approve(bench.worker(rules=policy), the_one(bench), author="anna", note="")
    bench.next_day()
    bench.ledger(rules=policy)
    assert the_one(bench).state is EffectState.CANCELLED
    bench.next_day(2)
    assert bench.ledger(rules=policy).contacted == 1


def test_what_was_cancelled_before_approval_waits_again(bench: Bench) -> None:
    """A contact that nobody approved is not let out by being planned a second time."""
    bench.owes(late=8)
    bench.ledger(rules=APPROVED)
    paid = bench.book.items.pop("I1")
    bench.ledger(rules=APPROVED)
    bench.book.items["I1"] = paid
    assert bench.ledger(rules=APPROVED).approvals == 1
    assert bench.book.mailbox == []


def test_approval_asked_for_later_holds_what_is_pending(bench: Bench) -> None:
    """A contact planned before the policy asked for approval waits for it, too."""
    bench.owes(late=8)
    closed = replace(builders.ALWAYS, send_from=builders.ALWAYS.send_until.replace(minute=58))
    assert bench.ledger(rules=rules(restraint=closed)).contacted == 0
    assert the_one(bench).state is EffectState.PENDING
    result = bench.ledger(rules=APPROVED)
    assert (result.contacted, result.approvals) == (0, 1)
    assert bench.ledger(rules=rules()).contacted == 1


def test_a_person_may_say_no(bench: Bench) -> None:
    """Cancelled with author and note; no later run or plan wants this step of this debt again."""
    bench.owes(late=8)
    bench.ledger(rules=APPROVED)
    done = decline(bench.worker(rules=APPROVED), the_one(bench), author="anna", note="he called")
    assert (done.state, done.detail) == (EffectState.CANCELLED, "declined: anna: he called")
    for options in (None, RunOptions("plan"), None):
        result = bench.ledger(options, rules=APPROVED)
        assert (result.contacted, result.approvals, result.planned) == (0, 0, 0)
        assert (result.asks, result.alarms) == ((), ())
        bench.next_day()
    assert bench.ledger(rules=rules()).contacted == 0  # nor where approval is no longer asked for
    assert bench.book.mailbox == []
    bench.owes("I2", late=8)
    assert bench.ledger(rules=APPROVED).approvals == 0
    bench.book.items.pop("I1")
    bench.ledger(rules=APPROVED)
    assert bench.ledger(rules=APPROVED).approvals == 1  # another debt is another question


def test_a_no_may_follow_a_yes_until_it_is_sent(bench: Bench) -> None:
    """What was approved and has not left can still be stopped; what left cannot."""
    bench.owes(late=8)
    bench.ledger(rules=APPROVED)
    worker = bench.worker(rules=APPROVED)
    approve(worker, the_one(bench), author="anna", note="")
    decline(worker, the_one(bench), author="bert", note="")
    assert bench.ledger(rules=APPROVED).contacted == 0
    with pytest.raises(ConfigError, match="waits for no approval"):
        decline(worker, the_one(bench), author="bert", note="")


def test_what_stands_about_an_approval_is_said(bench: Bench) -> None:
    """Before a run, while it waits, once approved, and after a no; nothing where none is asked."""
    bench.owes(late=8)
    bench.ledger(RunOptions("plan"), rules=APPROVED)
    worker = bench.worker(rules=APPROVED)
    (setup,) = worker.ledgers

    def said() -> str:
        (answer,) = why(worker, setup, today=bench.clock().date()).answers
        return answer.sentence.partition(" Contact: ")[2]

    assert said() == "once a person has approved it."
    bench.ledger(rules=APPROVED)
    assert said() == f"it waits for approval (syncer outbox approve {the_one(bench).key})."
    approve(worker, the_one(bench), author="anna", note="")
    assert said() == "approved by anna, and not sent yet."
    decline(worker, the_one(bench), author="bert", note="")
    assert said() == "but not sent: a person said no to it (bert)."
    setup = bench.worker(rules=rules()).ledgers[0]
    assert said() == ""


def test_who_approves_reads_the_message_that_would_be_sent(bench: Bench) -> None:
    """From what the last run read, and with what is owed by then; not where it is not due."""
    bench.owes(late=8, amount="1234.50")
    bench.ledger(rules=APPROVED)
    worker, today = bench.worker(rules=APPROVED), bench.clock().date()
    shown = preview(worker, the_one(bench), today=today)
    assert isinstance(shown, Message)
    assert "1,234.50" in shown.text
    assert preview(worker, the_one(bench), today=today - timedelta(days=5)) != shown
    assert bench.book.mailbox == []
    approve(worker, the_one(bench), author="anna", note="")
    bench.ledger(rules=APPROVED)
    assert bench.book.mailbox[0].text == shown.text


def test_only_what_waits_can_be_approved(bench: Bench) -> None:
    """A contact that went out already is told so."""
    bench.owes(late=8)
    bench.ledger(rules=rules())
    with pytest.raises(ConfigError, match="waits for no approval"):
        approve(bench.worker(), the_one(bench), author="anna", note="")
    assert waiting(bench.store, "acme") == []


def test_a_saved_plan_is_an_approval(bench: Bench) -> None:
    """What a person read in a plan and applies needs no second approval."""
    bench.owes(late=8)
    bench.ledger(rules=APPROVED)
    assert the_one(bench).state is EffectState.PENDING
    worker = bench.worker(rules=APPROVED)
    planned: list[PlannedContact] = []
    run_cycle(worker, now=bench.clock(), options=RunOptions("plan", on_contact=planned.append))
    plan = PlanFile(
        made_at=bench.clock(),
        run_id="r",
        config_digest=worker.config_digest,
        policy_version="",
        days=(("acme", bench.clock().date()),),
        entries=tuple(entry_of(one) for one in planned),
    )
    options = RunOptions("apply", approved=approved(sealed(plan), worker))
    result = run_cycle(worker, now=bench.clock(), options=options).ledgers[0]
    assert (result.contacted, result.approvals) == (1, 0)


LETTER = rules(channel=StepChannel.LETTER, language="de")


def test_complaint_37_a_letter_is_written_for_a_person_to_post(
    bench: Bench, tmp_path: Path
) -> None:
    """A customer without e-mail gets a letter as a file, once, with a note in the ledger."""
    bench.customer(people=())
    bench.owes(late=8, amount="1234.50")
    letters = LetterFolder(tmp_path / "letters")
    assert bench.ledger(rules=LETTER, letters=letters).contacted == 1
    (file,) = (tmp_path / "letters").iterdir()
    text = file.read_text("utf-8")
    assert "@page" in text
    assert "1.234,50" in text
    assert "Customer A1" in text
    assert 'lang="de"' in text
    assert "<script" not in text
    assert "http" not in text
    assert file.stat().st_mode & 0o077 == 0
    assert "Letter written on" in bench.book.notes[0][1]
    bench.next_day(10)
    assert bench.ledger(rules=LETTER, letters=letters).contacted == 0
    assert bench.book.mailbox == []


def test_a_letter_without_a_folder_is_refused(bench: Bench) -> None:
    """Nothing is lost in silence: the outbox says that the folder is missing."""
    bench.owes(late=8)
    assert bench.ledger(rules=LETTER).rejected == 1
    assert "mail.letters" in the_one(bench).detail


def test_a_letter_is_never_written_twice(bench: Bench, tmp_path: Path) -> None:
    """The same contact key finds its file; one that was taken away proves nothing."""
    letters = LetterFolder(tmp_path)
    bench.owes(late=8)
    bench.ledger(rules=LETTER, letters=letters)
    key = the_one(bench).key
    (file,) = tmp_path.glob("*.html")
    assert letters.find(key) is True
    file.unlink()
    assert letters.find(key) is None


def test_hostile_names_in_a_letter_are_text(bench: Bench, tmp_path: Path) -> None:
    """A customer's name is printed as it is, never as markup."""
    bench.customer(name="<img src=x onerror=alert(1)> & Co", people=(Person(email="a@b.example"),))
    bench.owes(late=8)
    bench.ledger(rules=LETTER, letters=LetterFolder(tmp_path))
    (file,) = tmp_path.glob("*.html")
    assert "<img" not in file.read_text("utf-8")


def test_a_step_may_speak_its_own_language(bench: Bench) -> None:
    """A step's language comes before the customer's."""
    bench.customer(language="fr")
    bench.owes(late=8)
    bench.ledger(rules=rules(language="nl"))
    assert bench.book.mailbox[0].language == "nl"


def test_complaint_12_the_first_report_says_what_becomes_of_old_debts(bench: Bench) -> None:
    """The first live run states the rule and the count; the second has nothing to state."""
    old = builders.policy(ladders=rules().ladders, first_run=FirstRun(old_debts=OldDebts.BASELINE))
    bench.owes("I1", late=30)
    bench.owes("I2", "A2", late=3)
    first = bench.ledger(rules=old)
    assert first.contacted == 0
    assert [said for said in first.warnings if "2 invoices were overdue already" in said]
    bench.next_day()
    second = bench.ledger(rules=old)
    assert not [said for said in second.warnings if "first live run" in said]
    bench.next_day(3)
    assert bench.ledger(rules=old).contacted == 1  # I2 reaches seven days; I1 has no step left
    assert bench.book.mailbox[0].to[0].email == "a2@customer.example"


def test_a_run_that_only_plans_is_no_switch_on(bench: Bench) -> None:
    """Days of planning before the first live run do not make its old debts new ones."""
    old = builders.policy(ladders=rules().ladders, first_run=FirstRun(old_debts=OldDebts.BASELINE))
    bench.owes(late=3)
    bench.ledger(RunOptions("plan"), rules=old)
    bench.next_day(10)
    assert bench.ledger(rules=old).contacted == 0
    context = bench.store.peek_context("acme", bench.clock().date() + timedelta(days=1))
    assert context is not None
    assert context.live_since == bench.clock().date()


def test_a_handing_over_is_a_task_with_what_its_file_lacks(bench: Bench) -> None:
    """The last step asks a person, names what is missing and how to say that it is done."""
    last = {"channel": StepChannel.TASK, "hand_over": HandOver.LEGAL}
    bench.owes(late=8)
    assert bench.ledger(rules=rules(**last)).tasks == 1
    account_id, text = bench.book.tasks[0][:2]
    assert account_id == "A1"
    assert text.startswith("Hand over to a lawyer the debt of Customer A1")
    assert "its file lacks:\n- the customer's country is not known" in text
    assert "syncer handover add A1 --to legal" in text
    bench.next_day(60)
    assert bench.ledger(rules=rules(**last)).tasks == 0


def test_complaint_36_one_message_that_cannot_be_built_stops_no_other(bench: Bench) -> None:
    """Of twenty customers one has an address that no mail can go to: 19 get theirs, exit 1."""
    for number in range(20):
        email = "not an address" if number == 7 else f"a{number}@customer.example"
        bench.customer(f"A{number}", people=(Person(email=email),))
        bench.owes(f"I{number}", f"A{number}", late=8)
    run = bench.run(rules=rules())
    (result,) = run.ledgers
    assert (result.contacted, result.rejected, run.exit_code) == (19, 1, 1)
    assert len(bench.book.mailbox) == 19


class Dies(LetterFolder):
    """The process ends right after the letter was written."""

    def send(self, message: Message) -> Outcome:
        """Write, and die before anybody notes it down."""
        super().send(message)
        raise SystemExit


def test_a_letter_written_before_a_crash_is_found_again(bench: Bench, tmp_path: Path) -> None:
    """The next run finds the file, counts the step as done and writes its note."""
    bench.owes(late=8)
    with pytest.raises(SystemExit):
        bench.ledger(rules=LETTER, letters=Dies(tmp_path))
    assert the_one(bench).state is EffectState.SENDING
    bench.next_day()
    bench.ledger(rules=LETTER, letters=LetterFolder(tmp_path))
    assert the_one(bench).state is EffectState.DELIVERED
    assert len(list(tmp_path.glob("*.html"))) == 1
    assert [text for _, text in bench.book.notes if text.startswith("Letter written on")]
