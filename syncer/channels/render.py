"""Turns a decision into a message: the right people, one language, a statement that foots.

Data from a ledger is only ever a value handed to a template, never a template. The text is
written once per tone and language; the HTML part shows the same paragraphs in a table
layout that mail programs understand. Nothing is looked up and no clock is read here.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Template, TemplateError
from msgspec.structs import replace

from syncer.channels import addresses, enclosures, envelope, notes
from syncer.channels.catalogue import FALLBACK, Catalogue, shipped
from syncer.channels.charges import shown
from syncer.channels.cleaning import NAME_MAX, SUBJECT_MAX, block, one_line
from syncer.channels.links import safe_links
from syncer.channels.locales import Style, language_of, style_for
from syncer.channels.questions import asking
from syncer.channels.statement import Showing, Statement, build_statement, paid_statement
from syncer.errors import ConfigError, RecordError
from syncer.model.charge import Claim
from syncer.model.decision import AccountSnapshot, Code, Decision, LedgerContext
from syncer.model.effect import Attachment, Message
from syncer.model.ledger import Account, Person
from syncer.policy.beside import is_thanks
from syncer.policy.rules import Tone
from syncer.ports import Letterhead

REPLY_DAYS = 7  # firm to final messages name a day by which an answer is asked for
NUMBERS_QUOTED = 20
_NOT_MAIL = ("ledger_task", "ledger_note")


class TemplateRenderer:
    """Implements ``syncer.ports.Renderer`` over the shipped templates and the user's own."""

    def __init__(
        self, override_dir: Path | None = None, *, addresses_in_notes: bool = False
    ) -> None:
        """Compile the user's templates at once; the shipped ones can wait for the first message.

        Raises ConfigError for a template of ``override_dir`` that cannot be used.
        """
        self._override_dir = override_dir
        self.addresses_in_notes = addresses_in_notes
        if override_dir is not None:
            _ = self.catalogue

    @cached_property
    def catalogue(self) -> Catalogue:
        """Every template and word, read and compiled once."""
        return shipped() if self._override_dir is None else Catalogue(self._override_dir)

    def render(
        self,
        *,
        decision: Decision,
        snapshot: AccountSnapshot,
        context: LedgerContext,
        letterhead: Letterhead,
        tone: str,
        template: str,
        recipients: Sequence[str],
        pay_links: Mapping[str, str],
        at: datetime,
        attachments: Sequence[Attachment] = (),
        not_attached: Collection[str] = (),
        spoken: str = "",
        letter: bool = False,
        claim: Claim | None = None,
    ) -> Message:
        """The finished message; the same inputs give the same bytes.

        Raises RecordError, naming the account id, when the account has no usable address,
        a template fails or attachments do not match the statement; ConfigError when the
        letterhead or the template's name is wrong.
        """
        name, thanks, account = template or tone, is_thanks(decision), snapshot.account
        tag = spoken or account.language
        language = self._language(tag, letterhead.language, name)
        style = _style(language, tag or letterhead.language, account, context)
        to = () if letter else _receivers(account, recipients, tone)
        showing = Showing(
            style=style,
            day=_day(at, context),
            pay_links=safe_links(pay_links),
            sites=len({item.site for item in snapshot.items}) > 1,
        )
        enclosures.check(decision, attachments, not_attached)
        values = self._values(
            decision=decision,
            snapshot=snapshot,
            context=context,
            letterhead=letterhead,
            statement=paid_statement(decision) if thanks else build_statement(decision, showing),
            style=style,
            language=language,
            to=to,
            not_attached=enclosures.labels(decision, not_attached),
        )
        values["charges"] = shown(claim, decision, self.catalogue.words(language), style)
        wanted = letterhead.ask_reason and not thanks
        values["asking"] = asking(values["words"], tone, wanted=wanted)
        try:
            bodies = self._bodies(language, name, values, letter=letter, plain=thanks)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            # The template's own words may quote customer data: only the error's class is told.
            raise RecordError(
                f"account {account.account_id}: template {language}/{name} failed "
                f"({type(error).__name__}); check the names it uses against docs/messages.md"
            ) from None
        made = _message(decision, letterhead, to, bodies, language, at, attachments)
        return replace(made, charges=claim.lines) if claim is not None else made

    def note(self, *, message: Message, decision: Decision, context: LedgerContext) -> str:
        """What was sent, to whom (by role), how much, which step and when."""
        return notes.note_text(message, decision, context, show_addresses=self.addresses_in_notes)

    def task_text(
        self,
        *,
        decision: Decision,
        snapshot: AccountSnapshot,
        context: LedgerContext,
        hand_over: str = "",
        missing: Sequence[str] = (),
    ) -> str:
        """What a person needs to hand for a phone call, or to hand a debt over."""
        return notes.task_text(decision, snapshot, context, hand_over=hand_over, missing=missing)

    def _language(self, account: str, house: str, name: str) -> str:
        """The first language that has the whole message: account's, house's, English."""
        for tag in (account, house, FALLBACK):
            language = language_of(tag)
            if self.catalogue.has(language, name):
                return language
        raise ConfigError(
            f"template {name!r} exists in neither {language_of(house)!r} nor {FALLBACK!r}; "
            "add it to the templates folder or correct the step's template"
        )

    def _values(
        self,
        *,
        decision: Decision,
        snapshot: AccountSnapshot,
        context: LedgerContext,
        letterhead: Letterhead,
        statement: Statement,
        style: Style,
        language: str,
        to: tuple[Person, ...],
        not_attached: Sequence[str],
    ) -> dict[str, Any]:
        invoices = statement.invoices
        late = [line for line in decision.lines if line.days_late > 0 and line.due_on]
        oldest = max(late, key=lambda line: line.days_late, default=None)
        account_name = one_line(snapshot.account.name, NAME_MAX)
        return {
            "account": account_name,
            "addressee": (to[0].name if len(to) == 1 else "") or account_name,
            "organisation": one_line(context.organisation.name, NAME_MAX),
            "sender": one_line(letterhead.sender_name, NAME_MAX),
            "count": len(invoices),
            "number": invoices[0].number,
            "numbers": tuple(row.number for row in invoices[:NUMBERS_QUOTED]),
            "numbers_more": max(len(invoices) - NUMBERS_QUOTED, 0),
            "total": statement.total,
            "due": _first_due(decision, style),
            "instalment_due": _instalment_due(decision, style),
            "earlier": _messages_before(decision, snapshot),
            "late_count": sum(1 for row in invoices if row.days_late),
            "oldest_due": style.long_date(oldest.due_on) if oldest and oldest.due_on else "",
            "oldest_days": oldest.days_late if oldest else 0,
            "today": style.long_date(context.today),
            "reply_by": style.long_date(context.today + timedelta(days=REPLY_DAYS)),
            "rows": statement.rows,
            "pay_link": _only_link(statement),
            "not_attached": not_attached[:NUMBERS_QUOTED],
            "not_attached_more": max(len(not_attached) - NUMBERS_QUOTED, 0),
            "bank": block(letterhead.bank_details),
            "signature": block(letterhead.signed(language)),
            "language": language,
            "words": self.catalogue.words(language),
            "crossed": _crossed(decision, self.catalogue.words(language), style),
        }

    def _bodies(
        self, language: str, name: str, values: dict[str, Any], *, letter: bool, plain: bool
    ) -> tuple[str, str, str]:
        template = self.catalogue.template(language, name)
        subject = one_line(_block(template, "subject", values), SUBJECT_MAX)
        parts = {
            "subject": subject,
            "before": (*_paragraphs(_block(template, "before", values)), *values["crossed"]),
            "after": (*_paragraphs(_block(template, "after", values)), *values["asking"]),
        }
        layouts = self._layouts(letter=letter, plain=plain)
        text, html = (layout.render(values | parts).strip() + "\n" for layout in layouts)
        return subject, text, html

    def _layouts(self, *, letter: bool, plain: bool) -> tuple[Template, Template]:
        """Those of the text and of the HTML; the plain ones have no statement, and ask nothing."""
        known = self.catalogue
        if plain:
            return known.plain_text_layout, known.plain_html_layout
        return known.text_layout, known.letter_layout if letter else known.html_layout


def _style(language: str, tag: str, account: Account, context: LedgerContext) -> Style:
    countries = (account.country, context.organisation.country)
    return style_for(language, tag=tag, countries=countries)


def _receivers(account: Account, recipients: Sequence[str], tone: str) -> tuple[Person, ...]:
    """Who gets it. Raises RecordError when nobody has a usable address."""
    to = addresses.choose(
        account.people, recipients, robots_allowed=tone not in (Tone.FORMAL, Tone.FINAL)
    )
    if not to:
        raise RecordError(
            f"account {account.account_id}: no usable mail address for this step; "
            "correct it in the ledger"
        )
    return to


def _day(at: datetime, context: LedgerContext) -> date:
    """The day of the message where the organisation is: a run may have gone on past midnight."""
    zone = ZoneInfo(context.organisation.time_zone)
    return max(context.today, at.astimezone(zone).date())


def _crossed(decision: Decision, words: Mapping[str, str], style: Style) -> tuple[str, ...]:
    """Behind any wording, where the books are old: that a payment may have crossed the message."""
    for reason in decision.reasons:
        if reason.code is Code.STALE_SOFTENED:
            known = reason.args[0]
            day = style.long_date(date.fromisoformat(known)) if known else ""
            return (words["books_until"] % day if known else words["books_unknown"],)
    return ()


def _first_due(decision: Decision, style: Style) -> str:
    days = [line.due_on for line in decision.lines if line.due_on is not None]
    return style.long_date(min(days)) if days else ""


def _instalment_due(decision: Decision, style: Style) -> str:
    """The day of the instalment that the message is about, else ""."""
    for reason in decision.reasons:
        if reason.code is Code.INSTALMENT_DUE:
            return style.long_date(date.fromisoformat(reason.args[0]))
    return ""


def _messages_before(decision: Decision, snapshot: AccountSnapshot) -> int:
    """Messages the customer got about this matter: a text may only mention what was sent."""
    return sum(
        1
        for contact in snapshot.contacts
        if contact.currency == decision.currency
        and contact.episode == decision.episode
        and contact.settled
        and contact.channel not in _NOT_MAIL
        and not is_thanks(contact)
    )


def _block(template: Template, name: str, values: dict[str, Any]) -> str:
    return "".join(template.blocks[name](template.new_context(values)))


def _paragraphs(text: str) -> tuple[str, ...]:
    """Blank lines part paragraphs; inside one, line ends are only the author's layout."""
    pieces = text.strip().replace("\r\n", "\n").split("\n\n")
    return tuple(" ".join(piece.split()) for piece in pieces if piece.strip())


def _only_link(statement: Statement) -> str:
    """The link for a button: only when the message is about one invoice and nothing else."""
    return statement.rows[0].pay_link if len(statement.rows) == 1 else ""


def _message(
    decision: Decision,
    letterhead: Letterhead,
    to: tuple[Person, ...],
    bodies: tuple[str, str, str],
    language: str,
    at: datetime,
    attachments: Sequence[Attachment],
) -> Message:
    subject, text, html = bodies
    sender = _own_address(letterhead.sender, "sender")
    reply_to = _own_address(letterhead.reply_to, "reply_to")
    clean = tuple(enclosures.cleaned(attachment) for attachment in attachments)
    try:
        raw = (
            html.encode()
            if not to
            else envelope.build(
                envelope.Envelope(
                    key=decision.key,
                    sender=sender,
                    sender_name=one_line(letterhead.sender_name, NAME_MAX),
                    reply_to=reply_to,
                    to=to,
                    subject=subject,
                    text=text,
                    html=html,
                    language=language,
                    at=at,
                    attachments=clean,
                )
            )
        )
    except RecordError as error:
        raise RecordError(f"account {decision.account_id}: {error}") from error
    return Message(
        key=decision.key,
        message_id=envelope.message_id(decision.key, sender),
        sender=sender,
        reply_to=reply_to,
        to=to,
        subject=subject,
        text=text,
        html=html,
        language=language,
        raw=raw,
        attachments=tuple(attachment.name for attachment in clean),
    )


def _own_address(text: str, key: str) -> str:
    address = addresses.normal_address(text)
    if not address:
        raise ConfigError(
            f"letterhead: {key} is not a plain mail address; give one such as name@example.com"
        )
    return address
