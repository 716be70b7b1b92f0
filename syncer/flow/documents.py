"""The documents of the invoices a message asks for: fetched before the guard, chosen after it.

They are fetched first so that the guard's read stays the last thing before a message leaves;
a document that the guard's decision has no use for is dropped. A fault that may pass puts the
message off once. After that, and for what will not mend itself, the message goes without: it
says in words which documents it lacks, and the journal says why. The run counts an error for a
person to look at, unless the ledger simply has no such document.
Nothing in a document is read beyond what shows that it is a whole PDF.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace

from syncer.errors import ContractError, RecordError, Transient
from syncer.flow.desk import Desk
from syncer.flow.fence import expected, step_of
from syncer.model.decision import Decision, Line
from syncer.model.effect import Attachment, Effect
from syncer.model.ledger import ItemKind
from syncer.model.outcome import Delivered, Outcome, Retry
from syncer.policy.rules import Step, StepChannel
from syncer.ports import Capability, InvoicePdfs

COUNT_MAX = 10  # documents of one message, one call each: the first on its statement
ONE_BYTES_MAX = 5 * 1024 * 1024
ALL_BYTES_MAX = 7 * 1024 * 1024
"""Base64 makes 9.6 MB of it, below the 10,240,000 bytes that Postfix takes unless told otherwise
(postconf(5), message_size_limit)."""
PUT_OFF_UNTIL_ATTEMPT = 2  # a passing fault delays a message by one attempt, then it goes without
AGAIN_AFTER = timedelta(minutes=15)
FAULTS_MAX = 3  # in a row, then nothing more is asked of the ledger in this run
PDF = "application/pdf"

_HEAD = b"%PDF-"  # ISO 32000-1, 7.5.2: the first line
_END = b"%%EOF"  # 7.5.5: the last line; readers look for it in the last 1024 bytes
_END_WITHIN = 1024
_NAME_MAX = 80


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched for one effect: files and faults, by item id."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)  # why it could not be had
    absent: Mapping[str, str] = field(default_factory=dict)  # why there is none to be had


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What goes along, which invoices go without, and what a person of ours should know."""

    attachments: tuple[Attachment, ...] = ()
    without: tuple[str, ...] = ()  # item ids
    why: tuple[str, ...] = ()  # a sentence for each that the limits do not explain
    failed: bool = False  # something went wrong, so that a person should look


def fetch(desk: Desk, effect: Effect) -> Fetched | Retry:
    """The documents an effect may need; Retry when waiting may help and has not been tried.

    Raises what ends the ledger: RateLimited, AuthError.
    """
    source = desk.source
    if not (desk.can(Capability.INVOICE_PDF) and isinstance(source, InvoicePdfs)):
        return Fetched()
    files: dict[str, bytes] = {}
    faults: dict[str, str] = {}
    absent: dict[str, str] = {}
    for item_id in _invoices(desk, effect):
        if sum(map(len, files.values())) > ALL_BYTES_MAX:
            break  # what comes now would not fit either
        desk.keep_lease()
        try:
            files[item_id] = _one(desk, source, item_id)
        except Transient as fault:
            if effect.attempt < PUT_OFF_UNTIL_ATTEMPT:
                reason = f"the PDF of an invoice could not be fetched: {fault}"
                return Retry(after=AGAIN_AFTER, reason=reason)
            faults[item_id] = str(fault)
        except ContractError as fault:
            faults[item_id] = str(fault)
        except RecordError as lack:
            absent[item_id] = str(lack)
    return Fetched(files, faults, absent)


def enclose(fetched: Fetched, decision: Decision, step: Step) -> Enclosed:
    """Of what was fetched, what the guard's decision asks for, within the limits of a mail."""
    if not step.attach_invoices:
        return Enclosed()
    chosen: dict[bytes, Attachment] = {}
    without: list[Line] = []
    for line in _asked(decision):
        content = fetched.files.get(line.item_id)
        if content is None:
            without.append(line)
        elif content in chosen:
            known = chosen[content]
            chosen[content] = replace(known, also_for=(*known.also_for, line.item_id))
        elif sum(map(len, chosen)) + len(content) > ALL_BYTES_MAX:
            without.append(line)
        else:
            chosen[content] = _attachment(line, content)
    reasons = {**fetched.absent, **fetched.faults}
    return Enclosed(
        attachments=tuple(chosen.values()),
        without=tuple(line.item_id for line in without),
        why=tuple(
            f"{_name(line)}: {reasons[line.item_id]}" for line in without if line.item_id in reasons
        ),
        failed=any(line.item_id in fetched.faults for line in without),
    )


def told(desk: Desk, enclosed: Enclosed, outcome: Outcome) -> Outcome:
    """The outcome of the send, with what it went without for the journal and the run's errors."""
    if not enclosed.why or not isinstance(outcome, Delivered):
        return outcome
    desk.tally.errors += enclosed.failed
    lacking = f"sent without documents: {'; '.join(enclosed.why)}"
    return replace(outcome, detail="; ".join(part for part in (outcome.detail, lacking) if part))


def _one(desk: Desk, source: InvoicePdfs, item_id: str) -> bytes:
    """One document, proven whole. After several faults in a row the ledger is left in peace."""
    faults = desk.document_faults
    if faults.in_a_row >= FAULTS_MAX:
        raise Transient("the ledger gave no documents several times in a row")
    try:
        content = source.invoice_pdf(item_id)
    except Transient:
        faults.in_a_row += 1
        raise
    faults.in_a_row = 0
    return _whole(content)


def _whole(content: bytes) -> bytes:
    if not content.startswith(_HEAD):
        raise ContractError("what the ledger gave is no PDF")
    if _END not in content[-_END_WITHIN:]:
        raise ContractError("the PDF is cut off")
    if len(content) > ONE_BYTES_MAX:
        megabytes = ONE_BYTES_MAX // 1024 // 1024
        raise RecordError(f"the PDF has {len(content)} bytes, more than {megabytes} MB")
    return content


def _invoices(desk: Desk, effect: Effect) -> list[str]:
    """The invoices that the message will ask for, as far as known, in the statement's order."""
    decision = expected(desk, effect)
    if decision is None:
        return []
    step = step_of(desk, decision)
    if not step.attach_invoices or step.channel is not StepChannel.EMAIL:
        return []
    return [line.item_id for line in _asked(decision)[:COUNT_MAX]]


def _asked(decision: Decision) -> list[Line]:
    """The invoices of which anything is asked."""
    invoices = [line for line in decision.lines if line.kind is ItemKind.INVOICE]
    return [line for line in invoices if line.held < line.open]


def _attachment(line: Line, content: bytes) -> Attachment:
    name = f"{_name(line)[:_NAME_MAX]}.pdf"
    return Attachment(name=name, mime_type=PDF, content=content, item_id=line.item_id)


def _name(line: Line) -> str:
    return line.number or line.reference or "invoice"
