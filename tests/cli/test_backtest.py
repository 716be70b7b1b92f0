"""A policy is played over the past: the same bytes each time, and nothing is written or sent."""

import pytest

SPAN = ("--from", "2026-09-01", "--to", "2026-11-17")


def test_two_policies_are_played_side_by_side(office) -> None:
    """Both tallies stand in one document; the gentler policy writes later and less."""
    folder = office.home / "out"
    command = ("backtest", *SPAN, "--policy", "gentle", "--ledger", "north", "--json")
    done = office(*command, "--out", str(folder))
    assert done.code == 0, done
    [ledger] = done.data["ledgers"]
    own, gentle = ledger["tallies"]
    assert (own["policy"], gentle["policy"]) == ("standard", "gentle")
    assert own["contacts"] > gentle["contacts"] > 0
    assert own["first_lag"] < gentle["first_lag"]
    assert [one["step"] for one in own["steps"]][:3] == ["heads-up", "friendly", "second"]
    assert "Harbour Roofing" in (folder / "backtest.html").read_text("utf-8")
    assert "Harbour Roofing" not in (folder / "backtest.json").read_text("utf-8")
    assert "nothing about whether" in done.data["claim"]
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(files) == {"backtest.html", "backtest.json"}
    again = office(*command, "--out", str(folder))
    assert again.out == done.out
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert not (office.home / "mail").exists() or not list((office.home / "mail").iterdir())


def test_the_table_says_what_it_does_not_claim(office) -> None:
    """On the screen the figures stand beside the sentence that no effect is claimed."""
    done = office("backtest", *SPAN, "--ledger", "north")
    assert done.code == 0, done
    assert "accounts written to" in done.out
    assert "it says nothing about whether anybody would have paid sooner" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2026-11-01", "--to", "2026-10-01"), "before --from"),
        (("--from", "2001-01-01", "--to", "2026-10-01"), "ten years"),
        ((*SPAN, "--policy", "gentel"), "did you mean 'gentle'"),
    ],
)
def test_a_wrong_span_or_policy_is_said(office, words, said) -> None:
    """What cannot be played ends with 2 and says what to change."""
    done = office("backtest", *words)
    assert done.code == 2
    assert said in done.err
