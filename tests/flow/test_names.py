"""A name typed from memory finds the one customer it means, or nobody."""

import tracemalloc

import pytest

from syncer.cli.effects_shown import COLUMNS, by_id, in_order, names_of, row, short_id
from syncer.errors import ConfigError
from syncer.flow.holds import find_target
from syncer.flow.names import did_you_mean, meant, spelt
from syncer.flow.worker import RunOptions
from syncer.ports import OutboxFilter, Selection


@pytest.fixture
def book(bench):
    """Three customers, two of them alike, read once."""
    for number, name in (("A1", "Harbour Roofing"), ("A2", "ACME"), ("A3", "Acme  Ltd")):
        bench.customer(number, name=name)
        bench.owes(f"I{number}", number, late=-30, number=f"INV-{number}")
    bench.run()
    return bench


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Harbour Roofing", ("A1", "")),
        (" harbour\u00a0 ROOFING ", ("A1", "")),
        ("a1", ("A1", "")),
        ("inv-a1", ("A1", "IA1")),
        ("acme", ("A2", "")),
        ("acme ltd", ("A3", "")),
    ],
)
def test_case_and_blanks_do_not_matter(book, typed, found):
    """Customers, ids and invoice numbers are found however they are typed."""
    assert find_target(book.store, "acme", typed) == found


def test_the_exact_spelling_goes_first(book):
    """Where one customer is named exactly so, another that is alike is not meant."""
    book.customer("A4", name="acme")
    book.owes("IA4", "A4", late=-30)
    book.run()
    assert find_target(book.store, "acme", "acme") == ("A4", "")
    with pytest.raises(ConfigError, match=r"may be several in ledger 'acme': ACME \(A2\), acme"):
        meant(book.store, "acme", "Acme")
    with pytest.raises(ConfigError, match="may be several"):
        spelt(book.store, ("acme",), ("aCme",))


def test_two_of_one_name_are_asked_back(book):
    """Nothing is done for a name that two customers bear; their ids are shown."""
    book.customer("A5", name="ACME")
    book.owes("IA5", "A5", late=-30)
    book.run()
    for act in (
        lambda: find_target(book.store, "acme", "acme"),
        lambda: spelt(book.store, ("acme",), ("ACME",)),
    ):
        with pytest.raises(ConfigError, match=r"ACME \(A2\), ACME \(A5\)"):
            act()


def test_merged_and_gone_customers_are_no_second_choice(book):
    """A name means the customer that goes on, however it is typed; one that is gone comes last."""
    book.customer("A5", name="ACME", merged_into="A2")
    book.customer("A6", name="Acme", merged_into="A5")
    book.customer("A7", name="acme")
    book.run()
    del book.book.accounts["A7"]
    book.run()
    for typed, found in (("ACME", "A2"), ("aCme", "A2"), ("A6", "A6"), ("acme", "A7")):
        assert find_target(book.store, "acme", typed) == (found, "")
    assert spelt(book.store, ("acme",), ("ACME", "acmE")) == ("ACME",)


def test_what_is_not_there_is_answered_with_what_is(book):
    """A likeness is offered, never acted on; a blank finds nobody."""
    assert did_you_mean(book.store, ("acme",), "roofing") == "; did you mean 'Harbour Roofing'?"
    assert did_you_mean(book.store, ("acme",), "Harber Rofing") == (
        "; did you mean 'Harbour Roofing'?"
    )
    assert did_you_mean(book.store, ("acme",), "Zanzibar") == ""
    with pytest.raises(ConfigError, match=r"'Harbour'; did you mean 'Harbour Roofing'\?"):
        find_target(book.store, "acme", "Harbour")
    with pytest.raises(ConfigError, match="use the customer's id or name"):
        find_target(book.store, "acme", "  ")
    assert spelt(book.store, ("acme",), ("newcomer",)) == ("newcomer",)


def test_what_was_sent_is_listed_with_the_customers_name(book):
    """A table of effects names the customer; one whose name is not known shows its id."""
    book.owes("late", "A1", late=30)
    book.run()
    effects = book.store.effects(OutboxFilter())
    names = names_of(book.store, effects)
    listed = [dict(zip(COLUMNS, row(one, names), strict=True)) for one in effects]
    assert {one["customer"] for one in listed} == {"Harbour Roofing"}
    assert dict(zip(COLUMNS, row(effects[0], {}), strict=True))["customer"] == "A1"


def test_messages_come_first_and_every_id_shown_can_be_typed(book):
    """Messages before notes; a short id finds each; what fits nothing says where ids are."""
    book.owes("late", "A1", late=30)
    book.owes("later", "A3", late=30)
    book.run()
    effects = book.store.effects(OutboxFilter())
    shown = in_order(effects, names_of(book.store, effects))
    assert [one.kind.value for one in shown] == ["reminder", "reminder", "note", "note"]
    assert [one.account_id for one in shown] == ["A3", "A1"] * 2  # Acme, then Harbour Roofing
    for one in shown:
        shortened = short_id(one.key)
        assert len(shortened) < len(one.key) / 2 + 5
        for typed in (one.key, shortened, shortened.removeprefix("rs-"), f" {shortened.upper()} "):
            assert by_id(book.store, typed).key == one.key
    for typed in ("", "rs", "rs-", "rs-12", "rs-%", "rs-00000000", "note"):
        with pytest.raises(ConfigError, match="outbox list"):
            by_id(book.store, typed)


def test_a_run_for_some_says_so(book):
    """A selection is told as one, so that nobody compares it with the whole ledger."""
    chosen = RunOptions(command="plan", selection=Selection(accounts=("ACME",)))
    result = book.ledger(chosen)
    assert (result.narrowed, result.accounts_considered) == (True, 1)
    assert not book.ledger(RunOptions(command="plan")).narrowed


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        (Selection(accounts=("Nobody",)), 2),
        (Selection(items=("INV-99",)), 2),
        (Selection(accounts=("ACME", "Nobody")), 2),
        (Selection(accounts=("ACME",)), 0),
    ],
)
def test_a_selection_of_nobody_is_no_success(book, command, chosen, code):
    """A name that fits nobody ends with the code of a wrong command line, run or plan."""
    options = RunOptions(command=command, selection=chosen)
    assert book.run(options).exit_code == code


def test_names_are_given_by_id(book):
    """Known accounts have names, unknown ones are left out."""
    assert book.store.account_names("acme", ["A1", "A2", "nobody"]) == {
        "A1": "Harbour Roofing",
        "A2": "ACME",
    }
    assert book.store.account_names("elsewhere", ["A1"]) == {}
    assert list(book.store.spellings("elsewhere")) == []


class Vast:
    """A store with very many invoices, of one customer each; told as they are asked for."""

    open = 0

    def find_account(self, _, *texts):
        """Nothing is spelt exactly so, unless it was found by its likeness."""
        return [(text.lower(), text) for text in texts if text.startswith("INV-")]

    def spellings(self, _):
        """100,000 numbers; counts the readers that were not ended."""
        self.open += 1
        try:
            yield from ((f"INV-{number:012}", f"inv-{number:012}") for number in range(100_000))
        finally:
            self.open -= 1


def test_looking_a_name_up_takes_no_memory_for_the_others():
    """However much a ledger holds: what does not fit is not kept, and no reader stays open."""
    store = Vast()
    tracemalloc.start()
    try:
        assert meant(store, "vast", "Inv-000000099999") == "INV-000000099999"
        assert meant(store, "vast", "nobody") == ""
        assert did_you_mean(store, ("vast",), "0000000123").startswith("; did you mean 'INV-")
        assert did_you_mean(store, ("vast",), "INW-000000000001") == ""
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000
    assert store.open == 0


def test_spellings_are_read_a_few_at_a_time(bench):
    """Thousands of customers and their invoices pass by without being held at once."""
    for number in range(5_000):
        bench.customer(f"C{number:05}", name=f"Customer {number:05}")
        bench.owes(f"I{number:05}", f"C{number:05}", late=-30)
    bench.run()
    tracemalloc.start()
    try:
        count = sum(1 for _ in bench.store.spellings("acme"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count >= 20_000
    assert peak < 1_500_000


def test_nobody_by_that_name_is_no_error_of_a_selection(book):
    """What a ledger does not know stays as it was typed, also where documents have no number."""
    for number in ("A1", "A2"):
        book.owes(f"N{number}", number, late=-30, number="")
    book.run()
    assert spelt(book.store, ("acme",), ("Nobody", "acme")) == ("Nobody", "ACME")
