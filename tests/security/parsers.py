"""Every place where bytes from outside become values: one table, for Hypothesis and the fuzzer.

A parser is given bytes and ends, or raises what it documents. ``errors`` are those kinds;
anything else is a finding.
"""

import atexit
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from connectors.csv_folder import values
from connectors.csv_folder.layout import Format
from connectors.csv_folder.layout_file import read_layout
from connectors.csv_folder.notebook import Notebook
from connectors.csv_folder.problems import CellError
from connectors.quickbooks import memo, moments
from connectors.xero import dates
from syncer.channels.addresses import normal_address, parse_field
from syncer.channels.cleaning import one_line
from syncer.channels.folder import FolderChannel
from syncer.cli.days import day
from syncer.cli.login import pasted_address
from syncer.errors import ConfigError, StalePlan, SyncerError
from syncer.flow import planfile
from syncer.http.address import server_address
from syncer.http.limits import Dialect, read_date, read_remaining, read_throttle
from syncer.http.secretbox import SecretBox, new_key
from syncer.http.transport import Response
from syncer.http.vault import TokenVault
from syncer.log.redact import Redactor
from syncer.model.note import marker_of
from syncer.policy.trial.cases import try_case
from syncer.report.export import defuse
from syncer.settings import InvalidSettings, load_settings
from syncer.settings.casefile import read_cases
from syncer.settings.named_policy import Shelf
from syncer.testing.connector_book import contact_id, seeded_world
from syncer.testing.connector_case import Mounted, Pulled
from syncer.testing.secrets_in_memory import SecretsInMemory
from tests.connectors import test_suite_xero as xero
from tests.connectors.csv_folder.conftest import PLAIN, Case, plain_csv
from tests.connectors.odoo.wires import mounted as odoo
from tests.connectors.qbo import test_suite_quickbooks as quickbooks
from tests.connectors.tryton import scripted
from tests.unit.http.test_token_answers import keeper
from tests.unit.settings.test_fuzz import ENVIRON, SPECS, STARTER

from .bombs import plain_workbook
from .tampering import Tampered

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROW = "1,C1,Ann,2026-02-01,2026-03-03,100.00,100.00,EUR"
CASE = b"""\
today: 2026-06-10
cases:
  - name: after it the next one waits
    items: [{id: INV-1, due: 2026-06-01, open: "100.00"}]
    contacts: [{step: friendly, sent: 2026-06-04, items: [INV-1]}]
    settled: [{id: INV-0, due: 2026-02-02, paid: 2026-02-12, amount: "80.00"}]
    expect: {action: none, step: second, look: 2026-06-15}
"""
BOX = SecretBox([new_key()])
DIALECT = Dialect(limit_header="X-Limit", remaining={"day": "X-Day", "minute": "X-Minute"})


@cache
def folder() -> Path:
    """A folder for parsers of files, for as long as the process lives."""
    made = Path(tempfile.mkdtemp(prefix="fuzz-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@dataclass(frozen=True)
class Parser:
    """One parser: what runs it, what it may raise, and what it usually reads."""

    run: Callable[[bytes], object]
    errors: tuple[type[Exception], ...] = (SyncerError,)
    seeds: tuple[bytes, ...] = field(default=(b"",))


def _text(data: bytes) -> str:
    """Text as people type it; after a 0xff byte one of any code units, lone surrogates too."""
    if data[:1] == b"\xff":
        return data[1:].decode("utf-16-le", "surrogatepass" if len(data) % 2 else "replace")
    return data.decode("utf-8", "replace")


# --- whole connectors: one answer among many is altered

MOUNTS: dict[str, Callable[[Any, Path], Mounted]] = {
    "xero": xero.mount,
    "quickbooks": quickbooks.mount,
    "odoo19": lambda world, place: odoo(world, place)[0],
    "odoo17": lambda world, place: odoo(world, place, major=17)[0],
}


def _connector(name: str, data: bytes) -> None:
    """``data``: which act, which call of it, and the alteration of that call's answer."""
    act, nth, choice = data[0] % 5, data[1] % 16, data[2:]
    made = MOUNTS[name](seeded_world(), folder())
    between: Any = made.suffer.__self__  # type: ignore[attr-defined]  # what stands on the wire
    between.wire = replace(between.wire, app=Tampered(between.wire.app, nth, choice))
    one = made.remote(contact_id("joinery"))
    source = made.source
    if act == 0:
        Pulled().take(source.pull({}))
    elif act == 1:
        source.read_accounts([one])
    elif act == 2:
        source.check()
    elif act == 3:
        source.add_note(account_id=one, item_ids=[], text="n [r:aaaaaaaaaaaaaaaa]", key="k")
    else:
        source.find_note(account_id=one, item_ids=[], marker="[r:aaaaaaaaaaaaaaaa]")


def _tryton(data: bytes) -> None:
    nth, choice = data[0] % 16, data[1:]
    tryton = scripted.books()
    tampered: Any = Tampered(tryton, nth, choice)
    Pulled().take(scripted.Bench(tampered).source.pull({}))


# --- files


def _export(name: str, data: bytes) -> None:
    case = Case(folder(), folder())
    case.write(name, data)
    case.pull({"file": name, "layout": PLAIN})


def _settings(data: bytes) -> None:
    path = folder() / "syncer.yaml"
    path.write_bytes(data)
    load_settings([path], environ=ENVIRON, specs=SPECS)


def _cases(data: bytes) -> None:
    path = folder() / "cases.yaml"
    path.write_bytes(data)
    for case in read_cases(path).cases(Shelf(), "standard"):
        try_case(case)


def _layout(data: bytes) -> None:
    path = folder() / "layout.yaml"
    path.write_bytes(data)
    read_layout(path)


def _notebook(data: bytes) -> None:
    path = folder() / "notes.csv"
    path.write_bytes(data)
    book = Notebook(path, ("key", "account_id", "text"))
    book.texts(account_id="a", marker="[r:")
    book.add({"key": "k", "account_id": _text(data[:20]), "text": "t"})


def _mail_folder(data: bytes) -> None:
    (folder() / "x.eml").write_bytes(data)
    FolderChannel(folder()).find("<a@b.example>")


# --- what servers say


def _tokens(data: bytes) -> None:
    made, _ = keeper("200 OK" if data[:1] != b"!" else "400 Bad Request", data)
    made.token()


def _kept_tokens(data: bytes) -> None:
    store = SecretsInMemory()
    store.save_secret("t", BOX.seal(data), NOW)
    TokenVault(BOX, store, "t", lambda: NOW).read()


def _sealed_tokens(data: bytes) -> None:
    BOX.open(data)
    BOX.resealed(data)


def _headers(data: bytes) -> None:
    text = data.decode("latin-1")
    names = ("Retry-After", "Date", "X-Limit", "X-Day", "X-Minute")
    response = Response(429, dict.fromkeys(names, text), b"")
    read_date(response)
    read_remaining(response, DIALECT)
    read_throttle(response, DIALECT, NOW)


# --- single values


def _cells(data: bytes) -> None:
    text = _text(data)
    style = Format(decimal=",", thousands=".") if len(data) % 2 else Format()
    for read in (
        partial(values.amount, currency="EUR", style=style, field="f"),
        partial(values.day, style=style, field="f", where="w"),
        partial(values.identifier, float_ids=True, field="f"),
        partial(values.flag, field="f"),
        partial(values.currency_code, default=""),
        values.name,
    ):
        try:
            read(text)
        except (CellError, SyncerError):
            continue


def _dates(data: bytes) -> None:
    for read in (dates.read_day, dates.read_instant, moments.read_day, moments.read_instant):
        try:
            read(_text(data))
        except (ValueError, OverflowError):
            continue


def _words(data: bytes) -> None:
    text = _text(data)
    assert one_line(text, 50).isprintable() or not one_line(text, 50)
    said = Redactor(["canary-secret"]).text(text + "canary-secret")
    assert "canary-secret" not in said
    assert not {unicodedata.category(sign) for sign in said} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not defuse(text).startswith(("=", "+", "-", "@"))
    marker_of(text)
    memo.marker_of(text)


def _addresses(data: bytes) -> None:
    for _, address in parse_field(_text(data)):
        assert normal_address(address) == address


PARSERS: Mapping[str, Parser] = {
    **{
        f"{name}: every call": Parser(
            partial(_connector, name),
            seeds=tuple(bytes([act, 1, 4, 0, 9, 3]) for act in range(5)),
        )
        for name in MOUNTS
    },
    "tryton: every call": Parser(_tryton, seeds=(bytes([2, 4, 0, 9, 3]),)),
    "csv export": Parser(partial(_export, "x.csv"), seeds=(plain_csv(ROW).encode(),)),
    "xlsx export": Parser(partial(_export, "x.xlsx"), seeds=(plain_workbook(),)),
    "cells: amounts, days, ids": Parser(_cells, seeds=(b"1.234,50", b"31/12/2026", b"(5)")),
    "configuration": Parser(_settings, seeds=(STARTER.encode(),)),
    "file of cases": Parser(_cases, seeds=(CASE,)),
    "layout file": Parser(_layout, (SyncerError, ValidationError), (b"columns: {number: No}\n",)),
    "notes.csv": Parser(_notebook, seeds=(b"key,account_id,text\r\nk,a,[r:x]\r\n",)),
    "mail folder": Parser(_mail_folder, seeds=(b"Message-ID: <a@b.example>\r\n\r\nx",)),
    "token answers and refusals": Parser(
        _tokens, seeds=(b'{"access_token":"a","refresh_token":"r","expires_in":1800}',)
    ),
    "kept tokens": Parser(
        _kept_tokens,
        seeds=(b'{"access":"a","expires_at":"2026-01-01T00:00:00Z"}',),
    ),
    "sealed tokens": Parser(_sealed_tokens, seeds=(BOX.seal(b"x"),)),
    "headers of limits": Parser(_headers, seeds=(b"60", b"Wed, 21 Oct 2026 07:28:00 GMT")),
    "plan file": Parser(
        lambda data: planfile.read(data, name="plan.json"), (StalePlan,), (b'{"format": 1}',)
    ),
    "pasted address": Parser(
        lambda data: pasted_address(lambda: _text(data), lambda _: None),
        (ConfigError,),
        (b"http://localhost:8484/callback?code=a&state=b",),
    ),
    "days on the command line": Parser(
        lambda data: day(_text(data)), (typer.BadParameter,), (b"2026-12-31",)
    ),
    "addresses of customers": Parser(_addresses, seeds=(b'"Roe, Jo" <a@b.example>; c@d.example',)),
    "addresses of servers": Parser(
        lambda data: server_address(_text(data)), (ValueError,), (b"https://a.example/x",)
    ),
    "dates of vendors": Parser(_dates, seeds=(b"/Date(1)/", b"2026-11-22T09:00:00Z")),
    "names, markers, log texts": Parser(_words, seeds=(b"Ann [r:aaaaaaaaaaaaaaaa] =1",)),
}


def tried(name: str, data: bytes) -> None:
    """Run a parser; what it documents is swallowed, anything else comes through."""
    parser = PARSERS[name]
    try:
        parser.run(data)
    except (*parser.errors, InvalidSettings):
        return
