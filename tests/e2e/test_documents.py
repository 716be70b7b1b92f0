"""Invoices travel with their reminders: from the ledger over HTTP to a real mail server."""

from email import policy
from email.parser import BytesParser

LADDERS = """\
    ladders:
      main:
        allow_skip: true
        steps:
          - {name: heads-up, tone: heads_up, before_due: 5d, attach_invoices: true}
          - {name: friendly, tone: friendly, after_due: 1d, attach_invoices: true}
    restraint:
"""
PATH = "/api.xro/2.0/Invoices/"


def _attaching(house):
    """The house's configuration with steps that attach."""
    text = house.config.read_text(encoding="utf-8")
    text = text.replace("    use: standard\n", "").replace("    restraint:\n", LADDERS)
    house.config.write_text(text, encoding="utf-8")


def _mails(house):
    parser = BytesParser(policy=policy.default)
    return [parser.parsebytes(raw) for raw in house.post.received]


def _fetched(house):
    """Invoices that were asked for as documents: single reads of the right size."""
    calls = house.ledger.world.calls
    return [call.path for call in calls if call.path.startswith(PATH) and call.method == "GET"]


def test_each_reminder_brings_the_invoices_it_asks_for(house):
    """Every mail has the PDF of each invoice on its statement; one call was spent on each."""
    _attaching(house)
    done = house.syncer("run")
    assert done.returncode == 0, done.stdout + done.stderr
    mails = _mails(house)
    assert mails
    attached = 0
    for mail in mails:
        text = mail.get_body(("plain",)).get_content()
        files = list(mail.iter_attachments())
        names = [part.get_filename().removesuffix(".pdf") for part in files]
        asked = [line.split()[1].rstrip(",") for line in text.splitlines() if ", issued" in line]
        invoices = [number for number in asked if f"Invoice {number}" in text]
        assert names == invoices
        for part, number in zip(files, names, strict=True):
            assert part.get_content_type() == "application/pdf"
            content = part.get_content()
            assert content.startswith(b"%PDF-")
            assert f"Invoice {number}".encode() in content
        attached += len(files)
    assert len(_fetched(house)) == attached > 0


def test_a_plan_and_a_second_run_fetch_nothing(house):
    """Documents are fetched for messages that leave, and for no others."""
    _attaching(house)
    assert house.syncer("run", "--dry-run").returncode == 0
    assert _fetched(house) == []
    assert house.syncer("run").returncode == 0
    house.ledger.world.calls.clear()
    assert house.syncer("run").returncode == 0
    assert _fetched(house) == []
