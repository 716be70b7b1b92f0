"""Connectors that each commit one sin, and the checks of the suite that must notice it.

``Honest`` hands everything through to the real Xero connector, so that whatever a check
finds in a subclass is the subclass's own doing. ``fails`` names the checks it must fail.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as with_changes
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from msgspec.structs import replace

from connectors.xero import SPEC, XeroSource
from syncer.errors import ContractError, RateLimited, SyncerError
from syncer.http.limits import Dialect
from syncer.model.ledger import (
    Account,
    AccountFacts,
    ItemKind,
    OpenItem,
    Organisation,
    Page,
    Stream,
    StreamEnd,
)
from syncer.model.outcome import Delivered, Outcome, Retry
from syncer.ports import Capability, ConnectorSpec, Health
from syncer.sandbox.world import World
from syncer.testing.connector_book import TODAY
from syncer.testing.connector_case import CANARY, ConnectorCase, Mounted, Pulled

from .test_suite_xero import CASE as XERO

Event = Organisation | Page | StreamEnd
HOSTILE_SPEC: ConnectorSpec = with_changes(
    SPEC, name="hostile", capabilities=SPEC.capabilities | {Capability.BANK_FRESHNESS}
)
NEVER = datetime(2020, 1, 1, tzinfo=UTC)


class Honest:
    """Everything as the real connector says it, and the books as of today."""

    fails: ClassVar[tuple[str, ...]] = ()

    def __init__(self, inner: XeroSource, world: World) -> None:
        self.inner = inner
        self.world = world
        self.note_length_max: int = inner.note_length_max

    def check(self) -> Health:
        return self.inner.check()

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Event]:
        for event in self.inner.pull(cursors):
            match event:
                case Organisation():
                    yield self.organisation(replace(event, books_fresh_on=TODAY))
                case Page():
                    yield self.page(event)
                case _:
                    yield event

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        return self.inner.read_accounts(account_ids)

    def add_note(self, **note: Any) -> Outcome:
        return self.inner.add_note(**note)

    def find_note(self, **note: Any) -> bool:
        return self.inner.find_note(**note)

    def add_task(self, **task: Any) -> Outcome:
        return self.inner.add_task(**task)

    def email_item(self, **mail: Any) -> Outcome:
        return self.inner.email_item(**mail)

    def draft_charge(self, **charge: Any) -> Outcome:
        return self.inner.draft_charge(**charge)

    def pay_link(self, item_id: str) -> str:
        return self.inner.pay_link(item_id)

    def organisation(self, said: Organisation) -> Organisation:
        return said

    def page(self, page: Page) -> Page:
        return replace(
            page,
            items=tuple(map(self.item, page.items)),
            accounts=tuple(map(self.account, page.accounts)),
        )

    def item(self, item: OpenItem) -> OpenItem:
        return item

    def account(self, account: Account) -> Account:
        return account


# --- facts


class LosesTheLast(Honest):
    """The last open item of each page is left out."""

    fails = ("every_open_invoice_once", "one_invoice", "a_full_page", "a_page_and_one")

    def page(self, page: Page) -> Page:
        return replace(page, items=page.items[:-1])


class SaysItTwice(Honest):
    """Every page of open items comes twice."""

    fails = ("every_open_invoice_once",)

    def page(self, page: Page) -> Page:
        return replace(page, items=page.items * 2)


class ReadsTheFirstPage(Honest):
    """What lies beyond the first page is not read."""

    fails = ("a_page_and_one",)

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Event]:
        seen = 0
        for event in super().pull(cursors):
            if isinstance(event, Page) and event.stream is Stream.ITEMS:
                seen += 1
                yield event if seen == 1 else replace(event, items=())
            else:
                yield event


class AsksGross(Honest):
    """What was paid is asked again."""

    fails = ("residual_not_gross",)

    def item(self, item: OpenItem) -> OpenItem:
        return replace(item, open=item.total)


class CountsYenInCents(Honest):
    """Every currency has two decimals."""

    fails = ("every_currency_exactly",)

    def item(self, item: OpenItem) -> OpenItem:
        factor = 100 if item.currency == "JPY" else 1
        return replace(item, open=item.open * factor, total=item.total * factor)


class TakesDaysThroughUtc(Honest):
    """Midnight in Auckland is the day before in UTC."""

    fails = ("days_are_the_organisations",)

    def item(self, item: OpenItem) -> OpenItem:
        earlier = item.due_on and item.due_on - timedelta(days=1)
        return replace(item, due_on=earlier)


class SpeaksAsciiOnly(Honest):
    """Letters outside ASCII are dropped."""

    fails = ("texts_are_unharmed",)

    def account(self, account: Account) -> Account:
        return replace(account, name=account.name.encode("ascii", "ignore").decode())


class MixesAccounts(Honest):
    """Every item is on the account of whoever comes first."""

    fails = ("invoices_belong_to_their_account",)

    def page(self, page: Page) -> Page:
        first = page.items[0].account_id if page.items else ""
        return replace(page, items=tuple(replace(i, account_id=first) for i in page.items))


class HasNoZone(Honest):
    """Today is today in Greenwich."""

    fails = ("the_organisation_is_said_first",)

    def organisation(self, said: Organisation) -> Organisation:
        return replace(said, time_zone="UTC")


class KnowsNoEmptyLedger(Honest):
    """Nothing open must be an error."""

    fails = ("nothing_open",)

    def page(self, page: Page) -> Page:
        if page.stream is Stream.ITEMS and not self.world.main.books.documents:
            raise ContractError("no invoices")
        return page


class HidesCredit(Honest):
    """Only invoices are open."""

    fails = ("unused_credit", "sees_new_credit")

    def page(self, page: Page) -> Page:
        return replace(page, items=_invoices(page.items))

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        read = self.inner.read_accounts(account_ids)
        return {key: replace(facts, items=_invoices(facts.items)) for key, facts in read.items()}


class ForgetsAboutAccounts(Honest):
    """Archived, merged and quiet customers look like any other, with one address."""

    fails = (
        "archived_accounts_still_owe",
        "merged_accounts_say_where",
        "people_who_get_mail",
        "customers_not_to_chase",
    )

    def account(self, account: Account) -> Account:
        plain = replace(account, archived=False, merged_into="", do_not_chase=False)
        return replace(plain, people=account.people[:1])


class ForgetsAboutItems(Honest):
    """Everything was sent, nothing was promised, nothing was ever paid, on no day."""

    fails = ("what_was_sent", "promised_days", "settled_history", "how_fresh_the_books_are")

    def item(self, item: OpenItem) -> OpenItem:
        return replace(item, sent=True, expected_on=None)

    def page(self, page: Page) -> Page:
        return replace(super().page(page), settled=())

    def organisation(self, said: Organisation) -> Organisation:
        return replace(said, books_fresh_on=None)


class ReadsAllAlways(Honest):
    """Cursors are for others."""

    fails = ("only_what_changed",)

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Event]:
        return super().pull({})


class StartsTheDeltaTooLate(Honest):
    """The next delta begins when this pull ended, not when it began."""

    fails = ("nothing_falls_between_pulls",)

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Event]:
        for event in super().pull(cursors):
            if isinstance(event, StreamEnd) and event.stream is Stream.ACCOUNTS:
                again = Pulled().take(self.inner.pull(cursors))
                yield replace(event, cursor=again.ends[Stream.ACCOUNTS].cursor)
            else:
                yield event


class TurnsRatesRound(Honest):
    """Foreign units per base unit, as the vendor says it."""

    fails = ("rates_lead_to_the_base_currency",)

    def item(self, item: OpenItem) -> OpenItem:
        return replace(item, rate_to_base=item.rate_to_base and 1 / item.rate_to_base)


# --- honesty


class SwallowsErrors(Honest):
    """Whatever breaks, the list simply ends there, whole."""

    fails = (
        "a_missing_list_is_loud",
        "a_page_for_people_is_loud",
        "a_cut_list_is_loud",
        "an_unsaid_empty_list_is_loud",
        "gives_up_at_the_days_cap",
    )

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Event]:
        try:
            yield from super().pull(cursors)
        except SyncerError:
            yield StreamEnd(stream=Stream.ITEMS, full=True, records=0)


class DropsBadRecords(Honest):
    """What cannot be read is not there."""

    fails = (
        "an_unknown_status_is_not_dropped",
        "an_unreadable_amount_is_not_dropped",
        "quarantine_says_where_and_what",
    )

    def page(self, page: Page) -> Page:
        return replace(page, quarantined=())


class Mumbles(Honest):
    """Something somewhere is wrong."""

    fails = ("quarantine_says_where_and_what",)

    def page(self, page: Page) -> Page:
        return replace(page, quarantined=tuple(replace(q, where="") for q in page.quarantined))


class SkipsAtTheSeam(Honest):
    """Goes on at the next position, though the rows before it have moved."""

    fails = ("a_shifting_list_loses_nothing",)

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Event]:
        pages = 0
        for event in super().pull(cursors):
            if isinstance(event, Page) and event.stream is Stream.ITEMS:
                pages += 1
                yield replace(event, items=event.items[40:]) if pages > 1 else event
            else:
                yield event


# --- manners


class IsImpatient(Honest):
    """Takes the waiting out of the client it was handed."""

    fails = ("waits_as_long_as_it_is_told", "waits_when_nobody_says_how_long")

    def __init__(self, inner: XeroSource, world: World) -> None:
        super().__init__(inner, world)
        inner._api._http._sleep = lambda _: None


class GivesUpAtOnce(Honest):
    """One try is enough."""

    fails = ("sits_out_a_server_error", "sits_out_a_cut_before", "sits_out_a_cut_after")

    def __init__(self, inner: XeroSource, world: World) -> None:
        super().__init__(inner, world)
        inner._api._http._attempts = 1


class ComesBackTooEarly(Honest):
    """A day's cap is over in five minutes."""

    fails = ("gives_up_at_the_days_cap",)

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Event]:
        try:
            yield from super().pull(cursors)
        except RateLimited as error:
            soon = self.world.clock() + timedelta(minutes=5)
            raise RateLimited(str(error), until=soon, scope=error.scope) from error


class NeverRenews(Honest):
    """An expired token is the end."""

    fails = ("renews_a_token_once",)

    def __init__(self, inner: XeroSource, world: World) -> None:
        super().__init__(inner, world)
        inner._api._http._dialect = Dialect()


class AsksPerRecord(Honest):
    """One more call for every invoice."""

    fails = ("calls_stay_at_the_floor",)

    def item(self, item: OpenItem) -> OpenItem:
        self.inner.pay_link(item.item_id)
        return item


class Sleeps(Honest):
    """Waits by itself."""

    fails = ("has_no_clock_of_its_own",)

    def page(self, page: Page) -> Page:
        time.sleep(0)
        return page


# --- guard


class ReadsFromMemory(Honest):
    """The guard is shown what the pull saw; what it did not see has nothing open."""

    fails = (
        "sees_a_payment",
        "sees_a_part_payment",
        "sees_credit_applied",
        "sees_a_void",
        "sees_new_credit",
        "sees_a_merge",
        "reads_without_a_pull",
        "an_unknown_account_is_absent",
        "says_when_it_read",
        "a_failed_look_is_no_answer",
    )

    def __init__(self, inner: XeroSource, world: World) -> None:
        super().__init__(inner, world)
        self.remembered: list[OpenItem] = []

    def item(self, item: OpenItem) -> OpenItem:
        self.remembered.append(item)
        return item

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        return {
            key: AccountFacts(
                account=Account(account_id=key, name=key),
                items=tuple(item for item in self.remembered if item.account_id == key),
                read_at=NEVER,
            )
            for key in account_ids
        }


# --- writing


class LosesNotes(Honest):
    """Says that it wrote, and finds whatever is looked for."""

    fails = (
        "a_note_lands_once",
        "a_note_is_found_again",
        "a_long_note_keeps_its_marker",
        "a_key_is_used_once",
        "a_note_to_nobody_is_refused",
        "a_lost_answer_is_looked_up",
    )

    def add_note(self, **note: Any) -> Outcome:
        return Delivered()

    def find_note(self, **note: Any) -> bool:
        return True


class WritesTwice(Honest):
    """Repeats every write, under another key."""

    fails = ("a_note_lands_once", "a_key_is_used_once", "the_ledger_mails_once")

    def add_note(self, **note: Any) -> Outcome:
        self.inner.add_note(**{**note, "key": "again"})
        return self.inner.add_note(**note)

    def email_item(self, **mail: Any) -> Outcome:
        self.inner.email_item(**{**mail, "key": "again"})
        return self.inner.email_item(**mail)


class CutsTheMarker(Honest):
    """Cuts a long note at its end."""

    fails = ("a_long_note_keeps_its_marker",)

    def add_note(self, **note: Any) -> Outcome:
        return self.inner.add_note(**{**note, "text": note["text"][: self.note_length_max]})


class ForgetsTheDay(Honest):
    """A task for any day, and a fee of about that amount."""

    fails = ("a_task_says_by_when", "a_charge_is_a_draft_and_once")

    def add_task(self, **task: Any) -> Outcome:
        return self.inner.add_task(**{**task, "due_on": date(2030, 1, 1)})

    def draft_charge(self, **charge: Any) -> Outcome:
        return self.inner.draft_charge(**{**charge, "amount": Decimal(41)})


class CallsItUndone(Honest):
    """A lost answer means that it may be tried again."""

    fails = ("a_lost_charge_is_looked_up", "a_lost_mail_is_uncertain")

    def email_item(self, **mail: Any) -> Outcome:
        self.inner.email_item(**mail)
        return Retry(after=timedelta(minutes=1), reason="no answer")

    def draft_charge(self, **charge: Any) -> Outcome:
        self.inner.draft_charge(**charge)
        return Retry(after=timedelta(minutes=1), reason="no answer")


class LinksInTheOpen(Honest):
    """A page to pay on without encryption."""

    fails = ("a_pay_link_is_safe",)

    def pay_link(self, item_id: str) -> str:
        return self.inner.pay_link(item_id).replace("https:", "http:")


# --- secrecy


class Gossips(Honest):
    """Errors, quarantine, outcomes and its own print say all they know."""

    fails = (
        "errors_keep_secrets",
        "quarantine_keeps_secrets",
        "outcomes_keep_secrets",
        "printing_keeps_secrets",
    )

    def __repr__(self) -> str:
        return f"Gossips({XERO.secrets[0]})"

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Event]:
        try:
            yield from super().pull(cursors)
        except SyncerError as error:
            raise ContractError(f"{error} from {list(self.world.tokens)}") from error

    def page(self, page: Page) -> Page:
        told = (replace(one, problem=f"{one.problem} {CANARY}") for one in page.quarantined)
        return replace(page, quarantined=tuple(told))

    def add_note(self, **note: Any) -> Outcome:
        self.inner.add_note(**note)
        return Delivered(detail=f"wrote {note['text']}")


def sins() -> tuple[type[Honest], ...]:
    """Every hostile connector."""
    return tuple(Honest.__subclasses__())


def case_of(
    kind: type[Honest],
    *,
    spec: ConnectorSpec = HOSTILE_SPEC,
    waived: Mapping[str, str] | None = None,
) -> ConnectorCase:
    """A case for a hostile connector, mounted as the real one is."""

    def mount(world: World, folder: Path) -> Mounted:
        honest = XERO.mount(world, folder)
        return with_changes(honest, source=kind(honest.source, world))

    return ConnectorCase(spec=spec, mount=mount, waived=waived or {}, secrets=XERO.secrets)


def _invoices(items: tuple[OpenItem, ...]) -> tuple[OpenItem, ...]:
    return tuple(item for item in items if item.kind is ItemKind.INVOICE)
