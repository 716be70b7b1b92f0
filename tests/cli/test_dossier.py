"""dossier exports what proves a customer's contacts; anybody can check it without the program."""

import hashlib
import html
import json
import re
import sqlite3

import pytest

from .test_verbs import live as live


@pytest.fixture
def sent(live):
    """Harbour Roofing was written to, and one of its invoices is disputed since."""
    assert live("run", "--ledger", "north").code == 0
    words = ("--until", "2999-12-31", "--from", "2026-01-01", "--reason", "Wrong goods")
    assert live("dispute", "add", "INV-2", *words).code == 0
    return live


def test_complaint_37_everything_that_was_sent_is_there_with_its_digests(sent) -> None:
    """Message, hash, delivery result, decisions, holds; sha256 of files and rows as said."""
    folder = sent.home / "proof"
    done = sent("dossier", "Harbour Roofing", "--out", str(folder), "--json")
    assert (done.code, done.data["messages"], done.data["journal_intact"]) == (0, 1, True)
    said = json.loads((folder / "dossier.json").read_bytes())
    [reminder] = [one for one in said["contacts"] if one["effect"]["kind"] == "reminder"]
    assert reminder["effect"]["state"] == "delivered"
    assert reminder["policy_version"]
    assert [one["outcome"] for one in reminder["attempts"]] == ["delivered"]
    [message] = reminder["messages"]
    raw = (folder / message["file"]).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == message["sha256"]
    assert b"120.00" in raw
    assert (message["to"][0]["email"], message["unchanged"]) == ("pay@harbour.co.uk", True)
    assert [one["reason"] for one in said["holds"]] == ["Wrong goods"]
    assert any(one["action"] == "contact" and one["sentences"] for one in said["decisions"])
    for entry in said["entries"]:
        whole = (entry["previous"] + entry["row"]).encode()
        assert hashlib.sha256(whole).hexdigest() == entry["hash"]
    assert {one["journal"] for one in said["entries"]} == {"decision", "attempt", "event"}
    for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, name = line.split("  ", 1)
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_page_tells_the_story_and_nobody_else_s(sent) -> None:
    """Decided, sent, disputed, with the text of the message; other customers are absent."""
    folder = sent.home / "proof"
    hold_id = sent("dispute", "list", "--json").data[0]["hold"]["hold_id"]
    assert sent("dispute", "end", hold_id, "--author", "Ben").code == 0
    assert sent("dossier", "INV-1", "--out", str(folder)).code == 0
    page = html.unescape((folder / "dossier.html").read_text("utf-8"))
    for words in ("The journal is intact.", "delivered", "Wrong goods", "INV-1", "Made on 20"):
        assert words in page
    assert "billing@northgate.co.uk, answers to" in re.sub("<[^>]+>", "", page)
    assert "<pay@harbour.co.uk>" in page
    assert "to write: Step" in page
    assert re.search(r"of these overdue</td><td[^>]*>120.00 GBP", page)
    assert "Wrong goods; entered by" in page
    assert "Wrong goods; ended by Ben" in page
    whole = "".join(path.read_text("latin-1") for path in folder.rglob("*") if path.is_file())
    assert "Larkfield" not in whole
    assert "INV-3" not in whole


def test_who_has_the_debt_and_which_invoice_was_promised_stand_there(live) -> None:
    """For a court: to whom and by whom a debt was given, and which invoice is disputed."""
    assert live("run", "--ledger", "north").code == 0
    who = ("--author", "Ben", "--from", "2026-01-01")
    dispute = ("dispute", "add", "INV-2", "--until", "2999-12-31", "--reason", "Wrong goods")
    assert live(*dispute, *who).code == 0
    to = ("--to", "legal", "--reason", "Ignored all letters", "--incomplete")
    given = live("handover", "add", "Harbour Roofing", *to, "--author", "Ben", "--json")
    assert given.code == 0, given.err
    assert live("handover", "end", given.data["hold"]["hold_id"], "--author", "Eve").code == 0
    folder = live.home / "proof"
    assert live("dossier", "INV-1", "--out", str(folder)).code == 0
    page = html.unescape(re.sub("<[^>]+>", "", (folder / "dossier.html").read_text("utf-8")))
    assert "dispute for invoice INV-2 until 2999-12-31: Wrong goods; entered by Ben" in page
    words = f"handed over to a lawyer on {given.data['hold']['starts_on']}: Ignored all letters"
    assert f"{words}; entered by Ben" in page
    assert re.search(r"until 2\d{3}-\d\d-\d\d: Ignored all letters; ended by Eve", page)
    assert "until further notice" not in page
    assert "INV-2" in json.loads((folder / "dossier.json").read_bytes())["numbers"].values()


def test_an_altered_message_is_told_and_ends_with_7(sent) -> None:
    """A dossier over a state that somebody edited says so, and shows which message differs."""
    with sqlite3.connect(sent.home / "state.db") as database:
        database.execute("update message set raw = replace(raw, '120.00', '999.00')")
    database.close()
    folder = sent.home / "proof"
    done = sent("dossier", "A1", "--out", str(folder))
    assert done.code == 7
    assert "the message as sent was changed" in done.out
    said = json.loads((folder / "dossier.json").read_bytes())
    shown = [one["unchanged"] for contact in said["contacts"] for one in contact["messages"]]
    assert shown == [False]


def test_nothing_is_overwritten_and_a_stranger_is_refused(sent) -> None:
    """A folder with something in it stays as it is; an unknown customer is an error."""
    (sent.home / "proof").mkdir()
    (sent.home / "proof" / "kept.txt").write_text("mine", encoding="utf-8")
    done = sent("dossier", "A1", "--out", str(sent.home / "proof"))
    assert (done.code, "not empty" in done.err) == (2, True)
    assert sent("dossier", "Nobody Ltd", "--out", str(sent.home / "other")).code == 2
