"""Secrets stay in: not in errors, not in what is shown, not in the schema or the digest."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from syncer.ports import ConnectorSpec
from syncer.settings import (
    InvalidSettings,
    Settings,
    json_schema,
    lint,
    load_settings,
    resolved,
    secret_values,
)

Load = Callable[..., Settings]

CANARIES = {
    "DB": "canary-database",
    "DSN": "https://canary-dsn@sentry.example/1",
    "KEY": "canary-key-" + "k" * 32,
    "MAIL": "canary-mail",
    "CLIENT": "canary-client",
    "HOOK": "canary-hook",
}
FULL = """\
state: {url: "postgresql://syncer:${DB}@db/syncer"}
sentry: {dsn: "${DSN}"}
secrets: {key: "${KEY}"}
mail:
  from: billing@example.com
  reply_to: anna@example.com
  channels:
    post: {type: smtp, host: smtp.example.com, username: me, password: "${MAIL}"}
ledgers:
  - name: north
    connector: online
    settings: {client_id: id, client_secret: "${CLIENT}", webhook_token: "${HOOK}"}
"""


def test_no_canary_in_anything_shown(load: Load, specs: Mapping[str, ConnectorSpec]) -> None:
    """Resolved configuration, schema, repr and plain dump hold no secret; stars stand instead."""
    settings = load(FULL, environ=CANARIES)
    shown = json.dumps(resolved(settings))
    everything = "".join([shown, json.dumps(json_schema(specs)), repr(settings), str(settings)])
    for name, canary in CANARIES.items():
        if name != "HOOK":  # typed as plain text by its connector: hidden where we show it
            assert canary not in everything, name
    assert CANARIES["HOOK"] not in shown
    assert shown.count('"********"') == 6


def test_secret_values_feed_the_redactor(load: Load) -> None:
    """Every secret in force is known by value, and the password inside an address too."""
    values = secret_values(load(FULL, environ=CANARIES))
    assert {*CANARIES.values()} - values == set()
    assert "canary-database" in values


def test_resolved_is_itself_valid(load: Load, minimal: str, tmp_path: Path) -> None:
    """What is shown can be saved and loaded again, and says the same."""
    first = load(minimal)
    shown = resolved(first)
    (tmp_path / "b.yaml").write_text(json.dumps(shown), encoding="utf-8")
    second = load(minimal, names=("b.yaml",))
    assert resolved(second) == shown
    assert second.digest == first.digest


def test_digest_follows_content_not_secrets(load: Load) -> None:
    """A rotated secret keeps the digest; another value changes it."""
    one = load(FULL, environ=CANARIES).digest
    assert load(FULL, environ={**CANARIES, "MAIL": "rotated-canary"}).digest == one
    assert load("# spelled differently\n" + FULL, environ=CANARIES).digest == one
    assert load(FULL + "run: {threads: 2}\n", environ=CANARIES).digest != one


def test_lint_warns_about_clear_secrets(load: Load) -> None:
    """A secret written in the file is pointed at, by line, without repeating it."""
    own = FULL.replace("example.com", "northgate.example")
    found = lint(load(own.replace("${MAIL}", "canary-clear"), environ=CANARIES), today=_DAY)
    (warning,) = [str(problem) for problem in found]
    assert ":8: mail.channels.post.password: a secret in clear text" in warning
    assert "canary" not in warning
    assert lint(load(own, environ=CANARIES), today=_DAY) == ()


def test_lint_warns_about_ended_holds_and_quiet_live(load: Load, minimal: str) -> None:
    """An ended promise and a live ledger that only fills a folder work, but are told."""
    settings = load(
        minimal.replace("example.com", "northgate.example") + "    mode: live\n"
        "    holds: [{account: '1', kind: promise, until: 2026-11-01, reason: Said so}]\n"
    )
    said = [str(problem) for problem in lint(settings, today=_DAY)]
    assert any("ended on 2026-11-01" in line for line in said)
    assert any("only writes files" in line for line in said)
    assert len(said) == 2


@pytest.mark.parametrize(
    ("months", "personal", "told"),
    [
        (0, '{first_time_large: "1000", small_share: 2%}', "(first_time_large, small_share)"),
        (0, "{habit_grace_max: 5d}", "(habit_grace_max)"),
        (0, "{}", ""),
        (12, '{first_time_large: "1000"}', ""),
    ],
)
def test_lint_warns_about_rules_without_history(
    load: Load, minimal: str, months: int, personal: str, told: str
) -> None:
    """Without paid invoices every customer looks new: rules that go by them are named."""
    online = minimal.replace("connector: folder", "connector: online\n    policy: own").replace(
        "{dir: exports}", f"{{client_id: a, client_secret: '', history_months: {months}}}"
    )
    quiet = "first_time_large: null, small_share: null, habit_grace_max: 0d"
    base = f"policies:\n  base: {{use: standard, personal: {{{quiet}}}, segments: []}}\n"
    settings = load(f"{base}  own: {{use: base, personal: {personal}}}\n{online}")
    said = [str(problem) for problem in lint(settings, today=_DAY)]
    assert [told in line for line in said if "history_months" in line] == [True] * bool(told)


@pytest.mark.parametrize("name", sorted(CANARIES))
@pytest.mark.parametrize("key", ["mode", "policy", "channel", "language", "sends_max", "unknown"])
def test_errors_hide_referenced_values(load: Load, name: str, key: str) -> None:
    """A secret used in the wrong place is refused without being repeated."""
    text = FULL.replace("  - name: north", f"  - {key}: ${{{name}}}\n    name: north")
    with pytest.raises(InvalidSettings) as refused:
        load(text, environ=CANARIES)
    assert not any(canary in str(refused.value) for canary in CANARIES.values())


def test_secret_files_are_bounded(load: Load, minimal: str, tmp_path: Path) -> None:
    """An empty, binary or huge secret file is refused without showing its content."""
    text = minimal + "sentry: {dsn: 'file:dsn'}\n"
    for content, words in (
        (b"\n", "is empty or not text"),
        (b"\xff\xfecanary", "is not UTF-8 text"),
        (b"canary" * 20_000, "is larger than 64 KiB"),
    ):
        (tmp_path / "dsn").write_bytes(content)
        with pytest.raises(InvalidSettings, match=words) as refused:
            load(text)
        assert "canary" not in str(refused.value)


def test_nothing_is_executed(specs: Mapping[str, ConnectorSpec], tmp_path: Path) -> None:
    """A tag that would build an object is refused, not followed."""
    file = tmp_path / "a.yaml"
    file.write_text("mail: !!python/object/apply:os.mkdir [x]\n", encoding="utf-8")
    with pytest.raises(InvalidSettings, match="starts with '!' must be in quotes"):
        load_settings([file], environ={}, specs=specs)
    assert not (tmp_path / "x").exists()


_DAY = date(2026, 11, 22)
