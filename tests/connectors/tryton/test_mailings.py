"""What Tryton mailed itself: the day at each invoice, dunnings too, and a change like any other."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from syncer.model.ledger import Stream
from syncer.testing.connector_case import Pulled

from .scripted import NOW, Bench, Refusal, Scripted
from .test_lists import LIST, Lines, instalment, party

EMAILS = "model.ir.email.search_read"


def moment(at: datetime) -> dict[str, Any]:
    """An instant as Tryton writes it: UTC without a zone."""
    parts = ("year", "month", "day", "hour", "minute", "second")
    return {"__class__": "datetime", **{part: getattr(at, part) for part in parts}}


def email(number: int, about: str, at: datetime) -> dict[str, Any]:
    """An e-mail that was kept."""
    return {"id": number, "resource": about, "create_date": moment(at)}


def dunned(line: int, *dunnings: int) -> dict[str, Any]:
    """A line with these dunnings."""
    return instalment(line) | {"dunnings.": [{"id": one, "blocked": 0} for one in dunnings]}


def office(*mails: dict[str, Any], dunning: bool = False) -> Lines:
    """A Tryton with three open invoices, numbered as their lines, and these e-mails."""
    tryton = Lines.of([dunned(1), dunned(2, 31), dunned(3, 32, 33)])
    tryton.answers[EMAILS] = list(mails)
    if dunning:
        tryton.answers |= {
            "model.ir.module.search_read": [{"id": 1, "name": "account_dunning"}],
            "model.account.dunning.search_count": 0,
        }
    return tryton


def days_of(tryton: Scripted) -> dict[str, date | None]:
    """What a pull says of each invoice's last mail."""
    return {
        item.item_id: item.sent_on for item in Pulled().take(Bench(tryton).source.pull({})).items
    }


def test_the_last_mail_about_an_invoice_is_told_by_the_companys_day() -> None:
    """Half past eleven at night in UTC is the next day in Berlin."""
    night = datetime(2026, 11, 10, 23, 30)
    tryton = office(
        email(9, "account.invoice,1", night),
        email(8, "account.invoice,1", night - timedelta(days=3)),
        email(7, "account.invoice,2", night - timedelta(hours=2)),
    )
    expected = {"1": date(2026, 11, 11), "2": date(2026, 11, 10), "3": None}
    assert days_of(tryton) == expected
    assert tryton.count(EMAILS) == 1


def test_a_dunning_by_email_is_a_mail_about_its_line() -> None:
    """The latest of a line's dunnings counts, beside the invoice's own mail."""
    at = datetime(2026, 11, 10, 12)
    tryton = office(
        email(9, "account.dunning,33", at),
        email(8, "account.dunning,32", at - timedelta(days=1)),
        email(7, "account.invoice,3", at - timedelta(days=9)),
        dunning=True,
    )
    assert days_of(tryton) == {"1": None, "2": None, "3": date(2026, 11, 10)}


@pytest.mark.parametrize("dunning", [False, True])
def test_dunnings_are_asked_about_only_where_they_are_respected(dunning: bool) -> None:
    """E-mails about what the user may not read would be refused together with all others."""
    tryton = office(dunning=dunning)
    days_of(tryton)
    (asked,) = (str(params[0]) for method, params in tryton.asked if method == EMAILS)
    assert ("account.dunning,31" in asked) is dunning
    assert "account.invoice,1" in asked


def test_who_may_not_read_emails_is_told_so() -> None:
    """The ledger goes on, as it did before there were any; no mail counts."""

    def refuse(*_: object) -> object:
        raise Refusal("UserError", ["You are not allowed to access it.", "", None])

    tryton = office()
    tryton.answers[EMAILS] = refuse
    bench = Bench(tryton)
    (warning,) = bench.source.check().warnings
    assert "ir.email" in warning
    pulled = Pulled().take(bench.source.pull({}))
    assert pulled.ends[Stream.ACCOUNTS].warnings == (warning,)
    assert {item.sent_on for item in pulled.items} == {None}


def test_what_was_mailed_is_a_change() -> None:
    """A mail leaves no stamp on its invoice, so its customer is read again."""
    tryton = office()
    bench = Bench(tryton)
    first = Pulled().take(bench.source.pull({}))
    bench.pass_time(hours=4)

    def still_open(domain: Any, *_: Any) -> list[dict[str, Any]]:
        open_lines = "reconciliation" in str(domain) and "'party', 'in'" not in str(domain)
        line = {"id": 1, "party": 5, "move.": {"origin": "account.invoice,1"}, "dunnings": []}
        return [line] if open_lines else []

    tryton.answers |= {
        EMAILS: [email(9, "account.invoice,1", NOW.replace(tzinfo=None) + timedelta(hours=2))],
        LIST: still_open,
    }
    tryton.asked.clear()
    second = Pulled().take(bench.source.pull(first.cursors))
    assert not second.ends[Stream.ITEMS].full
    looked = [str(params[0]) for method, params in tryton.asked if method == LIST]
    assert any("'party', 'in', [5]" in one for one in looked)


def test_a_mail_since_the_pull_is_seen_before_a_message_leaves() -> None:
    """The guard asks anew: what was known of an invoice's mails is not believed twice."""
    tryton = office()
    line = instalment(1)
    own = {"id": 1, "number": "N-1", "state": "posted", "origin": "account.invoice,1"}
    invoice = {**line["move."]["origin."], "move": 1, "additional_moves": []}
    tryton.answers |= {
        "model.party.party.search_read": [party(5)],
        "model.account.invoice.search_read": [invoice],
        LIST: [{**line, "move.": own, "invoice_payments": []}],
    }
    source = Bench(tryton).source
    (before,) = source.read_accounts(["5"])["5"].items
    tryton.answers[EMAILS] = [email(9, "account.invoice,1", datetime(2026, 11, 21, 12))]
    (after,) = source.read_accounts(["5"])["5"].items
    assert (before.sent_on, after.sent_on) == (None, date(2026, 11, 21))
