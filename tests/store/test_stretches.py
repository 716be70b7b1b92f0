"""A ledger read stretch by stretch is the ledger read at once."""

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from syncer.model.ledger import Account
from syncer.store.engine import open_engine, parse_url, reading
from syncer.store.opening import open_store
from syncer.store.snapshots import SnapshotReader
from syncer.testing.store_cases import LEDGER, item, lease, sweep, sweep_accounts

IDS = [f"A{n}" for n in range(8)]
MERGES = st.dictionaries(st.sampled_from(IDS), st.sampled_from(IDS), max_size=4)
OWNERS = st.lists(st.sampled_from(IDS), max_size=20)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One database for many examples; each sweep replaces the one before."""
    path: Path = tmp_path_factory.mktemp("stretches") / "state.sqlite"
    return f"sqlite:///{path}"


def by_stretches(reader, accounts):
    """Everything, so many accounts at a time."""
    found, after = [], ""
    while after is not None:
        stretch = reader.stretch(after, accounts)
        found += reader.all(stretch)
        after = stretch.upto
    return found


@settings(max_examples=60, deadline=None)
@given(owners=OWNERS, merges=MERGES, accounts=st.integers(1, 4))
def test_stretches_add_up_to_the_whole(url, owners, merges, accounts):
    """No account is left out or read twice, wherever the stretches end and whoever merged."""
    store = open_store(url)
    session = lease(store)
    sweep_accounts(
        session,
        *(Account(account_id=one, name=one, merged_into=merges.get(one, "")) for one in IDS),
    )
    sweep(session, *(item(str(number), owner) for number, owner in enumerate(owners)))
    session.release()
    store.close()
    engine = open_engine(parse_url(url))
    with reading(engine) as connection:
        reader = SnapshotReader(connection, 1, LEDGER, "UTC")
        whole = list(reader.all())
        assert by_stretches(reader, accounts) == whole
        assert sorted(i.item_id for one in whole for i in one.items) == sorted(
            str(number) for number in range(len(owners))
        )
        assert [one.account.account_id for one in whole] == sorted(
            {one.account.account_id for one in whole}
        )
    engine.dispose()
