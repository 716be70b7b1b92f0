"""The job end to end: real processes, real HTTP, real SMTP."""

import json
import re

import pytest

NUMBER = re.compile(r"^\s+(\w+)\s+(\d+)", re.MULTILINE)


def figures(table: str) -> dict[str, int]:
    """The counts of an end table by their name."""
    return {name: int(count) for name, count in NUMBER.findall(table)}


def notes(house) -> list[str]:
    """What programs wrote into the ledger."""
    books = house.ledger.world.main.books
    return [
        note.text
        for each in books.notes.values()
        for note in each
        if note.change == "Note" and not note.author
    ]


def test_a_live_run_sends_notes_and_repeats_nothing(house):
    """Mailbox, ledger and table agree; a second run on the same day sends nothing."""
    before = len(notes(house))
    first = house.syncer("run")
    assert first.returncode == 0, first.stdout + first.stderr
    contacted = figures(first.stdout)["contacted"]
    assert contacted > 0
    assert len(house.post.received) == contacted
    assert len(notes(house)) - before == contacted
    assert "agrees with the ledger" in first.stdout
    assert "DIFFERS" not in first.stdout

    second = house.syncer("run")
    assert second.returncode == 0, second.stdout + second.stderr
    assert figures(second.stdout)["contacted"] == 0
    assert len(house.post.received) == contacted
    assert len(notes(house)) - before == contacted


def test_messages_are_addressed_answerable_and_distinct(house):
    """Each message has one Message-ID of its own, a Reply-To and a recipient."""
    assert house.syncer("run").returncode == 0
    messages = house.post.messages()
    assert len({message["Message-ID"] for message in messages}) == len(messages) > 0
    assert {message["Reply-To"] for message in messages} == {"anna@northgate.example"}
    assert all("@" in message["To"] for message in messages)


def test_plan_mode_never_sends(house):
    """A new ledger plans only, whatever the command line says."""
    house.configure(mode="plan")
    done = house.syncer("run", "--yes")
    assert done.returncode == 0, done.stderr
    assert figures(done.stdout)["planned"] > 0
    assert house.post.received == []
    [page] = (house.home / "reports").glob("*/run_report.html")
    assert "Would be contacted" in page.read_text()


@pytest.mark.parametrize("flag", [("--dry-run",), ("--as-of", "2026-01-15")])
def test_looking_at_another_day_or_dry_never_sends(flag, house):
    """--dry-run and --as-of decide and show; nothing leaves and nothing is written."""
    before = len(notes(house))
    done = house.syncer("run", *flag)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert house.post.received == []
    assert len(notes(house)) == before


def test_max_sends_is_a_limit_for_the_run(house):
    """--max-sends 1 lets one message out and keeps the rest for later."""
    assert house.syncer("run", "--max-sends", "1").returncode == 0
    assert len(house.post.received) == 1
    assert house.syncer("run").returncode == 0
    assert len(house.post.received) > 1


def test_a_kept_plan_is_applied_exactly(house):
    """apply sends what the plan says, and a second apply sends nothing more."""
    made = house.syncer("plan", "--out", "plan.json", "--detailed-exitcode")
    assert made.returncode == 10, made.stdout + made.stderr
    planned = json.loads((house.home / "plan.json").read_bytes())["entries"]
    assert house.post.received == []
    applied = house.syncer("apply", "plan.json")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert len(house.post.received) == len(planned) > 0
    assert house.syncer("apply", "plan.json").returncode == 0
    assert len(house.post.received) == len(planned)


def test_an_altered_plan_is_refused(house):
    """One changed byte, and nothing is sent: exit code 6."""
    assert house.syncer("plan", "--out", "plan.json").returncode == 0
    path = house.home / "plan.json"
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b'"GBP"', b'"EUR"', 1))
    assert path.read_bytes() != raw
    done = house.syncer("apply", "plan.json")
    assert done.returncode == 6
    assert "altered" in done.stderr
    assert house.post.received == []


def test_what_was_paid_after_the_plan_is_dropped(house):
    """A payment between plan and apply takes its customer out, says so, and adds nobody."""
    assert house.syncer("plan", "--out", "plan.json").returncode == 0
    planned = json.loads((house.home / "plan.json").read_bytes())["entries"]
    world = house.ledger.world.main
    gone = planned[0]["account_id"]
    for doc in [one for one in world.open_invoices() if one.contact_id == gone]:
        world.pay(doc)
    done = house.syncer("apply", "plan.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No longer right, and not sent: 1 of" in done.stdout
    contact = world.contact(gone)
    assert all(contact.email not in str(message["To"]) for message in house.post.messages())
    assert len(house.post.received) == len(planned) - 1, "one payment takes out one customer"


def test_a_hold_stops_contact_and_its_end_lets_it_go_on(house):
    """hold add keeps a customer out of the plan, explain says so, hold end brings it back."""
    made = json.loads(house.syncer("plan", "--json").stdout)["plan"]["entries"]
    account = made[0]["account_id"]
    added = house.syncer(
        "hold", "add", account, "--until", "2999-12-31", "--reason", "talks", "--json"
    )
    assert added.returncode == 0, added.stderr
    hold_id = json.loads(added.stdout)["hold"]["hold_id"]
    assert hold_id in house.syncer("hold", "list").stdout
    explained = json.loads(house.syncer("explain", account, "--json").stdout)
    assert {one["action"] for one in explained["decisions"]} != {"contact"}
    held = json.loads(house.syncer("plan", "--json").stdout)["plan"]["entries"]
    assert account not in {one["account_id"] for one in held}
    assert house.syncer("hold", "end", hold_id).returncode == 0
    assert hold_id not in house.syncer("hold", "list").stdout


def test_select_narrows_to_one_customer(house):
    """--select customer:ID lets only that customer be contacted."""
    made = json.loads(house.syncer("plan", "--json").stdout)["plan"]["entries"]
    account = made[0]["account_id"]
    assert house.syncer("run", "--select", f"customer:{account}").returncode == 0
    assert len(house.post.received) == 1


def test_every_run_leaves_its_results_and_the_journal_holds(house):
    """run_results.json, log, log --verify and health tell the same story."""
    assert house.syncer("run").returncode == 0
    [results] = (house.home / "reports").glob("*/run_results.json")
    document = json.loads(results.read_bytes())
    assert document["exit_code"] == 0
    assert document["ledgers"][0]["contacted"] == len(house.post.received)
    [run] = json.loads(house.syncer("log", "--json").stdout)
    assert run["run_id"] == document["run_id"]
    done = json.loads(house.syncer("log", "--run", run["run_id"], "--json").stdout)
    assert len([one for one in done if one["kind"] == "reminder"]) == len(house.post.received)
    assert house.syncer("log", "--verify").returncode == 0
    assert house.syncer("health").stdout.startswith("healthy")


def test_check_looks_at_ledger_and_mail(house):
    """check logs in to both and names what a person should know."""
    done = house.syncer("check", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = {one["what"]: one["verdict"] for one in json.loads(done.stdout)}
    assert found["access"] == "ok"
    assert found["mail"] == "ok"
    assert {"double chasing", "freshness"} <= set(found)
    assert house.post.received == []


def test_a_disputed_part_is_held_in_the_invoices_own_currency(house):
    """dispute add INVOICE --amount takes the currency from the invoice and lowers what is asked."""
    made = json.loads(house.syncer("plan", "--json").stdout)["plan"]["entries"]
    account = made[0]["account_id"]
    books = house.ledger.world.main
    number = next(doc.number for doc in books.open_invoices() if doc.contact_id == account)
    words = ("--until", "2999-12-31", "--reason", "two boxes missing", "--amount", "0.50")
    added = house.syncer("dispute", "add", number, *words, "--json")
    assert added.returncode == 0, added.stderr
    hold = json.loads(added.stdout)["hold"]
    assert (hold["amount"], hold["currency"]) == ("0.50", made[0]["currency"])
    assert hold["item_id"]
    explained = json.loads(house.syncer("explain", account, "--json").stdout)
    assert explained["decisions"][0]["position"]["held"] == "0.50"
