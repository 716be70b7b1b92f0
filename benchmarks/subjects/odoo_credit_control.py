"""CPU seconds of OCA's credit control, run inside ``odoo shell``; the database server's are not in.

One invoice is posted by Odoo's own methods, the others are copies of its rows. ``made`` is
*generate*, ``processed`` is *set to ready*, ``next_day`` is *generate* on the day after.
Fed to the shell with ``SIZE`` and ``DAY`` set in front; ``env`` is the shell's. Prints JSON.
"""

import json
import resource
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

SIZE: int = globals().get("SIZE", 1000)
DAY: date = date.fromisoformat(globals().get("DAY", "2026-11-16"))
env: Any = globals()["env"]

COPIES = """
create temp table bench as select n,
    (%(partners)s)[1 + (n %% %(count)s)] as partner,
    %(day)s::date - (1 + n * 37 %% 120) as due,
    10 + n * 37 %% 4990 as amount
from generate_series(1, %(size)s) n;
insert into account_move select r.* from account_move m, bench b, lateral jsonb_populate_record(m,
    jsonb_build_object('id', 1000000 + b.n, 'name', 'B' || b.n, 'partner_id', b.partner,
        'commercial_partner_id', b.partner, 'partner_shipping_id', b.partner,
        'invoice_date', b.due - 30, 'date', b.due - 30, 'invoice_date_due', b.due,
        'sequence_number', 100000 + b.n, 'access_token', null,
        'amount_total', b.amount, 'amount_residual', b.amount, 'amount_untaxed', b.amount,
        'amount_total_signed', b.amount, 'amount_residual_signed', b.amount)) r
where m.id = %(move)s;
insert into account_move_line select r.* from account_move_line l, bench b,
    lateral jsonb_populate_record(l, jsonb_build_object(
        'id', 10000000 + 10 * b.n + (l.debit > 0)::int, 'move_id', 1000000 + b.n,
        'move_name', 'B' || b.n, 'partner_id', b.partner, 'date', b.due - 30,
        'date_maturity', case when l.date_maturity is not null then b.due end,
        'debit', sign(l.debit) * b.amount, 'credit', sign(l.credit) * b.amount,
        'balance', sign(l.balance) * b.amount,
        'amount_currency', sign(l.amount_currency) * b.amount,
        'amount_residual', sign(l.amount_residual) * b.amount,
        'amount_residual_currency', sign(l.amount_residual) * b.amount)) r
where l.move_id = %(move)s;
analyze account_move; analyze account_move_line;
"""


def fill() -> None:
    """So many open invoices, five to a customer."""
    people = [
        {"name": f"Customer {n:05}", "email": f"ap{n}@c{n}.example", "is_company": True}
        for n in range(SIZE // 5)
    ]
    partners = env["res.partner"].create(people)
    line = {"name": "Goods", "quantity": 1, "price_unit": 100.0, "tax_ids": [(5, 0, 0)]}
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partners[0].id,
            "invoice_date": DAY - timedelta(days=60),
            "invoice_date_due": DAY + timedelta(days=60),
            "invoice_payment_term_id": False,
            "invoice_line_ids": [(0, 0, line)],
        }
    )
    move.action_post()
    env.flush_all()
    known = {"partners": partners.ids, "count": len(partners), "day": DAY, "size": SIZE}
    env.cr.execute(COPIES, {**known, "move": move.id})
    env.cr.commit()
    env.invalidate_all()


def cost(act: Callable[[], Any]) -> float:
    """CPU seconds, with everything written."""
    began = time.process_time()
    act()
    env.flush_all()
    env.cr.commit()
    return time.process_time() - began


def run_on(day: date) -> Any:
    """A run of the company's policy, not yet generated."""
    policy = env.company.credit_policy_id
    made = env["credit.control.run"].create({"date": day, "policy_ids": [(6, 0, policy.ids)]})
    env.cr.commit()
    return made


fill()
first = run_on(DAY)
spent = {"made": cost(first.generate_credit_lines), "processed": cost(first.set_to_ready_lines)}
spent["next_day"] = cost(run_on(DAY + timedelta(days=1)).generate_credit_lines)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print("RESULT " + json.dumps({**spent, "dunnings": len(first.line_ids), "peak": peak}))
