"""What ``lint`` says of law: packs past their review, charges that would be refused, limits.

What: a charge that rests on a row nobody checked, or on no row at all, is refused at the message;
here it is told beforehand. That no limit to contact can be passed is proven by search.
"""

from collections.abc import Iterator
from datetime import date

from syncer.model.money import ZERO
from syncer.policy.calendar import LOOK_AHEAD_DAYS
from syncer.policy.charges.fees import collection_costs
from syncer.policy.charges.rules import Basis, ChargeRules
from syncer.policy.law.caps import legal_rows
from syncer.policy.law.lawbook import LawBook, NoLaw
from syncer.policy.law.rows import Debtor, FeeCap, FeeScale, FixedSum, Pack, TextDuty, TextRule
from syncer.policy.limits import breach_of
from syncer.policy.quiet import for_debtor
from syncer.policy.rules import Cap, Ladder, Policy, StepChannel, Tone
from syncer.settings.handover_lint import laxer_than_law
from syncer.settings.root import Settings
from syncer.settings.tree import Path

_DAYS_NAMED = 5


def packs_used(settings: Settings) -> tuple[str, ...]:
    """A sentence for each policy with a law pack: which one, and what its limits come to."""
    return tuple(
        [
            _used(settings, name, law)
            for name, policy in sorted(settings.policies.items())
            if (law := policy.law)
        ]
    )


def law_doubts(settings: Settings, today: date) -> Iterator[tuple[Path, str]]:
    """Every warning about law, with its place."""
    book = settings.law_book
    for name, written in settings.policies.items():
        policy, path = settings.policy(name), ("policies", name)
        if written.law:
            pack = book.pack(written.law)
            yield from _reviews(pack, path, today)
            yield from _passed(policy, pack, path, today)
            yield from (((*path, *place), text) for place, text in laxer_than_law(policy))
        if policy.charges.steps:
            for place, text in _refused(policy.charges, book, today):
                yield (*path, "charges", *place), text
            for text in _too_much(policy, book, today):
                yield (*path, "charges", "fee"), text
        for ladder in policy.ladders:
            if _empty_threat(ladder):
                yield (
                    (*path, "ladders", ladder.name),
                    (
                        "a final message calls itself the last, and no step behind it follows it "
                        "up; add a step with hand_over or channel: task, or write tone: formal"
                    ),
                )


def _used(settings: Settings, name: str, law: str) -> str:
    pack = settings.law_book.pack(law)
    said = f"Policy {name} uses law pack {pack.name} {pack.version}, to be reviewed by "
    said += pack.review_by.isoformat()
    caps = [
        f"{one.contacts} in {one.days} days{f' in {one.region}' if one.region else ''} ({one.id})"
        for one in legal_rows((pack,), law)
    ]
    return f"{said}. Limits to contact, kept beside its own: {', '.join(caps) or 'none'}."


def _reviews(pack: Pack, path: Path, today: date) -> Iterator[tuple[Path, str]]:
    if pack.review_by < today:
        text = (
            f"law pack {pack.name} {pack.version} was to be reviewed by "
            f"{pack.review_by.isoformat()}; compare it with its sources, see docs/law.md"
        )
        yield (*path, "law"), text
    old = [row.id for row in pack.rows if row.review_by is not None and row.review_by < today]
    if old:
        yield (*path, "law"), f"rows past their day of review: {', '.join(old)}"


def _passed(policy: Policy, pack: Pack, path: Path, today: date) -> Iterator[tuple[Path, str]]:
    for row in legal_rows((pack,), pack.name):
        there = for_debtor(policy.restraint, row.region.partition("-")[0], row.region)
        restraint = there if row.region else policy.restraint
        limit = Cap(contacts=row.contacts, days=row.days)
        breach = breach_of(restraint, limit, today, LOOK_AHEAD_DAYS)
        if breach is not None:
            days = ", ".join(day.isoformat() for day in breach.days[:_DAYS_NAMED])
            text = f"more contacts than {row.id} allows are possible: {days}; see restraint"
            yield (*path, "restraint"), text


def _refused(charges: ChargeRules, book: LawBook, today: date) -> Iterator[tuple[Path, str]]:
    """What today's charges lack, as the message would find it."""
    kinds = [*dict.fromkeys([charges.debtor, *[kind for _, kind in charges.groups]])]
    debtors = [kind for kind in kinds if kind is not None]
    if charges.debtor is None:
        text = "nobody says whether customers are businesses or consumers: outside debtor_groups"
        yield ("debtor",), f"{text} nothing is charged"
    if charges.law and not charges.agreed and _wants_agreement(charges, book):
        text = f"law pack {charges.law} wants charges agreed first: nothing is charged until so"
        yield ("agreed",), f"{text}; write agreed: true where your contracts say so"
    for debtor in debtors:
        yield from _missing(charges, book, today, debtor)


def _wants_agreement(charges: ChargeRules, book: LawBook) -> bool:
    return any(row.rule is TextRule.AGREED_FIRST for row in book.rows(charges.law, TextDuty))


def _missing(
    charges: ChargeRules, book: LawBook, today: date, debtor: Debtor
) -> Iterator[tuple[Path, str]]:
    who = debtor.replace("_", " ")
    if charges.interest is not None and charges.interest.basis is Basis.STATUTORY:
        try:
            book.statutory_rate(charges.law, debtor=debtor)(today)
        except NoLaw as missing:
            yield ("interest",), f"no interest from a {who} whose debt falls due today: {missing}"
    if charges.compensation:
        yield from _without(book, charges.law, FixedSum, today, debtor, "compensation")
    if charges.collection_costs:
        yield from _without(book, charges.law, FeeScale, today, debtor, "collection_costs")


def _without(
    book: LawBook,
    law: str,
    kind: type[FixedSum] | type[FeeScale],
    today: date,
    debtor: Debtor,
    key: str,
) -> Iterator[tuple[Path, str]]:
    try:
        row = book.row(law, kind, on=today, debtor=debtor)
        if isinstance(row, FeeScale):
            collection_costs(row, ZERO)
    except NoLaw as missing:
        yield (key,), f"nothing from a {debtor.replace('_', ' ')}: {missing}"


def _too_much(policy: Policy, book: LawBook, today: date) -> Iterator[str]:
    """Where the fee asks for more than a limit lets through."""
    charges = policy.charges
    if charges.fee is None or not charges.law:
        return
    kinds = {charges.debtor, *[kind for _, kind in charges.groups]} - {None}
    for cap in book.rows(charges.law, FeeCap):
        if not cap.governs(today) or not any(kind and cap.applies_to(kind) for kind in kinds):
            continue
        asked = dict(charges.fee.amounts).get(cap.currency)
        if asked is not None and asked > cap.most:
            yield f"{asked} {cap.currency} is more than {cap.id} allows: {cap.most} is charged"
        if cap.count is not None and len(charges.steps) > cap.count:
            yield f"{cap.id} lets {cap.count} reminders cost a fee: later steps charge none"
        if cap.gap_days is not None and policy.restraint.min_gap < cap.gap_days:
            yield (
                f"{cap.id} wants {cap.gap_days} days between notices, restraint.min_gap is "
                f"{policy.restraint.min_gap}: a message sooner charges nothing"
            )


def _empty_threat(ladder: Ladder) -> bool:
    written = (StepChannel.EMAIL, StepChannel.LETTER)
    last = [
        place
        for place, step in enumerate(ladder.steps)
        if step.tone is Tone.FINAL and step.channel in written and step.hand_over is None
    ]
    if not last:
        return False
    behind = ladder.steps[last[-1] + 1 :]
    return not any(
        step.hand_over is not None or step.channel is StepChannel.TASK for step in behind
    )
