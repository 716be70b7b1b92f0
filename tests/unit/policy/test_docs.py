"""The examples of docs/policy.md are run, so the page cannot promise what is not so."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from syncer.model.decision import Code
from syncer.model.hold import HoldKind
from syncer.model.ledger import ItemKind
from syncer.policy.decide import decide
from syncer.policy.rules import CatchUp, Personal, Policy, Restraint, Step
from syncer.policy.strategy import DirectDebit, FirstRun, OldDebts

from .make import (
    CUSTOMER,
    FINAL,
    FIRM,
    FRIENDLY,
    HEADS_UP,
    TODAY,
    contact,
    context,
    hold,
    invoice,
    policy,
    settled,
    snapshot,
)

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "policy.md").read_text("utf-8")
EXAMPLES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
RULES = policy(HEADS_UP, FRIENDLY, FIRM, FINAL, restraint=Restraint(min_gap=5))
INDEX = {"soon": 0, "friendly": 1, "firm": 2, "final": 3}


def rules_of(given: dict[str, Any]) -> Policy:
    """The example's policy: its own words over the page's usual ones."""
    words = dict(given)
    changed = {
        "first_run": FirstRun(old_debts=OldDebts(words.pop("on_first_run", "in_order"))),
        "direct_debit": DirectDebit(groups=tuple(words.pop("direct_debit", ()))),
        "catch_up": CatchUp(words.pop("catch_up", "in_order")),
        "minimum": tuple((k, Decimal(v)) for k, v in words.pop("minimum", {}).items()),
    }
    figures = {k: Decimal(v) if isinstance(v, str) else v for k, v in words.items()}
    repeat = figures.pop("repeat", None)
    ladder = replace(RULES.ladders[0], steps=(*RULES.ladders[0].steps[:-1], repeated(repeat)))
    return replace(RULES, ladders=(ladder,), personal=Personal(**figures), **changed)


def repeated(every: Any) -> Step:
    """The last step, going out again so many days after itself where an example says so."""
    return replace(FINAL, repeat=every)


def item_of(given: dict[str, Any]) -> Any:
    """An open item as the example writes it."""
    rate = given.get("rate")
    return invoice(
        given["id"],
        None,
        given["open"],
        kind=ItemKind(given.get("kind", "invoice")),
        due_on=given.get("due"),
        currency=given.get("currency", "GBP"),
        rate_to_base=Decimal(rate) if rate else None,
    )


def facts_of(example: dict[str, Any]) -> Any:
    """The account as the example describes it."""
    return snapshot(
        *[item_of(given) for given in example["items"]],
        account=replace(CUSTOMER, groups=tuple(example.get("groups", ()))),
        holds=tuple(
            hold(
                HoldKind(given["kind"]),
                item_id=given.get("item", ""),
                amount=Decimal(given["amount"]) if "amount" in given else None,
                ends_on=given.get("until"),
            )
            for given in example.get("holds", ())
        ),
        contacts=tuple(
            contact(
                given["step"],
                (TODAY - given["sent"]).days,
                *given["items"],
                step_index=INDEX[given["step"]],
            )
            for given in example.get("contacts", ())
        ),
        settled=tuple(
            settled(
                given["id"], 0, due_on=given["due"], paid_on=given["paid"], amount=given["amount"]
            )
            for given in example.get("settled", ())
        ),
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["expect"]["reason"])
def test_the_worked_examples_are_true(example: dict[str, Any]) -> None:
    """What the page says is expected is what the policy decides."""
    today = example.get("today", TODAY)
    ran = example.get("last_run", today - timedelta(days=1))
    at = context(today, last_run_on=ran, live_since=example.get("live_since"))
    (decision,) = decide(facts_of(example), rules_of(example.get("rules", {})), at)
    expect = example["expect"]
    assert (decision.action, decision.reasons[0].code) == (expect["action"], expect["reason"])
    shown = {
        "step": decision.step,
        "asked": format(decision.position.asked, ".2f"),
        "look": decision.next_look_on,
        "outcomes": {outcome.item_id: outcome.code.value for outcome in decision.outcomes},
    }
    for key in expect.keys() - {"action", "reason"}:
        assert shown[key] == expect[key], key


def test_the_page_has_examples_for_its_sections() -> None:
    """The page is not empty of examples, so that the test above proves something."""
    assert len(EXAMPLES) >= 12


def test_the_holding_codes_named_on_the_page_exist() -> None:
    """Every code in the table of section 3 is a code of the program."""
    table = PAGE.split("## 3.")[1].split("Holds speak")[0]
    named = {
        code
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for code in re.findall(r"`(\w+)`", row)
    }
    assert named <= {code.value for code in Code}
    assert len(named) >= 13


def test_the_glossary_is_sorted_and_says_each_word_once() -> None:
    """A reader finds a word where the alphabet puts it."""
    words = re.findall(
        r"^\| ([a-z][^|]*?) \|", (DOCS / "GLOSSARY.md").read_text("utf-8"), re.MULTILINE
    )
    assert words == sorted(set(words))
    assert len(words) > 30
