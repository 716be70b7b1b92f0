"""The connector and the test file that docs/CONNECTORS.md walks through, as an author has them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "CONNECTORS.md").read_text(encoding="utf-8")


def _block(language: str, mark: str) -> str:
    """The guide's one block of that language that says ``mark``."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    (found,) = [one for one in blocks if mark in one]
    return str(found)


def _walked_through() -> dict[str, Any]:
    """The guide's test file, with its connector where an author's package would be."""
    package, till = ModuleType("my_package"), ModuleType("my_package.till")
    exec(compile(_block("python", "class TillSource"), "till.py", "exec"), till.__dict__)
    sys.modules |= {"my_package": package, "my_package.till": till}
    scope: dict[str, Any] = {"__name__": "guide"}
    exec(compile(_block("python", "TestTill ="), "test_till.py", "exec"), scope)
    return scope


TestTill = _walked_through()["TestTill"]


def test_an_installed_package_is_a_connector(tmp_path: Path) -> None:
    """Announced as the guide says and configured as it says, the program finds it and reads."""
    site = tmp_path / "site"
    (site / "my_package").mkdir(parents=True)
    (site / "my_package" / "__init__.py").touch()
    (site / "my_package" / "till.py").write_text(_block("python", "class TillSource"))
    about = site / "till_connector-1.0.dist-info"  # what pip leaves behind
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: till-connector\nVersion: 1.0\n")
    announced = _block("toml", "syncer.connectors").replace("project.entry-points.", "")
    name, target = re.findall(r"^(\w+) = \"(.+)\"$", announced, re.MULTILINE)[0]
    (about / "entry_points.txt").write_text(f"[syncer.connectors]\n{name} = {target}\n")
    (tmp_path / "syncer.yaml").write_text(_block("yaml", "connector: till"))
    (tmp_path / "open.txt").write_text("1001|Ann|2026-03-31|120.00\nend|1\n")
    done = subprocess.run(
        [sys.executable, "-m", "syncer", "plan"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "shop (till, plan," in done.stdout
    assert "no_address  1  120.00 EUR" in done.stdout
