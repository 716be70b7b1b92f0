"""Honesty: a spoilt list is whole or loud, never fewer open invoices in silence.

Loud is an error of ``syncer.errors`` before open items ended, or a quarantined record that
names the account (or none at all, which holds every account).
"""

from syncer.errors import ConfigError, InvariantError, SyncerError
from syncer.model.ledger import Stream
from syncer.sandbox.records import Document
from syncer.sandbox.world import World
from syncer.testing.connector_book import seeded_world, sized_world
from syncer.testing.connector_case import Check, Mounted, Pulled, Trial, Trouble, check, require

GROUP = "honesty"
PAID_MEANWHILE = 40


def pull_or_error(trial: Trial, mounted: Mounted) -> tuple[Pulled, SyncerError | None]:
    """What a pull said until it ended or broke off with an error of ours."""
    pulled = Pulled()
    try:
        pulled.take(mounted.source.pull({}))
    except (ConfigError, InvariantError) as error:
        message = f"the ledger's fault is blamed on the configuration or a bug: {error}"
        raise AssertionError(message) from error
    except SyncerError as error:
        require(Stream.ITEMS not in pulled.ends, "open items ended, and then an error came")
        require(bool(str(error)), "the error says nothing")
        trial.saw()
        return pulled, error
    trial.saw(len(pulled.items))
    return pulled, None


def silently_lost(mounted: Mounted, world: World, pulled: Pulled) -> list[Document]:
    """Open invoices of the book that are neither read exactly nor held by a quarantine."""
    found = {item.item_id: item for item in pulled.items}  # read again, a row may come again
    held = {one.account_id for one in pulled.quarantined}
    lost = []
    for doc in world.main.open_invoices():
        item = found.get(mounted.remote(doc.doc_id))
        exact = item is not None and item.open == doc.left
        if not exact and not held & {"", mounted.remote(doc.contact_id)}:
            lost.append(doc)
    return lost


def _spoilt(trial: Trial, trouble: Trouble) -> SyncerError | None:
    """Pull a spoilt list; whole or loud is required. Returns the error, if that was it."""
    world = seeded_world()
    mounted = trial.mount(world)
    mounted.suffer(trouble)
    pulled, error = pull_or_error(trial, mounted)
    if error is None:
        lost = silently_lost(mounted, world, pulled)
        require(not lost, f"{trouble}: {len(lost)} open invoices are gone without a word")
    return error


@check(GROUP)
def a_missing_list_is_loud(trial: Trial) -> None:
    """An answer without its list, or without its amounts, never means that all is paid."""
    require(_spoilt(trial, Trouble.MISSING_KEY) is not None, "a missing list was not noticed")


@check(GROUP)
def a_page_for_people_is_loud(trial: Trial) -> None:
    """HTML where data should be is an error, also with status 200."""
    require(_spoilt(trial, Trouble.HTML) is not None, "HTML was taken for data")


@check(GROUP)
def a_cut_list_is_loud(trial: Trial) -> None:
    """A list that breaks off in the middle of a record is noticed."""
    world = seeded_world()
    mounted = trial.mount(world)
    mounted.suffer(Trouble.TRUNCATED)
    pulled, error = pull_or_error(trial, mounted)
    require(error is not None or bool(pulled.quarantined), "the cut was not noticed")
    if error is None:
        lost = silently_lost(mounted, world, pulled)
        require(not lost, f"{len(lost)} open invoices are gone without a word")


@check(GROUP)
def an_unsaid_empty_list_is_loud(trial: Trial) -> None:
    """No records, and nothing that says that there are none, is an error."""
    error = _spoilt(trial, Trouble.EMPTY_LIST)
    require(error is not None, "an empty list that nobody said was believed")


@check(GROUP)
def an_unknown_status_is_not_dropped(trial: Trial) -> None:
    """A record in a state nobody has heard of stops the ledger or holds its account."""
    _spoilt(trial, Trouble.UNKNOWN_STATUS)


@check(GROUP)
def an_unreadable_amount_is_not_dropped(trial: Trial) -> None:
    """A record whose amount is no number stops the ledger or holds its account."""
    _spoilt(trial, Trouble.BAD_AMOUNT)


@check(GROUP)
def quarantine_says_where_and_what(trial: Trial) -> None:
    """Each quarantined record says which it is, where it stands and what to do."""
    mounted = trial.mount(seeded_world())
    mounted.suffer(Trouble.BAD_AMOUNT)
    pulled, error = pull_or_error(trial, mounted)
    for one in pulled.quarantined:
        told = bool(one.record_id and one.where and one.problem)
        require(told, "a quarantined record does not say which, where and what to do")
    require(bool(pulled.quarantined) or error is not None, "the unreadable amount went unnoticed")


@check(GROUP)
def a_shifting_list_loses_nothing(trial: Trial) -> None:
    """Invoices paid between two pages move the rest: none is skipped, or the pull says so."""
    size = trial.case.spec.limits.page_size
    world = sized_world(2 * size + size // 2)
    mounted = trial.mount(world)
    pulled = Pulled()
    events = mounted.source.pull({})
    try:
        for event in events:
            pulled.take([event])
            if pulled.items:
                break
        paid = min(PAID_MEANWHILE, size)
        for doc in sorted(world.main.open_invoices(), key=lambda d: d.doc_id)[:paid]:
            world.main.pay(doc, account="090")
        mounted.publish()
        pulled.take(events)
    except SyncerError:
        require(Stream.ITEMS not in pulled.ends, "open items ended, and then an error came")
        trial.saw()
        return
    trial.saw(len(pulled.items))
    read = {item.item_id for item in pulled.items}
    lost = [d for d in world.main.open_invoices() if mounted.remote(d.doc_id) not in read]
    require(not lost, f"{len(lost)} invoices that nobody paid were skipped between pages")


CHECKS: tuple[Check, ...] = (
    a_missing_list_is_loud,
    a_page_for_people_is_loud,
    a_cut_list_is_loud,
    an_unsaid_empty_list_is_loud,
    an_unknown_status_is_not_dropped,
    an_unreadable_amount_is_not_dropped,
    quarantine_says_where_and_what,
    a_shifting_list_loses_nothing,
)
