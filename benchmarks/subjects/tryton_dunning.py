"""CPU seconds of Tryton's own dunning, run with Tryton's Python inside one process.

Makes the dunnings of a day, processes them, and makes those of the next day, as its wizards do.
Run: ``tryton_dunning CONFIG DATABASE COMPANY DAY``. Prints JSON.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

ADMIN = 1


def main(config: str, database: str, company: int, day: date) -> None:
    """All three, each in a transaction of its own."""
    os.environ["TRYTOND_CONFIG"] = config
    from trytond import config as settings
    from trytond.pool import Pool
    from trytond.transaction import Transaction, TransactionError

    settings.update_etc(config)
    Pool.start()
    pool = Pool(database)
    pool.init()
    Dunning = pool.get("account.dunning")

    def cost(act: Callable[[], Any]) -> float:
        began, extras = time.process_time(), {}
        context = {"company": company, "companies": [company]}
        while True:
            with Transaction().start(database, ADMIN, context=context, **extras) as transaction:
                try:
                    act()
                except TransactionError as error:  # wants a lock: again, with it
                    transaction.rollback()
                    error.fix(extras)
                    continue
            return time.process_time() - began

    made = cost(lambda: Dunning.generate_dunnings(date=day))
    processed = cost(lambda: Dunning.process(Dunning.search([("state", "=", "draft")])))
    next_day = cost(lambda: Dunning.generate_dunnings(date=day + timedelta(days=1)))
    with Transaction().start(database, ADMIN, context={"company": company, "companies": [company]}):
        count = Dunning.search([], count=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "made": made,
                "processed": processed,
                "next_day": next_day,
                "dunnings": count,
                "peak": peak,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), date.fromisoformat(sys.argv[4]))
