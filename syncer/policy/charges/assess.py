"""What one step charges one account in one currency, under the policy and the law.

A claim that any doubt stands against is left out and said: who owes is unknown, a rate is missing,
a row was never checked, a limit is reached. Nothing is ever charged on a charge.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from syncer.model.charge import ChargeKind, ChargeLine
from syncer.model.money import ZERO, money_text, total
from syncer.policy.charges.allocation import PRINCIPAL_FIRST, Ordered, in_order
from syncer.policy.charges.fees import (
    Charged,
    FeePer,
    Limited,
    capped,
    collection_costs,
    compensation,
    percentage,
    within_yearly_cost,
)
from syncer.policy.charges.interest import Interest, RateOn, fixed, interest, working
from syncer.policy.charges.occasion import Occasion, debtor_of
from syncer.policy.charges.rules import (
    Assessment,
    Basis,
    Booking,
    ChargeRules,
    Debt,
    Earlier,
    FeeRule,
    InterestRule,
)
from syncer.policy.law.lawbook import LawBook, NoLaw, locked
from syncer.policy.law.rows import (
    Allocation,
    Debtor,
    FeeCap,
    FeeScale,
    FixedSum,
    Part,
    RateMode,
    TextDuty,
    TextRule,
    YearlyCostCap,
)

_DAY = timedelta(days=1)
_CONTRACT = "contract"


def assess(
    debts: Sequence[Debt], rules: ChargeRules, law: LawBook, occasion: Occasion
) -> Assessment:
    """What ``occasion.step`` charges on ``debts``: nothing on steps that the policy leaves out."""
    late = [debt for debt in debts if debt.due_on < occasion.today and debt.principal > ZERO]
    if occasion.step not in rules.steps or not late:
        return Assessment(currency=occasion.currency)
    debtor = debtor_of(rules, occasion.groups)
    if debtor is None:
        why = "nobody said whether the customer is a business or a consumer: set charges.debtor"
        return Assessment(currency=occasion.currency, refused=(why,))
    return _Assessor(rules, law, occasion, debtor).assess(late)


class _Assessor:
    """One assessment: gathers lines and refusals under one debtor and one law."""

    def __init__(
        self, rules: ChargeRules, law: LawBook, occasion: Occasion, debtor: Debtor
    ) -> None:
        self._rules, self._law, self._on, self._debtor = rules, law, occasion, debtor
        self._refused: list[str] = []

    def assess(self, debts: Sequence[Debt]) -> Assessment:
        if not self._agreed():
            return self._result(())
        known = [debt for debt in debts if not self._unknown(debt)]
        lines = [line for debt in known for line in self._of(debt)]
        lines += self._fees(known)
        return self._result(self._affordable(lines, debts))

    def _result(self, lines: Sequence[ChargeLine]) -> Assessment:
        pack = self._law.pack(self._rules.law) if self._rules.law else None
        return Assessment(
            currency=self._on.currency,
            lines=tuple([self._marked(line) for line in lines]),
            refused=tuple(dict.fromkeys(self._refused)),
            pack=f"{pack.name} {pack.version}" if pack is not None else "",
            basis=pack.basis if pack is not None and _by_law(lines) else "",
            order=self._order(),
        )

    def _unknown(self, debt: Debt) -> bool:
        """Nothing is charged again where nobody knows what was charged before."""
        if debt.item_id not in self._on.unknown:
            return False
        self._refused.append(
            f"nothing on {debt.number}: an earlier message about it is only known from the "
            "ledger's notes, and may have charged the same"
        )
        return True

    def _order(self) -> tuple[Part, ...]:
        """As the policy says, else the pack; principal first where neither can be relied on."""
        if self._rules.allocation or not self._rules.law:
            return self._rules.allocation or PRINCIPAL_FIRST
        try:
            row = self._law.row(self._rules.law, Allocation, on=self._on.today, debtor=self._debtor)
        except NoLaw:
            return PRINCIPAL_FIRST
        return row.order

    def _agreed(self) -> bool:
        """Where the law wants fees and interest agreed first, they have to be."""
        if self._rules.agreed or not self._rules.law:
            return True
        duties = self._law.rows(self._rules.law, TextDuty)
        if not any(row.rule is TextRule.AGREED_FIRST for row in duties):
            return True
        self._refused.append("charges have to stand in the contract: set charges.agreed")
        return False

    def _marked(self, line: ChargeLine) -> ChargeLine:
        """In a preview: which of its rows nobody has checked."""
        doubtful = self._law.unverified(line.rows)
        return msgspec.structs.replace(line, unverified=doubtful) if doubtful else line

    # --- for each invoice ------------------------------------------------------------------

    def _of(self, debt: Debt) -> Iterator[ChargeLine]:
        try:
            if self._rules.interest is not None:
                yield from self._interest(debt, self._rules.interest)
        except NoLaw as missing:
            self._refused.append(f"no interest on {debt.number}: {missing}")
        try:
            yield from self._sums(debt)
        except NoLaw as missing:
            self._refused.append(f"no fixed sum for {debt.number}: {missing}")

    def _interest(self, debt: Debt, rule: InterestRule) -> Iterator[ChargeLine]:
        earlier = self._charged_until(debt)
        rate = self._rate(rule, debt)
        ordered = self._in_order(debt)
        whole = self._until(ordered.debt, rule, rate, self._on.today)
        before = self._interest_before(debt)
        amount = whole.amount - before
        if amount <= ZERO:
            return
        told = ordered.working + working(whole)
        if before:
            told += (f"less {money_text(before, self._on.currency)} charged until {earlier}",)
        yield ChargeLine(
            kind=ChargeKind.INTEREST,
            item_id=debt.item_id,
            number=debt.number,
            amount=amount,
            currency=self._on.currency,
            rows=tuple(dict.fromkeys(part.source for part in whole.segments)),
            working=told,
            since=(earlier or debt.due_on) + _DAY,
            until=self._on.today,
            percents=tuple(dict.fromkeys(part.percent for part in whole.segments)),
        )

    def _in_order(self, debt: Debt) -> Ordered:
        """Booked charges are paid in the ledger itself; only announced ones are set off here."""
        if self._rules.booking is not Booking.ANNOUNCE:
            return Ordered(debt=debt)
        return in_order(debt, self._on.earlier, self._order(), self._on.currency)

    def _interest_before(self, debt: Debt) -> Decimal:
        return total(
            [
                one.amount
                for one in self._on.earlier
                if one.kind is ChargeKind.INTEREST and one.item_id == debt.item_id
            ]
        )

    def _until(self, debt: Debt, rule: InterestRule, rate: RateOn, day: date) -> Interest:
        return interest(
            debt.principal + total([paid.amount for paid in debt.paid]),
            self._on.currency,
            due_on=debt.due_on,
            until=day,
            payments=debt.paid,
            rate_on=rate,
            terms=rule.terms,
        )

    def _charged_until(self, debt: Debt) -> date | None:
        days = [
            one.until
            for one in self._on.earlier
            if one.kind is ChargeKind.INTEREST and one.item_id == debt.item_id and one.until
        ]
        return max(days, default=None)

    def _rate(self, rule: InterestRule, debt: Debt) -> RateOn:
        if rule.basis is Basis.CONTRACT:
            if rule.percent is None:
                raise NoLaw("the contract's rate is not given: set charges.interest.percent")
            return fixed(rule.percent, _CONTRACT)
        pack, first = self._rules.law, debt.due_on + _DAY
        rate = self._law.statutory_rate(pack, debtor=self._debtor)
        mode = self._law.rate_mode(pack, debtor=self._debtor, on=first)
        return locked(rate) if mode is RateMode.LOCK_AT_START else rate

    def _sums(self, debt: Debt) -> Iterator[ChargeLine]:
        """Fixed sums, once for the life of an invoice, by what was owed on its first late day."""
        day = debt.due_on + _DAY
        since = [paid.amount for paid in debt.paid if paid.on > debt.due_on]
        opening = debt.principal + total(since)
        pack = self._rules.law
        if self._rules.compensation and not self._had(ChargeKind.COMPENSATION, debt.item_id):
            row = self._law.row(pack, FixedSum, on=day, debtor=self._debtor)
            self._same_currency(row.currency, row.id)
            amount = compensation(row, opening)
            yield self._line(ChargeKind.COMPENSATION, debt, amount, row.id)
        if self._rules.collection_costs and not self._had(
            ChargeKind.COLLECTION_COSTS, debt.item_id
        ):
            scale = self._law.row(pack, FeeScale, on=day, debtor=self._debtor)
            self._same_currency(scale.currency, scale.id)
            costs = collection_costs(scale, opening)
            yield self._line(ChargeKind.COLLECTION_COSTS, debt, costs, scale.id)

    def _had(self, kind: ChargeKind, item_id: str) -> bool:
        return any(one.kind is kind and one.item_id == item_id for one in self._on.earlier)

    def _same_currency(self, currency: str, row: str) -> None:
        if currency != self._on.currency:
            raise NoLaw(f"{row} is a sum in {currency}, the debt is in {self._on.currency}")

    def _line(self, kind: ChargeKind, debt: Debt, amount: Decimal, row: str) -> ChargeLine:
        currency = self._on.currency
        said = kind.replace("_", " ")
        return ChargeLine(
            kind=kind,
            item_id=debt.item_id,
            number=debt.number,
            amount=amount,
            currency=currency,
            rows=(row,),
            working=(f"{said} {money_text(amount, currency)} ({row})",),
        )

    # --- for the message -------------------------------------------------------------------

    def _fees(self, debts: Sequence[Debt]) -> Iterator[ChargeLine]:
        rule = self._rules.fee
        if rule is None:
            return
        per_letter = rule.per is FeePer.LETTER
        for debt in debts[:1] if per_letter else debts:
            principal = total([one.principal for one in debts]) if per_letter else debt.principal
            fee = _fee(rule, principal, self._on.currency)
            if fee is None:
                self._refused.append(f"no fee: the policy names none in {self._on.currency}")
                return
            ids = {one.item_id for one in debts} if per_letter else {debt.item_id}
            before = self._fees_before(ids, per_letter=per_letter)
            if any(one.step == self._on.step for one in before):
                continue  # this very step already cost a fee on these invoices
            limited = self._capped(fee, before)
            if limited.why:
                self._refused.append(f"fee for {debt.number}: {limited.why}")
            if limited.amount > ZERO:
                yield self._line(ChargeKind.FEE, debt, limited.amount, _CONTRACT)

    def _fees_before(self, item_ids: set[str], *, per_letter: bool) -> list[Earlier]:
        """Fees on these invoices; that of a letter stands on one and was for all that it named."""
        fees = [one for one in self._on.earlier if one.kind is ChargeKind.FEE]
        return [
            one
            for one in fees
            if one.item_id in item_ids or (per_letter and not item_ids.isdisjoint(one.letter))
        ]

    def _capped(self, fee: Decimal, before: Sequence[Earlier]) -> Limited:
        """Unverified limits hold all the same: a doubt never makes a fee larger."""
        rows = self._law.rows(self._rules.law, FeeCap) if self._rules.law else ()
        charged = [Charged(on=one.on, amount=one.amount) for one in before]
        limited = Limited(amount=fee)
        for cap in rows:
            if not (cap.applies_to(self._debtor) and cap.governs(self._on.today)):
                continue
            if cap.currency != self._on.currency:
                return Limited(amount=ZERO, why=f"{cap.id} is a limit in {cap.currency}")
            limited = capped(
                limited.amount,
                cap,
                on=self._on.today,
                notices=self._on.notices,
                charged=charged,
            )
        return limited

    def _affordable(
        self, lines: Sequence[ChargeLine], debts: Sequence[Debt]
    ) -> Sequence[ChargeLine]:
        """Lines in their order, as long as the yearly cost of each invoice allows them."""
        rows = self._law.rows(self._rules.law, YearlyCostCap) if self._rules.law else ()
        caps = [row for row in rows if row.governs(self._on.today)]
        if not caps:
            return lines
        by_id = {debt.item_id: debt for debt in debts}
        costs: dict[str, Decimal] = {
            debt.item_id: total(
                [one.amount for one in self._on.earlier if one.item_id == debt.item_id]
            )
            for debt in debts
        }
        kept: list[ChargeLine] = []
        for line in lines:
            debt = by_id[line.item_id]
            limited = Limited(amount=line.amount)
            for cap in caps:
                limited = within_yearly_cost(
                    limited.amount,
                    cap,
                    principal=debt.principal,
                    costs=costs[line.item_id],
                    days_late=(self._on.today - debt.due_on).days,
                )
                if limited.why:
                    self._refused.append(f"{line.kind} for {line.number}: {limited.why}")
            if limited.amount > ZERO:
                costs[line.item_id] += line.amount
                kept.append(line)
        return kept


def _by_law(lines: Sequence[ChargeLine]) -> bool:
    return any(row != _CONTRACT for line in lines for row in line.rows)


def _fee(rule: FeeRule, principal: Decimal, currency: str) -> Decimal | None:
    if rule.percent is not None:
        return percentage(principal, rule.percent, currency)
    return dict(rule.amounts).get(currency)
