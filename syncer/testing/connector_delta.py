"""Facts over time: a later pull reads what changed, all of it, and little else."""

from syncer.model.ledger import Page, Stream
from syncer.ports import Capability
from syncer.sandbox import people
from syncer.sandbox.books import stable_id
from syncer.testing.connector_book import contact_id, owed, seeded_world
from syncer.testing.connector_case import Check, Pulled, Trial, check, require, same
from syncer.testing.connector_facts import invoices_in

GROUP = "facts"
NEW_ADDRESS = "new@joinery.example"


def _known_after(first: Pulled, second: Pulled) -> set[str]:
    """Open invoices as a store knows them: the second list, or the first with its changes."""
    found = set(invoices_in(second))
    end = second.ends.get(Stream.ITEMS)
    if end is not None and end.full:
        require(not second.gone, "a whole list of open items names some as gone")
        return found
    return (set(invoices_in(first)) - second.gone) | found


def _addresses(pulled: Pulled) -> dict[str, list[str]]:
    return {account.account_id: [p.email for p in account.people] for account in pulled.accounts}


@check(GROUP, Capability.DELTA)
def only_what_changed(trial: Trial) -> None:
    """After the next pull open items are known whole; of the rest only what changed is read."""
    world = seeded_world()
    mounted = trial.mount(world)
    first = trial.pull(mounted)
    require(bool(first.cursors), "no stream handed back a cursor")
    world.advance(minutes=30)
    people.change_contact(world.main, contact_id("joinery"), email=NEW_ADDRESS)
    paid = world.main.document(stable_id("suite", "S-009"))
    world.main.pay(paid, account="090")
    world.advance(minutes=30)
    mounted.publish()
    second = trial.pull(mounted, first.cursors)
    still = {mounted.remote(key) for key in owed(world)}
    same(_known_after(first, second), still, "open invoices after the second pull")
    changed = {mounted.remote(contact_id("joinery")): [NEW_ADDRESS]}
    same(_addresses(second), changed, "accounts of the second pull")
    end = second.ends.get(Stream.ACCOUNTS)
    require(end is not None and not end.full, "a delta claims to be a full list")
    if trial.can(Capability.PAYMENT_HISTORY):
        settled = {one.item_id for one in second.settled}
        require(mounted.remote(paid.doc_id) in settled, "an invoice paid since is not settled")


@check(GROUP, Capability.DELTA)
def nothing_falls_between_pulls(trial: Trial) -> None:
    """What changes while a pull is reading is read by that pull or by the next."""
    world = seeded_world()
    mounted = trial.mount(world)
    first, changed = Pulled(), False
    for event in mounted.source.pull({}):
        first.take([event])
        if isinstance(event, Page) and event.stream is Stream.ACCOUNTS and not changed:
            changed = True
            world.advance(minutes=10)
            people.change_contact(world.main, contact_id("joinery"), email=NEW_ADDRESS)
            mounted.publish()
            world.advance(minutes=10)
    require(changed, "accounts came without a page")
    world.advance(minutes=30)
    second = trial.pull(mounted, first.cursors)
    read = {**_addresses(first), **_addresses(second)}
    found = read.get(mounted.remote(contact_id("joinery")))
    same(found, [NEW_ADDRESS], "the address changed during the first pull")


CHECKS: tuple[Check, ...] = (only_what_changed, nothing_falls_between_pulls)
