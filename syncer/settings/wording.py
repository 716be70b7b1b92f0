"""What ``lint`` says of texts that a law pack has duties about: yearly rates, who writes.

What: warnings about the user's own templates, signature and bank details, for packs that a policy
uses and whose duty binds who writes for what is owed to them.
"""

from collections.abc import Iterator

from syncer.policy.law.periodic import without_yearly
from syncer.policy.law.rows import Creditor, Pack, Status, TextDuty, TextRule
from syncer.settings.root import Settings
from syncer.settings.texts import own_texts
from syncer.settings.tree import Path

_IN_FORCE = (Status.ACTIVE, Status.UNVERIFIED)


def wording(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Every warning, with its place."""
    used = {policy.law for policy in settings.policies.values() if policy.law}
    if not used:
        return  # no pack has to be read
    packs = [pack for pack in settings.packs if pack.name in used]
    rated = [row for pack in packs for row in duties(pack, TextRule.YEARLY_RATE)]
    if rated:  # one is enough: the texts are those of every ledger
        yield from _rates(settings, rated[0])
    for pack in packs:
        for row in duties(pack, TextRule.IDENTIFY_SENDER):
            yield from _unnamed(settings, pack.name, row)


def duties(pack: Pack, rule: TextRule) -> tuple[str, ...]:
    """The pack's rows with this rule that bind who writes for what is owed to them."""
    return tuple(
        [
            row.id
            for row in pack.rows
            if isinstance(row, TextDuty)
            and row.rule is rule
            and row.status in _IN_FORCE
            and row.creditor in (None, Creditor.OWN)
        ]
    )


def _rates(settings: Settings, row: str) -> Iterator[tuple[Path, str]]:
    for path, file, text in own_texts(settings):
        for one in without_yearly(text):
            where = f"{file}:{one.line}: " if file else ""
            yield (
                path,
                (
                    f"{where}'{one.words}' states no rate per year, and {row} wants it beside: "
                    f"{one.nominal.normalize():f} % a year added up, {one.effective} % with "
                    "interest on interest; write the one that your contracts mean"
                ),
            )


def _unnamed(settings: Settings, law: str, row: str) -> Iterator[tuple[Path, str]]:
    """Ledgers whose messages name nobody: a name beside the address, and a block at the end."""
    for place, ledger in enumerate(settings.ledgers):
        if settings.policies[ledger.policy].law != law:
            continue
        for key in ("from_name", "signature"):
            own = getattr(ledger.mail, key)
            if not (getattr(settings.mail, key) if own is None else own):
                yield (
                    ("ledgers", place, "mail"),
                    (
                        f"{row} wants each message to say who writes: write {key}, here or under "
                        "mail (the legal name; below the message also the postal address)"
                    ),
                )
