"""The guard's read: everything open on single accounts, now, in six calls for any number.

The parties first, all their open lines in one call last: a payment is seen with the invoice it
was put on, or not at all. An account that was merged has nothing open any more and says where
it went; the one it was merged into is read as well.
"""

from collections.abc import Sequence

from connectors.tryton.lists import PageRead
from connectors.tryton.reader import Reader
from syncer.model.ledger import Account, AccountFacts, Quarantined
from syncer.ports import Clock

_MERGES_MAX = 5  # a chain of merged parties longer than this is a loop


class Guard:
    """Fresh reads of accounts."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    def read(self, account_ids: Sequence[str]) -> dict[str, AccountFacts]:
        """Facts by account id; absent when Tryton does not know it."""
        accounts, unread = self._accounts([int(one) for one in account_ids if one.isdecimal()])
        read_at = self._clock()
        look = self._reader.company().look(sorted(accounts))
        bad = [*look.bad, *unread]
        return {
            account.account_id: AccountFacts(
                account=account,
                items=tuple(i for i in look.items if i.account_id == account.account_id),
                read_at=read_at,
                quarantined=tuple(b for b in bad if b.account_id in ("", account.account_id)),
            )
            for account in accounts.values()
        }

    def _accounts(self, wanted: list[int]) -> tuple[dict[int, Account], list[Quarantined]]:
        """The parties asked for and those they were merged into."""
        accounts: dict[int, Account] = {}
        unread: list[Quarantined] = []
        for _ in range(_MERGES_MAX):
            if not wanted:
                break
            for page in self._reader.company().accounts(wanted):
                _take(page, accounts)
                unread += page.bad
            into = {int(one.merged_into) for one in accounts.values() if one.merged_into}
            wanted = sorted(into - accounts.keys())
        return accounts, unread


def _take(page: PageRead[Account], accounts: dict[int, Account]) -> None:
    """The parties that could be read; a blank stands for one that could not."""
    for account in page.rows:
        accounts[int(account.account_id)] = account
    for bad in page.bad:
        accounts[int(bad.record_id)] = Account(account_id=bad.record_id, name="")
