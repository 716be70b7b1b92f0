"""Whether charges and law packs that a policy names exist and go together.

What: works on valid settings, since it has to read the packs' files to know their names.
"""

from collections.abc import Iterator, Sequence

from syncer.errors import ConfigError
from syncer.policy.rules import StepChannel
from syncer.settings.policies import PolicySettings
from syncer.settings.problems import InvalidSettings, Problems, did_you_mean
from syncer.settings.root import Settings
from syncer.settings.tree import Path


def check_law(settings: Settings, problems: Problems) -> None:
    """Add what is wrong with ``law`` and with every policy's ``law`` and ``charges``."""
    if not settings.law.packs and not any(one.law for one in settings.policies.values()):
        known: list[str] | None = []  # nothing names a pack: none has to be read
    else:
        known = _known(settings, problems)
    for name, policy in settings.policies.items():
        path = ("policies", name)
        for place, text in mistakes_of_law(policy, known):
            problems.add((*path, *place), text)


def mistakes_of_law(
    policy: PolicySettings, known: Sequence[str] | None
) -> Iterator[tuple[Path, str]]:
    """What is wrong with ``law`` and ``charges`` of a policy; ``known`` None: no pack was read."""
    if known is not None and policy.law and policy.law not in known:
        hint = did_you_mean(policy.law, known) or f"; the packs are {', '.join(known)}"
        yield ("law",), f"there is no law pack '{policy.law}'{hint}"
    yield from _charges(policy)


def _known(settings: Settings, problems: Problems) -> list[str] | None:
    """The names of all packs; None when one cannot be read, which has then been said."""
    try:
        packs = settings.packs
    except InvalidSettings as invalid:
        problems.found.extend(invalid.problems)
        return None
    except ConfigError as error:
        problems.add(("law", "packs"), str(error))
        return None
    rows = {row.id for pack in packs for row in pack.rows}
    for place, one in enumerate(settings.law.checked):
        if one.row not in rows:
            hint = did_you_mean(one.row, sorted(rows)) or "; see docs/law.md"
            problems.add(("law", "checked", place, "row"), f"no pack has a row '{one.row}'{hint}")
    return sorted(pack.name for pack in packs)


def _charges(policy: PolicySettings) -> Iterator[tuple[Path, str]]:
    charges = policy.charges
    steps = {step.name: step for ladder in policy.ladders.values() for step in ladder.steps}
    for place, name in enumerate(charges.steps):
        step = steps.get(name)
        if step is None:
            hint = did_you_mean(name, sorted(steps)) or "; name a step of a ladder"
            yield ("charges", "steps", place), f"no ladder has a step '{name}'{hint}"
        elif step.channel not in (StepChannel.EMAIL, StepChannel.LETTER):
            said = f"step '{name}' writes no message of ours (channel: {step.channel})"
            text = f"{said}, so it cannot name a charge; use a step with channel: email or letter"
            yield ("charges", "steps", place), text
        elif step.before_due is not None:
            text = f"step '{name}' comes before the due date, when nothing is late; remove it"
            yield ("charges", "steps", place), text
    if charges.needs_law and not policy.law:
        text = (
            "statutory interest, compensation and collection costs are granted by law alone; "
            "add law: and the pack of the country, such as law: uk"
        )
        yield ("charges",), text
