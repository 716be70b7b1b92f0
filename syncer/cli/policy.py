"""``policy test``, ``policy show`` and ``policy diff``: a policy looked at before it is used."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.model.counts import count_text

if TYPE_CHECKING:
    from syncer.policy.rules import Policy
    from syncer.policy.trial.boundaries import Edge
    from syncer.policy.trial.cases import Verdict
    from syncer.policy.trial.difference import Change, Treatment
    from syncer.settings.casefile import Written
    from syncer.settings.named_policy import Shelf

FAILED = 1
BASE = "EUR"  # the ledger's currency around edges, where a policy names none
WIDTH = 60  # characters of the line that a ladder is drawn on
Named = Annotated[
    str, typer.Option("--policy", metavar="NAME", help="A policy of yours, or a ready one.")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Try, draw and compare policies.", no_args_is_help=True)
    group.command("test")(shared(try_cases))
    group.command("show")(shared(show))
    group.command("diff")(shared(diff))
    app.add_typer(group, name="policy")


def try_cases(
    call: Call,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILES]...", help="Files of cases.")
    ] = None,
    policy: Named = "",
    boundaries: Annotated[
        bool,
        typer.Option("--boundaries", metavar="", help="Also decide around every edge of a rule."),
    ] = False,
) -> None:
    """Try a policy on cases: what is expected, what no case reaches; exit code 1 on a surprise."""
    from syncer.settings.casefile import read_cases

    written = [read_cases(path) for path in files or ()]
    shelf = _shelf(call, policy, written)
    verdicts = [_try(call, shelf, one, policy) for one in written]
    used = {rules.version: rules for _, rules, _ in verdicts} or {"": _policy(call, policy)}
    edges = {key: _edges(rules) for key, rules in used.items() if boundaries or not written}
    failed = sum(bool(found.wrong) for _, _, all_ in verdicts for found in all_)
    if call.screen.as_json:
        call.screen.data(_document(verdicts, used, edges))
    else:
        _tell(call, verdicts, used, edges)
    if failed:
        raise typer.Exit(FAILED)


def _policy(call: Call, name: str) -> "Policy":
    """The one that is named; else that of the first ledger. A ready one needs no configuration."""
    from syncer.settings.named_policy import named_policy, ready_rules

    if name and call.unconfigured:
        return ready_rules(name)
    return named_policy(call.settings, name or call.settings.ledgers[0].policy)


def _shelf(call: Call, named: str, written: "Sequence[Written]") -> "Shelf":
    """Ready policies, and files that bring their own rules, need no configuration."""
    from syncer.settings.named_policy import Shelf

    alone = all(named or one.file.policy or one.is_whole for one in written)
    return Shelf(None if call.unconfigured and alone else call.settings)


def _try(
    call: Call, shelf: "Shelf", written: "Written", named: str
) -> "tuple[Written, Policy, list[Verdict]]":
    from syncer.policy.trial.cases import try_case

    name = named or written.file.policy or ""
    if not name and not written.is_whole:
        name = call.settings.ledgers[0].policy
    rules = written.policy(shelf, name)
    return written, rules, [try_case(case) for case in written.cases(shelf, name)]


def _edges(rules: "Policy") -> "list[Edge]":
    from syncer.policy.trial.boundaries import edges

    return list(edges(rules, currency=BASE, today=_open_day(rules)))


def _open_day(rules: "Policy") -> date:
    """A day in the middle of an ordinary week that the policy leaves open."""
    from syncer.policy.calendar import first_open_day

    wednesday = date(2026, 6, 10)
    return first_open_day(rules.restraint, wednesday) or wednesday


def _document(
    verdicts: "Sequence[tuple[Written, Policy, list[Verdict]]]",
    used: "dict[str, Policy]",
    edges: "dict[str, list[Edge]]",
) -> dict[str, object]:
    return {
        "cases": [
            {
                "file": str(written.path),
                "line": written.lines[found.case],
                "case": found.case,
                "policy": rules.name,
                "passed": not found.wrong,
                "wrong": found.wrong,
            }
            for written, rules, all_ in verdicts
            for found in all_
        ],
        "policies": [
            {
                "policy": rules.name,
                "version": rules.version,
                **_quality(rules, verdicts),
                "boundaries": [_edge_document(edge) for edge in edges.get(name, ())],
            }
            for name, rules in used.items()
        ],
    }


def _quality(
    rules: "Policy", verdicts: "Sequence[tuple[Written, Policy, list[Verdict]]]"
) -> "dict[str, Sequence[str]]":
    from syncer.policy.trial.coverage import coverage, never_decides, overlaps

    decisions = [
        found.decision
        for _, one, all_ in verdicts
        for found in all_
        if one.version == rules.version and found.decision is not None
    ]
    covered = coverage(rules, decisions)
    return {
        "reached": covered.reached,
        "missed": covered.missed,
        "dead": list(never_decides(rules, base=BASE, today=_open_day(rules))),
        "overlaps": list(overlaps(rules)),
    }


def _edge_document(edge: "Edge") -> dict[str, object]:
    found = edge.decision
    return {
        "place": edge.place,
        "side": edge.side,
        "action": found.action,
        "step": found.step,
        "reason": found.reasons[0].code,
    }


def _tell(
    call: Call,
    verdicts: "Sequence[tuple[Written, Policy, list[Verdict]]]",
    used: "dict[str, Policy]",
    edges: "dict[str, list[Edge]]",
) -> None:
    for written, rules, all_ in verdicts:
        wrong = [found for found in all_ if found.wrong]
        for found in wrong:
            call.screen.say(f"{written.path}:{written.lines[found.case]}: {found.case}")
            for sentence in found.wrong:
                call.screen.say(f"  {sentence}")
        passed = len(all_) - len(wrong)
        call.screen.say(
            f"{written.path}: {passed} of {count_text(len(all_), 'case')} as expected "
            f"(policy {rules.name}, version {rules.version})"
        )
    for name, rules in used.items():
        _tell_quality(call, rules, _quality(rules, verdicts), tried=bool(verdicts))
        if name in edges:
            _tell_edges(call, edges[name])


def _tell_quality(
    call: Call, rules: "Policy", found: "dict[str, Sequence[str]]", *, tried: bool
) -> None:
    if tried:
        reached, missed = len(found["reached"]), found["missed"]
        call.screen.say(
            f"Policy {rules.name}: cases reach {reached} of {reached + len(missed)} rules."
        )
        for rule in missed:
            call.screen.say(f"  no case reaches {rule}")
    for sentence in found["dead"]:
        call.screen.say(f"  dead: {sentence}")
    for sentence in found["overlaps"]:
        call.screen.say(f"  overlap: {sentence}")


def _tell_edges(call: Call, edges: "list[Edge]") -> None:
    from syncer.report.words import sentence

    rows = [
        (
            edge.place,
            edge.side,
            edge.decision.action.value,
            edge.decision.step,
            sentence(edge.decision.reasons[0].code),
        )
        for edge in edges
    ]
    call.screen.table(("rule", "where", "says", "step", "because"), rows)


def _unthanked(call: Call, policy: str) -> list[str]:
    """Where its thanks reach nobody; a ready policy may be drawn without a configuration."""
    from syncer.bootstrap import discover
    from syncer.settings.abilities import unthanked

    if call.unconfigured:
        return []
    return [text for _, name, text in unthanked(call.settings, discover()) if name == policy]


def show(
    call: Call,
    policy: Annotated[str, typer.Argument(metavar="[POLICY]", help="Its name.")] = "",
) -> None:
    """Draw the ladders of a policy as timelines, in days from the due date."""
    from syncer.policy.beside import said_beside
    from syncer.policy.trial.timeline import timeline

    rules = _policy(call, policy)
    beside = [*said_beside(rules), *_unthanked(call, rules.name)]
    lines = {
        ladder.name: list(timeline(ladder, min_gap=rules.restraint.min_gap))
        for ladder in rules.ladders
    }
    led = {
        name: [one.name for one in rules.segments if one.ladder == name and not one.exclude]
        for name in lines
    }
    if call.screen.as_json:
        told = {"policy": rules.name, "version": rules.version, "ladders": lines}
        call.screen.data({**told, "segments": led, "beside": beside})
        return
    for name, stops in lines.items():
        if not stops:
            continue
        marks = ["default"] if name == rules.default_ladder else []
        marks += [f"segment {segment}" for segment in led[name]]
        mark = f" ({', '.join(marks)})" if marks else ""
        call.screen.say(f"Ladder {name}{mark}: first possible day of each step from the due date")
        call.screen.say(_drawn([0, *[stop.day for stop in stops]]))
        rows = [(f"{stop.day:+d}", stop.step, stop.tone, stop.channel, stop.rule) for stop in stops]
        call.screen.table(("day", "step", "tone", "by", "rule"), rows)
        call.screen.say()
    never = [one for one in rules.segments if one.exclude]
    for said in (
        *beside,
        *[f"Segment {one.name} is never contacted: {one.reason}" for one in never],
    ):
        call.screen.say(said)


def _drawn(days: Sequence[int]) -> str:
    """A line with a mark on each day; the due date is a bar."""
    first, last = min(days), max(days)
    span = max(1, last - first)
    line = ["-"] * (WIDTH + 1)
    for day in days:
        place = (day - first) * WIDTH // span
        line[place] = "|" if day == 0 else "o"
    return f"{first:+d} {''.join(line)} {last:+d}"


def diff(
    call: Call,
    other: Annotated[str, typer.Argument(metavar="POLICY", help="The policy to compare with.")],
    base: Annotated[
        str,
        typer.Option("--from", metavar="NAME", help="Compare with this one, not the ledger's own."),
    ] = "",
) -> None:
    """Show which accounts another policy would treat differently today; nothing is changed."""
    from syncer.flow.compare import compare
    from syncer.policy.trial.difference import counted, kind_of

    rules, own = _policy(call, other), _policy(call, base) if base else None
    with call.worker() as worker:
        found = [
            (setup.name, change)
            for setup in call.ledgers(worker)
            for change in compare(
                worker, setup, rules, base=own, today=call.today(worker, setup.name)
            )
        ]
    if call.screen.as_json:
        rows = [{"ledger": at, "kind": kind_of(one), "change": one} for at, one in found]
        call.screen.data(rows)
        return
    if not found:
        than = f"policy {base}" if base else "its own policy"
        call.screen.say(f"Today policy {other} treats every account as {than} does.")
        return
    _tell_changes(call, found, other, base or "now")
    for kind, count in counted([change for _, change in found]):
        call.screen.say(f"  {kind}: {count}")
    call.screen.say(f"{count_text(len(found), 'account')} treated differently today.")


def _tell_changes(
    call: Call, found: "Sequence[tuple[str, Change]]", other: str, before: str
) -> None:
    from syncer.policy.trial.difference import kind_of

    rows = [
        (
            ledger,
            change.account,
            change.currency,
            _words(change.before),
            _words(change.after),
            kind_of(change),
        )
        for ledger, change in found
    ]
    columns = ("ledger", "account", "currency", before, f"with {other}", "change")
    call.screen.table(columns, rows)


def _words(one: "Treatment") -> str:
    said = f"{one.action} {one.step}" if one.step else f"{one.action}: {one.reason}"
    asked = f", {one.asked}" if one.asked else ""
    return f"{said}{asked}{f' and charges {one.charges}' if one.charges else ''}"
