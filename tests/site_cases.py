"""Questions to the engine, and its answers as text, to be held against each other.

This file runs here and, unchanged, in the Python of a browser: it imports nothing but the engine.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from typing import Any

import pricing
from pricing.cards.snapshot import read_snapshot
from pricing.catalog import Catalog
from pricing.cli import main
from pricing.money import text


def answers(folder: str) -> list[str]:
    """Answer ``cases.jsonl`` and ``commands.json`` of a folder, one line of JSON for each."""
    shipped = pricing.load_catalog()
    books: dict[str, Catalog] = {}
    found = []
    with open(os.path.join(folder, "cases.jsonl"), encoding="utf-8") as file:
        for line in file:
            case = json.loads(line)
            book = case["book"]
            if book is None:
                catalog = shipped
            else:
                if book not in books:
                    books[book] = Catalog(read_snapshot(os.path.join(folder, book)))
                catalog = books[book]
            found.append(json.dumps(_answer(catalog, case)))
    with open(os.path.join(folder, "commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    before = os.getcwd()
    os.chdir(folder)
    try:
        found += [json.dumps(run(words)) for words in commands]
    finally:
        os.chdir(before)
    return found


def run(words: list[str]) -> dict[str, Any]:
    """Run a command: its code, and every character that it writes."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return {"words": words, "code": code, "out": out.getvalue(), "err": err.getvalue()}


def _answer(catalog: Catalog, case: dict[str, Any]) -> dict[str, Any]:
    """Price a case: every figure of its lines and its total, or why there is none."""
    try:
        cost = _cost(catalog, case)
    except pricing.PricingError as error:
        return {"id": case["id"], "error": str(error)}
    lines = [
        [line.card, line.effective, line.meter, text(line.quantity), text(line.price),
         text(line.per), text(line.amount.amount), line.amount.currency, str(line.source),
         [[m.name, text(m.factor)] for m in line.modifiers], list(map(str, line.assumptions))]
        for line in cost.lines
    ]  # fmt: skip
    return {"id": case["id"], "total": text(cost.total.amount),
            "currency": cost.total.currency, "lines": lines}  # fmt: skip


def _cost(catalog: Catalog, case: dict[str, Any]) -> pricing.Cost:
    at, attributes = case["at"], case["attributes"]
    if case["body"] is None:
        usage = pricing.Usage(case["counts"], at=at, attributes=attributes)
        return pricing.rate(usage, catalog.card(case["card"]))
    given: Any = case["body"]
    if attributes:
        (given,) = pricing.read_usage(given)
        given.attributes |= attributes
    return catalog.cost(given, model=case["model"], seller=case["seller"], at=at)
