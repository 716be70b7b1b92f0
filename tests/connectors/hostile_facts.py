"""Connectors that misread a healthy ledger, one sin each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from msgspec.structs import replace

from syncer.errors import ContractError
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
from syncer.testing.connector_case import Pulled

from .hostile import Event, Honest


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

    fails = (
        *("what_was_sent", "when_it_was_mailed", "promised_days"),
        *("settled_history", "how_fresh_the_books_are"),
    )

    def item(self, item: OpenItem) -> OpenItem:
        return replace(item, sent=True, sent_on=None, expected_on=None)

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


SINS: tuple[type[Honest], ...] = (
    LosesTheLast,
    SaysItTwice,
    ReadsTheFirstPage,
    AsksGross,
    CountsYenInCents,
    TakesDaysThroughUtc,
    SpeaksAsciiOnly,
    MixesAccounts,
    HasNoZone,
    KnowsNoEmptyLedger,
    HidesCredit,
    ForgetsAboutAccounts,
    ForgetsAboutItems,
    ReadsAllAlways,
    StartsTheDeltaTooLate,
    TurnsRatesRound,
)


def _invoices(items: tuple[OpenItem, ...]) -> tuple[OpenItem, ...]:
    return tuple(item for item in items if item.kind is ItemKind.INVOICE)
