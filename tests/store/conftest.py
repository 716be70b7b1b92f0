"""Empty stores on SQLite and, where a server can be started, on PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

SERVER_URL = "SYNCER_TEST_POSTGRES_URL"


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    path = found[-1] if found else Path(named).resolve() if named else None
    return path.parent if path else None


def _unprivileged() -> list[str]:
    """initdb refuses root: run it as the user postgres then."""
    if os.getuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL: root without a user 'postgres' cannot start a server")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a throw-away server, or the one that the environment names."""
    if given := os.environ.get(SERVER_URL):
        yield given
        return
    bin_dir = _binaries()
    if bin_dir is None:
        pytest.skip(f"PostgreSQL: no initdb here and {SERVER_URL} is not set")
    prefix = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    if prefix:
        shutil.chown(folder, "postgres")
    data, options = folder / "data", f"-c listen_addresses='' -k {folder} -c fsync=off"
    try:
        for command in (
            [bin_dir / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8"],
            [bin_dir / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"],
        ):
            subprocess.run([*prefix, *command], check=True, cwd="/", capture_output=True)
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        stop = [bin_dir / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run([*prefix, *stop], check=False, cwd="/", capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of its own."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'state' / 'state.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Each database in turn; PostgreSQL is skipped by name where there is none."""
    chosen = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(chosen))
