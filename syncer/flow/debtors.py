"""Tells the store which accounts are debtors of other ledgers too, before anybody decides."""

from collections.abc import Iterable, Iterator

from syncer.errors import ConfigError
from syncer.flow.names import did_you_mean
from syncer.flow.worker import LedgerSetup
from syncer.ports import LedgerSession, Store


def sync_known(store: Store, setups: Iterable[LedgerSetup]) -> None:
    """Apply the rules of all ledgers to the accounts that were read before.

    So that a ledger that is not read today, or cannot be, is counted by the others all the
    same. A name that fits nobody yet, or nobody any more, is left to the ledger's own run to
    complain about: until that has found all of them, who was a debtor's account stays so.
    """
    for setup in setups:
        named: dict[str, str] = {}
        for text, debtor in setup.debtors.named:
            found = _accounts(store, setup.name, text)
            if len(found) == 1:
                named[found[0]] = debtor
        store.sync_debtors(
            setup.name,
            named,
            by_tax_number=setup.debtors.by_tax_number,
            by_address=setup.debtors.by_address,
            unsure={debtor for _, debtor in setup.debtors.named},
        )


def sync_debtors(store: Store, session: LedgerSession, setup: LedgerSetup, *, adding: bool) -> None:
    """Apply the rules to a ledger that was just read. A name that does not fit stops it.

    A debtor that silently matched nobody would be contacted more often than somebody allowed.
    For the same reason a run that only shows is ``adding``, and takes no account from its debtor.
    Raises ConfigError for a name of no account or of several, and an account of two debtors.
    """
    named: dict[str, str] = {}
    for text, debtor in setup.debtors.named:
        account_id = _only_account(store, setup.name, text, debtor)
        if named.setdefault(account_id, debtor) != debtor:
            raise ConfigError(
                f"debtors.named: customer '{text}' of ledger '{setup.name}' is both "
                f"'{named[account_id]}' and '{debtor}'; keep one"
            )
    session.sync_debtors(
        named,
        by_tax_number=setup.debtors.by_tax_number,
        by_address=setup.debtors.by_address,
        adding=adding,
    )


def misfits(store: Store, setup: LedgerSetup) -> Iterator[str]:
    """What a run would refuse of the debtors' names, one sentence each; changes nothing."""
    for text, debtor in setup.debtors.named:
        try:
            _only_account(store, setup.name, text, debtor)
        except ConfigError as error:
            yield str(error)


def _accounts(store: Store, ledger: str, text: str) -> list[str]:
    """The accounts with this id or exact name; never by an invoice's number."""
    return [found[0] for found in store.find_account(ledger, text) if text in found]


def _only_account(store: Store, ledger: str, text: str, debtor: str) -> str:
    found = _accounts(store, ledger, text)
    if len(found) == 1:
        return found[0]
    where = f"debtors.named.{debtor}: ledger '{ledger}'"
    if found:
        listed = ", ".join(found)
        raise ConfigError(f"{where} has several customers '{text}' ({listed}); use the id")
    hint = did_you_mean(store, (ledger,), text) or "; use its id or its exact name"
    raise ConfigError(f"{where} has no customer '{text}'{hint}")
