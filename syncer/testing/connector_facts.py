"""Facts: what the connector reads is what stands in the book, exactly and once."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace

from syncer.model.ledger import ItemKind, OpenItem, Settled, Stream
from syncer.ports import Capability
from syncer.testing.connector_book import (
    CUSTOMERS,
    TODAY,
    Entry,
    contact_id,
    open_credits,
    open_invoices,
    owed,
    owner,
    paid_invoices,
    seeded_world,
    sized_world,
)
from syncer.testing.connector_case import (
    CANARY,
    Check,
    Mounted,
    Pulled,
    Trial,
    check,
    require,
    same,
)

GROUP = "facts"
RATE_ERROR = Decimal("0.0001")  # vendors round rates


def invoices_in(pulled: Pulled) -> dict[str, OpenItem]:
    """Open invoices by id. Fails when one comes twice."""
    found = [item for item in pulled.items if item.kind is ItemKind.INVOICE]
    twice = [key for key, times in Counter(item.item_id for item in found).items() if times > 1]
    require(not twice, f"{len(twice)} open invoices came more than once")
    return {item.item_id: item for item in found}


def _seeded(trial: Trial) -> tuple[Mounted, Pulled]:
    mounted = trial.mount(seeded_world())
    return mounted, trial.pull(mounted)


def _pairs(trial: Trial) -> Iterable[tuple[Entry, OpenItem]]:
    """Each open invoice of the book with the item read for it."""
    mounted, pulled = _seeded(trial)
    found = invoices_in(pulled)
    for entry in open_invoices():
        item = found.get(mounted.remote(entry.doc_id))
        require(item is not None, f"{entry.number} is missing")
        if item is not None:
            yield entry, item


@check(GROUP)
def every_open_invoice_once(trial: Trial) -> None:
    """Every open invoice is there once; none that is paid, void, deleted, a draft or a bill."""
    mounted, pulled = _seeded(trial)
    expected = {mounted.remote(entry.doc_id): entry.number for entry in open_invoices()}
    same({key: i.number for key, i in invoices_in(pulled).items()}, expected, "open invoices")
    same(pulled.quarantined, [], "quarantine of a clean book")


@check(GROUP)
def residual_not_gross(trial: Trial) -> None:
    """What is asked is what is left, to the cent, and never more than the total."""
    for entry, item in _pairs(trial):
        amounts = (entry.open, Decimal(entry.total))
        same((item.open, item.total), amounts, f"{entry.number} open and total")


@check(GROUP)
def every_currency_exactly(trial: Trial) -> None:
    """Each amount is in its own currency; yen have no cents and are not multiplied."""
    for entry, item in _pairs(trial):
        found = (item.currency, item.open)
        same(found, (entry.currency, entry.open), f"{entry.number} currency and open")


@check(GROUP)
def rates_lead_to_the_base_currency(trial: Trial) -> None:
    """Where a rate is given it is base currency per unit, never the other way round."""
    for entry, item in _pairs(trial):
        if item.rate_to_base is not None:
            off = abs(item.rate_to_base * Decimal(entry.rate) - 1)
            require(off < RATE_ERROR, f"{entry.number} rate to base: {item.rate_to_base}")


@check(GROUP)
def days_are_the_organisations(trial: Trial) -> None:
    """Days are calendar days of the organisation, whatever the day is in UTC."""
    for entry, item in _pairs(trial):
        days = (item.issued_on, item.due_on)
        same(days, (entry.issued, entry.due), f"{entry.number} issued and due")


@check(GROUP)
def texts_are_unharmed(trial: Trial) -> None:
    """Names, numbers and references keep every letter of every script."""
    mounted, pulled = _seeded(trial)
    names = {account.account_id: account.name for account in pulled.accounts}
    for who in ("joinery", "café", "quiet"):
        same(names.get(mounted.remote(contact_id(who))), CUSTOMERS[who], f"the name of {who}")
    found = invoices_in(pulled)
    for entry in open_invoices():
        item = found.get(mounted.remote(entry.doc_id))
        same(item and item.reference, entry.reference, f"{entry.number} reference")


@check(GROUP)
def invoices_belong_to_their_account(trial: Trial) -> None:
    """Each open invoice names the account that owes it, and that account is read too."""
    mounted, pulled = _seeded(trial)
    known = {account.account_id for account in pulled.accounts}
    found = invoices_in(pulled)
    for entry in open_invoices():
        item = found.get(mounted.remote(entry.doc_id))
        same(item and item.account_id, mounted.remote(owner(entry)), f"{entry.number} account")
    strays = {item.account_id for item in pulled.items} - known
    require(not strays, f"{len(strays)} accounts of open items were not read")


@check(GROUP)
def the_organisation_is_said_first(trial: Trial) -> None:
    """The organisation has its zone and currency; open items are read whole and said so."""
    mounted, pulled = _seeded(trial)
    org = pulled.organisation
    found = (org and org.time_zone, org and org.currency)
    same(found, ("Pacific/Auckland", "NZD"), "zone and currency")
    end = pulled.ends.get(Stream.ITEMS)
    require(end is not None and end.full, "open items did not end, or were not read whole")
    require(Stream.ACCOUNTS in pulled.ends, "accounts did not end")
    if end is not None:
        require(end.records >= len(pulled.items), "fewer records are counted than were given")
    same(mounted.source.check().organisation.name, org and org.name, "the name that check gives")


def _sized(trial: Trial, invoices: int) -> None:
    world = sized_world(invoices)
    mounted = trial.mount(world)
    pulled = trial.pull(mounted)
    trial.saw(pulled.organisation is not None)
    expected = {mounted.remote(key): left for key, left in owed(world).items()}
    same(len(expected), invoices, "the book's own size")
    found = {key: item.open for key, item in invoices_in(pulled).items()}
    require(found == expected, f"{invoices} invoices in the book, {len(found)} read or not equal")
    end = pulled.ends.get(Stream.ITEMS)
    require(end is not None and end.full, "open items did not end, or were not read whole")


@check(GROUP)
def nothing_open(trial: Trial) -> None:
    """A ledger that says it is empty is read as empty, whole, without an error."""
    _sized(trial, 0)


@check(GROUP)
def one_invoice(trial: Trial) -> None:
    """A single record is a list too."""
    _sized(trial, 1)


@check(GROUP)
def a_full_page(trial: Trial) -> None:
    """Exactly as many records as the vendor gives at once."""
    _sized(trial, trial.case.spec.limits.page_size)


@check(GROUP)
def a_page_and_one(trial: Trial) -> None:
    """One record more than the vendor gives at once: the last page is not forgotten."""
    _sized(trial, trial.case.spec.limits.page_size + 1)


@check(GROUP, Capability.CREDITS)
def unused_credit(trial: Trial) -> None:
    """Credit notes, overpayments and prepayments with what is left on them; none used up."""
    mounted, pulled = _seeded(trial)
    unused = [item for item in pulled.items if item.kind is not ItemKind.INVOICE]
    found = sorted((i.item_id, i.account_id, i.currency, i.open) for i in unused)
    expected = sorted(
        (mounted.remote(e.doc_id), mounted.remote(owner(e)), e.currency, e.open)
        for e in open_credits()
    )
    same(found, expected, "unused credit")


@check(GROUP)
def archived_accounts_still_owe(trial: Trial) -> None:
    """A customer put away keeps its open invoices and is marked as archived."""
    mounted, pulled = _seeded(trial)
    archived = {account.account_id for account in pulled.accounts if account.archived}
    require(mounted.remote(contact_id("old")) in archived, "the archived customer is not marked")
    require(mounted.remote(contact_id("café")) not in archived, "an active one is marked")


@check(GROUP)
def merged_accounts_say_where(trial: Trial) -> None:
    """A merged customer names the account that took over, and owes nothing itself."""
    mounted, pulled = _seeded(trial)
    gone, survivor = mounted.remote(contact_id("merged")), mounted.remote(contact_id("joinery"))
    into = {account.account_id: account.merged_into for account in pulled.accounts}
    same(into.get(gone), survivor, "where the merged account went")
    require(not any(i.account_id == gone for i in pulled.items), "the merged account owes")


@check(GROUP, Capability.CONTACT_PEOPLE)
def people_who_get_mail(trial: Trial) -> None:
    """The primary address first, then those marked to get mail, and nobody else."""
    mounted, pulled = _seeded(trial)
    found = {a.account_id: [p.email for p in a.people] for a in pulled.accounts}
    expected = [f"accounts-{CANARY}@cafe.example", "be@cafe.example"]
    same(found.get(mounted.remote(contact_id("café"))), expected, "recipients")


@check(GROUP, Capability.DO_NOT_CHASE)
def customers_not_to_chase(trial: Trial) -> None:
    """The ledger's own mark against reminders is seen, and only where it is."""
    mounted, pulled = _seeded(trial)
    marked = {account.account_id for account in pulled.accounts if account.do_not_chase}
    same(marked, {mounted.remote(contact_id("quiet"))}, "accounts not to chase")


@check(GROUP, Capability.SENT_FLAG)
def what_was_sent(trial: Trial) -> None:
    """An invoice that was never sent to its customer is told from one that was."""
    for entry, item in _pairs(trial):
        same(item.sent, entry.sent, f"{entry.number} sent")


@check(GROUP, Capability.SENT_DAY)
def when_it_was_mailed(trial: Trial) -> None:
    """The organisation's day of the ledger's last mail, and none where nothing was mailed."""
    for entry, item in _pairs(trial):
        own = (entry.mailed_on or entry.issued) if entry.sent else None
        unsaid = item.sent_on is None and entry.mailed_on is None
        require(unsaid or item.sent_on == own, f"{entry.number} mailed on {item.sent_on}")


@check(GROUP, Capability.EXPECTED_DATE)
def promised_days(trial: Trial) -> None:
    """The day on which a payment is expected is read where it was entered, and only there."""
    for entry, item in _pairs(trial):
        same(item.expected_on, entry.expected, f"{entry.number} expected")


@check(GROUP, Capability.PAYMENT_HISTORY)
def settled_history(trial: Trial) -> None:
    """Every invoice paid in full, with its days and amount; nothing that is still open."""
    mounted, pulled = _seeded(trial)
    expected = [
        Settled(
            item_id=mounted.remote(entry.doc_id),
            account_id=mounted.remote(owner(entry)),
            currency=entry.currency,
            amount=Decimal(entry.total),
            issued_on=entry.issued,
            due_on=entry.due,
            paid_on=entry.paid_on,
        )
        for entry in paid_invoices()
        if entry.paid_on is not None
    ]
    by_id = {one.item_id: replace(one, credited=None) for one in pulled.settled}
    same(by_id, {one.item_id: one for one in expected}, "settled invoices")
    # Money alone paid them: a ledger may not say that, but nothing else either.
    same({one.credited for one in pulled.settled} - {None, Decimal(0)}, set(), "credited")


@check(GROUP, Capability.BANK_FRESHNESS)
def how_fresh_the_books_are(trial: Trial) -> None:
    """The day the books speak for is said, in the organisation's zone."""
    _, pulled = _seeded(trial)
    same(pulled.organisation and pulled.organisation.books_fresh_on, TODAY, "books fresh on")


CHECKS: tuple[Check, ...] = (
    every_open_invoice_once,
    residual_not_gross,
    every_currency_exactly,
    rates_lead_to_the_base_currency,
    days_are_the_organisations,
    texts_are_unharmed,
    invoices_belong_to_their_account,
    the_organisation_is_said_first,
    nothing_open,
    one_invoice,
    a_full_page,
    a_page_and_one,
    unused_credit,
    archived_accounts_still_owe,
    merged_accounts_say_where,
    people_who_get_mail,
    customers_not_to_chase,
    what_was_sent,
    when_it_was_mailed,
    promised_days,
    settled_history,
    how_fresh_the_books_are,
)
