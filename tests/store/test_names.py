"""What accounts are called, on both engines: many spellings, and several accounts of one name."""

from datetime import timedelta

from syncer.model.ledger import Account
from syncer.store import open_store
from syncer.testing.store_cases import NOW, item, sweep, sweep_accounts


def test_many_spellings_come_in_order_and_a_reader_may_stop(url):
    """Names and ids of more customers than one batch, then numbers and ids of open invoices."""
    store = open_store(url)
    session = store.take_lease("north", owner="r", now=NOW, until=NOW + timedelta(minutes=15))
    ids = [f"N{number:05}" for number in range(2_500)]
    sweep_accounts(session, *(Account(account_id=one, name=f"Customer {one}") for one in ids))
    sweep(session, item("I1", "N00000"))
    told = list(store.spellings("north"))
    assert told[:2] == [("Customer N00000", "N00000"), ("N00000", "N00000")]
    assert {account_id for _, account_id in told} == set(ids)
    assert told[-1] == ("I1", "N00000")
    stopped = store.spellings("north")
    assert next(stopped) == told[0]
    stopped.close()
    session.release()
    store.close()


def test_several_spellings_are_looked_up_at_once(url):
    """Each of them may be a name, an id or an invoice; merged accounts are one, gone ones last."""
    store = open_store(url)
    session = store.take_lease("north", owner="r", now=NOW, until=NOW + timedelta(minutes=15))
    lost = Account(account_id="N4", name="Acme")
    left = (
        Account(account_id="N1", name="Acme"),
        Account(account_id="N2", name="Acme", merged_into="N1"),
        Account(account_id="N3", name="Zenith"),
    )
    sweep_accounts(session, *left, lost)
    sweep(session, item("I3", "N3"))
    assert store.find_account("north", "Acme") == [("N1", "Acme"), ("N4", "Acme")]
    sweep_accounts(session, *left)
    assert store.find_account("north", "Acme") == [("N1", "Acme")]
    assert store.find_account("north", "N2") == [("N2", "Acme")]
    assert store.find_account("north", "N4") == [("N4", "Acme")]
    assert store.find_account("north", "Acme", "I3") == [("N1", "Acme"), ("N3", "Zenith")]
    assert store.find_account("north") == []
    session.release()
    store.close()
