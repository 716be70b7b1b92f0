"""Reading over the stand-in: which interface, whose company, merges, strays, deltas, freshness."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.odoo.facts import NOBODY
from connectors.odoo.reader import read_cursor
from syncer.errors import AuthError, ConfigError, ContractError
from syncer.model.ledger import Stop, Stream
from syncer.sandbox import people, post
from syncer.sandbox.books import stable_id
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.odoo.app import OdooApp
from syncer.sandbox.odoo.chatter import mail_line, notified
from syncer.sandbox.odoo.rows import COMPANY, CURRENCIES
from syncer.testing.connector_book import TODAY, contact_id, seeded_world
from syncer.testing.connector_case import Mounted, Pulled

from .wires import mounted


@pytest.fixture
def book(tmp_path: Path) -> tuple[Mounted, OdooApp]:
    """The suite's book in an Odoo 19."""
    return mounted(seeded_world(), tmp_path)


def _pull(made: Mounted, cursors: dict[Stream, str] | None = None) -> Pulled:
    return Pulled().take(made.source.pull(cursors or {}))


@pytest.mark.parametrize(("major", "spoken"), [(17, "JSON-RPC"), (18, "JSON-RPC"), (19, "JSON-2")])
def test_the_servers_version_chooses_the_interface(major: int, spoken: str, tmp_path: Path) -> None:
    """JSON-2 where it exists, else JSON-RPC; ``check`` says which."""
    made, _ = mounted(seeded_world(), tmp_path, major=major)
    (said,) = made.source.check().details
    assert said == f"Odoo {major}.0, spoken to by {spoken}"


def test_an_older_odoo_is_refused(tmp_path: Path) -> None:
    """Before 17 the calls that are used do not exist: said, not tried."""
    made, app = mounted(seeded_world(), tmp_path, major=17)
    app.major = 16
    with pytest.raises(ContractError, match="Odoo 17 or later"):
        made.source.check()


def test_json_rpc_without_a_login_says_which_key_is_missing(tmp_path: Path) -> None:
    """The older interface takes the key as a password, and a password needs a name."""
    made, _ = mounted(seeded_world(), tmp_path, major=18, login="")
    with pytest.raises(ConfigError, match=r"settings\.login"):
        made.source.check()


@pytest.mark.parametrize("major", [17, 19])
@pytest.mark.parametrize("wrong", [{"api_key": SecretStr("f" * 40)}, {"database": "other"}])
def test_wrong_access_is_an_auth_error(wrong: dict[str, Any], major: int, tmp_path: Path) -> None:
    """By either interface, with what to do, and never the key itself."""
    made, _ = mounted(seeded_world(), tmp_path, major=major, **wrong)
    with pytest.raises(AuthError) as told:
        made.source.check()
    assert "f" * 40 not in str(told.value)


def test_several_companies_must_be_told_apart(book: tuple[Mounted, OdooApp]) -> None:
    """Two visible companies and none configured: the error names them."""
    made, app = book
    app.models.rows.companies = 2
    with pytest.raises(ConfigError, match="Suite Trading Ltd"):
        made.source.check()


def test_an_unknown_company_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    """The key to correct is named."""
    made, _ = mounted(seeded_world(), tmp_path, company="Nobody Ltd")
    with pytest.raises(ConfigError, match=r"settings\.company"):
        made.source.check()


def test_a_customer_without_the_mark_is_read_for_what_it_owes(
    book: tuple[Mounted, OdooApp],
) -> None:
    """Whoever owes is read as an account, whether Odoo counts it as a customer or not."""
    made, app = book
    stray = {**_partner(app), "id": 70, "commercial_partner_id": 70, "customer_rank": 0}
    app.models.rows.extra_partners.append(stray)
    app.models.rows.extra_lines.append(_line(app, 70))
    assert "70" in {one.account_id for one in _pull(made).accounts}


def test_a_first_invoice_brings_an_unchanged_customer(book: tuple[Mounted, OdooApp]) -> None:
    """A delta of customers holds those whose open lines changed, however old they are."""
    made, app = book
    first = _pull(made)
    old = {**_partner(app), "id": 71, "commercial_partner_id": 71}
    old["write_date"] = "2019-01-01 00:00:00"
    app.models.rows.extra_partners.append(old)
    app.models.rows.extra_lines.append(_line(app, 71))
    app.world.advance(hours=1)
    app.models.rows.extra_lines[-1]["write_date"] = app.world.clock().strftime("%Y-%m-%d %H:%M:%S")
    second = _pull(made, first.cursors)
    assert {one.account_id for one in second.accounts} == {"71"}


def test_a_changed_contact_brings_its_customer(book: tuple[Mounted, OdooApp]) -> None:
    """Who gets the mail stands on the contact: its change is the customer's."""
    made, app = book
    first = _pull(made)
    app.world.advance(hours=1)
    owner = app.models.rows.partner_id(contact_id("joinery"))
    now = app.world.clock().strftime("%Y-%m-%d %H:%M:%S")
    app.models.rows.extra_partners.append(
        {
            **_partner(app),
            "id": 9000,
            "commercial_partner_id": owner,
            "parent_id": owner,
            "type": "invoice",
            "email": "new@joinery.example",
            "write_date": now,
        }
    )
    second = _pull(made, first.cursors)
    addresses = {one.account_id: [p.email for p in one.people] for one in second.accounts}
    assert addresses[str(owner)] == ["new@joinery.example"]


def test_customers_are_read_whole_once_a_day(book: tuple[Mounted, OdooApp]) -> None:
    """What leaves no trace (a contact deleted) is seen the next day at the latest."""
    made, app = book
    first = _pull(made)
    app.world.advance(hours=25)
    assert _pull(made, first.cursors).ends[Stream.ACCOUNTS].full


def test_without_the_servers_time_nothing_is_left_out(book: tuple[Mounted, OdooApp]) -> None:
    """A server that does not say its time gives no cursor: the next pull reads everything."""
    made, app = book
    app.tells_time = False
    assert _pull(made).cursors == {}


@pytest.mark.parametrize(
    "text", ["", "nonsense", "{}", '{"at":"soon","full_at":"2026-01-01T00:00:00Z"}']
)
def test_a_cursor_that_is_not_ours_reads_everything(text: str) -> None:
    """Never an error, never a gap."""
    assert read_cursor(text) is None


def test_a_delta_overlaps_the_one_before(book: tuple[Mounted, OdooApp]) -> None:
    """``write_date`` is when a transaction began: half an hour is read again."""
    made, app = book
    first = _pull(made)
    app.world.advance(minutes=20)
    people.change_contact(app.world.main, contact_id("joinery"), email="a@joinery.example")
    late = app.world.main.contact(contact_id("joinery"))
    late.changed_at -= timedelta(minutes=45)  # began before the first pull, committed after it
    second = _pull(made, first.cursors)
    assert str(app.models.rows.partner_id(contact_id("joinery"))) in {
        a.account_id for a in second.accounts
    }


def test_only_partners_that_are_gone_were_merged(book: tuple[Mounted, OdooApp]) -> None:
    """A text that looks like a merge is not believed of a partner that is still there."""
    made, app = book
    there = app.models.rows.partner_id(contact_id("quiet"))
    app.models.rows.messages.append(
        {
            "id": 700,
            "model": "res.partner",
            "res_id": app.models.rows.partner_id(contact_id("joinery")),
            "message_type": "notification",
            "body": f"<p>Fusionné : X &lt;x@x&gt; (ID {there}), Y &lt;n/a&gt; (ID 888)</p>",
            "create_date": "2026-11-22 18:00:00",
            "mail_activity_type_id": False,
            "subtype": "mail.mt_note",
            "message_id": "<x>",
        }
    )
    into = {a.account_id: a.merged_into for a in _pull(made).accounts if a.merged_into}
    assert str(there) not in into
    assert into["888"] == app.models.rows.remote(
        contact_id("joinery")
    )  # whatever language it is told in


CHATTER: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"notification_ids": [notified("ready")]}, True),  # leaves in a moment
    ({"notification_ids": [notified("exception"), notified("bounce")]}, False),
    ({"notification_ids": [notified(outside=False)]}, False),  # colleagues among themselves
    ({"notification_ids": [notified(kind="inbox")]}, False),
    ({"notification_ids": []}, False),  # a note
    ({"message_type": "email"}, False),  # the customer wrote
    ({"model": "sale.order"}, False),
    ({"date": "2026-09-01 08:00:00"}, False),  # so long ago that no gap reaches there
]


@pytest.mark.parametrize(("words", "counts"), CHATTER)
def test_what_of_the_chatter_is_a_mail_to_the_customer(
    words: dict[str, Any], counts: bool, book: tuple[Mounted, OdooApp]
) -> None:
    """Its day is the company's: 11:30 in UTC is half past midnight in Auckland."""
    made, app = book
    item_id = app.models.rows.remote(stable_id("suite", "S-001"))
    at = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
    app.models.rows.messages.append(mail_line(95_000, int(item_id.split(".")[0]), at, **words))
    (item,) = (item for item in _pull(made).items if item.item_id == item_id)
    assert item.sent_on == (date(2026, 11, 21) if counts else None)


def test_the_last_of_several_mails_counts(book: tuple[Mounted, OdooApp]) -> None:
    """One question for a pull, one more for what came since ahead of each read of the guard."""
    made, app = book
    item_id = app.models.rows.remote(stable_id("suite", "S-001"))
    move, at = int(item_id.split(".")[0]), datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    for number, days in ((95_000, 2), (95_001, 0), (95_002, 1)):
        app.models.rows.messages.append(mail_line(number, move, at - timedelta(days=days)))
    (item,) = (item for item in _pull(made).items if item.item_id == item_id)
    asked = app.models.calls.count("mail.message.web_search_read")
    facts = made.source.read_accounts([item.account_id])[item.account_id]
    assert app.models.calls.count("mail.message.web_search_read") == asked + 1
    assert {one.item_id: one.sent_on for one in facts.items}[item_id] == item.sent_on
    assert item.sent_on == date(2026, 11, 20)
    app.models.rows.messages.append(mail_line(95_003, move, at + timedelta(days=1)))
    (item,) = (item for item in _pull(made).items if item.item_id == item_id)
    assert item.sent_on == date(2026, 11, 21)


@pytest.mark.parametrize("told", [True, False])
def test_a_mail_that_somebody_sends_while_a_run_is_on_is_seen(
    told: bool, book: tuple[Mounted, OdooApp]
) -> None:
    """The guard's read knows it, hours after the pull, whether or not the server tells its time."""
    made, app = book
    app.tells_time = told
    item_id = app.models.rows.remote(stable_id("suite", "S-001"))
    (item,) = (item for item in _pull(made).items if item.item_id == item_id)
    assert item.sent_on is None
    app.world.advance(hours=3)
    post.send_mail(app.world.main, app.world.main.document(stable_id("suite", "S-001")), by="Sam")
    facts = made.source.read_accounts([item.account_id])[item.account_id]
    assert {one.item_id: one.sent_on for one in facts.items}[item_id] == app.world.main.today()


def test_a_line_without_a_partner_is_nobodys(book: tuple[Mounted, OdooApp]) -> None:
    """It is counted, on an account that is told and never contacted; the guard knows no such."""
    made, app = book
    app.models.rows.extra_lines.append({**_line(app, 70), "partner_id": False})
    pulled = _pull(made)
    assert [item.account_id for item in pulled.items].count(NOBODY) == 1
    assert NOBODY in {one.account_id for one in pulled.accounts}
    assert made.source.read_accounts([NOBODY]) == {}


def test_flags_are_asked_for_by_the_name_that_the_version_has(tmp_path: Path) -> None:
    """``blocked`` until Odoo 17, ``no_followup`` since 18: each holds its line."""
    for major, flag in ((17, "blocked"), (18, "no_followup"), (19, "no_followup")):
        folder = tmp_path / str(major)
        folder.mkdir()
        made, app = mounted(seeded_world(), folder, major=major)
        owner = app.models.rows.partner_id(contact_id("joinery"))
        app.models.rows.extra_lines.append({**_line(app, owner), flag: True})
        stops = {item.item_id: item.stop for item in _pull(made).items}
        assert stops["8000.80000"] is Stop.BLOCKED


def test_receipts_that_wait_age_the_books(book: tuple[Mounted, OdooApp]) -> None:
    """An unmatched receipt of the last month: the books speak for the day before it."""
    made, app = book
    waiting = TODAY - timedelta(days=6)
    old = TODAY - timedelta(days=90)
    for number, day in enumerate((waiting, old), start=2):
        line = {**app.models.rows.bank[0], "id": number, "date": day.isoformat(), "amount": 12.0}
        app.models.rows.bank.append(line)
    app.models.rows.bank[1]["journal_id"] = {"id": 8, "type": "bank", "name": "Savings"}
    organisation = made.source.check().organisation
    assert organisation.books_fresh_on == waiting - timedelta(days=1)
    assert organisation.bank_account == "Savings"


def test_the_books_are_as_old_as_the_last_bank_line(book: tuple[Mounted, OdooApp]) -> None:
    """Where no receipt waits it is the day of the last line, and the journal it stands in."""
    made, app = book
    earlier = {
        **app.models.rows.bank[0],
        "id": 0,
        "date": "2026-01-02",
        "journal_id": {"id": 8, "type": "bank", "name": "Savings"},
    }
    app.models.rows.bank.append(earlier)
    organisation = made.source.check().organisation
    assert (organisation.books_fresh_on, organisation.bank_account) == (TODAY, "Bank of the North")


@pytest.mark.parametrize("denied", [True, False])
def test_books_of_an_unknown_age(denied: bool, book: tuple[Mounted, OdooApp]) -> None:
    """No bank line, or no right to read them: the age is not known, and nothing fails."""
    made, app = book
    if denied:
        app.models.denied.add("account.bank.statement.line")
    else:
        app.models.rows.bank.clear()
    assert made.source.check().organisation.books_fresh_on is None


def test_a_key_that_dies_at_the_bank_is_no_missing_right(book: tuple[Mounted, OdooApp]) -> None:
    """Refused there, it is refused everywhere: books of unknown age are held by nobody."""
    made, app = book
    app.faults.faults = [Fault(FaultKind.EXPIRED_TOKEN, path="account.bank.statement.line")]
    with pytest.raises(AuthError, match="refuses the API key"):
        made.source.check()


def test_the_guard_holds_what_it_cannot_read(book: tuple[Mounted, OdooApp]) -> None:
    """An unreadable line of the account comes with the facts; others are as they are."""
    made, app = book
    owner = app.models.rows.partner_id(contact_id("joinery"))
    bad = _line(app, owner)
    bad["move_id"] = {**bad["move_id"], "payment_state": "pondering"}
    app.models.rows.extra_lines.append(bad)
    facts = made.source.read_accounts([str(owner)])[str(owner)]
    assert [one.record_id for one in facts.quarantined] == ["account.move.line,80000"]
    assert len(facts.items) > 1


def test_warnings_name_what_would_surprise(tmp_path: Path) -> None:
    """Another chaser in the same Odoo, a tag that is not there, a person that is not there."""
    nobody = {"task_user": "nobody@suite.example", "do_not_chase_tags": ("No such tag",)}
    made, app = mounted(seeded_world(), tmp_path, **nobody)
    app.models.extras["res.partner"] = {"credit_policy_id"}
    health = made.source.check()
    told = " ".join(health.warnings)
    assert health.organisation.own_reminders is None
    assert "account_credit_control" in told
    assert "'No such tag'" in told
    assert "settings.task_user" in told


def test_credit_policies_that_may_not_be_read_are_named(book: tuple[Mounted, OdooApp]) -> None:
    """Without a right nobody knows whom the OCA's credit control leaves alone: it is named."""
    made, app = book
    app.models.extras["res.partner"] = {"credit_policy_id"}
    app.models.denied.add("credit.control.policy")
    with pytest.raises(AuthError, match="Credit Control Info"):
        made.source.check()


def _partner(app: OdooApp) -> dict[str, Any]:
    return dict(app.models.rows.table("res.partner")[0])


def _line(app: OdooApp, owner: int) -> dict[str, Any]:
    """A line of 50 that is on ``owner``."""
    row = next(dict(one) for one in app.models.rows.lines() if one["move_name"] == "S-001")
    move = {**row["move_id"], "id": 8000, "payment_state": "not_paid"}
    amounts = ("amount_currency", "amount_residual_currency", "amount_residual", "balance")
    assert row["company_id"] == COMPANY
    assert row["currency_id"] == CURRENCIES["NZD"]
    return {
        **row,
        **dict.fromkeys(amounts, 50.0),
        "id": 80_000,
        "move_id": move,
        "partner_id": {"id": owner, "commercial_partner_id": owner},
    }
