"""A policy is tried on cases, drawn and compared before it writes to anybody."""

from pathlib import Path

import pytest

CASES = """\
policy: standard
today: 2026-06-10
currency: GBP
cases:
  - name: a week late gets the friendly step
    items: [{id: INV-1, due: 2026-06-03, open: "100.00"}]
    expect: {action: contact, reason: step_due, step: friendly, asked: "100.00"}
  - name: a credit covers it
    items:
      - {id: INV-1, due: 2026-06-03, open: "100.00"}
      - {id: CN-1, kind: credit_note, open: "100.00"}
    expect: {action: none, reason: covered_by_credit, outcomes: {CN-1: netted}}
  - name: after the friendly step the next one waits
    items: [{id: INV-1, due: 2026-06-01, open: "100.00"}]
    contacts: [{step: friendly, sent: 2026-06-04, items: [INV-1]}]
    expect: {action: none, step: second, look: 2026-06-15}
"""


def written(home: Path, text: str = CASES) -> str:
    """A file of cases."""
    path = home / "cases.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_cases_as_expected_end_with_0_and_say_what_they_left_out(office) -> None:
    """Every case passes, and the steps that no case reached are named."""
    done = office("policy", "test", written(office.home))
    assert done.code == 0, done
    assert "3 of 3 cases as expected (policy standard" in done.out
    assert "cases reach 1 of 6 rules" in done.out
    assert "no case reaches step standard.final" in done.out


def test_a_surprise_ends_with_1_and_is_placed(office) -> None:
    """What was expected and what the policy says stand beside file and line."""
    path = written(office.home, CASES.replace("step: second", "step: formal"))
    done = office("policy", "test", path)
    assert done.code == 1
    assert f"{path}:13: after the friendly step the next one waits" in done.out
    assert "step: expected formal, the policy says second" in done.out
    [wrong] = [
        one for one in office("policy", "test", path, "--json").data["cases"] if one["wrong"]
    ]
    assert wrong["line"] == 13


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('open: "100.00"', "opn: 1", "opn"),
        ("action: contact", "action: conact", "conact"),
        ("due: 2026-06-03", "due: soon", "items[0].due: not a date"),
        ("today: 2026-06-10\n", "", "names no day"),
        ("policy: standard", "policy: standart", "did you mean 'standard'"),
    ],
)
def test_a_mistake_in_a_case_is_no_surprise_but_an_error(office, old, new, said) -> None:
    """What cannot be read ends with 2, and says what and where."""
    done = office("policy", "test", written(office.home, CASES.replace(old, new, 1)))
    assert done.code == 2, done
    assert said in done.err


def test_edges_are_decided_without_any_case(office) -> None:
    """Around each step the day before waits and the day itself contacts."""
    done = office("policy", "test", "--policy", "standard", "--json")
    assert done.code == 0, done
    [found] = done.data["policies"]
    sides = {(e["place"], e["side"]): (e["action"], e["step"]) for e in found["boundaries"]}
    assert sides["step friendly", "on its day"] == ("contact", "friendly")
    assert sides["step friendly", "the day before"][0] == "none"
    assert sides["minimum", "a cent below, 9.99"][0] == "none"
    assert sides["minimum", "exactly, 10.00"][0] == "contact"


def test_a_ladder_is_drawn_from_the_due_date(office) -> None:
    """Each step stands on its first possible day; the due date is marked."""
    done = office("policy", "show", "standard")
    assert done.code == 0
    assert "|" in done.out
    lines = [line.split() for line in done.out.splitlines()]
    assert ["-3", "heads-up"] in [line[:2] for line in lines]
    assert ["+45", "final"] in [line[:2] for line in lines]
    stops = office("policy", "show", "standard", "--json").data["ladders"]["standard"]
    assert [stop["day"] for stop in stops] == [-3, 3, 14, 30, 45, 60]


def test_another_policy_is_compared_on_todays_facts(office) -> None:
    """Only accounts that would be treated differently are shown; with its own policy none is."""
    early = ("--as-of", "2026-10-05")  # four days late: friendly for one, too early for the other
    same = office("policy", "diff", "standard", *early)
    assert (same.code, "treats every account" in same.out) == (0, True)
    done = office("policy", "diff", "gentle", *early, "--json")
    assert done.code == 0
    [row] = [one for one in done.data if one["change"]["account_id"] == "A1"]
    assert row["change"]["before"] == {
        "action": "contact",
        "step": "friendly",
        "reason": "step_due",
        "asked": "120.00",
        "charges": "",
    }
    assert row["change"]["after"]["action"] == "none"
    assert office("policy", "diff", "gently", *early).code == 2


def test_a_ready_policy_is_tried_without_any_configuration(program, tmp_path, monkeypatch) -> None:
    """In a repository's CI there is neither a syncer.yaml nor a ledger: cases alone are enough."""
    monkeypatch.chdir(tmp_path)
    done = program("policy", "test", written(tmp_path), "--json")
    assert done.code == 0, done
    assert len(done.data["cases"]) == 3
    assert all(one["passed"] for one in done.data["cases"])
    assert program("policy", "show", "gentle").code == 0
    for words in (("policy", "show", "mine"), ("policy", "show")):
        refused = program(*words)
        assert (refused.code, "--config" in refused.err) == (2, True)


def test_two_named_policies_are_compared_and_changes_counted(office) -> None:
    """--from takes the place of the ledger's own policy; each change has a kind, and is counted."""
    early = ("--as-of", "2026-10-05")
    same = office("policy", "diff", "gentle", "--from", "gentle", *early)
    assert (same.code, "as policy gentle does" in same.out) == (0, True)
    there = office("policy", "diff", "gentle", "--from", "standard", *early, "--json").data
    back = office("policy", "diff", "standard", "--from", "gentle", *early, "--json").data
    assert {one["kind"] for one in there} == {"no longer contacted"}
    assert {one["kind"] for one in back} == {"contacted only by the other policy"}
    told = office("policy", "diff", "gentle", *early).out
    assert f"no longer contacted: {len(there)}" in told


def test_the_schema_of_cases_takes_what_the_reader_takes(program) -> None:
    """Every key of a case is in the schema, nothing else is allowed, for completion in editors."""
    schema = program("schema", "--cases").data
    case = schema["$defs"]["CaseGiven"]
    assert (case["additionalProperties"], schema["additionalProperties"]) == (False, False)
    assert {"name", "items", "holds", "expect"} <= set(case["properties"])
    assert {"policy", "today", "currency", "cases"} <= set(schema["properties"])


def test_policies_that_only_charge_differently_differ(office) -> None:
    """What the message would cost the customer is part of how it is treated."""
    dear = (
        "policies: {dear: {use: standard, charges: "
        '{debtor: business, agreed: true, steps: [friendly], fee: {amount: {GBP: "5.00"}}}}}'
    )
    office.config.write_text(f"{office.config.read_text()}{dear}\n")
    early = ("--as-of", "2026-10-05", "--ledger", "north")
    told = office("policy", "diff", "dear", *early)
    assert "contact friendly, 120.00 and charges 5.00" in told.out
    assert "other charges: 1" in told.out
