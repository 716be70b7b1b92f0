"""Finds what a person meant by a name typed from memory.

What is spelt as in the ledger always counts. Only where nothing is, upper and lower case, blanks
and full-width letters stop to matter; a likeness that goes further is asked back, never acted on.
"""

import difflib
import unicodedata
from collections.abc import Sequence
from contextlib import closing

from syncer.errors import ConfigError
from syncer.ports import Store

SHOWN_MAX = 5  # candidates and suggestions in one message
COMPARED_MAX = 20_000  # spellings; past them only names that contain the text are suggested
LIKENESS = 0.7


def plain(text: str) -> str:
    """``text`` without the differences nobody means."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def meant(store: Store, ledger: str, text: str) -> str:
    """The ledger's own spelling of what ``text`` names; "" when nothing is named so.

    Raises ConfigError naming the candidates when it could be one of several customers.
    """
    if store.find_account(ledger, text):
        return text
    fitting = _fitting(store, ledger, plain(text))
    if not fitting:
        return ""
    customers = dict(store.find_account(ledger, *dict.fromkeys(one for one, _ in fitting)))
    fitting = [one for one in fitting if one[1] in customers] or fitting
    if len({account_id for _, account_id in fitting}) > 1:
        raise ConfigError(
            f"'{text}' may be several in ledger '{ledger}': {_listed(fitting)}; write it exactly "
            "so, or use the id"
        )
    return fitting[0][0]


def known_to(store: Store, ledgers: Sequence[str], text: str) -> bool:
    """Whether anything in one of these ledgers is named so, be it several customers."""
    try:
        return any(meant(store, name, text) for name in ledgers)
    except ConfigError:
        return True


def _fitting(store: Store, ledger: str, wanted: str) -> list[tuple[str, str]]:
    """(spelling, account_id) of what differs from ``wanted`` only as nobody means it to."""
    if not wanted:
        return []
    found: dict[tuple[str, str], None] = {}
    with closing(store.spellings(ledger)) as spellings:
        for one in spellings:
            if plain(one[0]) == wanted:
                found[one] = None
                if len(found) > COMPARED_MAX:
                    break
    return list(found)


def only_one(store: Store, ledger: str, text: str) -> None:
    """Raise ConfigError naming the candidates when an exact spelling fits several customers."""
    found = store.find_account(ledger, text)
    if len(found) > 1:
        listed = _listed([(name, account_id) for account_id, name in found])
        raise ConfigError(f"'{text}' is not unique in ledger '{ledger}': {listed}; use the id")


def spelt(store: Store, ledgers: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """``texts`` as the ledgers spell them; what none of them knows yet stays as it was typed.

    Raises ConfigError naming the candidates when one of them fits several customers.
    """
    found: dict[str, None] = {}
    for text in texts:
        spellings = {name: meant(store, name, text) for name in ledgers}
        for name, spelling in spellings.items():
            if spelling:  # "" where this ledger knows nobody by it
                only_one(store, name, spelling)
        found.update(dict.fromkeys([one for one in spellings.values() if one] or [text]))
    return tuple(found)


def did_you_mean(store: Store, ledgers: Sequence[str], text: str) -> str:
    """``; did you mean 'Acme Ltd'?`` out of what these ledgers hold, or ""."""
    wanted = plain(text)
    close = _containing(store, ledgers, wanted) if wanted else []
    if wanted and not close:
        close = _like(store, ledgers, wanted)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def _containing(store: Store, ledgers: Sequence[str], wanted: str) -> list[str]:
    found: dict[str, str] = {}
    for name in ledgers:
        with closing(store.spellings(name)) as spellings:
            for one, _ in spellings:
                if wanted in (folded := plain(one)):
                    found.setdefault(folded, one)
                    if len(found) == SHOWN_MAX:
                        return list(found.values())
    return list(found.values())


def _like(store: Store, ledgers: Sequence[str], wanted: str) -> list[str]:
    """What is spelt alike; nothing where there is too much to compare."""
    known: dict[str, str] = {}
    for name in ledgers:
        with closing(store.spellings(name)) as spellings:
            for one, _ in spellings:
                known.setdefault(plain(one), one)
                if len(known) > COMPARED_MAX:
                    return []
    hits = difflib.get_close_matches(wanted, known, n=SHOWN_MAX, cutoff=LIKENESS)
    return [known[hit] for hit in hits]


def _listed(found: Sequence[tuple[str, str]]) -> str:
    shown = ", ".join(f"{spelling} ({account_id})" for spelling, account_id in found[:SHOWN_MAX])
    return shown + (", ..." if len(found) > SHOWN_MAX else "")
