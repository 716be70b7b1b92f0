"""Who pays for whom: customers that are parts of others, and are billed with them.

A part (``Job``) has a ``ParentRef``; with ``BillWithParent`` the parent pays. Documents keep
naming the part, so the payer is found by climbing as long as that mark is set, at most four
levels (customer entity, schema set of July 2026).
"""

from collections.abc import Iterable, Mapping

from connectors.quickbooks import wire

LEVELS_MAX = 10  # more than QuickBooks allows: beyond it the parents run in a circle


class Family:
    """The parents of the customers that do not pay themselves."""

    def __init__(
        self, parents: Mapping[str, str] | None = None, sites: Mapping[str, str] | None = None
    ) -> None:
        self.parents = dict(parents or {})  # customer id -> who is billed for it, one step up
        self.sites = dict(sites or {})  # what those customers are called

    def note(self, row: wire.Customer) -> bool:
        """Take over what a customer's record says; whether that is news."""
        parent = row.parent.value if row.parent and row.billed_with_parent else ""
        self._call(row, part=bool(parent))
        if self.parents.get(row.id, "") == parent:
            return False
        if parent:
            self.parents[row.id] = parent
        else:
            del self.parents[row.id]
        return True

    def _call(self, row: wire.Customer, *, part: bool) -> None:
        """Keep a part's name. Another name is no news: nothing is paid by anybody else for it."""
        name = row.name or row.company or ""
        if part and name:
            self.sites[row.id] = name
        else:
            self.sites.pop(row.id, None)

    def site(self, customer_id: str) -> str:
        """The name of a part that somebody else pays for; "" for everybody else."""
        return self.sites.get(customer_id, "")

    def payer(self, customer_id: str) -> str:
        """The account that pays for a customer; mostly itself."""
        if customer_id not in self.parents:
            return customer_id
        payer = customer_id
        for _ in range(LEVELS_MAX):
            above = self.parents.get(payer)
            if above is None:
                return payer
            payer = above
        return customer_id

    def members(self, account_ids: Iterable[str]) -> dict[str, str]:
        """Customer ids whose documents these accounts pay, each with its account."""
        wanted = set(account_ids)
        found = {account_id: account_id for account_id in wanted if self._pays(account_id)}
        for customer_id in self.parents:
            payer = self.payer(customer_id)
            if payer in wanted:
                found[customer_id] = payer
        return found

    def _pays(self, account_id: str) -> bool:
        return self.payer(account_id) == account_id
