"""A trytond of one's own on loopback, and the clerk who enters what people enter."""

import json
import os
import socket
import sqlite3
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from .environment import HERE, Unavailable

START_SECONDS = 40.0
DATABASE = "books"
ADMIN_PASSWORD = "admin-not-used-by-us"


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@dataclass
class House:
    """Where a trytond lives: its commands, its folder, and its database server."""

    bin: Path
    folder: Path
    uri: str = "sqlite://"
    smtp_port: int = 25
    port: int = field(default_factory=free_port)
    client: Path | None = None  # of the web client, which the server then serves

    @property
    def on_file(self) -> bool:
        """Whether the database is a file, which can be kept and put back."""
        return self.uri.startswith("sqlite")

    @property
    def config(self) -> Path:
        """The server's configuration, as it is on disk."""
        return self.folder / "trytond.conf"

    @property
    def address(self) -> str:
        """The database, as proteus wants it named."""
        server, _, options = self.uri.partition("?")
        return f"{server.rstrip('/')}/{DATABASE}{'?' if options else ''}{options}"

    @property
    def file(self) -> Path:
        """The database, where it is a file."""
        return self.folder / "db" / f"{DATABASE}.sqlite"

    @property
    def environ(self) -> dict[str, str]:
        """Nothing of the surroundings but what a program needs."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        known = {"TRYTONPASSFILE": str(self.folder / "pass"), "PYTHONPATH": str(HERE)}
        return {**kept, **known, "TZ": "UTC", "PYTHONWARNINGS": "ignore"}

    def configure(self) -> None:
        """Write the configuration; no limit to failed logins, many tests share one address."""
        (self.folder / "db").mkdir(parents=True, exist_ok=True)
        (self.folder / "pass").write_text(ADMIN_PASSWORD + "\n")
        self.config.write_text(
            f"[database]\nuri = {self.uri.replace('%', '%%')}\npath = {self.folder / 'db'}\n"
            f"[web]\nlisten = 127.0.0.1:{self.port}\nroot = {self.client or self.folder / 'none'}\n"
            f"[email]\nuri = smtp://127.0.0.1:{self.smtp_port}\nfrom = books@ledger.example\n"
            "[session]\nmax_attempt = 100000\nmax_attempt_ip_network = 100000\n"
        )

    def create(self, modules: tuple[str, ...]) -> None:
        """Tables, the administrator and the modules."""
        if self.on_file:
            self.file.touch()
        self._admin("--all", "--email", "admin@ledger.example")
        self._admin("--activate-dependencies", "-u", *modules)

    def _admin(self, *words: str) -> None:
        command = [str(self.bin / "trytond-admin"), "-c", str(self.config), "-d", DATABASE, *words]
        done = subprocess.run(
            command, env=self.environ, capture_output=True, text=True, timeout=600, check=False
        )
        if done.returncode:
            raise RuntimeError(f"trytond-admin {words[0]}: {done.stderr[-2000:]}")

    def put(self, template: Path) -> None:
        """The database as it was when the template was made; open connections see it."""
        with sqlite3.connect(template) as source, sqlite3.connect(self.file) as target:
            source.backup(target)
        source.close()
        target.close()

    def keep(self, template: Path) -> None:
        """A copy of the database, to be put back."""
        with sqlite3.connect(self.file) as source, sqlite3.connect(template) as target:
            source.backup(target)
        source.close()
        target.close()


class Server:
    """A running trytond."""

    def __init__(self, house: House) -> None:
        self.url = f"http://127.0.0.1:{house.port}"
        self._log = (house.folder / "trytond.log").open("w")
        command = [str(house.bin / "trytond"), "-c", str(house.config), "-d", DATABASE]
        self._process = subprocess.Popen(
            command, env=house.environ, stdout=self._log, stderr=subprocess.STDOUT
        )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        question = {"id": 1, "method": "common.server.version", "params": []}
        while time.monotonic() < end and self._process.poll() is None:
            try:
                requests.post(f"{self.url}/rpc/", json=question, timeout=5)
                return
            except requests.ConnectionError:
                time.sleep(0.1)
        self.stop()
        raise Unavailable("trytond did not start; see trytond.log")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._log.close()


class Clerk:
    """Takes orders, see ``clerk.orders``."""

    def __init__(self, house: House) -> None:
        command = [str(house.bin / "python"), "-m", "clerk", str(house.config), house.address]
        self._log = (house.folder / "clerk.log").open("w")
        self._process = subprocess.Popen(
            command,
            env=house.environ,
            cwd=house.folder,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

    def __call__(self, op: str, **order: Any) -> Any:
        """Give an order and wait until it is done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"op": op, **order}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the clerk is gone; see {self._log.name}")
        said = json.loads(line)
        if "failed" in said:
            raise RuntimeError(f"{op}: {said['failed'][-3000:]}")
        return said["done"]

    def stop(self) -> None:
        """Send the clerk home."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process.stdout.close()
        self._log.close()
