"""What ``lint`` says of texts that a law pack has duties about: yearly rates, who writes.

What: warnings about the user's own templates, signature and bank details, for packs that a policy
uses and whose duty binds who writes for what is owed to them.
"""

from collections.abc import Iterator

from syncer.policy.law.periodic import without_yearly
from syncer.policy.law.rows import Creditor, Status, TextDuty, TextRule
from syncer.settings.root import Settings
from syncer.settings.texts import own_texts
from syncer.settings.tree import Path

_IN_FORCE = (Status.ACTIVE, Status.UNVERIFIED)


def wording(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Every warning, with its place."""
    duties = {row.rule: row.id for row in _duties(settings)}
    if TextRule.YEARLY_RATE in duties:
        yield from _rates(settings, duties[TextRule.YEARLY_RATE])
    if TextRule.IDENTIFY_SENDER in duties:
        yield from _unnamed(settings, duties[TextRule.IDENTIFY_SENDER])


def _duties(settings: Settings) -> Iterator[TextDuty]:
    used = {policy.law for policy in settings.policies.values() if policy.law}
    if not used:
        return  # no pack has to be read
    for pack in settings.packs:
        for row in pack.rows if pack.name in used else ():
            bound = row.creditor in (None, Creditor.OWN) and row.status in _IN_FORCE
            if isinstance(row, TextDuty) and bound:
                yield row


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


def _unnamed(settings: Settings, row: str) -> Iterator[tuple[Path, str]]:
    """Ledgers whose messages name nobody: a name beside the address, and a block at the end."""
    for place, ledger in enumerate(settings.ledgers):
        policy = settings.policies.get(ledger.policy)
        if policy is None or not policy.law or not row.startswith(f"{policy.law}."):
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
