"""``risk`` lists who is slipping from what the store holds, and writes and sends nothing."""

import pytest


def test_limits_warn_and_strangers_are_said(office) -> None:
    """Without paid invoices only a credit limit can warn; the table says that it knows no more."""
    limits = "    credit_limits: [{account: Quayside Studios, limit: '1000.00'}]\n"
    office.configure(extra=limits)
    done = office("risk", "--as-of", "2026-11-18")
    assert done.code == 0, done
    assert "500% of 1,000.00 GBP" in done.out
    assert "at risk in GBP" in done.out
    assert "GBP, which south keeps its books in" in done.out
    assert "over its credit limit, check its credit" in done.out
    assert "no history" in done.out
    assert "No paid invoices are known" in done.out
    assert not (office.home / "mail").exists() or not list((office.home / "mail").iterdir())


def test_json_has_every_figure_with_its_depth(office) -> None:
    """The machine's copy holds the accounts that warn, amounts as text, and the counts."""
    office.configure(extra="    credit_limits: [{account: S1, limit: '5000.00'}]\n")
    first = office("risk", "--as-of", "2026-11-18", "--json")
    assert first.code == 0, first
    ledgers = {one["ledger"]: one for one in first.data["ledgers"]}
    assert (ledgers["north"]["accounts"], ledgers["north"]["warned"]) == (3, 0)
    [line] = ledgers["south"]["risks"]
    assert (line["open"], line["limit_used"]) == ({"GBP": "5000.00"}, "1")
    assert (line["grade"], line["depth"], line["signs"]) == ("no history", 0, ["near_limit"])
    assert first.out == office("risk", "--as-of", "2026-11-18", "--json").out


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("[{limit: '1.00'}]", "one account or one group"),
        ("[{account: A1, group: B, limit: '1.00'}]", "one account or one group"),
        ("[{account: A1, limit: 5}]", "must be in quotes"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_said(office, extra, said) -> None:
    """A limit of nobody, of two, or without quotes ends with 2 and says what to write."""
    office.configure(extra=f"    credit_limits: {extra}\n")
    done = office("risk")
    assert done.code == 2
    assert said in done.err
