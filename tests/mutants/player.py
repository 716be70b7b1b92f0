"""Plays faults: each in a fork of one process that has loaded the code and collected the tests.

A pytest plugin (``-p tests.mutants.player``), started by ``python -m tests.mutants``. It first
learns which test runs which line and what it costs; then it lays each fault over a fork and lets
the tests that run the changed line speak, the likely ones first. Tests that start the program as a
process of its own are of no use here: the new process has the code without the fault.
"""

import ast
import gc
import json
import os
import re
import resource
import select
import signal
import sys
import time
import warnings
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.loaded import Lay, Loaded, remembered
from tests.mutants.modules import FIRST, MODULES, ROOT, SEND_PATH
from tests.mutants.mutations import Fault, faults

TASK: dict[str, Any] = json.loads(os.environ.get("SYNCER_MUTANTS", "{}"))
EXAMPLES = 10  # of a property
MEMORY = 6 << 30
WALL = 90.0  # seconds for one fault, at most
NUMBER_MAX = 5  # numbers from here on are a matter of taste
OF_OTHER_PROCESSES = ("postgres_url", "nursery")
TOO_LONG = ("postgres", "test_every_promise_holds", "test_processes")
STORIES = ("tests/sim/", "tests/mutants/stories.py")


def tamed(items: Iterable[Any]) -> None:
    """Properties with few examples, the same ones each time."""
    from hypothesis import HealthCheck, Phase, settings

    for item in items:
        function = getattr(item.obj, "__func__", item.obj)
        if getattr(function, "is_hypothesis_test", False):
            given = getattr(function, "_hypothesis_internal_use_settings", settings.default)
            function._hypothesis_internal_use_settings = settings(
                given,
                max_examples=min(given.max_examples, EXAMPLES),
                deadline=None,
                database=None,
                derandomize=True,
                phases=(Phase.explicit, Phase.generate),
                suppress_health_check=list(HealthCheck),
            )


def dull(fault: Fault) -> bool:
    """A number that is a matter of taste, or an order that nobody can see."""
    if fault.kind in ("one more", "one less"):
        return abs(fault.old.value) >= NUMBER_MAX
    if fault.kind == "lines exchanged":
        moved = [one for one, two in zip(fault.old, fault.new, strict=True) if one is not two]
        return not any(isinstance(one, ast.Expr) for one in moved)
    return False


class Player:
    """The plugin."""

    def __init__(self) -> None:
        self._pipe: int | None = None
        self._items: dict[str, Any] = {}
        self._known: dict[str, Any] = {}
        self._by_line: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._killers: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=8))
        self._remembered: list[Any] = []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Leave out what cannot see a fault, or takes too long for one."""
        items[:] = [one for one in items if not _unfit(one)]
        tamed(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        """The first failure ends a fork."""
        error = call.excinfo
        if error is None or error.errisinstance(pytest.skip.Exception):
            return
        if self._pipe is None:
            said = f"fails without a fault: {item.nodeid} {error.value!r:.300}\n"
            sys.stdout.write(said)
            return
        _say(self._pipe, by=item.nodeid, said=repr(error.value)[:200])

    def pytest_runtestloop(self, session: Any) -> bool:
        """In the place of running the tests once."""
        manager = session.config.pluginmanager
        manager.unregister(manager.get_plugin("terminalreporter"))
        self._remembered = remembered()
        (self._learn if TASK["mode"] == "learn" else self._play)(session)
        sys.stdout.flush()
        os._exit(0)

    def _learn(self, session: Any) -> None:
        """Which test runs which line of the modules, and how long it takes."""
        import coverage

        wanted = [str(ROOT / one) for one in MODULES]
        watch = coverage.Coverage(data_file=None, include=wanted, config_file=False)
        mine = _share(session.items)
        with open(TASK["map"], "a", buffering=1) as log, warnings.catch_warnings():
            for item, after in zip(mine, [*mine[1:], None], strict=True):
                self._forget()
                watch.erase()
                warnings.simplefilter("ignore")  # a test may run none of these lines
                watch.start()
                warnings.simplefilter("error")
                began = time.process_time()
                item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
                took = time.process_time() - began
                watch.stop()
                warnings.simplefilter("ignore")
                data = watch.get_data()
                lines = {
                    os.path.relpath(file, ROOT): sorted(data.lines(file) or ())
                    for file in data.measured_files()
                }
                log.write(json.dumps({"test": item.nodeid, "cpu": took, "lines": lines}) + "\n")

    def _forget(self) -> None:
        for cache in self._remembered:
            cache.cache_clear()

    def _play(self, session: Any) -> None:
        """All faults of this part, each in a fork."""
        self._items = {item.nodeid: item for item in session.items}
        for one in _lines(TASK["map"]):
            if one["test"] in self._items:
                self._known[one["test"]] = one
                for file, rows in one["lines"].items():
                    for row in rows:
                        self._by_line[file, row].add(one["test"])
        for test in list(self._known)[: TASK["warm"]]:  # imports and templates, once for all
            item = self._items[test]
            item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        gc.collect()
        gc.freeze()
        open_yet = TASK.get("again") and "survived"
        last = {one["id"]: one["verdict"] for one in _lines(TASK["out"])}
        done = {name for name, verdict in last.items() if verdict != open_yet}
        with open(TASK["out"], "a", buffering=1) as log:
            for path in TASK["modules"]:
                module = Loaded(path)
                for number, fault in enumerate(faults(module.tree, orders=path in SEND_PATH)):
                    name = f"{path}:{fault.rows[0]}:{number}"
                    mine = number % TASK["parts"] == TASK["part"] and name not in done
                    if time.time() > TASK["until"]:
                        return
                    if mine and not dull(fault):
                        log.write(json.dumps(self._one(name, module, fault)) + "\n")

    def _one(self, name: str, module: Loaded, fault: Fault) -> dict[str, Any]:
        """Play one fault; what became of it."""
        told = {"id": name, "path": module.path, "row": fault.rows[0], "kind": fault.kind}
        told["change"] = fault.told()
        try:
            hindrance, lay, names = module.with_fault(fault)
        except (SyntaxError, ValueError, TypeError):
            return told | {"verdict": "no program"}
        if hindrance:
            return told | {"verdict": hindrance}
        rows = range(fault.rows[0], fault.rows[1] + 1)
        tests = {test for row in rows for test in self._by_line[module.path, row]}
        tests = self._using(names) if names else tests
        if not tests:
            return told | {"verdict": "survived", "tests": 0}
        order = self._order(module.path, tests, self._by_line[module.path, fault.taken])
        limit = 5 + 3 * sum(self._known[one]["cpu"] for one in order)
        told |= {"tests": len(order), "of": len(tests)}
        result = told | self._fork(lay, order, limit)
        if result.get("by") in self._items:
            self._killers[module.path].append(result["by"])
        return result

    def _using(self, names: set[str]) -> set[str]:
        """Tests that run a line which names one of the values."""
        word = re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")\b")
        return {
            test
            for path in {path for path, _ in self._by_line}
            for row, text in enumerate((ROOT / path).read_text().splitlines(), 1)
            if word.search(text)
            for test in self._by_line[path, row]
        }

    def _order(self, path: str, tests: set[str], likely: Collection[str]) -> Sequence[str]:
        """Who noticed lately, who is about this module; then who is cheap, for so many seconds."""

        def weight(test: str) -> tuple[bool, float]:
            rows = self._known[test]["lines"].get(path, ())
            rare = sum(1 / len(self._by_line[path, row]) for row in rows)
            return test not in likely, -(rare + 0.01) / (0.02 + self._known[test]["cpu"])

        stories = {one for one in tests if one.startswith(STORIES)}
        chosen = [one for one in reversed(self._killers[path]) if one in tests]
        chosen += sorted(one for one in tests if one.startswith(FIRST.get(path, ())))
        for group, cap in ((tests - stories, TASK["seconds"]), (stories, TASK["seconds"] / 2)):
            spent = 0.0
            for one in sorted(group, key=weight):
                spent += self._known[one]["cpu"]
                if spent > cap and chosen:
                    break
                chosen.append(one)
        return list(dict.fromkeys(chosen))

    def _fork(self, lay: Lay, order: Sequence[str], limit: float) -> dict[str, Any]:
        """What these tests say of a fault."""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            self._child(lay, [self._items[one] for one in order], write, limit)
        os.close(write)
        poll, end, got = select.poll(), time.time() + WALL, b""
        poll.register(read, select.POLLIN | select.POLLHUP)
        while poll.poll(max(1, int((end - time.time()) * 1000))):
            part = os.read(read, 65536)
            got += part
            if not part:
                break
        else:
            os.kill(pid, signal.SIGKILL)
        os.close(read)
        _, status, used = os.wait4(pid, 0)
        cpu = {"cpu": round(used.ru_utime + used.ru_stime, 2)}
        if not got:
            return cpu | {"verdict": "endless" if os.WIFSIGNALED(status) else "noticed", "by": ""}
        said = json.loads(got)
        return cpu | said | {"verdict": "noticed" if said["by"] else "survived"}

    def _child(self, lay: Lay, items: list[Any], write: int, limit: float) -> None:
        """The fork: ends with what it has to say."""
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 3))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            lay()
            self._forget()
            self._pipe = write
            for item, after in zip(items, [*items[1:], None], strict=True):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
        except BaseException as error:
            _say(write, by="the loading", said=f"{type(error).__name__}: {error}"[:200])
        _say(write, by="")


def _say(pipe: int, **what: str) -> None:
    os.write(pipe, json.dumps(what).encode())
    os._exit(0)


def _unfit(item: Any) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures.intersection(OF_OTHER_PROCESSES)) or any(
        one in item.nodeid for one in TOO_LONG
    )


def _share(items: list[Any]) -> list[Any]:
    """Whole files for each process, so that what a module shares is made once."""
    files = sorted({item.nodeid.split("::")[0] for item in items})
    mine = set(files[TASK["part"] :: TASK["parts"]])
    known = {one["test"] for one in _lines(TASK["map"])}
    return [one for one in items if one.nodeid.split("::")[0] in mine and one.nodeid not in known]


def _lines(path: str) -> Iterator[dict[str, Any]]:
    file = Path(path)
    for line in file.read_text().splitlines() if file.exists() else ():
        yield json.loads(line)


def pytest_configure(config: Any) -> None:
    """Register it."""
    config.pluginmanager.register(Player(), "mutants")
