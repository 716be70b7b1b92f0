"""Writing: what is written lands once, is found again, and a lost answer is never guessed."""

from datetime import date
from decimal import Decimal

from syncer.errors import RecordError
from syncer.model import charge as model
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected, Retry, Uncertain
from syncer.ports import Capability, NoteReader
from syncer.sandbox.books import stable_id
from syncer.testing.connector_book import contact_id, seeded_world
from syncer.testing.connector_case import (
    Charge,
    Check,
    Mounted,
    Trial,
    Trouble,
    check,
    require,
    same,
)

GROUP = "writing"
MARK = "[r:5d0c2e5d0c2e5d0c]"
TEXT = f"Reminder sent to accounts. Ärger №7 {MARK}"
REFERENCE = "LATEFEE:S-001:2026-11"
ON = date(2026, 11, 23)
PDF_END_WITHIN = 1024  # bytes; readers look there for the last line (ISO 32000-1, 7.5.5)
LOST = (Trouble.WRITE_CUT_BEFORE, Trouble.WRITE_CUT_AFTER, Trouble.WRITE_ERROR_AFTER)


def _ids(mounted: Mounted) -> tuple[str, list[str]]:
    return mounted.remote(contact_id("joinery")), [mounted.remote(stable_id("suite", "S-001"))]


def _note(mounted: Mounted, text: str = TEXT, *, key: str = "note-1") -> Outcome:
    account, items = _ids(mounted)
    found: Outcome = mounted.source.add_note(account_id=account, item_ids=items, text=text, key=key)
    return found


def _notes(trial: Trial, mounted: Mounted) -> list[str]:
    found = [text for text in mounted.written.notes(_ids(mounted)[0]) if MARK in text]
    trial.saw(len(found))
    return found


def _finds(mounted: Mounted, marker: str = MARK) -> bool:
    account, items = _ids(mounted)
    found: bool = mounted.source.find_note(account_id=account, item_ids=items, marker=marker)
    return found


def done(outcome: Outcome) -> bool:
    """Whether the outcome says that it is there."""
    return isinstance(outcome, Delivered | AlreadyThere)


@check(GROUP, Capability.NOTE_ADD)
def a_note_lands_once(trial: Trial) -> None:
    """One note written is one note in the ledger, word for word."""
    mounted = trial.mount(seeded_world())
    outcome = _note(mounted)
    require(isinstance(outcome, Delivered), f"a good note was not delivered: {outcome}")
    same(_notes(trial, mounted), [TEXT], "notes in the ledger")


@check(GROUP, Capability.NOTE_LOOKUP)
def a_note_is_found_again(trial: Trial) -> None:
    """The look-up says no before and yes after, and knows one marker from another."""
    mounted = trial.mount(seeded_world())
    before = _finds(mounted)
    _note(mounted)
    _notes(trial, mounted)
    found = (before, _finds(mounted), _finds(mounted, "[r:0000000000000000]"))
    same(found, (False, True, False), "look-ups before, after and of another marker")
    if isinstance(mounted.source, NoteReader):
        account, items = _ids(mounted)
        told = mounted.source.own_notes(account_id=account, item_ids=items, marker=MARK)
        same(list(told), [TEXT], "own notes, word for word")


@check(GROUP, Capability.NOTE_ADD)
def a_long_note_keeps_its_marker(trial: Trial) -> None:
    """A note that is too long is cut to what the ledger takes; its marker stays."""
    mounted = trial.mount(seeded_world())
    longest: int = mounted.source.note_length_max
    outcome = _note(mounted, "word " * (longest // 2) + MARK)
    require(isinstance(outcome, Delivered), f"a long note was not delivered: {outcome}")
    found = _notes(trial, mounted)
    same(len(found), 1, "notes with the marker")
    require(len(found[0]) <= longest, f"{len(found[0])} characters, declared are {longest}")
    require(found[0].endswith(MARK), "the marker is not at the end")


@check(GROUP, Capability.WRITE_KEY)
def a_key_is_used_once(trial: Trial) -> None:
    """The same key twice, as after a crash, leaves one note and no error."""
    mounted = trial.mount(seeded_world())
    outcomes = [_note(mounted), _note(mounted)]
    require(all(map(done, outcomes)), f"the same key twice: {outcomes}")
    same(len(_notes(trial, mounted)), 1, "notes after the same key twice")


@check(GROUP, Capability.NOTE_ADD)
def a_note_to_nobody_is_refused(trial: Trial) -> None:
    """An account that the ledger does not know gives Rejected: a person must look."""
    mounted = trial.mount(seeded_world())
    nobody = mounted.remote(stable_id("suite contact", "nobody"))
    outcome = mounted.source.add_note(account_id=nobody, item_ids=[], text=TEXT, key="n-1")
    trial.saw()
    require(isinstance(outcome, Rejected), f"a note to nobody: {outcome}")


@check(GROUP, Capability.NOTE_ADD, Capability.NOTE_LOOKUP)
def a_lost_answer_is_looked_up(trial: Trial) -> None:
    """Whether the note arrived or not, it is there at most once and told truly."""
    for trouble in LOST:
        mounted = trial.mount(seeded_world())
        mounted.suffer(trouble)
        outcome = _note(mounted)
        notes = _notes(trial, mounted)
        require(len(notes) <= 1, f"{trouble}: the note is there {len(notes)} times")
        require(bool(notes) or not done(outcome), f"{trouble}: {outcome}, and it is not there")
        sure_not = isinstance(outcome, Retry | Rejected)
        require(not (notes and sure_not), f"{trouble}: {outcome}, and it is there")
        same(_finds(mounted), bool(notes), f"{trouble}: the look-up")


@check(GROUP, Capability.TASK)
def a_task_says_by_when(trial: Trial) -> None:
    """A task lands once, with its day, and is found by its marker."""
    mounted = trial.mount(seeded_world())
    account, items = _ids(mounted)
    outcome = mounted.source.add_task(
        account_id=account, item_ids=items, text=f"Phone them {MARK}", due_on=ON, key="task-1"
    )
    require(isinstance(outcome, Delivered), f"a good task was not delivered: {outcome}")
    found = [text for text in mounted.written.tasks(account) if MARK in text]
    trial.saw(len(found))
    same(len(found), 1, "tasks with the marker")
    require(ON.isoformat() in found[0], "the task does not say by when")
    if trial.can(Capability.NOTE_LOOKUP):
        require(_finds(mounted), "the task is not found again")


def _charge(mounted: Mounted, *, booked: bool = False) -> Outcome:
    asked = model.Charge(
        account_id=_ids(mounted)[0],
        amount=Decimal("40.10"),
        currency="NZD",
        description="Late payment fee",
        on=ON,
        reference=REFERENCE,
        key="fee-1",
        booked=booked,
    )
    found: Outcome = mounted.source.add_charge(asked)
    return found


def _charges(trial: Trial, mounted: Mounted) -> list[Charge]:
    found = list(mounted.written.charges(REFERENCE))
    trial.saw(len(found))
    return found


@check(GROUP, Capability.DRAFT_CHARGE)
def a_charge_is_a_draft_and_once(trial: Trial) -> None:
    """A late fee is a draft of exactly that amount; asked again, the first is found."""
    mounted = trial.mount(seeded_world())
    first, second = _charge(mounted), _charge(mounted)
    require(isinstance(first, Delivered), f"a good charge was not delivered: {first}")
    require(isinstance(second, AlreadyThere), f"a charge was raised again: {second}")
    expected = [Charge(amount=Decimal("40.10"), currency="NZD", draft=True)]
    same(_charges(trial, mounted), expected, "late fees in the ledger")


@check(GROUP, Capability.BOOK_CHARGE)
def a_booked_charge_is_owed_at_once(trial: Trial) -> None:
    """A booked charge is no draft, of exactly that amount; asked again, the first is found."""
    mounted = trial.mount(seeded_world())
    first, second = _charge(mounted, booked=True), _charge(mounted, booked=True)
    require(isinstance(first, Delivered), f"a good charge was not delivered: {first}")
    require(isinstance(second, AlreadyThere), f"a charge was booked again: {second}")
    expected = [Charge(amount=Decimal("40.10"), currency="NZD", draft=False)]
    same(_charges(trial, mounted), expected, "booked charges in the ledger")


@check(GROUP, Capability.DRAFT_CHARGE)
def a_lost_charge_is_looked_up(trial: Trial) -> None:
    """After a lost answer the reference is looked for; no second fee is raised."""
    for trouble in LOST:
        mounted = trial.mount(seeded_world())
        mounted.suffer(trouble)
        outcome = _charge(mounted)
        found = _charges(trial, mounted)
        require(len(found) <= 1, f"{trouble}: {len(found)} late fees")
        require(bool(found) or not done(outcome), f"{trouble}: {outcome}, and it is not there")
        sure_not = isinstance(outcome, Retry | Rejected)
        require(not (found and sure_not), f"{trouble}: {outcome}, and it is there")


@check(GROUP, Capability.LEDGER_EMAIL)
def the_ledger_mails_once(trial: Trial) -> None:
    """One request is one message from the ledger."""
    mounted = trial.mount(seeded_world())
    item = _ids(mounted)[1][0]
    outcome = mounted.source.email_item(item_id=item, key="mail-1")
    require(isinstance(outcome, Delivered), f"a good e-mail was not delivered: {outcome}")
    trial.saw(mounted.written.mails(item))
    same(mounted.written.mails(item), 1, "messages the ledger sent")


@check(GROUP, Capability.LEDGER_EMAIL)
def a_lost_mail_is_uncertain(trial: Trial) -> None:
    """A lost answer is never repeated: Uncertain, or what the ledger shows when it is asked."""
    for trouble in LOST:
        mounted = trial.mount(seeded_world())
        mounted.suffer(trouble)
        item = _ids(mounted)[1][0]
        outcome = mounted.source.email_item(item_id=item, key="mail-1")
        trial.saw()
        sent = mounted.written.mails(item)
        told = done(outcome) and sent == 1
        require(told or isinstance(outcome, Uncertain), f"{trouble}: {outcome}, sent {sent}")
        same(sent, int(trouble is not Trouble.WRITE_CUT_BEFORE), f"{trouble}: messages sent")


@check(GROUP, Capability.PAY_LINK)
def a_pay_link_is_safe(trial: Trial) -> None:
    """The page to pay on is an https address; an unknown invoice has none."""
    mounted = trial.mount(seeded_world())
    link = mounted.source.pay_link(_ids(mounted)[1][0])
    trial.saw()
    require(link.startswith("https://"), "the link of an open invoice is no https address")
    unknown = mounted.remote(stable_id("suite", "unknown"))
    same(mounted.source.pay_link(unknown), "", "the link of an unknown invoice")


@check(GROUP, Capability.INVOICE_PDF)
def a_document_is_a_whole_pdf(trial: Trial) -> None:
    """An open invoice has its PDF, from the first line to the last."""
    mounted = trial.mount(seeded_world())
    paper = mounted.source.invoice_pdf(_ids(mounted)[1][0])
    trial.saw()
    require(paper.startswith(b"%PDF-"), "the document of an open invoice is no PDF")
    require(b"%%EOF" in paper[-PDF_END_WITHIN:], "the PDF of an open invoice is cut off")


@check(GROUP, Capability.INVOICE_PDF)
def a_document_of_nothing_is_a_record_error(trial: Trial) -> None:
    """An invoice that is not there has no document: said about that one, not of the ledger."""
    mounted = trial.mount(seeded_world())
    unknown = mounted.remote(stable_id("suite", "unknown"))
    trial.saw()
    try:
        found = mounted.source.invoice_pdf(unknown)
    except RecordError:
        return
    require(False, f"{len(found)} bytes for an unknown invoice")


CHECKS: tuple[Check, ...] = (
    a_note_lands_once,
    a_note_is_found_again,
    a_long_note_keeps_its_marker,
    a_key_is_used_once,
    a_note_to_nobody_is_refused,
    a_lost_answer_is_looked_up,
    a_task_says_by_when,
    a_charge_is_a_draft_and_once,
    a_booked_charge_is_owed_at_once,
    a_lost_charge_is_looked_up,
    the_ledger_mails_once,
    a_lost_mail_is_uncertain,
    a_pay_link_is_safe,
    a_document_is_a_whole_pdf,
    a_document_of_nothing_is_a_record_error,
)
