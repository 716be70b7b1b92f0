"""A real Odoo on loopback: databases, the server, and a person's way in past the connector.

People work by XML-RPC as the administrator; what no interface can do (an API key, a clone of a
database, an hour gone by) is done by ``odoo shell`` and SQL.
"""

import os
import socket
import subprocess
import time
import urllib.request
import xmlrpc.client
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DIRECTORY = os.environ.get("ODOO_LIVE_DIR", "")  # set by `make test-live-odoo`
MISSING = "no Odoo here: `make test-live-odoo` installs one and runs this"
READY_SECONDS = 120
_CONF = """\
[options]
db_host = 127.0.0.1
db_port = {pg_port}
db_user = odoo
db_password = odoo
http_interface = 127.0.0.1
http_port = {port}
workers = 0
max_cron_threads = 0
data_dir = {place}/data
addons_path = {place}/unpacked/usr/lib/python3/dist-packages/odoo/addons
admin_passwd = {password}
smtp_server = 127.0.0.1
smtp_port = {smtp_port}
email_from = ar@suite.example
without_demo = True
log_level = warn
"""
_PSQL = ("-h", "127.0.0.1", "-U", "odoo", "-v", "ON_ERROR_STOP=1", "-qAt")
_KEY = """\
user = env["res.users"].search([("login", "=", "{login}")])
from datetime import datetime, timedelta
end = datetime.now() + timedelta(days=30)
print("KEY=" + env["res.users.apikeys"].with_user(user)._generate("rpc", "syncer", end))
env.cr.commit()
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@dataclass
class Odoo:
    """One installation with its server running."""

    place: Path
    smtp_port: int
    port: int = field(default_factory=free_port)
    _running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def sql(self, database: str, *statements: str) -> str:
        """Run SQL; what it prints."""
        done = subprocess.run(
            ["psql", *_PSQL, "-p", (self.place / "pg_port").read_text().strip(), "-d", database],
            input=";\n".join((*statements, "")),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-500:])
        return done.stdout.strip()

    def exists(self, database: str) -> bool:
        """Whether there is such a database."""
        return self.sql("postgres", f"select 1 from pg_database where datname = '{database}'") != ""

    def create(self, database: str) -> None:
        """A new database with invoicing in it, and nothing else. Half a minute."""
        self.run("-d", database, "-i", "account", "--stop-after-init")

    def clone(self, source: str, database: str) -> None:
        """Replace a database by a copy of another one."""
        gone = (
            "select pg_terminate_backend(pid) from pg_stat_activity where datname in ('{}', '{}')"
        )
        self.sql(
            "postgres",
            gone.format(source, database),
            f'drop database if exists "{database}"',
            f'create database "{database}" template "{source}"',
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.place / "server.log").open("ab") as log:
            self._running = subprocess.Popen(
                self._command(), stdout=log, stderr=log, env=self._environ
            )
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.url}/web/health", timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        self.stop()
        raise TimeoutError("Odoo did not answer")

    def stop(self) -> None:
        """End the server."""
        if self._running is not None:
            self._running.terminate()
            self._running.wait(30)
            self._running = None

    def api_key(self, database: str, login: str) -> str:
        """A new API key of a user: only a person at the screen, or the shell, can make one."""
        said = self.run("shell", "-d", database, "--no-http", stdin=_KEY.format(login=login))
        return said.split("KEY=")[1].split()[0]

    def run(self, *words: str, stdin: str = "") -> str:
        """Odoo's own program, to its end; what it prints. Raises RuntimeError when it fails."""
        first, rest = (words[:1], words[1:]) if words[0] == "shell" else ((), words)
        done = subprocess.run(
            [*self._program, *first, "-c", str(self._conf), *rest],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=self._environ,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return done.stdout

    def _command(self) -> list[str]:
        return [*self._program, "-c", str(self._conf)]

    @property
    def _program(self) -> list[str]:
        return [str(self.place / "venv/bin/python"), str(self.place / "unpacked/usr/bin/odoo")]

    @property
    def _environ(self) -> dict[str, str]:
        packages = str(self.place / "unpacked/usr/lib/python3/dist-packages")
        return {"PATH": os.environ["PATH"], "HOME": str(self.place), "PYTHONPATH": packages}

    @property
    def _conf(self) -> Path:
        path = self.place / f"odoo-{self.port}.conf"
        path.write_text(
            _CONF.format(
                place=self.place,
                port=self.port,
                smtp_port=self.smtp_port,
                pg_port=(self.place / "pg_port").read_text().strip(),
                password="master-of-a-test",
            )
        )
        return path


class Person:
    """The administrator at work, by XML-RPC."""

    def __init__(self, odoo: Odoo, database: str, *, company: int | None = None) -> None:
        self.odoo = odoo
        self.database = database
        self._context: dict[str, Any] = {"lang": "en_US", "active_test": False}
        if company is not None:
            self._context["allowed_company_ids"] = [company]

    def do(self, model: str, method: str, *args: Any, **named: Any) -> Any:
        """Call a method. One that gives nothing cannot be answered: it has run all the same."""
        context = {**self._context, **named.pop("context", {})}
        server = xmlrpc.client.ServerProxy(f"{self.odoo.url}/xmlrpc/2/object", allow_none=True)
        values: list[Any] = [self.database, 2, "admin", model, method, list(args)]
        try:
            return server.execute_kw(*values, {**named, "context": context})
        except xmlrpc.client.Fault as fault:
            if "cannot marshal" in fault.faultString:
                return None
            raise RuntimeError(f"{model}.{method}: {fault.faultString.strip()[-600:]}") from None

    def make(self, model: str, **values: Any) -> int:
        """A new record."""
        return int(self.do(model, "create", [values])[0])

    def find(self, model: str, *domain: Any, **named: Any) -> list[int]:
        """Records that meet the conditions."""
        return list(self.do(model, "search", list(domain), **named))

    def read(self, model: str, domain: list[Any], *fields: str, **named: Any) -> list[Any]:
        """Fields of records."""
        return list(self.do(model, "search_read", domain, list(fields), **named))

    def set(self, model: str, record: int, **values: Any) -> None:
        """Change a record."""
        self.do(model, "write", [record], values)

    def xml_id(self, name: str) -> int:
        """The record behind an external id."""
        module, _, rest = name.partition(".")
        domain = [["module", "=", module], ["name", "=", rest]]
        return int(self.read("ir.model.data", domain, "res_id")[0]["res_id"])
