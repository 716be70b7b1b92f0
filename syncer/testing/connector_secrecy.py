"""Secrecy: what is planted in tokens, names, addresses and broken answers shows nowhere.

Looks at error texts with everything they were raised from, at quarantined records, at
outcomes and at printed connectors. It does not read logs: a connector writes none.
"""

import traceback
from collections.abc import Iterator

from syncer.ports import Capability
from syncer.testing.connector_book import contact_id, seeded_world
from syncer.testing.connector_case import CANARY, Check, Mounted, Trial, Trouble, check, require
from syncer.testing.connector_honesty import pull_or_error

GROUP = "secrecy"
MARK = "[r:aaaaaaaaaaaaaaaa]"
SHORTEST = 6  # a shorter secret is in ordinary words by chance


def _keeps(trial: Trial, mounted: Mounted, shown: str, where: str) -> None:
    secrets = [*trial.case.secrets, *mounted.secrets(), CANARY]
    told = [secret for secret in secrets if len(secret) >= SHORTEST and secret in shown]
    require(not told, f"{where} shows {len(told)} things that must stay in")


# Troubles that a platform may not know are those whose own check it waives.
_TOLD_BY = {
    Trouble.MISSING_KEY: "a_missing_list_is_loud",
    Trouble.HTML: "a_page_for_people_is_loud",
    Trouble.TRUNCATED: "a_cut_list_is_loud",
    Trouble.EMPTY_LIST: "an_unsaid_empty_list_is_loud",
    Trouble.UNKNOWN_STATUS: "an_unknown_status_is_not_dropped",
    Trouble.BAD_AMOUNT: "an_unreadable_amount_is_not_dropped",
}


def _spoilt(trial: Trial, *troubles: Trouble) -> Iterator[tuple[Mounted, Trouble]]:
    """A fresh book for each trouble that the platform knows."""
    for trouble in troubles:
        if _TOLD_BY.get(trouble) in trial.case.waived:
            continue
        mounted = trial.mount(seeded_world())
        mounted.suffer(trouble)
        yield mounted, trouble


@check(GROUP)
def errors_keep_secrets(trial: Trial) -> None:
    """No error shows a token, a password, a body, a name or an address."""
    lists = (Trouble.MISSING_KEY, Trouble.HTML, Trouble.TRUNCATED, Trouble.EMPTY_LIST)
    for mounted, trouble in _spoilt(trial, *lists):
        _, error = pull_or_error(trial, mounted)
        if error is not None:
            shown = "".join(traceback.format_exception_only(error))
            _keeps(trial, mounted, shown, f"the error after {trouble}")


@check(GROUP)
def quarantine_keeps_secrets(trial: Trial) -> None:
    """No quarantined record shows who it is about, but for ids."""
    for mounted, trouble in _spoilt(trial, Trouble.BAD_AMOUNT, Trouble.UNKNOWN_STATUS):
        pulled, error = pull_or_error(trial, mounted)
        for one in pulled.quarantined:
            shown = f"{one.record_id} {one.where} {one.problem}"
            _keeps(trial, mounted, shown, f"the quarantine after {trouble}")
        _keeps(trial, mounted, str(error), f"the error after {trouble}")


@check(GROUP, Capability.NOTE_ADD)
def outcomes_keep_secrets(trial: Trial) -> None:
    """No outcome of a write shows its text, the other side's answer, or a token."""
    troubles = (Trouble.WRITE_CUT_AFTER, Trouble.WRITE_ERROR_AFTER)
    for mounted, trouble in _spoilt(trial, *troubles):
        outcome = mounted.source.add_note(
            account_id=mounted.remote(contact_id("joinery")),
            item_ids=[],
            text=f"About {CANARY} {MARK}",
            key="note-1",
        )
        trial.saw()
        _keeps(trial, mounted, repr(outcome), f"the outcome after {trouble}")


@check(GROUP)
def printing_keeps_secrets(trial: Trial) -> None:
    """A printed connector, and what ``check`` says to a person, show no secret."""
    mounted = trial.mount(seeded_world())
    trial.pull(mounted)
    shown = f"{mounted.source!r} {mounted.source.check()!r}"
    _keeps(trial, mounted, shown, "the printed connector")


CHECKS: tuple[Check, ...] = (
    errors_keep_secrets,
    quarantine_keeps_secrets,
    outcomes_keep_secrets,
    printing_keeps_secrets,
)
