"""Secrets and customers' data stay where they belong, whatever command is given.

One installation, every command of the tree in two ways, and a search of everything that is
written, printed, sent to the error tracker or left on the disk.
"""

import ast
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from syncer.cli.entry import build

from .house import BODY, NAME, PERSONAL, House, house
from .playing import drive

ROOT = Path(__file__).parents[2]
WAYS = (["--json"], ["--debug", "--log-level", "debug", "--log-format", "json"])
ENDLESS = {("sandbox", "up")}  # serves play money until it is stopped
APART = {("sandbox", "tour")}  # plays in a world of its own: tests/e2e/test_command_line.py

# What a command is given; one that is not named here is given a word for each argument.
GIVEN: dict[tuple[str, ...], list[str]] = {
    ("init",): ["{home}/fresh"],
    ("apply",): ["{home}/plan.json"],
    ("explain",): [f"{NAME} 1", "--ledger", "north"],
    ("dossier",): [f"{NAME} 1", "--ledger", "north", "--out", "{home}/dossier"],
    ("unlock",): ["north"],
    ("hold", "add"): [f"{NAME} 3", "--until", "2999-01-01", "--reason", "r", "--ledger", "north"],
    ("promise", "add"): [f"{NAME} 3", "--until", "2999-01-01", "--ledger", "north"],
    ("dispute", "add"): [f"{NAME} 3", "--until", "2999-01-01", "--reason", "r", "-l", "north"],
    ("exclude", "add"): [f"{NAME} 3", "--reason", "r", "--ledger", "north"],
    ("handover", "add"): [
        *(f"{NAME} 3", "--ledger", "north", "--to", "agency"),
        *("--reason", "r", "--incomplete"),
    ],
    ("handover", "end"): ["{hold}"],
    ("hold", "end"): ["{hold}"],
    ("promise", "end"): ["{hold}"],
    ("dispute", "end"): ["{hold}"],
    ("exclude", "end"): ["{hold}"],
    ("outbox", "list"): ["--state", "delivered"],
    ("outbox", "show"): ["{key}"],
    ("outbox", "confirm"): ["{key}"],
    ("outbox", "discard"): ["{key}"],
    ("outbox", "retry"): ["{key}"],
    ("state", "backup"): ["{home}/copy.db", "--force"],
    ("state", "restore"): ["{home}/copy.db"],
    ("state", "trust"): ["--ledger", "north"],
    ("auth", "login"): ["forge", "--paste", "--no-browser"],
    ("auth", "logout"): ["forge"],
}
# These come first, in this order: the others find something to show. The last take things away.
FIRST = (
    "check",
    "auth login forge --paste --no-browser",
    "check",
    "plan",
    "plan --out {home}/plan.json",
    "run",
    "outbox list --json --state delivered",
    "log --json",
    "log --verify",
    "log --run {run}",
    "explain INV-0004 --ledger north",
    "explain INV-0005 --ledger north --json",
    # Against servers that refuse everything and repeat all of it:
    "--config {home}/parrot.yaml check --log-level debug",
    "--config {home}/parrot.yaml run --debug",
    "--config {home}/parrot.yaml auth status --debug",
    "--config {home}/parrot.yaml state rebuild --debug",
)
MADE_BY_US = {"house.yaml", "parrot.yaml", "127.0.0.1.pem"}
FOR_ALL = {"fresh", "syncer.schema.json"}  # of init: no secret is in them yet
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
SANDBOX_STARTS = {"syncer/cli/tour_ledgers.py"}  # this program, as the tour's sandboxes
IN_LOGS = {"run", "plan", "apply", "check", "health"}  # what schedulers run: their stderr is a log
LAST = (("state", "restore"), ("auth", "logout"))


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, child in inner.items():
        yield from _leaves(child, (*path, name))


LEAVES = dict(_leaves(typer.main.get_command(build())))


def _words(path: tuple[str, ...], command: Any) -> list[str]:
    if path in GIVEN:
        return [*path, *GIVEN[path]]
    needed = [one for one in command.params if one.param_type_name == "argument" and one.required]
    return [*path, *("canary-argument" for _ in needed)]


def _steps(home: Path) -> list[list[str]]:
    """Every command in two ways, after those that make something to show."""
    chosen = [path for path in LEAVES if path not in ENDLESS | APART and path not in LAST]
    lines = [line.split() for line in FIRST]
    lines += [[*_words(path, LEAVES[path]), *way] for path in (*chosen, *LAST) for way in WAYS]
    config = ["--config", f"{home}/house.yaml", "--yes"]
    return [[word.replace("{home}", str(home)) for word in (*config, *line)] for line in lines]


@dataclass(frozen=True)
class Played:
    """What all commands left."""

    house: House
    steps: list[dict[str, Any]]
    argv: list[str]

    def places(self) -> dict[str, str]:
        """Everything that was written anywhere, by the kind of its place."""
        home, found = self.house.home, dict.fromkeys(PLACES, "")
        for step in self.steps:
            logs = IN_LOGS & set(step["words"])
            for line in step["err"].splitlines():
                found["log" if logs or line.startswith('{"ts"') else "stderr"] += f"{line}\n"
            shows = "config shown" if "config" in step["words"] else "stdout"
            found[shows] += step["out"]
        for path in sorted(home.rglob("*")):
            if path.is_file() and path.name not in MADE_BY_US:
                found[_kind(path.relative_to(home))] += path.read_bytes().decode("latin-1")
        found["mail"] += b"".join(self.house.mailbox.messages).decode("latin-1")
        found["sentry"] = "\n".join(self.house.sentry.bodies)
        found["process"] = "\0".join(self.argv)
        return found


PLACES = (
    *("log", "stderr", "stdout", "sentry", "process"),
    *("state", "mail", "plan", "results", "report", "dossier", "config shown", "other files"),
)


def _kind(path: Path) -> str:
    """Which kind of place a file of the installation is."""
    if path.parts[0] in {"state", "copy.db"}:
        return "state"
    if path.parts[0] in {"mail", "dossier"}:
        return path.parts[0]
    names = {"plan.json": "plan", "run_results.json": "results", "run_report.html": "report"}
    return names.get(path.name, "other files")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The house after every command was given in every way."""
    home = tmp_path_factory.mktemp("house")
    with house(home) as made:
        kept = drive(home, _steps(home))
        yield Played(made, kept["steps"], kept["argv"])


# Where what stands: no more, and no less, for a search that finds nothing proves nothing.
STANDS: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "names of customers": ((NAME,), {"stdout", "report", "state", "mail", "dossier"}),
    "addresses of customers": ((PERSONAL["e-mail"],), {"state", "mail", "dossier"}),
    "names of people": ((PERSONAL["person"],), {"state", "mail", "dossier"}),
    "telephone and tax numbers": (
        (PERSONAL["phone"], PERSONAL["tax number"]),
        {"state", "dossier"},
    ),
    "the text of a message": ((BODY,), {"mail", "state", "dossier", "config shown"}),
    "what nobody needs": ((PERSONAL["memo"], PERSONAL["city"]), set()),
}


def test_every_command_was_given_and_ended(played: Played) -> None:
    """The tree says what there is; none crashed, and each that shows something did show it."""
    given = {" ".join(step["words"][3:]) for step in played.steps}
    for path in LEAVES:
        if path not in ENDLESS | APART:
            assert any(line.startswith(" ".join(path)) for line in given), path
    codes = {" ".join(step["words"][3:]): step["code"] for step in played.steps}
    assert not {-1, None, 7} & set(codes.values()), codes
    good = ("run", "plan", "check", "explain", "outbox show", "log", "state backup", "auth status")
    for verb in (*good, "state restore", "hold add", "hold list", "config show", "auth logout"):
        assert any(code == 0 for line, code in codes.items() if line.startswith(verb)), verb
    assert len(played.house.mailbox.messages) == 7


def test_secrets_stand_nowhere(played: Played) -> None:
    """No configured secret and no token ever issued, in any of its shapes, is written anywhere."""
    secrets = played.house.secrets()
    assert {"access", "refresh"} <= {name.split(" token")[0] for name in secrets}
    found = [
        f"{what} in {place}"
        for place, text in played.places().items()
        for what, value in secrets.items()
        if value in text
    ]
    assert found == []


@pytest.mark.parametrize("what", STANDS)
def test_customers_data_stands_only_where_it_has_to(what: str, played: Played) -> None:
    """Names on the screen and in the local report, addresses in state and mail, others nowhere."""
    canaries, places = STANDS[what]
    found = {
        place for place, text in played.places().items() if any(one in text for one in canaries)
    }
    assert found == places


def test_the_error_tracker_was_told_of_refusals(played: Played) -> None:
    """The search of what it was sent is of something: check-ins, and events of refused logins."""
    assert any("check_in" in body for body in played.house.sentry.bodies)
    kinds = {kind for event in played.house.sentry.events() for kind in _kinds_of(event)}
    assert kinds & {"AuthError", "ContractError", "RecordError"}


def _kinds_of(event: dict[str, Any]) -> list[str]:
    return [str(one["type"]) for one in event["exception"]["values"]]


def test_text_from_a_ledger_moves_no_terminal(played: Played) -> None:
    """No control character, line separator or turn of direction in anything that is printed."""
    names = [step for step in played.steps if "Evil1" in step["out"]]
    assert len(names) > 4
    for step in played.steps:
        for text in (step["out"], step["err"]):
            odd = {sign for sign in text if sign != "\n" and unicodedata.category(sign) in UNSEEN}
            assert not odd, (step["words"], ascii(odd))


def test_text_from_a_ledger_breaks_no_line_of_a_log(played: Played) -> None:
    """Every line of the scheduled commands' logs is one JSON object, or a sentence of ours."""
    lines = [line for line in played.places()["log"].splitlines() if line.startswith("{")]
    assert len(lines) > 10
    for line in lines:
        assert isinstance(json.loads(line), dict)


def test_text_from_a_ledger_is_no_markup_of_the_report(played: Played) -> None:
    """The hostile names stand in the report as text: no tag, no attribute, nothing evaluated."""
    report = played.places()["report"]
    assert "Evil3 &lt;script&gt;" in report
    assert "<script" not in report
    assert "{{7*7}}" in report


def test_what_is_written_is_for_its_owner_alone(played: Played) -> None:
    """Under the loosest umask: state, copies, tokens, mail, plans and reports are 0600 in 0700."""
    home = played.house.home
    made = [path for path in home.rglob("*") if path.name not in MADE_BY_US]
    wrong = {
        str(path.relative_to(home)): oct(path.stat().st_mode & 0o777)
        for path in made
        if path.stat().st_mode & (0o022 if path.name in FOR_ALL else 0o077)
    }
    assert wrong == {}
    kinds = {_kind(path.relative_to(home)) for path in made if path.is_file()}
    assert kinds >= {"state", "mail", "plan", "results", "report"}


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """What stands on a command line is seen by everybody on the machine."""
    names = [
        (path, option)
        for path, command in LEAVES.items()
        for one in command.params
        for option in one.opts
    ]
    telling = re.compile(r"secret|passw|token|credential|api-?key|dsn")
    assert [found for found in names if telling.search(found[1])] == []


def test_the_product_starts_no_other_program() -> None:
    """Nothing from a ledger can reach a shell: there is none."""
    banned = {"subprocess", "pty", "os.system", "os.popen", "eval", "exec", "pickle", "marshal"}
    found = {
        str(path.relative_to(ROOT))
        for folder in ("syncer", "connectors")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if _names(node) & banned
    }
    assert found == SANDBOX_STARTS


def _names(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {str(node.module)}
    if isinstance(node, ast.Call):
        return {ast.unparse(node.func)}
    return set()
