"""A PostgreSQL server for tests, where one can be started, and empty databases on it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def served() -> Iterator[str]:
    """The address of a throw-away server, or the one that the environment names; else skips."""
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


@contextmanager
def empty_database(at: str) -> Iterator[str]:
    """The address of a new database on the server ``at``, gone afterwards."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(at, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield make_url(at).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(at, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
