"""hold, promise, dispute and exclude at the command line: what they refuse, and what they list."""

import pytest

from .conftest import DAY

UNTIL = ("--until", "2999-12-31", "--reason", "Goods damaged")


@pytest.mark.parametrize("verb", ["dispute", "promise"])
def test_a_part_larger_than_its_invoice_is_refused_with_both_amounts(office, verb) -> None:
    """A slip of the keyboard must not hold more than there is, and keeps nothing."""
    done = office(verb, "add", "INV-1", "--amount", "1200.00", *UNTIL)
    assert done.code == 2
    assert "1,200.00 GBP is more than the 120.00 GBP open on invoice INV-1 of Harbour" in done.err
    assert office(verb, "list", "--json").data == []
    assert office(verb, "add", "INV-1", "--amount", "120.00", *UNTIL).code == 0


def test_a_part_larger_than_a_customers_invoices_is_refused(office) -> None:
    """For a whole customer the open invoices together are the limit."""
    done = office("dispute", "add", "Harbour Roofing", "--amount", "200.01", *UNTIL)
    assert (done.code, "200.01 GBP is more than the 200.00 GBP open on Harbour" in done.err) == (
        2,
        True,
    )
    assert office("dispute", "add", "Harbour Roofing", "--amount", "200.00", *UNTIL).code == 0


@pytest.mark.parametrize(
    ("part", "says"),
    [
        (("--amount", "5.005"), "more than 2 decimals"),
        (("--amount", "5", "--currency", "EUR"), "nothing is open in EUR"),
        (("--amount", "-5"), "more than zero"),
        (("--amount", "1,200"), "like 1250.00"),
    ],
)
def test_a_part_that_cannot_be_is_refused(office, part, says) -> None:
    """No coin is that small, nothing is open in that currency, nothing is less than nothing."""
    done = office("dispute", "add", "INV-1", *part, *UNTIL)
    assert (done.code, says in done.err) == (2, True), done.err


@pytest.mark.parametrize("verb", ["hold", "promise", "dispute", "exclude"])
def test_a_hold_that_has_ended_is_refused(office, verb) -> None:
    """Its last day is past, so it would hold nothing; the message names today."""
    done = office(verb, "add", "INV-1", "--from", "2020-01-01", "--until", "2020-02-01", *UNTIL[2:])
    assert done.code == 2
    assert "--until 2020-02-01 is past (today is " in done.err


def test_a_list_names_customers_and_invoices(office) -> None:
    """Nobody knows a customer by its id in the ledger; programs get the names beside the ids."""
    assert office("dispute", "add", "INV-4", *UNTIL).code == 0
    told = office("dispute", "list")
    assert "Müller & Sons" in told.out
    assert "INV-4" in told.out
    [entry] = office("dispute", "list", "--json").data
    assert (entry["customer"], entry["invoice"]) == ("Müller & Sons", "INV-4")
    assert entry["hold"]["account_id"] == "A3"


def test_a_dry_run_is_refused_where_something_would_be_kept(office) -> None:
    """A flag that promises to write nothing is never passed over in silence."""
    done = office("--dry-run", "hold", "add", "INV-1", *UNTIL)
    assert (done.code, "--dry-run goes with run, plan and apply" in done.err) == (2, True)
    assert office("hold", "list", "--json").data == []


def test_what_stands_in_the_configuration_is_not_ended_here(office) -> None:
    """The next run would bring it back, so nobody is told that contact resumes."""
    held = '    do_not_contact: [{account: "Quayside Studios", reason: "Ours"}]\n'
    office.configure(extra=held)  # of the last ledger, south
    assert office("plan", "--as-of", DAY).code == 0
    [kept] = office("exclude", "list", "--json").data
    done = office("exclude", "end", kept["hold"]["hold_id"])
    assert (done.code, "stands in the configuration" in done.err) == (2, True)
    assert office("exclude", "list", "--json").data == [kept]


def test_what_has_ended_is_not_ended_again(office) -> None:
    """Its last day is a fact by then, and stays as it was."""
    added = office("hold", "add", "INV-1", *UNTIL, "--json").data["hold"]["hold_id"]
    assert office("hold", "end", added).code == 0
    done = office("hold", "end", added)
    assert (done.code, "has ended already" in done.err) == (2, True)
