"""Warnings about a valid configuration: it works, and a colleague should still look at it.

What: secrets written in clear, holds that have ended, live ledgers that only fill a folder, rules
without the history that they go by, what was never filled in (``placeholders``), heads-ups too
near to each other (``crowding``), and law packs (``law_lint``, ``wording``).
Why no errors: a file must not stop working by itself, such as on the day after a promise.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from syncer.flow.worker import Mode
from syncer.policy.rules import Policy
from syncer.ports import ConnectorSpec
from syncer.settings.abilities import unthanked
from syncer.settings.crowding import crowding
from syncer.settings.law_lint import law_doubts
from syncer.settings.ledgers import Exclusion, HoldSettings, last_day
from syncer.settings.mail import Folder
from syncer.settings.placeholders import missing_files, placeholders, without_country
from syncer.settings.problems import Problem
from syncer.settings.promotion import promotion
from syncer.settings.root import Settings
from syncer.settings.show import secrets_in
from syncer.settings.tree import Path, find, nearest, show_path
from syncer.settings.wording import wording


def lint(
    settings: Settings, *, today: date, specs: Mapping[str, ConnectorSpec] = MappingProxyType({})
) -> tuple[Problem, ...]:
    """Every warning, with its line. ``today`` decides which holds have ended.

    ``specs`` say what the connectors can do; of those left out nothing is said.
    """
    found = [
        *_clear_secrets(settings),
        *_ended_holds(settings, today),
        *_quiet_live(settings),
        *_no_history(settings),
        *placeholders(settings),
        *without_country(settings),
        *promotion(settings),
        *crowding(settings),
        *missing_files(settings),
        *law_doubts(settings, today),
        *wording(settings),
        *((path, text) for path, _, text in unthanked(settings, specs)),
    ]
    problems = [_problem(settings, path, text) for path, text in found]
    return tuple(sorted(problems, key=lambda one: (one.mark.origin, one.mark.line)))


def _clear_secrets(settings: Settings) -> Iterator[tuple[Path, str]]:
    for path, secret in secrets_in(settings):
        node = find(settings.tree, path)
        if node is None or node.value is None or node.referenced or _is_harmless(secret):
            continue
        yield (
            path,
            'a secret in clear text; move it to a variable ("${NAME}") or a file (file:/path)',
        )


def _is_harmless(secret: str) -> bool:
    return not secret or secret.startswith("sqlite:///") or ("://" in secret and "@" not in secret)


def _ended_holds(settings: Settings, today: date) -> Iterator[tuple[Path, str]]:
    for place, ledger in enumerate(settings.ledgers):
        lists: dict[str, tuple[HoldSettings | Exclusion, ...]] = {
            "holds": ledger.holds,
            "do_not_contact": ledger.do_not_contact,
        }
        for key, holds in lists.items():
            for index, hold in enumerate(holds):
                end = last_day(hold)
                if end is not None and end < today:
                    yield (
                        ("ledgers", place, key, index, "until"),
                        f"ended on {end.isoformat()}, the account is followed up again; remove it",
                    )


def _quiet_live(settings: Settings) -> Iterator[tuple[Path, str]]:
    for place, ledger in enumerate(settings.ledgers):
        channel = settings.mail.channels.get(settings.channel_for(ledger))
        if ledger.mode is Mode.LIVE and isinstance(channel, Folder):
            yield (
                ("ledgers", place, "mode"),
                "live, but its channel only writes files; name an smtp channel to send",
            )


def _no_history(settings: Settings) -> Iterator[tuple[Path, str]]:
    """A policy that goes by how customers paid, over a ledger that is not asked for it."""
    for place, ledger in enumerate(settings.ledgers):
        if getattr(ledger.settings, "history_months", None) != 0:
            continue
        rules = ", ".join(_behaviour_rules(settings.policy_for(ledger)))
        if rules:
            text = (
                "0 reads no paid invoices, so every customer looks new, and policy "
                f"'{ledger.policy}' goes by payment history ({rules}); read some months, or take "
                "those rules out"
            )
            yield ("ledgers", place, "settings", "history_months"), text


def _behaviour_rules(policy: Policy) -> Iterator[str]:
    """The keys of a policy that look at settled invoices."""
    personal = policy.personal
    if personal.first_time_large is not None:
        yield "first_time_large"
    if personal.small_share is not None:
        yield "small_share"
    if personal.habit_grace_max:
        yield "habit_grace_max"
    if policy.thank_you.within is not None:
        yield "thank_you"
    for segment in policy.segments:
        when = segment.when
        asked = (when.first_time, when.usual_days_late_at_least, when.turnover_share_at_least)
        if any(one is not None for one in asked):
            yield f"segment {segment.name}"


def _problem(settings: Settings, path: Path, text: str) -> Problem:
    return Problem(nearest(settings.tree, path).mark, show_path(settings.tree, path), text)
