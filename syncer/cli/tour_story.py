"""What the tour tells: the ledgers, each day, and afterwards what happened from three sides.

The figures of the ledgers and of the mailboxes are asked of them, not taken from the run.
"""

import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from syncer.cli.screen import Screen
from syncer.cli.tour_ledgers import COMPANIES, Company, Ledgers, Neighbour
from syncer.cli.work import Done
from syncer.model.counts import count_text
from syncer.model.run import LedgerResult
from syncer.report.summary import amount_text, checks_of, items_in, rows_of
from syncer.report.words import Group

SAMPLE_LINES = 34
NOTES_SHOWN = 2  # of each ledger
REASONS_SHOWN = 3
Letters = Mapping[str, frozenset[Path]]  # by ledger


@dataclass(frozen=True, slots=True)
class Tale:
    """What there is to tell at the end."""

    screen: Screen
    ledgers: Ledgers
    played: list[Done]
    place: Path
    before: Letters
    somebody: Mapping[str, str]  # by ledger, a customer to ask about

    def results(self, ledger: str) -> list[LedgerResult]:
        """A ledger's part of every day."""
        days = (done.result.ledgers for done in self.played)
        return [one for day in days for one in day if one.ledger == ledger]

    def new_letters(self, ledger: str) -> list[Path]:
        """What its mailbox holds that it did not hold before."""
        return sorted(letters(self.place)[ledger] - self.before[ledger])


def letters(place: Path) -> Letters:
    """The messages in each company's mail folder."""
    return {one.ledger: frozenset((place / "mail" / one.ledger).glob("*.eml")) for one in COMPANIES}


def introduce(screen: Screen, ledgers: Ledgers, place: Path) -> None:
    """Whose books these are, and where the mail goes."""
    states = [one.state() for one in ledgers.ones]
    screen.say("Two companies, each with its books in another system, simulated on this machine")
    rows = [
        (
            one.company.ledger,
            next(iter(state["organisations"].values())),
            one.company.title,
            state["contacts"],
            state["open_invoices"],
            " ".join(sorted(next(iter(state["open_totals"].values())))),
        )
        for one, state in zip(ledgers.ones, states, strict=True)
    ]
    columns = ("ledger", "company", "system", "customers", "invoices", "currencies")
    screen.table(columns, rows)
    for one in ledgers.ones:
        screen.say(f"The simulated {one.company.title} listens at {one.url}")
    again = "; they go on from the last time" if all(one.known for one in ledgers.ones) else ""
    screen.say(f"Their day is {_weekday(states[0]['today'])}{again}.")
    screen.say(f"The mail: a folder for each, in {place / 'mail'}")
    screen.say()


def logged_in(screen: Screen, company: Company, config: Path) -> None:
    """A login was needed."""
    screen.say(f"$ syncer auth login {company.ledger} --config {config}")
    screen.say(f"Logged in. The simulated {company.title} allows it by itself; the real one asks")
    screen.say("an administrator of the company, once, in a browser.")
    screen.say()


def day(screen: Screen, done: Done, *, alone: bool) -> None:
    """The end table of a day that is shown alone, else a line for each ledger."""
    result = done.result
    if not alone:
        for number, one in enumerate(result.ledgers):
            screen.say(_day_line(one, first=number == 0))
    elif screen.is_terminal:
        from syncer.report.table import end_table

        screen.rich(end_table(result, seconds=done.seconds))
    else:
        from syncer.report.table import end_text

        screen.say(end_text(result, seconds=done.seconds).rstrip())


def _day_line(one: LedgerResult, *, first: bool) -> str:
    held: Counter[str] = Counter()
    for row in rows_of(one, Group.HELD):
        held[row.code] += row.items
    because = ", ".join(f"{code} {items}" for code, items in held.most_common(REASONS_SHOWN))
    when = _weekday(one.today) if first and one.today else ""
    return (
        f"{when:<21} {one.ledger:<10} sent {one.contacted:>3}, notes {one.notes:>3}, "
        f"tasks {one.tasks:>2}, stopped by the last look {one.cancelled:>2}, "
        f"held {items_in(one, Group.HELD):>3}" + (f" ({because})" if because else "")
    )


def conclude(tale: Tale) -> None:
    """What happened, and one message and some notes of each ledger to look at."""
    screen = tale.screen
    screen.say()
    if not any(one.contacted for done in tale.played for one in done.result.ledgers):
        screen.say("Nothing was sent: everybody who had to hear from us on this day already did.")
        screen.say()
    _three_sides(tale)
    _reconcile(tale)
    if len(tale.played) > 1:
        _then_and_now(tale)
    for one in tale.ledgers.ones:
        sent = tale.new_letters(one.company.ledger)
        if sent:
            _sample(screen, one, sent)


def _three_sides(tale: Tale) -> None:
    rows = []
    for one in tale.ledgers.ones:
        days = tale.results(one.company.ledger)
        sent, noted = sum(day.contacted for day in days), sum(day.notes for day in days)
        rows.append(
            (
                one.company.ledger,
                f"{count_text(sent, 'reminder')} sent, {count_text(noted, 'note')}",
                count_text(len(tale.new_letters(one.company.ledger)), "new message"),
                f"{count_text(one.state()['program_notes'], 'note')} by us, all runs",
            )
        )
    tale.screen.say("What happened, seen from three sides")
    columns = ("ledger", "the run says", "the mailbox holds", "the ledger holds")
    tale.screen.table(columns, rows)


def _reconcile(tale: Tale) -> None:
    """Outcomes of the last run beside each ledger's own total, asked of the ledger."""
    rows = []
    for one in tale.ledgers.ones:
        totals = next(iter(one.state()["open_totals"].values()))
        for result in tale.results(one.company.ledger)[-1:]:
            for check in checks_of(result):
                theirs = Decimal(totals.get(check.currency, 0))
                agrees = "agrees" if check.outcomes == theirs else "DIFFERS"
                amounts = [amount_text(each, check.currency) for each in (check.outcomes, theirs)]
                rows.append((result.ledger, check.currency, check.items, *amounts, agrees))
    tale.screen.say()
    tale.screen.say("Every open item has one outcome; they add up to what the ledgers say is open")
    columns = ("ledger", "currency", "items", "outcomes", "the ledger's own figure", "")
    tale.screen.table(columns, rows)


def _then_and_now(tale: Tale) -> None:
    """What was open on the first day and on the last: new invoices come, customers pay."""
    rows = []
    for one in tale.ledgers.ones:
        days = tale.results(one.company.ledger)
        first, last = (_open_totals(each) for each in (days[0], days[-1]))
        for currency in sorted({*first, *last}):
            then, now = first.get(currency, Decimal(0)), last.get(currency, Decimal(0))
            amounts = (amount_text(each, currency) for each in (then, now))
            rows.append((one.company.ledger, currency, *amounts))
    tale.screen.say()
    tale.screen.say("Open at the beginning and at the end: new invoices came, customers paid")
    tale.screen.table(("ledger", "currency", "first day", "last day"), rows)


def _open_totals(one: LedgerResult) -> dict[str, Decimal]:
    return dict(one.open_totals)


def _sample(screen: Screen, one: Neighbour, sent: list[Path]) -> None:
    path, message, lines = _fullest(sent)
    screen.say()
    screen.say(f"One of the messages from {one.company.ledger}: {path.name}")
    for header in ("From", "To", "Reply-To", "Subject"):
        screen.say(f"  | {header}: {message[header]}")
    screen.say("  |")
    for line in lines[:SAMPLE_LINES]:
        screen.say(f"  | {line}".rstrip())
    if len(lines) > SAMPLE_LINES:
        screen.say("  | ...")
    screen.say()
    screen.say(f"Notes in {one.company.title}, newest first")
    for note in one.notes()[:NOTES_SHOWN]:
        screen.say(f"  on {note['on']}: {note['text']}")


def _fullest(sent: list[Path]) -> tuple[Path, EmailMessage, list[str]]:
    """The message with the longest statement that can be shown whole, else the first."""
    read = [(path, *_read(path)) for path in sent]
    fitting = [one for one in read if len(one[2]) <= SAMPLE_LINES]
    return max(fitting, key=lambda one: len(one[2]), default=read[0])


def _read(path: Path) -> tuple[EmailMessage, list[str]]:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    body = message.get_body(("plain",))
    return message, body.get_content().rstrip().splitlines() if body else []


def point_onwards(tale: Tale, config: Path) -> None:
    """Where to look next."""
    screen = tale.screen
    last = tale.played[-1].result.run_id
    day = next((one.today for one in tale.played[-1].result.ledgers if one.today), None)
    on_day = f" --as-of {day}" if day else ""
    screen.say()
    screen.say("Where to look next")
    screen.say(f"  {tale.place / 'reports' / last / 'run_report.html'}")
    prefix = f".venv/bin/python -m syncer --config {config}"
    for one in tale.ledgers.ones:
        if name := tale.somebody.get(one.company.ledger):
            # Without the day, the answer would be that of today, not of the day that was played.
            where = f"--ledger {one.company.ledger}"
            screen.say(f"  {prefix} explain {shlex.quote(name)}{on_day} {where}")
    screen.say(f"  {prefix} log --run {last}")
    screen.say(f"  {prefix} outbox list --state delivered")
    screen.say("  make run            the same day again: nobody hears from us twice")
    screen.say("  make run DAYS=30    a month, day by day")
    screen.say("  make clean          forget it all and start new books")


def _weekday(day: str | date) -> str:
    return (date.fromisoformat(day) if isinstance(day, str) else day).strftime("%A %Y-%m-%d")
