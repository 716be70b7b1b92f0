"""handover at the command line: a person says that a debt was given away, and that it came back."""

from .conftest import DAY


def test_a_debt_is_handed_over_and_comes_back(office) -> None:
    """An incomplete file is refused with what it lacks; from then on nothing is planned for it."""
    to_agency = ("--to", "agency", "--reason", "Ignored every letter", "--from", DAY)
    refused = office("handover", "add", "Harbour Roofing", *to_agency)
    assert refused.code == 2
    assert "- step 'friendly' was not delivered: it has been due since 2026-10-04" in refused.err
    assert "hand-over" not in refused.err  # the step itself is nothing that could be missing
    assert "Delivered so far: nothing." in refused.err
    assert "country is not known" in refused.err
    assert "Harbour Roofing" in office.planned()
    done = office("handover", "add", "Harbour Roofing", *to_agency, "--incomplete", "--json")
    assert done.code == 0, done.err
    hold = done.data["hold"]
    assert (hold["terms"]["handed_to"], hold["account_id"]) == ("agency", "A1")
    assert "Harbour Roofing" not in office.planned()
    assert "with an agency already" in office("handover", "add", "INV-1", *to_agency).err
    assert office("exclude", "list").out == "No exclusion is in force.\n"
    assert office("handover", "list", "--json").data[0]["hold"]["hold_id"] == hold["hold_id"]
    assert office("handover", "end", hold["hold_id"]).code == 0
    assert office("handover", "list").out == "No debt is with an agency or a lawyer.\n"
