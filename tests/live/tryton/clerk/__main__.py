"""Runs inside Tryton's own environment and does what a bookkeeper does, one line at a time.

``python -m clerk CONFIG DATABASE_URI`` reads one JSON object per line, ``{"op": ..., ...}``, and
answers one per line, ``{"done": ...}`` or ``{"failed": ...}``. It speaks to Tryton through
proteus alone, so whatever is entered went through Tryton's own rules; warnings are answered
with yes, as a person does.
"""

import json
import os
import sys
import traceback


def main() -> None:
    """Take orders until there are no more."""
    os.environ["TRYTOND_CONFIG"] = sys.argv[1]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever Tryton prints, or a program that it starts, is no answer
    sys.stdout = sys.stderr
    from proteus import config

    hired = config.set_trytond(sys.argv[2], config_file=sys.argv[1])
    hired.pool.get("res.user.warning").check = classmethod(lambda _, __: False)
    from clerk.orders import ORDERS

    for line in sys.stdin:
        order = json.loads(line)
        try:
            said = {"done": ORDERS[order.pop("op")](**order)}
        except Exception:  # told to whoever gave the order
            said = {"failed": traceback.format_exc()}
        answers.write(json.dumps(said) + "\n")
        answers.flush()


main()
