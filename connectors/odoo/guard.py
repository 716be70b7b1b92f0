"""The guard's read: everything open on single accounts, now, in four calls a batch.

Customers first, then their contacts, what Odoo mailed since it was last asked, and the open
lines last of all, so that what is paid meanwhile is seen. Nothing else is remembered from the
pull.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from connectors.odoo import facts, wire
from connectors.odoo.api import OdooApi
from connectors.odoo.lists import all_rows
from connectors.odoo.questions import batches, of_accounts
from connectors.odoo.reader import Reader
from syncer.errors import ContractError
from syncer.model.ledger import Account, AccountFacts, OpenItem, Quarantined


class Guard:
    """Fresh reads of accounts."""

    def __init__(self, api: OdooApi, reader: Reader, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._reader = reader
        self._clock = clock

    def read(self, account_ids: Sequence[str]) -> dict[str, AccountFacts]:
        """Facts by account id; absent when Odoo does not know it.

        A merged account has nothing open and says where it went; the survivor is in the answer
        under its own id.
        """
        wanted = sorted({int(one) for one in account_ids if one.isdecimal() and one.isascii()})
        accounts, bad = self._accounts(wanted)
        missing = [one for one in wanted if str(one) not in accounts and not _held(one, bad)]
        merged = self._reader.merges.of(missing) if missing else {}
        survivors = sorted({into for into in merged.values() if str(into) not in accounts})
        more, worse = self._accounts(survivors)
        accounts |= more
        bad += worse
        read_at = self._clock()
        known = [int(one) for one in accounts]
        if known:
            self._reader.mailings.catch_up()
        items = self._items(known, bad)
        found = {
            one: _facts(account, items.get(one, []), bad, read_at)
            for one, account in accounts.items()
        }
        for one, into in merged.items():
            gone = facts.merged(one, str(into))
            found[str(one)] = AccountFacts(account=gone, items=(), read_at=read_at)
        return found

    def _accounts(self, ids: Sequence[int]) -> tuple[dict[str, Account], list[Quarantined]]:
        accounts: dict[str, Account] = {}
        bad: list[Quarantined] = []
        for batch in batches(ids):
            listing = self._reader.customers([["id", "in", list(batch)]])
            rows, unreadable = all_rows(self._api, listing)
            found, unread = self._reader.as_accounts(rows)
            accounts |= {one.account_id: one for one in found}
            accounts |= {
                one.account_id: Account(account_id=one.account_id, name="") for one in unreadable
            }
            bad += (*unreadable, *unread)
        return accounts, bad

    def _items(self, ids: Sequence[int], bad: list[Quarantined]) -> dict[str, list[OpenItem]]:
        items: dict[str, list[OpenItem]] = {}
        for batch in batches(ids):
            listing = self._reader.lines(of_accounts(batch))
            rows, unreadable = all_rows(self._api, listing)
            _check_owners(rows, batch)
            found, unusable = self._reader.as_items(rows)
            bad += (*unreadable, *unusable)
            for item in found:
                items.setdefault(item.account_id, []).append(item)
        return items


def _check_owners(rows: Sequence[wire.Line], ids: Sequence[int]) -> None:
    known = {str(one) for one in ids}
    if any(facts.owner_id(row.partner_id) not in known for row in rows):
        raise ContractError("lines of other partners came back: the filter is ignored")


def _held(account_id: int, bad: Sequence[Quarantined]) -> bool:
    return any(one.account_id == str(account_id) for one in bad)


def _facts(
    account: Account, items: Sequence[OpenItem], bad: Sequence[Quarantined], read_at: datetime
) -> AccountFacts:
    about = (one for one in bad if one.account_id in ("", account.account_id))
    return AccountFacts(
        account=account,
        items=tuple(items),
        read_at=read_at,
        quarantined=tuple({one.record_id: one for one in about}.values()),
    )
