"""explain --charges: every figure line by line, and what is refused and why."""

from .conftest import DAY

RULES = """
policies:
  standard:
    law: uk
    ladders:
      main: {steps: [{name: friendly, tone: friendly, after_due: 3d}]}
    charges:
      debtor: business
      steps: [friendly]
      compensation: true
      agreed: true
      interest: {basis: contract, percent: 8%}
"""


def test_every_figure_of_a_charge_can_be_worked_out_again(office) -> None:
    """Segments, day count and rounding of interest; an unverified row is marked as one."""
    office.config.write_text(office.config.read_text() + RULES)
    told = office("explain", "A1", "--charges", "--as-of", DAY).out
    assert "interest for INV-1: 1.26 GBP" in told
    assert "2026-10-02 to 2026-11-18: 48 days on 120.00 GBP at 8.00 % a year (contract)" in told
    assert "compensation for INV-1: 40.00 GBP (uk.compensation: not verified" in told
    assert "named in the message: 1.26 GBP, beside what is asked" in told
    (shown,) = office("explain", "A1", "--charges", "--as-of", DAY, "--json").data["charges"]
    assert (shown["claimed"], shown["pack"]) == ("1.26", "uk 2026.11")
    assert [line["kind"] for line in shown["lines"]] == ["interest", "compensation"]


def test_a_policy_without_charges_says_so(office) -> None:
    """Nothing is charged by default, and the answer says it in a sentence."""
    told = office("explain", "A1", "--charges", "--as-of", DAY).out
    assert "Charges in GBP: none. The policy charges nothing." in told


def test_a_plan_lists_its_charges_and_the_table_sums_them(office) -> None:
    """Each line with its days and amount, what they come to, and what becomes of them."""
    office.config.write_text(office.config.read_text() + RULES)
    done = office("plan", "--ledger", "north", "--as-of", DAY, "--out", str(office.home / "p.json"))
    assert done.code == 0, done
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert "north Harbour Roofing interest INV-1 2026-10-02 to 2026-11-18 1.26 GBP" in lines
    (summed,) = [line for line in lines if line.endswith("named in the message, written nowhere.")]
    count, _, amount, *_ = summed.split()
    assert f"charges announced {count} {amount} GBP would be named in the messages" in lines
    told = office("plan", "--ledger", "north", "--as-of", DAY, "--json").data
    charges = [one for entry in told["plan"]["entries"] for one in entry["charges"]]
    assert {entry["booking"] for entry in told["plan"]["entries"]} == {"announce"}
    assert f"{sum(float(one['amount']) for one in charges):.2f}" == amount.replace(",", "")
    (total,) = told["run"]["ledgers"][0]["charged"]
    assert (total["how"], total["lines"]) == ("announced", int(count))
