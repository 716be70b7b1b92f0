"""``python -m benchmarks``: every ratio that is claimed, in one run, printed as a table.

python -m benchmarks                    everything but the million
python -m benchmarks pull cycle         only these
python -m benchmarks decide             the decide step alone, 20,000 customers
python -m benchmarks quickbooks         the pull from QuickBooks against its peers
python -m benchmarks million            1,000,000 invoices (about ten minutes)
python -m benchmarks faults             thirteen faults, eight peers and us
python -m benchmarks dunning            our decisions beside Tryton's and OCA's, on one book
python -m benchmarks dunning-cpu        what the three need for a line
python -m benchmarks dunning-decide     the decide step beside Tryton's dunning, on --invoices lines
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from benchmarks import cycle, decide, faults, pull, quickbooks


def _dunning(invoices: int) -> str:
    """Loaded when asked for: it works with the live tests' Tryton and Odoo."""
    from benchmarks import dunning

    return dunning.report(invoices)


def _dunning_cpu(invoices: int) -> str:
    from benchmarks import dunning_cpu

    return dunning_cpu.report(invoices)


def _dunning_decide(invoices: int) -> str:
    from benchmarks import dunning_cpu

    return dunning_cpu.report_decide(invoices)


SUITES: dict[str, Callable[[int], str]] = {
    "pull": pull.report,
    "quickbooks": quickbooks.report,
    "cycle": cycle.report,
    "decide": decide.report,
    "million": cycle.report_million,
    "faults": faults.report,
    "dunning": _dunning,
    "dunning-cpu": _dunning_cpu,
    "dunning-decide": _dunning_decide,
}


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []], default=[])
    parser.add_argument("--invoices", type=int, default=100_000)
    asked = parser.parse_args(arguments)
    for name in asked.suites or ("pull", "quickbooks", "cycle"):
        print(SUITES[name](asked.invoices), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
