"""``check`` speaks once of reminders that the ledger sends itself, in the ledger's own words."""

import pytest
from msgspec.structs import replace

from syncer.cli.doctor import Verdict, reminders
from syncer.model.ledger import Organisation
from syncer.ports import Health

OWNER = Organisation(name="North", time_zone="UTC", currency="USD")


@pytest.mark.parametrize(
    ("own", "verdict"),
    [(True, Verdict.WARNING), (None, Verdict.WARNING), (False, Verdict.OK)],
)
def test_the_ledgers_words_stand_in_for_ours(own: bool | None, verdict: Verdict) -> None:
    """Where the connector knows the screen to look at, it says so; else a general sentence."""
    owner = replace(OWNER, own_reminders=own)
    told = reminders("north", Health(organisation=owner, reminders="look under Sales, Reminders"))
    plain = reminders("north", Health(organisation=owner))
    assert (told.verdict, plain.verdict) == (verdict, verdict)
    assert "reminders" in plain.detail
    assert (told.detail == "look under Sales, Reminders") == (own is not False)
