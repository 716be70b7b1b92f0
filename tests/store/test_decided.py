"""What was decided on the same facts is found in the journal and need not be decided again."""

from msgspec.structs import replace

from syncer.store import open_store
from syncer.testing.store_cases import contact, lease, plan


def test_decisions_come_back_only_under_their_digest(url: str) -> None:
    """The latest decisions come back whole; when one currency saw other facts, none does."""
    store = open_store(url)
    session = lease(store)
    pounds = contact("K1", digest="d1")
    euros = replace(contact("K2", digest="d1"), decision=_in_euros(contact("K2", digest="d1")))
    plan(session, pounds, euros, contact("K3", "B", digest="d1"))
    wanted = (euros.decision, pounds.decision)
    assert session.decided({"A": "d1", "B": "d2", "C": "d1"}) == {"A": wanted}
    assert session.decided({"B": "d1"}) == {"B": (contact("K3", "B", digest="d1").decision,)}
    plan(session, contact("K1", digest="d2"))
    assert session.decided({"A": "d1"}) == {}
    assert session.decided({"A": "d2"}) == {}
    store.close()


def _in_euros(planned):
    return replace(planned.decision, currency="EUR")
