"""State that outlives a run: SQLite by default, PostgreSQL by URL.

The only package that imports SQLAlchemy. It implements ``syncer.ports.Store`` and
``LedgerSession``; it decides nothing and never calls the flow.
"""

from syncer.store.opening import open_store
from syncer.store.store import SqlStore

__all__ = ["SqlStore", "open_store"]
