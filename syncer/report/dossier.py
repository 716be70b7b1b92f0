"""The dossier of one customer: what was sent, why, with what result, and what proves it.

A folder with a page for people, a document for programs, every message as it left, and the
digests of all of them in the form that ``sha256sum --check`` reads.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from syncer import __version__
from syncer.model.evidence import Contacted, Entry, Evidence, Kept
from syncer.policy.sentences import english
from syncer.report.dossier_page import PROOF, decided, dossier_page
from syncer.report.files import write_whole

PAGE, DOCUMENT, SUMS = "dossier.html", "dossier.json", "SHA256SUMS"
SCHEMA_VERSION = 1
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_MAX = 80


def write_dossier(
    found: Evidence, problems: Sequence[str], folder: Path, *, made_at: datetime
) -> Path:
    """Write the folder and say where its page is. Raises OSError."""
    files = {_file(at, kept): kept.message.raw for at, _, kept in _messages(found)}
    files[DOCUMENT] = msgspec.json.format(
        msgspec.json.encode(dossier_document(found, problems)), indent=2
    )
    named = [(_file(at, kept), one, kept) for at, one, kept in _messages(found)]
    page = dossier_page(found, problems, files=named, made_at=made_at, program=__version__)
    files[PAGE] = page.encode()
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
        "numbers": found.numbers,
        "decisions": [_decision(one) for one in found.entries if one.journal == "decision"],
        "entries": msgspec.to_builtins(found.entries),
        "heads": msgspec.to_builtins(found.heads),
        "proof": PROOF,
    }


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
                "from": kept.message.sender,
                "reply_to": kept.message.reply_to,
                "subject": kept.message.subject,
                "charges": msgspec.to_builtins(kept.message.charges),
                "language": kept.message.language,
                "attachments": list(kept.message.attachments),
            }
            for kept in one.messages
        ],
    }


def _decision(entry: Entry) -> dict[str, Any]:
    decision = decided(entry)
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
