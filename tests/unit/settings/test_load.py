"""Files, overlays, references and the environment become one frozen value."""

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from syncer.errors import ConfigError
from syncer.flow.worker import Mode
from syncer.model.hold import HoldKind, HoldSource
from syncer.policy.rules import Cap, CatchUp, StepChannel, Tone
from syncer.settings import InvalidSettings, Settings, load_settings

Load = Callable[..., Settings]


def test_defaults(load: Load, tmp_path: Path) -> None:
    """The shortest file plans only, keeps its state beside itself and reads amounts exactly."""
    settings = load()
    ledger = settings.ledger("north")
    assert ledger.mode is Mode.PLAN
    assert settings.run.lease == timedelta(minutes=15)
    assert settings.run.guard_age_max == timedelta(seconds=60)
    assert settings.state.url.get_secret_value() == f"sqlite:///{tmp_path}/state/syncer.db"
    assert settings.reports.dir == tmp_path / "reports"
    assert ledger.settings.dir == tmp_path / "exports"
    assert settings.channel_for("north") == "outbox"
    assert settings.sends_max_for("north") is None


def test_is_frozen(load: Load) -> None:
    """Nobody changes the configuration after it was read."""
    settings = load()
    with pytest.raises(ValidationError):
        settings.run.threads = 9


def test_unknown_ledger_names_the_close_one(load: Load) -> None:
    """Asking for a ledger that is not there suggests the one that is."""
    with pytest.raises(ConfigError, match=r"there is no ledger 'nord'.*did you mean 'north'"):
        load().ledger("nord")


def test_policy_record(load: Load, minimal: str) -> None:
    """Words become the records of the policy layer, over the ready policy they start from."""
    settings = load(
        minimal
        + """\
    policy: mine
policies:
  mine:
    use: standard
    minimum: {EUR: "12.50", "*": "10"}
    catch_up: latest_only
    restraint:
      min_gap: 1w
      caps: [{contacts: 2, within: 2w}]
      weekdays: [Tuesday, mon]
      holidays: GB-SCT
      send_from: 09:30
      send_until: 17:00
    segments:
      - {name: small, when: {overdue_below: "50.00", countries: [NO]}, exclude: true, reason: Rent}
"""
    )
    policy = settings.policy_for("north")
    assert policy.minimum == (("*", Decimal(10)), ("EUR", Decimal("12.50")))
    assert policy.catch_up is CatchUp.LATEST_ONLY
    restraint = policy.restraint
    assert (restraint.min_gap, restraint.weekdays, restraint.holidays) == (7, (0, 1), "GB-SCT")
    assert (restraint.send_from, restraint.send_until) == (time(9, 30), time(17))
    assert restraint.caps == (Cap(contacts=2, days=14),)
    (segment,) = policy.segments
    assert segment.when.countries == ("NO",)
    assert segment.ladder == policy.default_ladder == "standard"
    first, *_, last = policy.ladders[0].steps
    assert (first.tone, first.before_due) == (Tone.HEADS_UP, 3)
    assert last.channel is StepChannel.TASK


def test_policy_version_follows_content(load: Load, minimal: str) -> None:
    """Equal content has an equal version whatever its spelling; another day has another."""
    body = "    policy: p\npolicies:\n  p: {{use: standard, restraint: {{min_gap: {}}}}}\n"
    versions = [
        load(minimal + body.format(gap)).policy_for("north").version for gap in ("7d", "1w", "8d")
    ]
    assert versions[0] == versions[1] != versions[2]


def test_holds_are_records(load: Load, minimal: str) -> None:
    """Holds and exclusions of a ledger become records whose ids depend on content alone."""
    text = minimal + (
        "    holds: [{account: '007', kind: promise, from: 2026-11-01, until: 2026-12-01,"
        " amount: '5.50', currency: EUR, reason: Pays in two parts}]\n"
        "    do_not_contact: [{account: '8', reason: Landlord}]\n"
    )
    promise, exclusion = load(text).holds_for("north")
    assert (promise.account_id, promise.kind, promise.amount) == (
        "007",
        HoldKind.PROMISE,
        Decimal("5.50"),
    )
    assert (promise.starts_on, promise.ends_on) == (date(2026, 11, 1), date(2026, 12, 1))
    assert promise.source is HoldSource.CONFIG
    assert (exclusion.kind, exclusion.ends_on) == (HoldKind.EXCLUDE, None)
    assert [hold.hold_id for hold in load(text).holds_for("north")] == [
        promise.hold_id,
        exclusion.hold_id,
    ]


def test_letterhead_prefers_the_ledger(load: Load, minimal: str) -> None:
    """A ledger's own mail keys come before the common ones; what it leaves out is common."""
    letterhead = load(
        minimal + "    language: de\n    mail: {reply_to: ben@example.com}\n"
    ).letterhead_for("north")
    assert letterhead.reply_to == "ben@example.com"
    assert letterhead.sender == "billing@example.com"
    assert letterhead.language == "de"


def test_overlay_wins_key_by_key(load: Load, minimal: str) -> None:
    """A later file changes the keys it names, merges ledgers by name and adds new ones."""
    overlay = """\
run: {threads: 2}
ledgers:
  - {name: north, sends_max: 5}
  - {name: south, connector: folder, settings: {dir: south}}
"""
    settings = load(minimal, files={"b.yaml": overlay}, names=("a.yaml", "b.yaml"))
    assert [ledger.name for ledger in settings.ledgers] == ["north", "south"]
    assert settings.sends_max_for("north") == 5
    assert settings.ledger("north").connector == "folder"
    assert settings.run.threads == 2


def test_overlay_replaces_a_channel_of_another_type(load: Load, minimal: str) -> None:
    """A channel that changes its type does not keep the old type's keys."""
    overlay = "mail: {channels: {outbox: {type: smtp, host: smtp.example.com}}}\n"
    settings = load(minimal, files={"b.yaml": overlay}, names=("a.yaml", "b.yaml"))
    channel = settings.mail.channels["outbox"]
    assert channel.type == "smtp"
    assert channel.port_used == 587


def test_include_is_the_base(load: Load, minimal: str) -> None:
    """A file lies over those it includes."""
    settings = load(
        "include: base.yaml\nrun: {threads: 3}\n",
        files={"base.yaml": minimal + "run: {threads: 1, lease: 5m}\n"},
    )
    assert settings.run.threads == 3
    assert settings.run.lease == timedelta(minutes=5)


def test_include_of_itself_is_refused(load: Load, minimal: str) -> None:
    """Files that include each other stop with the line of the include."""
    with pytest.raises(InvalidSettings, match=r"b\.yaml:1: .*a\.yaml includes itself"):
        load("include: b.yaml\n" + minimal, files={"b.yaml": "include: [a.yaml]\n"})


def test_error_names_the_overlay(load: Load, minimal: str) -> None:
    """A mistake in an overlay is placed in the overlay."""
    with pytest.raises(InvalidSettings, match=r"b\.yaml:2: run\.threads: "):
        load(minimal, files={"b.yaml": "# site\nrun: {threads: x}\n"}, names=("a.yaml", "b.yaml"))


def test_problems_of_all_files_are_told(load: Load) -> None:
    """Two unreadable files are both named at once."""
    with pytest.raises(InvalidSettings) as refused:
        load("", files={"b.yaml": "a: [\n"}, names=("a.yaml", "b.yaml"))
    assert {problem.mark.origin[-6:] for problem in refused.value.problems} == {"a.yaml", "b.yaml"}


def test_missing_file_and_folder(tmp_path: Path) -> None:
    """A missing file is said to be missing, not a required field; a folder is not a file."""
    for path, words in ((tmp_path / "no.yaml", "does not exist"), (tmp_path, "is a folder")):
        with pytest.raises(InvalidSettings, match=words):
            load_settings([path], environ={}, specs={})
    with pytest.raises(InvalidSettings, match="no configuration file was named"):
        load_settings([], environ={}, specs={})


def test_not_text_is_refused(tmp_path: Path) -> None:
    """A file that is no UTF-8 text, or too large, is refused with its line."""
    file = tmp_path / "a.yaml"
    file.write_bytes(b"mail:\n  from: \xff\xfe\n")
    with pytest.raises(InvalidSettings, match=r"a\.yaml:2: this line is not UTF-8"):
        load_settings([file], environ={}, specs={})
    file.write_bytes(b"# " + b"x" * 600_000)
    with pytest.raises(InvalidSettings, match="larger than 512 KiB"):
        load_settings([file], environ={}, specs={})


def test_yaml_words_are_not_guessed(load: Load, minimal: str) -> None:
    """NO is a country and 18:00 a time; YAML 1.1 would make them a boolean and a number."""
    settings = load(
        minimal + "    policy: p\npolicies:\n  p:\n    use: gentle\n"
        "    restraint: {send_until: 18:00}\n    segments: [{name: s, when: {countries: [NO]}}]\n"
    )
    policy = settings.policy_for("north")
    assert policy.restraint.send_until == time(18)
    assert policy.segments[0].when.countries == ("NO",)


def test_aliases_are_allowed_within_bounds(load: Load, minimal: str) -> None:
    """An anchor may be used again."""
    text = minimal.replace("dir: exports", "dir: &d exports").replace("dir: out", "dir: out2")
    settings = load(text + "reports: {dir: *d}\n")
    assert settings.reports.dir == settings.ledger("north").settings.dir


def test_references(load: Load, minimal: str, tmp_path: Path) -> None:
    """Variables, defaults, files and files named by variables are read at each load."""
    (tmp_path / "reply").write_text("ben@example.com\n", encoding="utf-8")
    text = minimal.replace("anna@example.com", "file:reply").replace("north", "${NAME:-west}")
    text += "reports: {dir: 'a$${b}-${DIR}'}\nsentry: {environment: '${STAGE}', dsn: '${DSN:-}'}\n"
    environ = {"DIR": "x", "STAGE_FILE": str(tmp_path / "stage")}
    (tmp_path / "stage").write_text("test\r\n", encoding="utf-8")
    settings = load(text, environ=environ)
    assert settings.mail.reply_to == "ben@example.com"
    assert settings.ledgers[0].name == "west"
    assert settings.reports.dir == tmp_path / "a${b}-x"
    assert settings.sentry.environment == "test"
    assert settings.sentry.dsn is None
    (tmp_path / "reply").write_text("carl@example.com\n", encoding="utf-8")
    assert load(text, environ=environ).mail.reply_to == "carl@example.com"


def test_environment_beats_files(load: Load, tmp_path: Path) -> None:
    """SYNCER_ variables change single keys, also inside ledgers and channels by name."""
    (tmp_path / "dsn").write_text("https://key@sentry.example/1\n", encoding="utf-8")
    settings = load(
        environ={
            "SYNCER_LOG__LEVEL": "debug",
            "syncer_run__threads": "2",
            "SYNCER_LEDGERS__NORTH__MODE": "live",
            "SYNCER_LEDGERS__NORTH__SETTINGS__CURRENCY": "USD",
            "SYNCER_MAIL__FROM_NAME": "Me ${HOME}",
            "SYNCER_MAIL__CHANNELS__OUTBOX__DIR": "elsewhere",
            "SYNCER_SENTRY__DSN_FILE": "dsn",
            "SYNCER_CONFIG": "a.yaml",
            "PATH": "/bin",
        }
    )
    assert settings.log.level.value == "debug"
    assert settings.run.threads == 2
    assert settings.ledger("north").mode is Mode.LIVE
    assert settings.ledger("north").settings.currency == "USD"
    assert settings.mail.from_name == "Me ${HOME}"
    assert settings.mail.channels["outbox"].dir == tmp_path / "elsewhere"
    assert settings.sentry.dsn is not None


def test_variable_used_by_a_reference_is_no_override(load: Load, minimal: str) -> None:
    """A SYNCER_ variable that the file itself refers to is not an unknown key."""
    text = minimal + "secrets: {key: '${SYNCER_KEY}'}\n"
    assert load(text, environ={"SYNCER_KEY": "k" * 40}).secrets.key is not None


def test_creating_settings_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the mapping that is handed over counts as environment."""
    monkeypatch.setenv("SYNCER_RUN__THREADS", "63")
    made = Settings.model_validate(
        {"mail": {"from": "a@example.com", "reply_to": "b@example.com"}, "ledgers": []}
    )
    assert made.run.threads == 4


def test_debtors_become_the_rules_of_each_ledger(load, minimal):
    """A ledger is told its own customers, one or several, and whether the rest are matched."""
    text = (
        minimal
        + "  - name: south\n    connector: folder\n    settings: {dir: exports}\n"
        + "debtors:\n  match: tax_number_and_email_domain\n  named:\n"
        + '    acme: {north: Acme Ltd, south: ["1001", "1002"]}\n'
    )
    debtors = load(text).debtors
    assert debtors.rules_for("north").named == (("Acme Ltd", "acme"),)
    assert debtors.rules_for("south").named == (("1001", "acme"), ("1002", "acme"))
    assert debtors.rules_for("north").by_tax_number
    assert not load(minimal).debtors.rules_for("north").given
