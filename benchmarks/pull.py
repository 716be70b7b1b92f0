"""Pull and parse: the bare loop, ours, Xero's SDK and tap-xero over the same server."""

import sys
import venv

from benchmarks.measure import ROOT, Cost, measure, serving, typical

PEERS = ROOT / ".run" / "bench-peers"
PEER_PACKAGES = ("xero-python==15.2.0", "tap-xero==2.6.0", "six", "msgspec", "requests")
REPEATS = 3
TAP_INVOICES_MAX = 20_000  # tap-xero needs minutes for more; its cost is linear


def report(invoices: int) -> str:
    """The table, as Markdown."""
    peers = _peers()
    ours = sys.executable
    with serving(invoices) as address:
        bare = _subject(ours, "bare_pull", address, REPEATS)
        own = _subject(ours, "our_pull", address, REPEATS)
        sdk = _subject(peers, "xero_python_pull", address, 1)
    small = min(invoices, TAP_INVOICES_MAX)
    with serving(small) as address:
        tap = _subject(peers, "tap_xero_pull", address, 1)
    scale = invoices / small
    rows = [
        ("bare requests + msgspec loop (the floor)", bare, 1.0),
        ("connectors.xero", own, 1.0),
        ("xero-python 15.2.0", sdk, 1.0),
        (f"tap-xero 2.6.0 (measured at {small:,}, scaled)", tap, scale),
    ]
    lines = [
        f"### Pull and parse {invoices:,} open invoices and their contacts",
        "",
        "| subject | CPU s | peak MB | CPU against the floor | ours is cheaper by |",
        "|---|---|---|---|---|",
    ]
    for name, cost, factor in rows:
        cpu = cost.cpu * factor
        lines.append(
            f"| {name} | {cpu:.2f} | {cost.peak:.0f} | {cpu / bare.cpu:.2f} x "
            f"| {cpu / own.cpu:.1f} x |"
        )
    return "\n".join((*lines, ""))


def _subject(python: str, name: str, address: str, repeats: int) -> Cost:
    command = (python, "-m", f"benchmarks.subjects.{name}", address)
    return typical([measure(command) for _ in range(repeats)])


def _peers() -> str:
    """An environment of the peers' own: they are never a dependency of the product."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        venv.create(PEERS, with_pip=True)
        measure((str(python), "-m", "pip", "install", "--quiet", *PEER_PACKAGES))
    return str(python)
