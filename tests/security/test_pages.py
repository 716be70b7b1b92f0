"""Pages made of what stands in a ledger: a dossier of a customer who attacks by every field."""

import hashlib
import json
import re
import unicodedata
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from syncer.channels.letters import LetterFolder
from syncer.channels.render import TemplateRenderer
from syncer.model.evidence import Evidence
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import Account, Person
from syncer.report.dossier import write_dossier
from tests.channels.cases import decision, invoice, render, snapshot
from tests.report.test_dossier import AT, LINE, evidence

HARMLESS = "plain"
ATTACKS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>' onload=x",
    "</pre></bdi></table><h1>Paid in full</h1><!--",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}{{ ''.__class__.__mro__ }}",
    "../../../../etc/passwd",
    "..\\..\\evil\n0000  dossier.json",
    "a\x00b\x1b]52;c;x\x07\x9b31m\u2028c\u202egpj.exe\u2066",
    "&lt;script&gt;&#x3c;b&#x3e;",
    "x" * 3000,
)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what opens."""
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        self.text += data


def _attacked(text: str) -> Evidence:
    """``text`` in every field of a dossier that a customer, a person or a server fills in."""
    found = evidence()
    [one] = found.contacts
    [kept] = one.messages
    sent = replace(
        kept.message,
        key=text,
        message_id=text,
        sender=text,
        reply_to=text,
        to=(Person(email=text, name=text, role=text),),
        subject=text,
        text=text,
        html=text,
        attachments=(text,),
        charges=(replace(LINE, number=text, working=(text,), rows=(text,)),),
    )
    effect = replace(one.effect, account_id=text, step=text, detail=text, channel=text)
    note = replace(effect, key="note", caused_by=effect.key, text=text)
    hold = Hold(
        hold_id=text,
        account_id=text,
        item_id=text,
        kind=HoldKind.DISPUTE,
        reason=text,
        author=text,
        starts_on=date(2026, 11, 1),
        amount=Decimal(1),
        currency="EUR",
    )
    held = replace(
        found.entries[0],
        row=json.dumps(
            [
                1,
                AT.isoformat(),
                "hold_added",
                text,
                {"hold": msgspec.to_builtins(hold), "author": text},
            ]
        ),
    )
    tries = tuple(replace(tried, outcome=text, detail=text) for tried in one.attempts)
    return replace(
        found,
        ledger=text,
        account=Account(account_id=text, name=text),
        contacts=(
            replace(one, effect=effect, attempts=tries, messages=(replace(kept, message=sent),)),
            replace(one, effect=note, attempts=(), messages=()),
        ),
        holds=(hold,),
        entries=(*found.entries, held),
        numbers={text: text},
    )


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: ascii(text)[:24])
def test_nobody_writes_the_dossier_but_us(attack: str, tmp_path: Path) -> None:
    """Page, file names and digests are as those of a harmless customer, and the text is shown."""
    pages = []
    for number, text in enumerate((HARMLESS, attack)):
        folder = tmp_path / str(number) / "dossier"
        path = write_dossier(_attacked(text), (text,), folder, made_at=AT)
        page = _Tags()
        page.feed(path.read_text("utf-8"))
        pages.append(page)
        assert sorted(one.name for one in folder.iterdir()) == [
            "SHA256SUMS",
            "dossier.html",
            "dossier.json",
            "messages",
        ]
        assert len(list(folder.iterdir())) + 1 == len(list(folder.rglob("*")))
        sums = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
        assert len(sums) == 3
        for line in sums:
            digest, _, name = line.partition("  ")
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
            assert (folder / name).resolve().is_relative_to(folder)
    harmless, attacked = pages
    assert attacked.tags == harmless.tags
    assert attack.split("\x00")[0][:200] in attacked.text
    assert attacked.text.count("49") == harmless.text.count("49")
    assert not {
        sign
        for sign in attacked.text
        if sign != "\n" and unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"}
    }


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: ascii(text)[:24])
def test_a_letter_has_the_tags_of_a_harmless_one(attack: str, tmp_path: Path) -> None:
    """Whatever name, number and reference hold; and the letter's file stays in its folder."""
    pages = []
    for text in (HARMLESS, attack):
        letter = render(
            TemplateRenderer(),
            decision(invoice(text, "10.00", item_id="i", reference=f"r {text}")),
            snapshot=snapshot(name=text),
            letter=True,
        )
        page = _Tags()
        page.feed(letter.raw.decode())
        pages.append(page.tags)
        LetterFolder(tmp_path / "letters").send(replace(letter, key=text))
    assert pages[0] == pages[1]
    assert [one.name for one in tmp_path.iterdir()] == ["letters"]
    names = [one.name for one in (tmp_path / "letters").iterdir()]
    assert len(names) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*\.html", name) for name in names), names
