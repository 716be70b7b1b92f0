"""One use of the command line: its flags, and the parts a verb may ask for.

What: the configuration, logging, the worker and the ledgers that are meant. Everything is made
when first asked for, so that a verb pays only for what it uses.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.cli.flags import Flags
from syncer.cli.screen import Screen
from syncer.cli.stopping import SWITCH
from syncer.errors import ConfigError

if TYPE_CHECKING:
    from syncer.bootstrap import Surroundings
    from syncer.flow.worker import LedgerSetup, Worker
    from syncer.settings import Settings

CONFIG_VARIABLE = "SYNCER_CONFIG"
CONFIG_DEFAULT = Path("syncer.yaml")


class Call:
    """What a verb receives."""

    def __init__(
        self, flags: Flags, around: "Surroundings | None" = None, *, simulated: bool = False
    ) -> None:
        self.flags = flags
        self.simulated = simulated  # ``around`` goes by a sandbox's clock, which skips waits
        self._around = around
        self.screen = Screen(
            as_json=flags.as_json,
            no_color=flags.no_color,
            no_input=flags.no_input,
            yes=flags.yes,
            config=flags.config,
        )

    @property
    def config_paths(self) -> tuple[Path, ...]:
        """The files named by --config, else by SYNCER_CONFIG, else syncer.yaml."""
        if self.flags.config:
            return self.flags.config
        named = os.environ.get(CONFIG_VARIABLE, "")
        return tuple(Path(one) for one in named.split(os.pathsep) if one) or (CONFIG_DEFAULT,)

    @property
    def unconfigured(self) -> bool:
        """Whether no file was named and there is none where one is looked for."""
        return self.config_paths == (CONFIG_DEFAULT,) and not CONFIG_DEFAULT.exists()

    @cached_property
    def settings(self) -> "Settings":
        """The configuration, read once. Logging is set up by it. Raises InvalidSettings."""
        from syncer.bootstrap import discover
        from syncer.settings import load_settings

        paths = self.config_paths
        if self.unconfigured:
            raise ConfigError(
                "there is no syncer.yaml here. Name a file with --config, "
                "or write a first one with: syncer init"
            )
        settings = load_settings(paths, environ=os.environ, specs=discover())
        self._start_logging(settings)
        return settings

    @cached_property
    def around(self) -> "Surroundings":
        """The real world, with waits that end when the process is asked to stop."""
        from dataclasses import replace

        from syncer.bootstrap import Surroundings

        around = self._around or Surroundings(sleep=SWITCH.sleep)
        return replace(around, as_of=self.flags.as_of)

    @contextmanager
    def worker(self) -> Iterator["Worker"]:
        """The worker with its store open; closed afterwards."""
        from dataclasses import replace

        from syncer.bootstrap import build, logging_watch

        names = {entry.name: entry.connector for entry in self.settings.ledgers}
        worker = build(self.settings, replace(self.around, watch=logging_watch(names)))
        try:
            yield worker
        finally:
            worker.close()

    def ledgers(self, worker: "Worker") -> Sequence["LedgerSetup"]:
        """The ledgers that --ledger names, or all. Raises ConfigError for an unknown one."""
        for name in self.flags.ledger:
            self.settings.ledger(name)
        return [
            setup
            for setup in worker.ledgers
            if not self.flags.ledger or setup.name in self.flags.ledger
        ]

    def today(self, worker: "Worker", ledger: str) -> date:
        """--as-of, else today in the ledger's own time zone (UTC before its first run)."""
        from syncer.flow.pull import today_in

        if self.flags.as_of:
            return self.flags.as_of
        here = worker.clock().date()
        known = worker.store.peek_context(ledger, here)
        return today_in(known.organisation, worker.clock) if known else here

    def _start_logging(self, settings: "Settings") -> None:
        from syncer import __version__
        from syncer.log import Redactor, set_up, set_up_sentry
        from syncer.settings import secret_values

        log, sentry = settings.log, settings.sentry
        redactor = Redactor(secret_values(settings), show_addresses=log.addresses == "show")
        set_up(
            self.flags.log_format or log.format.value,
            self.flags.log_level or log.level.value,
            sys.stderr,
            sys.stderr.isatty() and not (self.flags.no_color or os.environ.get("NO_COLOR")),
            redactor=redactor,
        )
        dsn = sentry.dsn.get_secret_value() if sentry.dsn else ""
        set_up_sentry(dsn, sentry.environment, __version__, redactor=redactor)
