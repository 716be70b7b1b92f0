"""What SQLAlchemy compiled for one state file serves the next that this process opens."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import CacheStats

from syncer.errors import StateError
from syncer.store import open_store


def test_the_second_file_is_asked_in_words_that_are_there(tmp_path: Path) -> None:
    """A process that opens its state again, as each simulated run does, compiles nothing anew."""
    found: list[CacheStats] = []

    def note(_connection, _cursor, _statement, _values, context, _many) -> None:
        if context.compiled is not None:
            found.append(context.cache_hit)

    for name in ("first.db", "second.db"):
        with closing(open_store(f"sqlite:///{tmp_path}/{name}")) as store:
            event.listen(Engine, "before_cursor_execute", note)
            try:
                found.clear()
                list(store.runs())
            finally:
                event.remove(Engine, "before_cursor_execute", note)
    assert set(found) == {CacheStats.CACHE_HIT}


def test_an_error_names_the_database_as_it_was_configured(tmp_path: Path) -> None:
    """How we speak to the file is our own affair: its address stands as in state.url."""
    path = tmp_path / "state.db"
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    with pytest.raises(StateError, match=f"the state database sqlite:///{path} was written"):
        open_store(f"sqlite:///{path}")
