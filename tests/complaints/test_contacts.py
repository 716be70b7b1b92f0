"""Complaints about contacts: too many, at wrong hours, to the wrong people, in two languages."""

import re
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email import policy as mail_policy
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from syncer.channels.render import TemplateRenderer
from syncer.model.ledger import Organisation, Person
from syncer.policy.decide import decide
from syncer.policy.explain import explain
from syncer.policy.rules import Ladder, Restraint, Step, Tone
from syncer.testing import builders
from tests.channels import cases
from tests.unit.policy.make import TODAY, contact, context, invoice, one, policy, said, snapshot

ZONES = [
    f"Etc/GMT{sign}{hours}" for sign, top in (("+", 12), ("-", 14)) for hours in range(top + 1)
]
RENDERER = TemplateRenderer()


def test_complaint_07_ten_invoices_over_three_steps_make_one_message(bench) -> None:
    """Ten unpaid invoices, one customer: one message a run, and it lists all ten."""
    steps = [Step(name=f"step{n}", tone=Tone.FRIENDLY, after_due=n * 10 + 1) for n in range(3)]
    rules = builders.policy(ladders=(Ladder(name="usual", steps=tuple(steps)),))
    for number in range(10):
        bench.owes(f"I{number}", late=2 + 3 * number)
    assert bench.ledger(rules=rules).contacted == 1
    [mail] = bench.book.mailbox
    assert all(f"INV-I{number}" in mail.text for number in range(10))


@pytest.mark.parametrize("zone", ZONES)
def test_complaint_17_the_printed_due_date_is_the_ledger_s(zone) -> None:
    """A calendar date in the ledger's books is that date in every zone of the earth."""
    owner = Organisation(name="Acme", time_zone=zone, currency="EUR", country="GB")
    text = cases.render(
        RENDERER,
        cases.decision(cases.invoice(due_on=date(2026, 3, 1), issued_on=date(2026, 2, 1))),
        context=replace(cases.CONTEXT, organisation=owner),
    ).text
    assert "due 1 March 2026" in text or "due 1 Mar 2026" in text


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Europe/London", "Asia/Kathmandu", "Etc/GMT-14"])
@pytest.mark.parametrize(
    "start", [datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)]
)
def test_complaint_18_the_sending_hours_delay_a_step_and_never_cancel_it(
    bench, zone, start
) -> None:
    """Runs at every third hour through a change of clocks: sent once, inside the ledger's hours."""
    bench.book.organisation = replace(bench.book.organisation, time_zone=zone)
    bench.clock.now = start
    hours = Restraint(
        min_gap=1, caps=(), weekdays=tuple(range(7)), send_from=time(9), send_until=time(12)
    )
    bench.book.accounts["A1"] = builders.account("A1")
    bench.book.items["I1"] = builders.invoice("I1", due=start.date() - timedelta(days=4))
    rules = builders.policy(restraint=hours)
    sent = []
    bench.channel.before_send = lambda _: sent.append(bench.clock())
    for _ in range(12):
        bench.run(rules=rules)
        bench.clock.now += timedelta(hours=2, minutes=59)
    assert len(sent) == 1
    assert 9 <= sent[0].astimezone(ZoneInfo(zone)).hour < 12


@pytest.mark.parametrize(("late", "action"), [(-1, "none"), (0, "none"), (1, "contact")])
def test_complaint_25_due_today_is_not_overdue(late, action) -> None:
    """The day before due, the day itself, the day after: asked for on the last alone."""
    first_day = Step(name="first", tone=Tone.FRIENDLY, after_due=0)
    decision = one(invoice("I1", late), rules=policy(first_day))
    assert decision.action == action
    assert decision.position.overdue == (100 if late > 0 else 0)


def test_complaint_27_a_new_invoice_inside_the_gap_rides_the_next_contact() -> None:
    """It is neither hidden nor chased by itself: waits for the gap, then stands in the message."""
    rules = policy(restraint=replace(policy().restraint, min_gap=10))
    facts = snapshot(
        invoice("OLD", 25), invoice("NEW", 8), contacts=(contact("friendly", 6, "OLD"),)
    )
    (waits,) = decide(facts, rules, context())
    assert said(waits) == ("hold", "min_gap")
    assert {outcome.item_id for outcome in waits.outcomes} == {"OLD", "NEW"}
    told = [
        found for found in explain(waits, facts, rules, context()) if found.rule == "minimum gap"
    ]
    assert "10 days" in told[0].comparison
    later = context(TODAY + timedelta(days=4))
    (goes,) = decide(facts, rules, later)
    assert said(goes)[0] == "contact"
    assert {line.item_id for line in goes.lines} == {"OLD", "NEW"}


def people(*pairs: tuple[str, str]) -> tuple[Person, ...]:
    """(role, address) as people."""
    return tuple(Person(email=address, role=role) for role, address in pairs)


INVOICES = ("invoice", "invoices@c.example")
COLLECTIONS = ("collections", "collections@c.example")
ESCALATION = ("escalation", "boss@c.example")
ROBOT = ("invoice", "no-reply@c.example")


@pytest.mark.parametrize(
    ("roles", "known", "to"),
    [
        (("collections", "invoice"), (INVOICES, COLLECTIONS), "collections@c.example"),
        (("collections", "invoice"), (INVOICES,), "invoices@c.example"),
        (("escalation", "collections"), (COLLECTIONS, ESCALATION), "boss@c.example"),
        (("invoice", "collections"), (ROBOT, COLLECTIONS), "collections@c.example"),
    ],
)
def test_complaint_32_roles_fall_back_in_the_order_of_the_step(bench, roles, known, to) -> None:
    """The first role that a person reads gets the message; a robot inbox only where nobody else."""
    step = Step(name="only", tone=Tone.FIRM, after_due=1, recipients=roles)
    bench.customer("A1", people=people(*known))
    bench.owes(late=5)
    bench.ledger(rules=builders.policy(ladders=(Ladder(name="usual", steps=(step,)),)))
    assert [mail.to[0].email for mail in bench.book.mailbox] == [to]


def test_complaint_32_a_robot_never_gets_a_final_notice(bench) -> None:
    """Nobody reads it there: nothing is sent, and a person is told to find somebody."""
    step = Step(name="only", tone=Tone.FINAL, after_due=1)
    bench.customer("A1", people=people(ROBOT))
    bench.owes(late=5)
    rules = builders.policy(ladders=(Ladder(name="usual", steps=(step,)),))
    assert bench.ledger(rules=rules).contacted == 0
    assert bench.book.mailbox == []


def test_complaint_33_each_step_writes_to_its_own_roles(bench) -> None:
    """Three steps, three roles: recipients as configured, step by step."""
    roles = ("invoice", "collections", "escalation")
    steps = tuple(
        Step(name=role, tone=Tone.FIRM, after_due=1 + 2 * at, recipients=(role,))
        for at, role in enumerate(roles)
    )
    bench.customer("A1", people=people(INVOICES, COLLECTIONS, ESCALATION))
    bench.owes(late=30)
    for _ in roles:
        bench.run(rules=builders.policy(ladders=(Ladder(name="usual", steps=steps),)))
        bench.next_day()
    sent = [[person.email for person in mail.to] for mail in bench.book.mailbox]
    assert sent == [["invoices@c.example"], ["collections@c.example"], ["boss@c.example"]]


def test_complaint_34_answers_reach_a_person(office, bench) -> None:
    """Without reply_to the configuration is refused; with it every message carries it."""
    text = office.config.read_text("utf-8")
    assert office("lint").code == 0
    office.config.write_text(text.replace("  reply_to: anna@northgate.co.uk\n", ""), "utf-8")
    refused = office("lint")
    assert (refused.code, "reply_to" in refused.out + refused.err) == (2, True)
    bench.owes("I1", "A1", late=3)
    bench.owes("I2", "A2", late=9)
    bench.run()
    assert len(bench.book.mailbox) == 2
    for mail in bench.book.mailbox:
        parsed = message_from_bytes(mail.raw, policy=mail_policy.default)
        assert parsed["Reply-To"] == "anna@acme.example"


TONES = ("heads_up", "friendly", "firm", "formal", "final")


@pytest.mark.parametrize("tone", TONES)
def test_complaint_35_no_message_is_in_two_languages(tone) -> None:
    """Each step in each language: whole in it; a language that is not there falls back whole."""
    bodies = {}
    for language in ("en", "de", "fr", "es", "nl", "xx"):
        message = cases.render(
            RENDERER,
            cases.decision(step=tone),
            tone=tone,
            snapshot=cases.snapshot(language=language),
        )
        assert message.language == (language if language != "xx" else "en")
        bodies[language] = {
            line
            for line in message.text.splitlines()
            if re.search(r"[a-zäöüéèñ]{4,} [a-zäöüéèñ]{2,}", line)
        }
    assert bodies["xx"] == bodies["en"]
    shared = [bodies[a] & bodies[b] for a in bodies for b in bodies if a < b and b != "xx"]
    assert all(not same for same in shared), shared
