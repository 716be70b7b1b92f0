"""Promises, instalments, disputes and answers at the command line, and what runs say of them."""

from decimal import Decimal

import pytest

from .conftest import Office, here

FAR = ("--until", "2999-12-31", "--reason", "said on the phone")


def test_a_plan_is_offered_kept_and_listed(desk) -> None:
    """The schedule comes to the debt to the cent, in words, and is kept as it was offered."""
    first = "2026-11-30"
    how = ("INV-1", "--count", "7", "--every", "week", "--first", first)
    offered = desk("instalments", "offer", *how, "--language", "de", "--json")
    assert offered.code == 0, offered.err
    parts = offered.data["instalments"]
    assert sum(Decimal(part["amount"]) for part in parts) == Decimal("120.00")
    assert (parts[0]["due_on"], parts[0]["amount"], parts[-1]["amount"]) == (
        first,
        "17.15",
        "17.14",
    )
    assert "Raten vereinbaren" in offered.data["text"]
    assert "17,14" in offered.data["text"]
    assert "Harbour Roofing" in _planned(desk)  # an offer binds nobody
    [waits] = desk("instalments", "list", "--json").data
    assert (waits["stands"]["state"], waits["hold"]["hold_id"]) == (
        "offered",
        offered.data["offer"]["hold_id"],
    )
    assert desk("hold", "list", "--json").data == []
    assert " offer " in desk("instalments", "list").out
    kept = desk("instalments", "accept", *how, "--said-by", "Ms Keeler", "--json").data["hold"]
    assert kept["terms"]["instalments"] == parts
    assert kept["terms"]["covers"][0]["open"] == "120.00"
    [entry] = desk("instalments", "list", "--json").data
    assert (entry["customer"], entry["stands"]["state"], entry["stands"]["next_on"]) == (
        "Harbour Roofing",
        "open",
        first,
    )
    table = desk("instalments", "list").out
    assert "1 of 7" in table
    assert table.count("17.14 GBP") == 5
    assert table.count("to come") == 7
    assert desk("instalments", "end", kept["hold_id"]).code == 0
    assert desk("instalments", "list").out.startswith("No payment plan")


def test_an_offer_is_accepted_as_it_was_made(desk) -> None:
    """Without a schedule of its own accept takes the offer's; a draft is kept nowhere."""
    how = ("INV-1", "--count", "2", "--first", "2026-12-05")
    drafted = desk("instalments", "offer", *how, "--draft", "--json").data
    assert "offer" not in drafted
    assert desk("instalments", "list", "--all", "--json").data == []
    assert drafted["instalments"][0]["due_on"] == "2026-12-07"  # the 5th is a Saturday
    desk("instalments", "offer", "INV-1", "--count", "6")
    told = desk("instalments", "offer", *how)
    assert "set the expected payment date of the oldest invoice to 2026-12-07" in told.err
    kept = desk("instalments", "accept", "INV-1", "--said-by", "Ms Keeler", "--json").data["hold"]
    assert kept["terms"]["instalments"] == drafted["instalments"]
    assert (kept["amount"], kept["terms"]["said_by"]) == ("120.00", "Ms Keeler")
    [entry] = desk("instalments", "list", "--json").data
    assert entry["hold"]["hold_id"] == kept["hold_id"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--part", "2999-01-01=100.00", "--part", "2999-02-01=10.00"), "110.00 GBP, and what"),
        (("--part", "2999-02-01=60.00", "--part", "2999-01-01=60.00"), "order of their days"),
        (("--part", "tomorrow=120.00"), "write 2026-12-01=120.00"),
        (("--part", "2020-01-01=60.00", "--part", "2999-01-01=60.00"), "is past"),
        (("--count", "1"), "2 to 60 instalments"),
        (("--first", "2020-01-01"), "is past"),
    ],
)
def test_a_plan_that_is_none_is_refused(desk, words, says) -> None:
    """Another sum, the wrong order or a day that is past keeps nothing."""
    done = desk("instalments", "accept", "INV-1", *words)
    assert (done.code, says in done.err) == (2, True), done.err
    assert desk("instalments", "list", "--all", "--json").data == []


def test_a_promise_is_listed_with_how_it_stands(desk) -> None:
    """Who said it, what was open then, and the state that follows from payments alone."""
    added = desk("promise", "add", "INV-1", *FAR, "--said-by", "Ms Keeler", "--json").data["hold"]
    assert (added["terms"]["said_by"], added["terms"]["covers"][0]["open"]) == (
        "Ms Keeler",
        "120.00",
    )
    [entry] = desk("promise", "list", "--json").data
    assert (entry["stands"]["state"], entry["stands"]["paid"]) == ("open", "0")
    assert " open " in desk("promise", "list").out
    assert desk("promise", "end", added["hold_id"]).code == 0
    [entry] = desk("promise", "list", "--all", "--json").data
    assert entry["stands"]["state"] == "ended"


def test_a_dispute_says_what_it_is_about_and_who_sees_to_it(desk) -> None:
    """The code is one of a list, so that disputes can be counted by what they are about."""
    done = desk("dispute", "add", "INV-4", *FAR, "--code", "goods", "--owner", "Anna", "--json")
    assert done.data["hold"]["terms"] == {"cause": "goods", "owner": "Anna"}
    assert desk("dispute", "add", "INV-4", *FAR, "--code", "weather").code == 2
    [entry] = desk("dispute", "list", "--json").data
    assert entry["stands"]["state"] == "open"


@pytest.mark.parametrize(
    ("code", "route", "kind", "asked"),
    [
        ("paid_claim", "hold", "manual", False),
        ("disputed", "dispute", "dispute", False),
        ("cannot_pay", "task", "manual", False),
        ("not_received", "attach", "manual", True),
        ("overlooked", "note", "manual", True),
    ],
)
def test_an_answer_is_kept_and_routed(desk, code, route, kind, asked) -> None:
    """A claim to have paid pauses the customer, others their invoice, some nothing at all."""
    done = desk("reason", "set", "INV-1", code, "--note", "on the phone", "--json")
    assert done.code == 0, done.err
    hold = done.data["hold"]
    assert (done.data["route"], hold["kind"], "on the phone" in hold["reason"]) == (
        route,
        kind,
        True,
    )
    assert ("Harbour Roofing" in _planned(desk)) is asked
    [entry] = desk("reason", "list", "--all", "--json").data
    assert entry["hold"]["hold_id"] == hold["hold_id"]
    assert desk("reason", "end", hold["hold_id"]).code == 0
    assert "Harbour Roofing" in _planned(desk)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("reason", "set", "INV-1", "paid"),
            "'paid' is not known here; did you mean 'paid_claim'?",
        ),
        (("reason", "set", "INV-1", "payd"), "did you mean 'paid_claim'?"),
        (("reason", "set", "INV-1", "canot_pay"), "did you mean 'cannot_pay'?"),
        (("reason", "set", "INV-1", "contact"), "did you mean 'wrong_contact'?"),
        (("handover", "add", "INV-1", "--reason", "x", "--to", "agenc"), "did you mean 'agency'?"),
        (("dispute", "add", "INV-1", *FAR, "--code", "weather"), "write one of: goods, price"),
        (("plan", "--log-level", "inf"), "did you mean 'info'?"),
    ],
)
def test_a_word_that_is_none_of_the_choices_is_told_plainly(words, says) -> None:
    """What is near, or all there is; never a library's own words."""
    done = here(*words)
    assert (done.code, says in done.err) == (2, True), done.err
    assert "Value error" not in done.err


def _planned(desk: Office) -> str:
    """The plan as it is told."""
    return desk("plan").out


def test_a_run_tells_of_claims_that_nobody_checked(desk) -> None:
    """They are named by their id, and by nothing of the customer's, until somebody has."""
    added = desk("reason", "set", "INV-1", "paid_claim", "--json").data["hold"]
    told = desk("run")
    assert "1 claim to have paid that nobody checked" in told.out + told.err
    assert added["hold_id"] in told.out + told.err
