"""What books that nobody reconciled lately do to contacts: hold, soften or warn."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot, Action, Code, LedgerContext
from syncer.model.ledger import BooksBy
from syncer.policy.decide import decide
from syncer.policy.explain import sentence
from syncer.policy.freshness import ACCOUNT_NAME_MAX, books_line, books_too_old
from syncer.policy.rules import Freshness, Policy, StaleBooks, Step, StepChannel, Tone
from tests.unit.policy.make import FINAL, FIRM, ORGANISATION, TODAY, context, invoice, one, policy
from tests.unit.policy.test_properties import accounts, policies

SOFT = {Tone.HEADS_UP, Tone.FRIENDLY}


def _rules(mode: StaleBooks, *steps: Step) -> Policy:
    return policy(*steps, freshness=Freshness(books_max_age=7, when_stale=mode))


def _books(age: int | None, **facts: object) -> LedgerContext:
    fresh_on = None if age is None else TODAY - timedelta(days=age)
    return context(organisation=replace(ORGANISATION, books_fresh_on=fresh_on, **facts))


@pytest.mark.parametrize("age", [8, 400, None])
@pytest.mark.parametrize("mode", StaleBooks)
def test_a_friendly_step_on_stale_books(mode: StaleBooks, age: int | None) -> None:
    """Held; sent with a word about payments that may have crossed it; or sent as ever."""
    made = one(invoice(), rules=_rules(mode), at=_books(age))
    codes = [reason.code for reason in made.reasons]
    expected = {
        StaleBooks.HOLD: (Action.HOLD, [Code.STALE_BOOKS, Code.STEP_DUE]),
        StaleBooks.SOFTEN: (Action.CONTACT, [Code.STEP_DUE, Code.STALE_SOFTENED]),
        StaleBooks.WARN: (Action.CONTACT, [Code.STEP_DUE]),
    }
    assert (made.action, codes) == expected[mode]


@pytest.mark.parametrize("mode", StaleBooks)
def test_fresh_books_change_nothing(mode: StaleBooks) -> None:
    """On the last day that is allowed, the setting has no say."""
    made = one(invoice(), rules=_rules(mode), at=_books(7))
    assert [reason.code for reason in made.reasons] == [Code.STEP_DUE]
    assert books_line(_rules(mode), _books(7), held=0, contacts=1) is None


@pytest.mark.parametrize(
    "step",
    [
        replace(FIRM, after_due=1, after_previous=None),
        replace(FINAL, after_due=1, after_previous=None),
        Step(name="f", tone=Tone.FRIENDLY, after_due=1, channel=StepChannel.LEDGER_EMAIL),
    ],
    ids=["firm", "final", "by the ledger"],
)
def test_softening_holds_what_cannot_be_said_softly(step: Step) -> None:
    """Firmer tones wait, and so does the ledger's own wording, which we cannot add to."""
    made = one(invoice(), rules=_rules(StaleBooks.SOFTEN, step), at=_books(8))
    assert (made.action, made.reasons[0].code) == (Action.HOLD, Code.STALE_BOOKS)


@settings(deadline=None, max_examples=150)
@given(accounts(), policies(), st.sampled_from([4, 40, None]))
def test_each_setting_lets_through_no_more_than_the_next(
    facts: AccountSnapshot, rules: Policy, age: int | None
) -> None:
    """hold: nobody. soften: only friendly words, marked so, to accounts that warn lets through."""
    at = _books(age)
    through = {}
    for mode in StaleBooks:
        stale = replace(rules, freshness=Freshness(books_max_age=3, when_stale=mode))
        decided = decide(facts, stale, at)
        through[mode] = [made for made in decided if made.action is Action.CONTACT]
    assert through[StaleBooks.HOLD] == []
    tones = {step.name: step.tone for ladder in rules.ladders for step in ladder.steps}
    for made in through[StaleBooks.SOFTEN]:
        assert tones[made.step] in SOFT
        assert made.reasons[-1].code is Code.STALE_SOFTENED
        assert through[StaleBooks.WARN]
    unchecked = decide(facts, replace(rules, freshness=Freshness()), at)
    kept = [(made.currency, made.action, made.reasons) for made in unchecked]
    warned = decide(
        facts,
        replace(rules, freshness=Freshness(books_max_age=3, when_stale=StaleBooks.WARN)),
        at,
    )
    assert [(made.currency, made.action, made.reasons) for made in warned] == kept


def test_the_line_says_which_account_and_how_many() -> None:
    """One sentence a run: the bank account, its age, the limit, and what follows for whom."""
    at = _books(9, bank_account="Current\x1b[31m 123")
    hold, soften, warn = (books_line(_rules(mode), at, held=3, contacts=1) for mode in StaleBooks)
    assert hold is not None
    assert soften is not None
    assert warn is not None
    assert 'bank account "Current [31m 123" was last reconciled' in hold[0]
    assert "9 days ago; the policy allows 7 days" in hold[0]
    assert "3 customers are held" in hold[0]
    assert "3 customers are held, 1 customer is written to" in soften[0]
    assert "1 customer is contacted all the same" in warn[0]


def test_an_export_is_not_called_a_bank() -> None:
    """A file knows its own day; nobody is told of a reconciliation that nobody saw."""
    stale = books_too_old(_rules(StaleBooks.HOLD), _books(8, books_by=BooksBy.EXPORT))
    assert stale is not None
    assert sentence(stale).startswith("The export is of ")
    assert "reconciled" not in sentence(stale)


def test_a_reason_kept_by_an_earlier_release_is_still_a_sentence() -> None:
    """Journals hold reasons without a name; a long name is cut."""
    stale = books_too_old(_rules(StaleBooks.HOLD), _books(8))
    assert stale is not None
    assert len(stale.args) == 3
    assert "reconciled on" in sentence(stale)
    named = books_too_old(_rules(StaleBooks.HOLD), _books(8, bank_account="x" * 500))
    assert named is not None
    assert len(named.args[4]) == ACCOUNT_NAME_MAX
