"""A whole run (pull, upsert, position, decide, plan written) against the lean loop."""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Cost, measure, serving, typical

REPEATS = 3
MILLION = 1_000_000
_CONFIG = """\
state: {{url: "sqlite:///{folder}/state.db", dir: "{folder}/files"}}
reports: {{dir: "{folder}/reports"}}
secrets: {{key: "${{SYNCER_BENCH_KEY}}"}}
log: {{level: warning}}
mail:
  from: billing@bench.example
  reply_to: anna@bench.example
  channels: {{folder: {{type: folder, dir: "{folder}/mail"}}}}
ledgers:
  - name: bench
    connector: xero
    mode: live
    settings:
      client_id: bench
      client_secret: "${{BENCH_SECRET}}"
      flow: custom_connection
      tenant_id: c2c885a9-0000-4000-8000-000000000003
      base_url: {address}
      identity_url: {address}
      history_months: 0
"""


def report(invoices: int) -> str:
    """First and second run, as Markdown."""
    with serving(invoices) as address:
        lean = [_lean_pair(address) for _ in range(REPEATS)]
        ours = [_our_runs(address, 2) for _ in range(REPEATS)]
    lines = [
        f"### One run over {invoices:,} open invoices of {invoices // 5:,} accounts, SQLite",
        "",
        "| run | lean CPU s | lean MB | ours CPU s | ours MB | CPU ratio | memory ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for place, name in enumerate(("first", "second, nothing changed")):
        floor = typical([pair[place] for pair in lean])
        own = typical([pair[place] for pair in ours])
        lines.append(
            f"| {name} | {floor.cpu:.2f} | {floor.peak:.0f} | {own.cpu:.2f} | {own.peak:.0f} "
            f"| {own.cpu / floor.cpu:.2f} x | {own.peak / floor.peak:.2f} x |"
        )
    return "\n".join((*lines, ""))


def report_million(invoices: int) -> str:
    """How ours grows from ``invoices`` to a million, as Markdown."""
    costs: list[Cost] = []
    for count in (invoices, MILLION):
        with serving(count) as address:
            costs += _our_runs(address, 1)
    small, large = costs
    return "\n".join(
        (
            f"### From {invoices:,} to {MILLION:,} invoices",
            "",
            "| invoices | CPU s | wall s | peak MB |",
            "|---|---|---|---|",
            f"| {invoices:,} | {small.cpu:.1f} | {small.wall:.1f} | {small.peak:.0f} |",
            f"| {MILLION:,} | {large.cpu:.1f} | {large.wall:.1f} | {large.peak:.0f} |",
            f"| ratio | {large.cpu / small.cpu:.2f} x | | {large.peak / small.peak:.2f} x |",
            "",
        )
    )


def _lean_pair(address: str) -> tuple[Cost, Cost]:
    with tempfile.TemporaryDirectory() as folder:
        command = (
            *(sys.executable, "-m", "benchmarks.subjects.lean_cycle"),
            *(address, f"{folder}/state.db"),
        )
        return measure(command), measure(command)


def _our_runs(address: str, runs: int) -> list[Cost]:
    """The first so many runs of one state file."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "bench.yaml"
        config.write_text(_CONFIG.format(folder=folder, address=address))
        command = (sys.executable, "-m", "benchmarks.subjects.our_cycle", str(config))
        environ = {"SYNCER_BENCH_KEY": "k" * 44, "BENCH_SECRET": "s"}
        return [measure(command, environ=environ) for _ in range(runs)]
