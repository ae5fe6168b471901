"""The legs as one report: the diagnosis first, then metering and money."""

from __future__ import annotations

from pricing.money import add, multiply, text
from pricing.reconcile.report import reconcile_report
from pricing.render import Column, Figure, Report, Row, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.reconcile.legs import Legs

_MOST = 20


def legs_report(legs: Legs, command: str) -> Report:
    """Give the report of all legs that were asked for."""
    if legs.rating is not None and legs.metering is None and legs.money is None:
        return reconcile_report(legs.rating, command)
    blocks: list[Any] = []
    document: dict[str, Any] = {"currency": legs.currency}
    notes: list[str] = []
    told = []
    tone: Any = "good"
    next_call = None
    if legs.rating is not None:
        inner = reconcile_report(legs.rating, command)
        blocks += inner.blocks
        notes += inner.notes
        document |= dict(inner.document or {})
        told.append(inner.headline)
        tone = inner.tone
        next_call = inner.next
    if legs.metering is not None:
        blocks += _metering(legs)
        document["metering"] = [
            {"day": c.day, "model": c.model, "meter": c.meter, "logged": text(c.logged),
             "reported": text(c.reported)}
            for c in legs.metering
        ]  # fmt: skip
        differ = len(legs.metering)
        word = f"{differ:,} of {legs.counts:,} counts differ" if differ else "all counts agree"
        told.append(f"METERING  {word}" if not told else f"metering: {word}")
        tone = "bad" if differ else tone
    if legs.money is not None:
        blocks.append(_money(legs))
        document["money"] = [
            {"kind": p.name, "cost_report": text(p.cost), "invoice": text(p.invoiced)}
            for p in legs.money
        ]
        usage = next((p for p in legs.money if p.name == "usage"), None)
        agrees = usage is None or usage.cost == usage.invoiced
        word = "the invoice adds up" if agrees else "the invoice differs from the cost report"
        told.append(f"{'AGREES' if agrees else 'DOES NOT AGREE'}  {word}" if not told else word)
        tone = tone if agrees else "bad"
    if "status" not in document:
        document["status"] = "discrepancy" if legs.has_failed else "clean"
    return Report(
        "reconcile", "; ".join(told), blocks, notes=notes, next=next_call, document=document,
        tone=tone,
    )  # fmt: skip


def _metering(legs: Legs) -> list[Table]:
    assert legs.metering is not None
    if not legs.metering:
        return []
    rows = [
        Row([c.day, c.model, c.meter, c.logged, c.reported,
             Figure(add(c.reported, multiply(c.logged, -1)), "+")])
        for c in legs.metering[:_MOST]
    ]  # fmt: skip
    columns = (
        Column("day", "Day"),
        Column("model", "Model", "name"),
        Column("meter", "Meter"),
        Column("logged", "Logged", "number"),
        Column("reported", "Reported", "number"),
        Column("difference", "Difference", "number"),
    )
    return [Table(columns, rows, title="Our log against the usage report")]


def _money(legs: Legs) -> Table:
    assert legs.money is not None
    rows = [
        Row([p.name, p.cost, p.invoiced, Figure(add(p.invoiced, multiply(p.cost, -1)), "+")])
        for p in legs.money
    ]
    columns = (
        Column("kind", "Money"),
        Column("cost_report", "Cost report", "money"),
        Column("invoice", "Invoice", "money"),
        Column("difference", "Difference", "money"),
    )
    return Table(columns, rows, title="Cost report against invoice")
