"""From policies and holds as people write them to the records that the policy decides with."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256

import msgspec

from syncer.model.agreement import Terms
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.policy.law.caps import with_law
from syncer.policy.law.giving import hand_over_rules
from syncer.policy.law.rows import Pack
from syncer.policy.rules import (
    Cap,
    Condition,
    Freshness,
    Ladder,
    Personal,
    Policy,
    Restraint,
    Segment,
    Step,
    policy_version,
)
from syncer.policy.strategy import FirstRun
from syncer.settings.agreements import InstalmentSettings
from syncer.settings.charges import to_charges
from syncer.settings.ladders import LadderSettings, StepSettings
from syncer.settings.ledgers import Exclusion, HoldSettings, LedgerSettings
from syncer.settings.policies import PersonalSettings, PolicySettings
from syncer.settings.restraint import RestraintSettings
from syncer.settings.segments import ConditionSettings, SegmentSettings

HOLD_ID_LENGTH = 12
ALREADY = date(2000, 1, 1)  # a hold without a first day began before anything we could read


def to_policy(name: str, written: PolicySettings, packs: Sequence[Pack] = ()) -> Policy:
    """The policy with a version that changes exactly when its content does.

    ``packs`` have the limits to contact of the law that the policy names: caps beside its own.
    """
    law = written.law or ""
    policy = Policy(
        name=name,
        ladders=tuple(_ladder(key, ladder) for key, ladder in sorted(written.ladders.items())),
        default_ladder=written.ladder_used,
        segments=tuple(_segment(segment, written.ladder_used) for segment in written.segments),
        minimum=written.minimum_pairs,
        restraint=with_law(_restraint(written.restraint), packs, law),
        catch_up=written.catch_up,
        personal=_personal(written.personal),
        freshness=Freshness(
            books_max_age=written.freshness.books_max_age,
            when_stale=written.freshness.when_stale,
        ),
        charges=to_charges(written.charges, law),
        combine_over=written.combine_over,
        only_sent=written.only_sent,
        first_run=FirstRun(old_debts=written.on_first_run, from_day=written.old_debts_from),
        direct_debit=written.direct_debit.rules(),
        hand_over=written.hand_over.rules(),
        hand_over_law=hand_over_rules(packs, law),
        agreements=written.agreements.rules(),
        thank_you=written.thank_you.rules(),
    )
    return msgspec.structs.replace(policy, version=policy_version(policy))


def _ladder(name: str, written: LadderSettings) -> Ladder:
    steps = tuple(_step(step) for step in written.steps)
    return Ladder(name=name, steps=steps, allow_skip=written.allow_skip)


def _step(written: StepSettings) -> Step:
    return Step(
        name=written.name,
        tone=written.tone,
        before_due=written.before_due,
        after_due=written.after_due,
        after_previous=written.after_previous,
        channel=written.channel,
        template=written.template,
        recipients=written.recipients,
        attach_invoices=written.attach_invoices,
        language=written.language or "",
        approval=written.approval,
        repeat=written.repeat,
        hand_over=written.hand_over,
    )


def _segment(written: SegmentSettings, default_ladder: str) -> Segment:
    return Segment(
        name=written.name,
        when=_condition(written.when),
        ladder=written.ladder or default_ladder,
        exclude=written.exclude,
        reason=written.reason,
    )


def _condition(written: ConditionSettings) -> Condition:
    """Its keys are those of the record, word for word."""
    return Condition(**{name: getattr(written, name) for name in Condition.__struct_fields__})


def _restraint(written: RestraintSettings) -> Restraint:
    return Restraint(
        min_gap=written.min_gap,
        caps=tuple(
            Cap(contacts=cap.contacts, days=cap.within, channel=cap.channel or "")
            for cap in written.caps
        ),
        weekdays=tuple(sorted(set(written.weekdays))),
        holidays=written.holidays or "",
        send_from=written.send_from,
        send_until=written.send_until,
        count_invoice_mail=written.count_invoice_mail,
        caps_count_reminders=written.caps_count_reminders,
        debtor_hours=written.debtor_hours,
        debtor_holidays=written.debtor_holidays,
    )


def _personal(written: PersonalSettings) -> Personal:
    return Personal(
        first_time_large=written.first_time_large,
        first_time_sooner=written.first_time_sooner,
        small_share=written.small_share,
        small_until=written.small_until,
        habit_grace_max=written.habit_grace_max,
        habit_min_settled=written.habit_min_settled,
    )


def to_holds(ledger: LedgerSettings) -> tuple[Hold, ...]:
    """The holds of a ledger, then its exclusions. Ids depend on the content alone."""
    held = [_hold(ledger.name, written) for written in ledger.holds]
    return (*held, *(_exclusion(ledger.name, written) for written in ledger.do_not_contact))


def _hold(ledger: str, written: HoldSettings) -> Hold:
    starts_on = written.starts_on or ALREADY
    identity = (ledger, written.kind, written.account, written.item, starts_on, written.ends_on)
    return Hold(
        hold_id=_hold_id(*identity, written.amount, *map(_said, written.instalments)),
        kind=written.kind,
        account_id=written.account,
        item_id=written.item,
        amount=written.amount,
        currency=written.currency or "",
        starts_on=starts_on,
        ends_on=written.last_day,
        reason=written.reason,
        author=written.author,
        source=HoldSource.CONFIG,
        terms=_terms(written),
    )


def _said(written: InstalmentSettings) -> str:
    return f"{written.due} {written.amount}"


def _terms(written: HoldSettings) -> Terms | None:
    terms = Terms(
        instalments=tuple(part.part() for part in written.instalments),
        cause=written.code or "",
        owner=written.owner,
        said_by=written.said_by,
    )
    return None if terms == Terms() else terms


def _exclusion(ledger: str, written: Exclusion) -> Hold:
    return Hold(
        hold_id=_hold_id(
            ledger, HoldKind.EXCLUDE, written.account, "", ALREADY, written.until, None
        ),
        kind=HoldKind.EXCLUDE,
        account_id=written.account,
        starts_on=ALREADY,
        ends_on=written.until,
        reason=written.reason,
        source=HoldSource.CONFIG,
    )


def _hold_id(*identity: object) -> str:
    text = "\x1f".join(str(part) for part in identity)
    return f"config-{sha256(text.encode()).hexdigest()[:HOLD_ID_LENGTH]}"
