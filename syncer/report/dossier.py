"""The dossier of one customer: what was sent, why, with what result, and what proves it.

A folder with a page for people, a document for programs, every message as it left, and the
digests of all of them in the form that ``sha256sum --check`` reads.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from syncer.model.decision import Decision
from syncer.model.effect import EffectKind, EffectState
from syncer.model.evidence import Contacted, Entry, Evidence, Kept
from syncer.policy.sentences import english
from syncer.report.files import write_whole
from syncer.report.page import environment
from syncer.report.summary import amount_text

PAGE, DOCUMENT, SUMS = "dossier.html", "dossier.json", "SHA256SUMS"
SCHEMA_VERSION = 1
PROOF = (
    "Each journal entry's hash is the SHA-256 of the hash before it followed by the entry's text; "
    "each message's is of its file. Journals end at the heads below: who kept a head elsewhere "
    "knows that nothing before it was changed."
)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_MAX = 80


def write_dossier(found: Evidence, problems: Sequence[str], folder: Path) -> Path:
    """Write the folder and say where its page is. Raises OSError."""
    files = {_file(at, kept): kept.message.raw for at, _, kept in _messages(found)}
    files[DOCUMENT] = msgspec.json.format(
        msgspec.json.encode(dossier_document(found, problems)), indent=2
    )
    files[PAGE] = dossier_page(found, problems).encode()
    for name, content in files.items():
        write_whole(folder / name, content)
    sums = "".join(f"{_digest(content)}  {name}\n" for name, content in sorted(files.items()))
    write_whole(folder / SUMS, sums.encode())
    return folder / PAGE


def dossier_document(found: Evidence, problems: Sequence[str]) -> dict[str, Any]:
    """All of it as plain values; a message's bytes are in the file that is named."""
    names = {(id(one), kept.number): _file(at, kept) for at, one, kept in _messages(found)}
    return {
        "schema_version": SCHEMA_VERSION,
        "ledger": found.ledger,
        "account": msgspec.to_builtins(found.account),
        "journal_intact": not problems,
        "problems": list(problems),
        "contacts": [_contact(one, names) for one in found.contacts],
        "holds": msgspec.to_builtins(found.holds),
        "decisions": [_decision(one) for one in found.entries if one.journal == "decision"],
        "entries": msgspec.to_builtins(found.entries),
        "heads": msgspec.to_builtins(found.heads),
        "proof": PROOF,
    }


def dossier_page(found: Evidence, problems: Sequence[str]) -> str:
    """The same for people: a timeline, and each message with its file and digest."""
    return (
        environment()
        .get_template("dossier.html.j2")
        .render(
            ledger=found.ledger,
            account=found.account,
            problems=problems,
            timeline=sorted(_timeline(found), key=lambda row: (row[0], row[1])),
            messages=[
                {"kept": kept, "file": _file(at, kept), "effect": one.effect}
                for at, one, kept in _messages(found)
            ],
            heads=found.heads,
            proof=PROOF,
        )
    )


def _messages(found: Evidence) -> Iterator[tuple[int, Contacted, Kept]]:
    """Every message with its place in the dossier, counted from 1."""
    pairs = [(one, kept) for one in found.contacts for kept in one.messages]
    for at, (one, kept) in enumerate(pairs, start=1):
        yield at, one, kept


def _file(at: int, kept: Kept) -> str:
    key = _UNSAFE.sub("_", kept.message.key)[:_NAME_MAX]
    return f"messages/{at:03}-{key}.eml"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _contact(one: Contacted, names: dict[tuple[int, int], str]) -> dict[str, Any]:
    return {
        "effect": msgspec.to_builtins(one.effect),
        "policy_version": one.policy_version,
        "program": one.program,
        "attempts": msgspec.to_builtins(one.attempts),
        "messages": [
            {
                "number": kept.number,
                "file": names[id(one), kept.number],
                "sha256": kept.sha256,
                "unchanged": _digest(kept.message.raw) == kept.sha256,
                "message_id": kept.message.message_id,
                "to": msgspec.to_builtins(kept.message.to),
                "subject": kept.message.subject,
                "language": kept.message.language,
                "attachments": list(kept.message.attachments),
            }
            for kept in one.messages
        ],
    }


def _decision(entry: Entry) -> dict[str, Any]:
    decision = _decided(entry)
    return {
        "entry": entry.number,
        "at": entry.at,
        "action": decision.action,
        "currency": decision.currency,
        "step": decision.step,
        "asked": str(decision.position.asked),
        "digest": decision.digest,
        "sentences": [english(reason) for reason in decision.reasons],
    }


def _decided(entry: Entry) -> Decision:
    row = msgspec.json.decode(entry.row)
    return msgspec.convert(row[-1], Decision, strict=False)


def _timeline(found: Evidence) -> Iterator[tuple[str, str, str]]:
    """(when, what, words) of everything that happened, to be sorted."""
    for entry in found.entries:
        if entry.journal == "decision":
            decision = _decided(entry)
            asked = amount_text(decision.position.asked, decision.currency)
            said = f"{decision.action}, {asked} can be asked for. {english(decision.reasons[0])}"
            yield entry.at, "decided", said
    for one in found.contacts:
        effect = one.effect
        for tried in one.attempts:
            what = "note" if effect.kind is EffectKind.NOTE else f"step {effect.step}"
            said = f"{what} by {effect.channel}: {tried.outcome} {tried.detail}".strip()
            yield tried.at.isoformat(), "done", said
        if effect.state is EffectState.UNCERTAIN:
            yield str(effect.settled_at or ""), "open", f"step {effect.step} may have gone out"
    for hold in found.holds:
        until = hold.ends_on or "further notice"
        said = f"{hold.kind} until {until}, by {hold.author or 'nobody named'}: {hold.reason}"
        yield str(hold.created_at or hold.starts_on or ""), "hold", said
