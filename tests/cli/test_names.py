"""Names in the configuration that fit no customer are told before a run needs them."""

import pytest

from .conftest import DAY

DEBTORS = """\
debtors:
  named:
    harbour: {north: Harbour Rofing, south: Quayside Studios}
"""


def test_check_tells_a_debtor_that_fits_nobody(office) -> None:
    """It fails with 2, and suggests the name that is like it."""
    office.configure(extra=DEBTORS)
    done = office("check", "--json")
    [finding] = [one for one in done.data if one["verdict"] == "failed"]
    assert (finding["ledger"], finding["what"], done.code) == ("north", "names", 2)
    assert "did you mean 'Harbour Roofing'" in finding["detail"]
    office.configure(extra=DEBTORS.replace("Rofing", "Roofing"))
    assert office("check").code == 0


def test_check_tells_a_hold_that_fits_nobody(office) -> None:
    """The same for do_not_contact and holds of a ledger."""
    held = '    do_not_contact: [{account: "Nobody Ltd", reason: "Ours"}]\n'
    office.configure(extra=held)  # of the last ledger, south
    done = office("check", "--ledger", "south")
    assert (done.code, "has no customer or open invoice 'Nobody Ltd'" in done.out) == (2, True)


@pytest.mark.parametrize("words", [("run", "--dry-run"), ("plan", "--as-of", DAY)])
def test_a_dry_run_tells_it_too(office, words) -> None:
    """What only shows goes by the same names as what sends."""
    office.configure(extra=DEBTORS)
    done = office(*words)
    assert done.code != 0
    assert "has no customer 'Harbour Rofing'" in done.out


def test_lint_says_who_compares_them(office) -> None:
    """lint makes no connection, so it names the command that does."""
    assert "check" not in office("lint").out
    office.configure(extra=DEBTORS)
    assert f"syncer --config {office.config} check" in office("lint").out
