"""Approvals from the command line: read what waits, say yes or no, and be told what stands."""

from .test_verbs import live as live

STEP = """
    default_ladder: always
    ladders:
      always: {steps: [{name: formal, tone: formal, after_due: 7d, approval: true}]}
"""
NORTH = ("--ledger", "north")


def test_who_approves_can_read_the_message_and_say_no(live) -> None:
    """The message is shown as it would be sent; after a no it is said that a person refused."""
    text = live.config.read_text("utf-8")
    live.config.write_text(text.rstrip("\n") + STEP, encoding="utf-8")
    assert live("run", *NORTH).code == 0
    found = {one["account_id"]: one["key"] for one in live("outbox", "list", "--json").data}
    shown = live("outbox", "show", found["A1"], "--text").out
    assert "As it would be sent now" in shown
    assert "To: pay@harbour.co.uk" in shown
    assert "120.00" in shown
    assert "GBP; it waits for approval (" in live("explain", "A1", *NORTH).out
    no = live("outbox", "discard", found["A1"], "--note", "he called", "--yes", "--json")
    assert (no.code, no.data["state"]) == (0, "cancelled")
    assert no.data["detail"].endswith(": he called")
    told = live("explain", "INV-1", *NORTH).out
    assert told.count("but not sent: a person said no to it") == 2
    [item] = [
        one
        for ledger in live("why-not", *NORTH, "--json").data["ledgers"]
        for one in ledger["items"]
        if one["number"] == "INV-1"
    ]
    assert "a person said no" in item["sentence"]
    assert live("run", *NORTH).code == 0
    assert "A1" not in {one["account_id"] for one in live("outbox", "list", "--json").data}
