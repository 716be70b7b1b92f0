"""The documents that travel with a message: the right ones, under names that do no harm.

Which invoices get one is the flow's choice; here only what would mislead is refused. The
files' content is theirs alone: nothing in it is read.
"""

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from syncer.channels.cleaning import NAME_MAX, one_line
from syncer.channels.statement import asked_invoices, label
from syncer.errors import RecordError
from syncer.model.decision import Decision
from syncer.model.effect import Attachment


def check(
    decision: Decision, attachments: Sequence[Attachment], not_attached: Collection[str]
) -> None:
    """Documents of invoices are all there, none is, or the message says which ones are not.

    One that is missing without a word looks like a wrong demand: raises RecordError.
    """
    documents = {
        item_id
        for attachment in attachments
        if attachment.item_id
        for item_id in (attachment.item_id, *attachment.also_for)
    }
    missing, asked = set(not_attached), asked_invoices(decision)
    told = not documents or documents | missing == asked
    if not told or documents & missing or not missing <= asked:
        raise RecordError(
            f"account {decision.account_id}: the attached documents are not those of the "
            "invoices on the statement"
        )


def labels(decision: Decision, item_ids: Collection[str]) -> tuple[str, ...]:
    """What the customer knows these items by, in the statement's order."""
    return tuple(label(line) for line in decision.lines if line.item_id in item_ids)


def cleaned(attachment: Attachment) -> Attachment:
    """The attachment under a name without line ends, folders, quotes or a leading dot."""
    name = one_line(attachment.name, NAME_MAX).replace("/", "_").replace("\\", "_")
    return replace(attachment, name=name.replace('"', "'").lstrip(".") or "document")
