"""Guard: the last read before a message leaves shows what people did a moment ago."""

from collections.abc import Callable
from decimal import Decimal

from syncer.errors import SyncerError
from syncer.model.ledger import AccountFacts, ItemKind
from syncer.ports import Capability
from syncer.sandbox import people
from syncer.sandbox.books import stable_id
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Document, Kind, Status
from syncer.testing.connector_book import TODAY, contact_id, seeded_world
from syncer.testing.connector_case import Check, Mounted, Trial, Trouble, check, require, same

GROUP = "guard"
NEEDS = Capability.READ_ACCOUNTS


def _read(trial: Trial, mounted: Mounted, *who: str) -> dict[str, AccountFacts]:
    """Facts of the named customers, by our name for them."""
    ids = {mounted.remote(contact_id(one)): one for one in who}
    facts = mounted.source.read_accounts(list(ids))
    trial.saw(sum(1 + len(one.items) for one in facts.values()))
    return {ids[key]: one for key, one in facts.items() if key in ids}


def _open(facts: AccountFacts) -> dict[str, Decimal]:
    return {item.item_id: item.open for item in facts.items if item.kind is ItemKind.INVOICE}


def _owed_by(mounted: Mounted, ledger: Ledger, who: str) -> dict[str, Decimal]:
    mine = [d for d in ledger.open_invoices() if d.contact_id == contact_id(who)]
    return {mounted.remote(doc.doc_id): doc.left for doc in mine}


def _after(trial: Trial, change: Callable[[Ledger], object], *, pulled: bool = True) -> None:
    """Pull, let a person change the books, and require that the guard sees exactly that."""
    world = seeded_world()
    mounted = trial.mount(world)
    if pulled:
        trial.pull(mounted)
    change(world.main)
    world.advance(minutes=1)
    mounted.publish()
    facts = _read(trial, mounted, "joinery", "café")
    for who in ("joinery", "café"):
        require(who in facts, f"{who} is unknown to the guard's read")
        same(_open(facts[who]), _owed_by(mounted, world.main, who), f"open on {who}")


def _invoice(ledger: Ledger, number: str = "S-001") -> Document:
    return ledger.document(stable_id("suite", number))


@check(GROUP, NEEDS)
def sees_a_payment(trial: Trial) -> None:
    """What was paid after the pull is no longer open."""
    _after(trial, lambda ledger: ledger.pay(_invoice(ledger), account="090"))


@check(GROUP, NEEDS)
def sees_a_part_payment(trial: Trial) -> None:
    """After a part payment only the rest is open."""
    _after(trial, lambda ledger: ledger.pay(_invoice(ledger), Decimal("99.99"), account="090"))


@check(GROUP, NEEDS)
def sees_credit_applied(trial: Trial) -> None:
    """Credit that a person applied lowers what is open."""

    def apply(ledger: Ledger) -> None:
        ledger.allocate(_invoice(ledger, "C-001"), _invoice(ledger), Decimal("40.00"))

    _after(trial, apply)


@check(GROUP, NEEDS)
def sees_a_void(trial: Trial) -> None:
    """An invoice that was declared void is not asked for."""
    _after(trial, lambda ledger: ledger.move(_invoice(ledger), Status.VOID))


@check(GROUP, NEEDS)
def reads_without_a_pull(trial: Trial) -> None:
    """A run that pulled nothing before still reads the account as it is."""
    _after(trial, lambda _: None, pulled=False)


@check(GROUP, NEEDS, Capability.CREDITS)
def sees_new_credit(trial: Trial) -> None:
    """Credit entered after the pull is seen, so that the position can be netted."""
    world = seeded_world()
    mounted = trial.mount(world)
    trial.pull(mounted)
    like = _invoice(world.main, "C-001")
    now = world.clock()
    credit = Document(
        doc_id=stable_id("suite", "new credit"),
        kind=Kind.CREDIT_NOTE,
        number="C-900",
        contact_id=like.contact_id,
        status=Status.OPEN,
        currency=like.currency,
        total=Decimal("7.50"),
        net=Decimal("7.50"),
        issued_on=TODAY,
        created_at=now,
        changed_at=now,
        booked_at=now,
    )
    world.main.enter(credit)
    mounted.publish()
    facts = _read(trial, mounted, "joinery").get("joinery")
    items = facts.items if facts is not None else ()
    unused = {item.item_id: item.open for item in items if item.kind is not ItemKind.INVOICE}
    expected = {mounted.remote(d.doc_id): d.left for d in (like, credit)}
    same(unused, expected, "unused credit")


@check(GROUP, NEEDS)
def sees_a_merge(trial: Trial) -> None:
    """After a merge the old account has nothing open and the survivor has everything."""
    world = seeded_world()
    mounted = trial.mount(world)
    trial.pull(mounted)
    people.merge(world.main, contact_id("quiet"), contact_id("joinery"))
    mounted.publish()
    facts = _read(trial, mounted, "quiet", "joinery")
    gone = facts.get("quiet")
    require(gone is None or not gone.items, "the merged account still shows open items")
    require("joinery" in facts, "the survivor is unknown")
    expected = _owed_by(mounted, world.main, "joinery")
    same(_open(facts["joinery"]), expected, "open on the survivor")


@check(GROUP, NEEDS)
def an_unknown_account_is_absent(trial: Trial) -> None:
    """An id the ledger does not know is left out, and does not spoil the rest."""
    mounted = trial.mount(seeded_world())
    unknown = mounted.remote(stable_id("suite contact", "nobody"))
    known = mounted.remote(contact_id("joinery"))
    facts = mounted.source.read_accounts([unknown, known])
    trial.saw(len(facts))
    require(unknown not in facts, "an account that does not exist has facts")
    require(known in facts, "the known account is missing beside an unknown one")


@check(GROUP, NEEDS)
def says_when_it_read(trial: Trial) -> None:
    """``read_at`` is the clock's time of this read, not of an earlier one."""
    world = seeded_world()
    mounted = trial.mount(world)
    trial.pull(mounted)
    for _ in range(2):
        world.advance(minutes=10)
        before = world.clock()
        facts = _read(trial, mounted, "joinery")
        require("joinery" in facts, "the account is unknown to the guard's read")
        at = facts["joinery"].read_at
        require(before <= at <= world.clock(), f"read at {at}, which is not now")


@check(GROUP, NEEDS)
def a_failed_look_is_no_answer(trial: Trial) -> None:
    """When the ledger answers with nonsense the guard raises; it never shows nothing open."""
    mounted = trial.mount(seeded_world())
    trial.pull(mounted)
    mounted.suffer(Trouble.HTML)
    try:
        _read(trial, mounted, "joinery")
    except SyncerError:
        return
    require(False, "the guard read a page for people as facts")


CHECKS: tuple[Check, ...] = (
    sees_a_payment,
    sees_a_part_payment,
    sees_credit_applied,
    sees_a_void,
    reads_without_a_pull,
    sees_new_credit,
    sees_a_merge,
    an_unknown_account_is_absent,
    says_when_it_read,
    a_failed_look_is_no_answer,
)
