"""One debtor in several ledgers: who it is, and limits that hold over all of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from syncer.model.decision import Action, Code, Decision, Elsewhere
from syncer.model.ledger import Account, Person
from syncer.policy.debtor import DebtorRules, mailboxes_of, matched_key, named_key
from syncer.policy.decide import decide
from syncer.policy.explain import explain, sentence
from syncer.policy.rules import Cap, Policy, Restraint

from .make import (
    FINAL,
    FIRM,
    FRIENDLY,
    HEADS_UP,
    TODAY,
    contact,
    context,
    days,
    invoice,
    one,
    policy,
    said,
    snapshot,
)
from .test_year import World, _made

EVERY_DAY = tuple(range(7))
HORIZON = 150


def other(ago: int, ledger: str = "south", key: str = "") -> Elsewhere:
    """A contact that another ledger made so many days ago."""
    return Elsewhere(ledger=ledger, key=key or f"{ledger}-{ago}", on=TODAY - days(ago))


def gap(size: int, *caps: Cap) -> Policy:
    """A policy with these limits and no closed day."""
    return policy(restraint=Restraint(min_gap=size, caps=caps, weekdays=EVERY_DAY))


@pytest.mark.parametrize(("ago", "code"), [(0, "min_gap_elsewhere"), (4, "min_gap_elsewhere")])
def test_another_ledger_s_contact_holds_back(ago: int, code: str) -> None:
    """The minimum gap counts it, the reason names the ledger, and the wait ends by itself."""
    decision = one(invoice(), rules=gap(5), elsewhere=(other(ago),))
    assert said(decision) == ("hold", code)
    assert decision.next_look_on == TODAY + days(5 - ago)
    assert sentence(decision.reasons[0]) == (
        f"Ledger south contacted the same debtor on {TODAY - days(ago)}; with a minimum gap of 5 "
        f"days the next contact may be on {TODAY + days(5 - ago)}."
    )


def test_after_the_gap_it_no_longer_holds() -> None:
    """On the fifth day the account is contacted as if it were alone."""
    decision = one(invoice(), rules=gap(5), elsewhere=(other(5),))
    assert decision.action is Action.CONTACT


def test_one_contact_a_day_over_all_ledgers() -> None:
    """Without any gap two ledgers still do not write on the same day."""
    assert said(one(invoice(), rules=gap(0), elsewhere=(other(0),)))[1] == "min_gap_elsewhere"


def test_the_cap_counts_all_ledgers() -> None:
    """Two of three contacts were the other ledgers': the cap is reached, and both are named."""
    cap = Cap(contacts=3, days=30)
    made = (contact("x", 20, "I9"),)
    elsewhere = (other(10), other(7, "east"), other(90, "west"))
    decision = one(invoice(), rules=gap(1, cap), contacts=made, elsewhere=elsewhere)
    assert said(decision) == ("hold", "cap_elsewhere")
    assert decision.reasons[0].args == ("3", "30", (TODAY + days(10)).isoformat(), "east, south")
    assert decision.next_look_on == TODAY + days(10)


def test_the_own_contact_is_named_where_it_holds_as_long() -> None:
    """What the account's own ledger did explains itself; other ledgers add nothing to it."""
    decision = one(
        invoice(),
        rules=gap(5, Cap(contacts=1, days=9)),
        contacts=(contact("x", 2, "I9"),),
        elsewhere=(other(2), other(8)),
    )
    assert [reason.code for reason in decision.reasons[:2]] == [Code.MIN_GAP, Code.CAP]


def test_the_other_ledgers_belong_to_the_digest() -> None:
    """A plan made before another ledger wrote is no longer the plan; their order is nothing."""
    alone = one(invoice(), rules=gap(1))
    beside = one(invoice(), rules=gap(1), elsewhere=(other(40), other(50)))
    turned = one(invoice(), rules=gap(1), elsewhere=(other(50), other(40)))
    assert alone.action is beside.action is Action.CONTACT
    assert alone.digest != beside.digest == turned.digest


def test_the_explanation_says_whose_contacts_were_counted() -> None:
    """Gap and cap show the other ledger beside the day and the number."""
    facts = snapshot(invoice(), elsewhere=(other(2),))
    rules = gap(5, Cap(contacts=4, days=30))
    (decision,) = decide(facts, rules, context())
    found = {finding.rule: finding for finding in explain(decision, facts, rules, context())}
    assert found["minimum gap"].input == (
        f"last contact {TODAY - days(2)}, those of ledger south included"
    )
    assert found["cap"].input == "1 contact known, those of ledger south included"


@dataclass
class Sharing(World):
    """A debtor's account in one ledger, which knows what the others sent."""

    name: str = ""
    others: list["Sharing"] = field(default_factory=list)

    def run(self, today: date) -> Decision | None:
        """One run that counts the others' contacts as well."""
        facts = snapshot(
            *self.items.values(),
            holds=tuple(self.holds),
            contacts=tuple(self.contacts),
            settled=tuple(self.settled),
            elsewhere=tuple(
                Elsewhere(ledger=ledger.name, key=f"{ledger.name}-{made.key}", on=made.on)
                for ledger in self.others
                for made in ledger.contacts
            ),
        )
        at = context(today, last_run_on=self.last_run)
        due = [d for d in decide(facts, self.rules, at) if d.action is Action.CONTACT]
        self.last_run = today
        for decision in due:
            self.contacts.append(_made(decision, today, unsettled=self.random.random() < 0.03))
        return due[0] if due else None


def lived(seed: int, count: int, restraint: Restraint) -> list[Sharing]:
    """So many ledgers after 150 days of chance, most of them worked on every day, in any order."""
    random = Random(seed)
    rules = policy(HEADS_UP, FRIENDLY, FIRM, FINAL, restraint=restraint)
    worlds = [Sharing(Random(random.random()), rules, name=f"l{n}") for n in range(count)]
    for world in worlds:
        world.others = [each for each in worlds if each is not world]
    for day in range(HORIZON):
        today = date(2026, 1, 1) + timedelta(days=day)
        for world in random.sample(worlds, count):
            world.live(today)
            if random.random() < 0.9:
                world.run(today)
    return worlds


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 2**32),
    st.integers(2, 4),
    st.integers(0, 8),
    st.lists(st.tuples(st.integers(1, 5), st.integers(5, 40)), max_size=2),
)
def test_limits_hold_over_all_ledgers_of_a_debtor(
    seed: int, count: int, min_gap: int, caps: list[tuple[int, int]]
) -> None:
    """P5: whatever happens in them, over 150 days no gap is too small and no window too full."""
    limits = tuple(Cap(contacts=most, days=span) for most, span in caps)
    restraint = Restraint(min_gap=min_gap, caps=limits, holidays="GB-SCT")
    worlds = lived(seed, count, restraint)
    made = sorted(contact.on for world in worlds for contact in world.contacts)
    for before, after in pairwise(made):
        assert (after - before).days >= max(1, min_gap)
    for cap in limits:
        for first in made:
            window = [on for on in made if first <= on < first + timedelta(days=cap.days)]
            assert len(window) <= cap.contacts


def test_every_ledger_gets_its_turn() -> None:
    """The limits above are not held by silence: each ledger of the debtor writes, several times."""
    for seed in range(3):
        written = [len(one.contacts) for one in lived(seed, 3, Restraint(min_gap=4))]
        assert min(written) >= 3


def customer(tax_number: str = "GB123456782", email: str = "pay@acme.example") -> Account:
    """A customer as a ledger has it."""
    return Account(
        account_id="A", name="Acme", tax_number=tax_number, people=(Person(email=email),)
    )


@pytest.mark.parametrize(
    ("tax_number", "email"),
    [
        ("gb 123.4567-82", "pay@acme.example"),
        ("GB123456782", "somebody.else@ACME.example."),
    ],
)
def test_spelling_does_not_matter(tax_number: str, email: str) -> None:
    """Upper case, blanks and points are nobody's intent."""
    assert matched_key(customer(tax_number, email)) == matched_key(customer()) != ""


@pytest.mark.parametrize(
    ("tax_number", "email"),
    [
        ("", "pay@acme.example"),
        ("GB123456782", "acme@gmail.com"),
        ("GB123456782", "acme@GoogleMail.com"),
        ("GB123456782", ""),
        ("GB123456782", "pay@localhost"),
        ("XXXXXX6782", "pay@acme.example"),
        ("*****6782", "pay@acme.example"),
        ("000000000", "pay@acme.example"),
        ("n/a", "pay@acme.example"),
        ("1234", "pay@acme.example"),
        ("GB123456782", "pay@" + "a" * 80 + ".example"),
    ],
)
def test_half_a_match_is_none(tax_number: str, email: str) -> None:
    """A missing, public, masked or invented part makes nobody the same debtor."""
    assert matched_key(customer(tax_number, email)) == ""


def test_no_address_and_another_address_do_not_match() -> None:
    """Without an address there is no domain; and only the first address speaks."""
    assert matched_key(replace(customer(), people=())) == ""
    people = (Person(email="a@other.example"), Person(email="pay@acme.example"))
    assert matched_key(replace(customer(), people=people)) != matched_key(customer())


@given(st.text(max_size=20), st.text(max_size=30))
def test_any_text_has_a_key_or_none(tax_number: str, email: str) -> None:
    """Whatever stands in a ledger is matched or not, and never stops a run."""
    key = matched_key(customer(tax_number, email))
    assert key == "" or key.startswith("matched:")
    assert key != named_key(email)


def test_no_rules_are_no_rules() -> None:
    """A ledger without names and without the match shares nothing."""
    assert not DebtorRules().given
    assert DebtorRules(by_tax_number=True).given
    assert DebtorRules(by_address=True).given


@pytest.mark.parametrize(
    ("written", "mailbox"),
    [
        ("Pay@Acme.Example", "pay@acme.example"),
        (" pay@acme.example. ", "pay@acme.example"),
        ("büro@müller.example", "büro@xn--mller-kva.example"),
        ("büro@xn--mller-kva.example", "büro@xn--mller-kva.example"),
        ("ann+bills@gmail.com", "ann+bills@gmail.com"),  # nothing is guessed
        ("no address", None),
        ("@acme.example", None),
        ("pay@", None),
        ("", None),
    ],
)
def test_a_mailbox_has_one_spelling(written: str, mailbox: str | None) -> None:
    """Upper case and blanks tell no mailboxes apart, a domain's two spellings neither."""
    account = Account(account_id="A1", name="x", people=(Person(email=written),))
    assert mailboxes_of(account) == ((mailbox,) if mailbox else ())


def test_every_address_of_an_account_is_one_of_its_mailboxes() -> None:
    """A step may write to any role; the same address twice is one mailbox."""
    people = (Person(email="b@x.example"), Person(email="a@x.example"), Person(email="B@x.example"))
    account = Account(account_id="A1", name="x", people=people)
    assert mailboxes_of(account) == ("a@x.example", "b@x.example")


def test_a_customer_at_the_same_address_is_named() -> None:
    """Of this ledger the customer, of another the ledger."""
    made = (
        Elsewhere(ledger="north", key="K1", on=TODAY, account_id="C7"),
        Elsewhere(ledger="south", key="K2", on=TODAY),
    )
    decision = one(invoice(), elsewhere=made)
    assert said(decision) == ("hold", "min_gap_elsewhere")
    assert "Ledger north (customer C7), south contacted the same debtor" in sentence(
        decision.reasons[0]
    )
