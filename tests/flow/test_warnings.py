"""What stops nothing but would surprise a person is said by the run that met it."""

from msgspec.structs import replace

from syncer.model.run import LedgerStatus
from syncer.report.summary import waiting_sentences


def test_a_warning_of_the_ledger_is_told_and_stops_nothing(bench):
    """The run goes on, ends green, and names the ledger with the warning once."""
    bench.owes("I1", "A1", late=30)
    bench.book.warnings = ["a setting names nobody", "a setting names nobody"]
    result = bench.ledger()
    assert (result.status, result.contacted) == (LedgerStatus.OK, 1)
    assert result.warnings == ("a setting names nobody",)
    assert waiting_sentences([result]) == (f"{result.ledger}: a setting names nobody.",)


def test_reminders_of_the_ledger_itself_are_warned_about(bench):
    """A customer chased by two programs is told to the user, whichever platform says so."""
    bench.owes("I1", "A1", late=30)
    assert bench.ledger().warnings == ()
    bench.book.organisation = replace(bench.book.organisation, own_reminders=True)
    (warning,) = bench.ledger().warnings
    assert "chased twice" in warning
