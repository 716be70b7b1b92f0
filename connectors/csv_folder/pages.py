"""Documents as the pages of a stream: open items, settled invoices, customers."""

from collections.abc import Iterable, Iterator

from connectors.csv_folder.config import PAGE_SIZE
from connectors.csv_folder.contacts import Roll
from connectors.csv_folder.documents import AsOf, Documents
from connectors.csv_folder.files import Export
from syncer.errors import ContractError
from syncer.model.ledger import (
    Account,
    OpenItem,
    Page,
    Quarantined,
    Settled,
    Stream,
    StreamEnd,
)

Record = OpenItem | Account | Settled | Quarantined


def open_items(export: Export, roll: Roll, as_of: AsOf) -> Iterator[OpenItem | Quarantined]:
    """What is open in ``export``; the customers met go to ``roll``.

    Raises ContractError when not one document could be read: that is a wrong format, not
    a pile of bad rows.
    """
    read, first = 0, None
    for found in Documents(export.header, export.terms, as_of).read(export.lines()):
        if isinstance(found, Quarantined):
            first = first or found
            if found.account_id:
                roll.meet(found.account_id, "")
            yield found
            continue
        read += 1
        roll.meet(found.account_id, found.account_name, found.email)
        if found.item is not None:
            yield found.item
    if first is not None and not read:
        raise ContractError(
            f"{export.path.name}: none of its documents could be read. The first: "
            f"{first.where}: {first.problem}"
        )


def settled(export: Export, as_of: AsOf, *, again: bool) -> Iterator[Settled | Quarantined]:
    """What was paid on a known day. ``again`` = its unreadable rows were reported before."""
    documents = Documents(export.header, export.terms, as_of, paid_only=True)
    for found in documents.read(export.lines()):
        if isinstance(found, Quarantined):
            if not again:
                yield found
        elif found.settled is not None:
            yield found.settled


def paged(stream: Stream, records: Iterable[Record], *, full: bool) -> Iterator[Page | StreamEnd]:
    """The records of one stream in pages, then its end."""
    waiting: list[Record] = []
    count = 0
    for record in records:
        waiting.append(record)
        count += not isinstance(record, Quarantined)
        if len(waiting) >= PAGE_SIZE:
            yield _page(stream, waiting)
            waiting = []
    if waiting:
        yield _page(stream, waiting)
    yield StreamEnd(stream=stream, full=full, records=count)


def _page(stream: Stream, records: list[Record]) -> Page:
    return Page(
        stream=stream,
        items=tuple(record for record in records if isinstance(record, OpenItem)),
        accounts=tuple(record for record in records if isinstance(record, Account)),
        settled=tuple(record for record in records if isinstance(record, Settled)),
        quarantined=tuple(record for record in records if isinstance(record, Quarantined)),
    )
