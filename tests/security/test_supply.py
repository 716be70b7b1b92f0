"""What ships is known by name, version and hash; what nobody was asked about is not sound."""

import json
import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PINNED = dict(re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s\\]+)", LOCK, re.MULTILINE))


def _script(name: str) -> ModuleType:
    """A program of .ci as a module; nothing of it is left in the tree."""
    loader = SourceFileLoader(f"ci_{name}", str(ROOT / ".ci" / name))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    exec(compile(loader.get_data(loader.path), loader.path, "exec"), module.__dict__)
    return module


AUDIT = _script("audit")


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The bill of materials, made as CI makes it, twice: it must be the same."""
    folder = tmp_path_factory.mktemp("sbom")
    made = []
    for name in ("one.json", "two.json"):
        command = [sys.executable, str(ROOT / ".ci" / "sbom"), str(folder / name)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
        made.append((folder / name).read_bytes())
    assert made[0] == made[1]
    return dict(json.loads(made[0]))


def test_the_bill_names_what_is_locked_and_nothing_else(bill: dict[str, Any]) -> None:
    """Each pin of the lock is a component with its version, package URL and hashes."""
    named = {one["name"]: one["version"] for one in bill["components"]}
    assert named == {re.sub(r"[-_.]+", "-", name).lower(): PINNED[name] for name in PINNED}
    assert len(named) > 30
    hashes = {each["content"] for one in bill["components"] for each in one["hashes"]}
    assert hashes == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", LOCK))
    assert all(one["hashes"] for one in bill["components"])
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")


def test_the_bill_says_who_needs_whom(bill: dict[str, Any]) -> None:
    """Every package is reached from the product, over references that exist."""
    needs = {one["ref"]: set(one["dependsOn"]) for one in bill["dependencies"]}
    product = bill["metadata"]["component"]["bom-ref"]
    assert needs.keys() == {product, *(one["bom-ref"] for one in bill["components"])}
    reached, waiting = set(), [product]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += needs[one]
    assert reached == needs.keys()
    requests = next(ref for ref in needs if ref.startswith("pkg:pypi/requests@"))
    assert any(ref.startswith("pkg:pypi/urllib3@") for ref in needs[requests])


@pytest.mark.parametrize(
    "lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name
)
def test_every_locked_package_has_hashes(lock: Path) -> None:
    """An installation checks what it downloads: each pin has a hash, none has an address."""
    text = lock.read_text("utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?==)", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert [block[:40] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text


def _report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


SOUND = {"name": "a", "version": "1", "vulns": []}
WEAK = {"name": "b", "version": "2", "vulns": [{"id": "X-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found and could not be audited"}


@pytest.mark.parametrize(
    ("report", "locked", "code", "word"),
    [
        (_report(SOUND, SOUND), 2, 0, "none with a known"),
        (_report(SOUND, WEAK), 2, 1, "X-1, mended in 2.1"),
        (_report(WEAK, UNKNOWN), 2, 1, "X-1"),
        (_report(SOUND, UNKNOWN), 2, 3, "NOT AUDITED"),
        (_report(UNKNOWN, UNKNOWN), 2, 3, "NOT AUDITED"),
        (_report(SOUND), 2, 3, "knew 1 of 2"),
        (_report(), 0, 0, "0 packages"),
        ("", 2, 3, "NOT AUDITED"),
        ("<html>", 2, 3, "NOT AUDITED"),
        ("[]", 2, 3, "NOT AUDITED"),
    ],
)
def test_who_was_not_asked_about_is_not_sound(
    report: str, locked: int, code: int, word: str
) -> None:
    """A database that is not reached, or does not know a package, is never a green audit."""
    found, told = AUDIT.judged(report, locked)
    assert found == code
    assert word in " ".join(told)
