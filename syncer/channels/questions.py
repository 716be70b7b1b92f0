"""Asks in a reminder why nothing was paid: one question, answered with one number by mail."""

from collections.abc import Mapping

from syncer.model.agreement import UnpaidCause
from syncer.policy.rules import Tone


def asking(words: Mapping[str, str], tone: str, *, wanted: bool) -> tuple[str, ...]:
    """The question as one paragraph; none in a heads-up, where nothing should have been paid.

    The numbers are those of the order of ``UnpaidCause``: that is how an answer is told to
    ``syncer reason set``.
    """
    if not wanted or tone == Tone.HEADS_UP:
        return ()
    answers = [
        f"{number} = {words[f'ask_{cause.value}']}" for number, cause in enumerate(UnpaidCause, 1)
    ]
    return (f"{words['ask_reason']} {'; '.join(answers)}.",)
