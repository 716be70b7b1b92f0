"""Connectors that bear trouble, or the guard's question, badly, one sin each."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from connectors.xero import XeroSource
from syncer.errors import RateLimited, SyncerError
from syncer.http.limits import Dialect
from syncer.model.ledger import (
    Account,
    AccountFacts,
    OpenItem,
    Page,
    Stream,
    StreamEnd,
)
from syncer.sandbox.world import World

from .hostile import Event, Honest

NEVER = datetime(2020, 1, 1, tzinfo=UTC)

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


SINS: tuple[type[Honest], ...] = (
    SwallowsErrors,
    DropsBadRecords,
    Mumbles,
    SkipsAtTheSeam,
    IsImpatient,
    GivesUpAtOnce,
    ComesBackTooEarly,
    NeverRenews,
    AsksPerRecord,
    Sleeps,
    ReadsFromMemory,
)
