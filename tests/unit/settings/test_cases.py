"""A file of cases gives every fact that a rule can read, and every mistake in it has its place."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from syncer.model.agreement import Covered, Instalment, Terms
from syncer.model.charge import Announced, ChargeLine
from syncer.model.decision import AccountSnapshot, Contact, Elsewhere, LedgerContext
from syncer.model.hold import Hold
from syncer.model.ledger import (
    Account,
    EarlyPayment,
    OpenItem,
    Organisation,
    Person,
    Record,
    Settled,
)
from syncer.policy.trial.cases import Case, try_case
from syncer.settings.casefile import Written, case_schema, read_cases
from syncer.settings.cases import CasesGiven
from syncer.settings.inventory import declared
from syncer.settings.named_policy import Shelf
from syncer.settings.problems import InvalidSettings
from syncer.settings.reference import is_group, row

DOCUMENT = Path(__file__).parents[3] / "docs" / "cases.md"
EVERYTHING = """\
today: 2026-06-10
currency: GBP
country: GB
time_zone: Europe/London
books_fresh_on: 2026-06-08
turnover: {GBP: "90000.00"}
live_since: 2026-01-12
checked: [uk.compensation]
rules:
  preset: uk
  law: uk
  ladders:
    main: {steps: [{name: friendly, tone: friendly, after_due: 7d}]}
  charges: {debtor: business, steps: [friendly], compensation: true}
cases:
  - name: every key
    account:
      {id: "1001", name: Harbour, country: DE, region: BY, language: de, groups: [Vip],
       roles: [escalation],
       archived: yes, merged_into: "7", do_not_chase: true, note: "#hold", credit_limit: "9.00",
       limit_currency: EUR, direct_debit: true}
    items:
      - {id: I1, open: "80.00", due: 2026-06-01, number: N1, currency: EUR, total: "100.00",
         issued: 2026-05-01, expected: 2026-06-12, sent: true, mailed: 2026-05-02, rate: "0.85123",
         stop: disputed, note: "#x", reference: PO 1, site: North,
         early_payment: {until: 2026-06-11, amount: "2.00"}, kind: invoice}
    holds:
      - {id: P1, kind: plan, item: I1, amount: "80.00", currency: EUR, since: 2026-05-02,
         until: 2026-07-01, reason: agreed, covers: {I1: "80.00"}, owner: Anna, said_by: Bo,
         instalments: [{due: 2026-07-01, amount: "80.00"}], ended: true,
         offered: true, expected: {I1: 2026-06-15}}
      - {kind: dispute, code: price, until: 2026-07-01}
      - {kind: exclude, handed_to: agency}
    reasons: [{code: paid_claim, said: 2026-06-02, item: I1, note: sent it, covers: {I1: "80.00"}}]
    contacts: [{step: old, number: 3, sent: 2026-06-02, items: [I1], currency: EUR,
                channel: letter, episode: I0, settled: false}]
    settled: [{id: S1, paid: 2026-05-05, amount: "7.00", due: 2026-05-01, issued: 2026-04-01,
               currency: EUR, credited: "1.00"}]
    closed: [{id: C1, open: "5.00"}]
    charged:
      - {step: friendly, on: 2026-06-02, item: I1, kind: interest, amount: "1.00", currency: EUR,
         until: 2026-06-01}
      - {step: friendly, on: 2026-06-03, item: I1, kind: fee}
    elsewhere: [{ledger: north, sent: 2026-06-03, account: "8"}]
    unread: 2
    last_run: 2026-06-08
    no_runs: [{after: 2026-05-01, before: 2026-05-09}]
    expect: {action: hold}
"""
LEFT_OUT: dict[type[Record], dict[str, str]] = {
    Account: {
        "phone": "only a task's text",
        "tax_number": "joins debtors, decides nothing",
    },
    Person: {"name": "only a salutation"},
    Organisation: {
        "lock_date": "only where something is booked",
        "own_reminders": "only a warning at the start",
        "books_by": "only words of a sentence",
        "bank_account": "only words of a sentence",
        "key": "only tells one organisation's books from another's",
    },
    Hold: {"author": "who entered it", "source": "where", "created_at": "when"},
    ChargeLine: {"percents": "", "rows": "", "working": "", "since": "", "unverified": ""},
}


def read(folder: Path, text: str) -> Written:
    """A file with this text."""
    path = folder / "cases.yaml"
    path.write_text(text, "utf-8")
    return read_cases(path)


def the_case(folder: Path, text: str) -> Case:
    """Its only case."""
    (case,) = read(folder, text).cases(Shelf(), "")
    return case


def tried(folder: Path, text: str) -> None:
    """Try the cases on the policy `standard`."""
    for case in read(folder, text).cases(Shelf(), "standard"):
        try_case(case)


def unset(value: Any) -> dict[type, set[str]]:
    """Fields of the records below ``value`` that still have their defaults in every record."""
    found: dict[type, set[str]] = {}
    for record in records(value):
        fields = msgspec.structs.fields(record)
        own = {f.name for f in fields if f.default == getattr(record, f.name)}
        found[type(record)] = found.get(type(record), own) & own
    return found


def records(value: Any) -> Iterator[Record]:
    """Every record below ``value``."""
    if isinstance(value, Record):
        yield value
        for name in value.__struct_fields__:
            yield from records(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from records(one)


def test_every_fact_that_a_rule_can_read_can_be_given(tmp_path: Path) -> None:
    """A field that is new in a record has a key in a case, or a reason why it has none."""
    case = the_case(tmp_path, EVERYTHING)
    still = unset((case.facts, case.context, case.past))
    for kind in (AccountSnapshot, LedgerContext, Account, OpenItem, Hold, Terms, Contact, Settled):
        assert still[kind] <= set(LEFT_OUT.get(kind, ())), kind
    for kind in (Elsewhere, Covered, Instalment, EarlyPayment, Organisation, Person, Announced):
        assert still[kind] <= set(LEFT_OUT.get(kind, ())), kind
    assert still[ChargeLine] <= set(LEFT_OUT[ChargeLine])


def test_facts_arrive_as_they_are_written(tmp_path: Path) -> None:
    """Amounts exact, days as days, what was agreed with its invoice's currency."""
    case = the_case(tmp_path, EVERYTHING)
    (item,) = case.facts.items
    plan, dispute, handed, claim = case.facts.holds
    assert (item.open, item.total, item.rate_to_base) == (
        Decimal("80.00"),
        Decimal("100.00"),
        Decimal("0.85123"),
    )
    assert (plan.starts_on, plan.ends_on, plan.currency) == (
        date(2026, 5, 2),
        date(2026, 7, 1),
        "EUR",
    )
    said = [one.terms or Terms() for one in (plan, dispute, handed)]
    assert (said[0].covers[0].currency, said[1].cause, said[2].handed_to) == (
        "EUR",
        "price",
        "agency",
    )
    assert claim.reason == "says that it has paid: sent it"
    assert case.facts.contacts[0].step_index == 3
    assert [one.kept for one in case.past] == [True, False]
    assert case.law.unverified(["uk.compensation"]) == ()


MISTAKES = [
    ("items: [{id: A, opn: 1}]", "items[0].opn: unknown key; did you mean 'open'?"),
    ("items: [{id: A, open: 12.5}]", "an amount must be in quotes, else its digits may change"),
    ('items: [{id: 17, open: "1"}]', "put numbers such as account ids in quotes"),
    ('items: [{id: A, open: "1", due: 3.6.2026}]', "write year-month-day like 2026-01-31"),
    ('items: [{id: A, open: "1", due: 2026-02-30}]', "there is no such day in the calendar"),
    ('items: [{id: A, open: "1", currency: eur}]', "write EUR"),
    ('items: [{id: A, open: "1", kind: credit}]', "did you mean 'credit_note'?"),
    ('items: [{id: A, open: "1"}, {id: A, open: "2"}]', "a second item has the id 'A'"),
    ("account: {archived: maybe}", "expected true or false"),
    ("account: Harbour", "expected keys below it"),
    ("items: {id: A}", "expected a list"),
    ("holds: [{kind: promis}]", "did you mean 'promise'?"),
    ("holds: [{kind: promise, item: B}]", "no item is called 'B'"),
    ("holds: [{kind: promise, since: 2026-06-09, until: 2026-06-08}]", "until is before since"),
    ("holds: [{kind: manual, code: price}]", "write kind: dispute"),
    ("contacts: [{step: freindly, sent: 2026-06-01, items: [A]}]", "did you mean 'friendly'?"),
    ("reasons: [{code: paid_clam, said: 2026-06-01}]", "did you mean 'paid_claim'?"),
    ("rules: {minimun: {}}", "did you mean 'minimum'?"),
    ("rules: {use: gentle}", "write policy: NAME above the cases"),
    ("rules: {restraint: {min_gap: 5}}", "write 5d"),
    ("rules: {law: zz}", "there is no law pack 'zz'"),
    (
        'rules: {charges: {steps: [frendly], fee: {amount: {EUR: "5"}}}}',
        "did you mean 'friendly'?",
    ),
    ("rules: {default_ladder: mian}", "there is no ladder 'mian'"),
]


@pytest.mark.parametrize(("line", "said"), MISTAKES)
def test_a_mistake_has_file_line_and_key(tmp_path: Path, line: str, said: str) -> None:
    """What is wrong, on which line, and what it may have been meant to be."""
    head = "policy: standard\ntoday: 2026-06-10\ncases:\n  - name: one\n"
    with pytest.raises(InvalidSettings) as refused:
        tried(tmp_path, f"{head}    {line}\n    expect: {{action: none}}\n")
    assert f"{tmp_path / 'cases.yaml'}:5: " in str(refused.value)
    assert said in str(refused.value)
    assert "in the file of cases" in str(refused.value)


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ("{action: none, exspect: 1}", "unknown key"),
        ("{actoin: none}", "did you mean 'action'?"),
        ("{action: none, reason: step_deu}", "did you mean 'step_due'?"),
        ("{action: none, step: freindly}", "did you mean 'friendly'?"),
        ("{action: none, segment: vip}", "has no segment 'vip'"),
        ("{action: none, outcomes: {INV-2: netted}}", "did you mean 'INV-1'?"),
    ],
)
def test_an_expectation_that_cannot_come_true_is_a_mistake(
    tmp_path: Path, expect: str, said: str
) -> None:
    """A misspelt step would else read as a surprise, or never be compared."""
    head = "policy: standard\ntoday: 2026-06-10\ncases:\n  - name: one\n"
    items = '    items: [{id: INV-1, open: "1.00"}]\n'
    with pytest.raises(InvalidSettings, match=re.escape(said)):
        tried(tmp_path, f"{head}{items}    expect: {expect}\n")


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        ('asked: "9.00"', "asked: expected 9.00, the policy says 80.00"),
        ('held: "1.00"', "held: expected 1.00, the policy says 20.00"),
        ("look: 2026-06-12", "look: expected 2026-06-12, the policy says nothing"),
        ("reasons: [cap]", "reasons: expected cap, the policy says step_due"),
        ("agreements: {D1: settled}", "agreement D1: expected settled, it is open"),
        ("agreements: {D2: open}", "agreement D2: there is none of this id; there are D1"),
        ('charges: {fee: "4.00"}', "charges, fee: expected 4.00, it is 5.00"),
        ("charges: {}", "charges, fee: expected 0, it is 5.00"),
        ("signs: [over_limit]", "signs: expected over_limit, there are none"),
        ("outcomes: {INV-1: netted}", "outcome of INV-1: expected netted"),
        ("currency: EUR", "nothing is open in EUR, so nothing said"),
    ],
)
def test_each_expectation_is_compared(tmp_path: Path, expect: str, wrong: str) -> None:
    """What differs is told with both values; the same case without it passes."""
    text = f"""\
today: 2026-06-10
currency: GBP
rules:
  ladders: {{main: {{steps: [{{name: friendly, tone: friendly, after_due: 7d}}]}}}}
  charges: {{debtor: business, agreed: true, steps: [friendly], fee: {{amount: {{GBP: "5.00"}}}}}}
cases:
  - name: one
    items: [{{id: INV-1, due: 2026-06-01, open: "100.00"}}]
    holds: [{{id: D1, kind: dispute, amount: "20.00", until: 2026-06-20}}]
    expect: {{action: contact, {expect}}}
"""
    found = try_case(the_case(tmp_path, text)).wrong
    assert len(found) == 1
    assert found[0].startswith(wrong)
    assert try_case(the_case(tmp_path, text.replace(f", {expect}", ""))).wrong == ()


def test_a_checked_row_that_no_pack_has_is_a_mistake(tmp_path: Path) -> None:
    """Else a charge that was meant to be claimed would silently be left out."""
    case = "cases:\n  - {name: one, expect: {action: none}}\n"
    text = f"policy: standard\ntoday: 2026-06-10\nchecked: [uk.compensatio]\n{case}"
    with pytest.raises(InvalidSettings, match=r"yaml:3: .*did you mean 'uk.compensation'\?"):
        tried(tmp_path, text)


def test_never_is_a_day_too(tmp_path: Path) -> None:
    """What waits for no day is told apart from what waits for one."""
    text = """\
policy: standard
today: 2026-06-10
cases:
  - name: one
    items: [{id: A, due: 2026-06-30, open: "49.00"}]
    expect: {action: none, look: never}
"""
    (case,) = read(tmp_path, text).cases(Shelf(), "standard")
    assert try_case(case).wrong == ("look: expected never, the policy says 2026-06-27",)
    (case,) = read(tmp_path, text.replace("due: 2026-06-30, ", "")).cases(Shelf(), "standard")
    assert try_case(case).wrong == ()


def test_a_case_lays_its_rules_over_those_of_the_file(tmp_path: Path) -> None:
    """The policy that is named, then the file's keys, then the case's, each key by itself."""
    text = """\
policy: standard
today: 2026-06-10
rules: {minimum: "50.00", restraint: {min_gap: 9d}}
cases:
  - name: below
    items: [{id: A, due: 2026-06-01, open: "49.00"}]
    expect: {action: none, reason: below_minimum}
  - name: not below
    rules: {minimum: "40.00"}
    items: [{id: A, due: 2026-06-01, open: "49.00"}]
    expect: {action: contact}
"""
    below, above = read(tmp_path, text).cases(Shelf(), "standard")
    assert [try_case(one).wrong for one in (below, above)] == [(), ()]
    assert above.policy.restraint.min_gap == 9
    assert below.policy.version != above.policy.version


def test_every_key_of_a_case_is_written_down() -> None:
    """The table in docs/cases.md is that of the models, row for row."""
    page = DOCUMENT.read_text("utf-8")
    told = [
        str(row(".".join(map(str, path)).replace(".*", "[]"), field))
        for path, field in declared(CasesGiven)
        if "rules" not in path and not is_group(field)
    ]
    assert [line for line in page.splitlines() if line.startswith("| `")] == told
    assert len(told) > 90


def test_the_schema_takes_what_the_reader_takes() -> None:
    """Every key is in it, nothing else is allowed, and codes are listed for completion."""
    schema = case_schema()
    case = schema["$defs"]["CaseGiven"]
    assert case["additionalProperties"] is schema["additionalProperties"] is False
    assert {"name", "expect"} == set(case["required"])
    assert "step_due" in str(schema["$defs"]["Code"]["enum"])
    assert "PolicySettings" in str(schema["properties"]["rules"])


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_case_may_stand_at_either_end_of_the_calendar(tmp_path: Path, day: str) -> None:
    """Its answer may surprise; it is an answer."""
    item = 'items: [{id: I1, due: 2026-06-03, open: "100.00"}]'
    tried(tmp_path, f"today: {day}\ncases: [{{name: odd, {item}, expect: {{action: none}}}}]")
