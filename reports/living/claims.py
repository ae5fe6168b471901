"""Claims judged by figures: what was claimed, what the cards give, and the verdict by rule.

A claim has figures, each an expression over prices with the relation that it must stand in. A claim
is as good as its worst figure; figures under ``also`` are shown and do not decide.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from living.desk import Desk, Spec, wanted
from living.expressions import shown
from pricing.errors import PricingError, did_you_mean
from pricing.render import Column, Row, Table, Word

#: verdicts, the best first
TONES = {"holds": "good", "barely": "warn", "contradicted": "bad", "fails": "bad"}
SAID = {
    "holds": ("holds", "hold"),
    "barely": ("holds barely", "hold barely"),
    "contradicted": ("is contradicted", "are contradicted"),
    "fails": ("fails", "fail"),
}
#: a range is met barely in so much of it at either end
OUTER = Fraction(1, 5)
RELATIONS = ("equal", "at_most", "at_least", "between", "same")


class Check:
    """One figure of a claim: its value, what it should be, and whether it is."""

    def __init__(self, spec: Spec, desk: Desk) -> None:
        self.what = desk.text(wanted(spec, "what"))
        self.how = spec.get("shown", "number")
        self.at = spec.get("at", desk.text("{at}"))
        self.value = desk.value(wanted(spec, "value"))
        self.relation = spec.get("is")
        if self.relation is not None and self.relation not in RELATIONS:
            remedy = did_you_mean(self.relation, RELATIONS) or f"Relations: {', '.join(RELATIONS)}."
            raise PricingError(f"unknown relation '{self.relation}'", remedy=remedy)
        self.within = desk.value(spec.get("within", "0"))
        self.to: list[Fraction] = []
        if self.relation is not None:
            to = wanted(spec, "to")
            self.to = [desk.value(each) for each in (to if isinstance(to, list) else [to])]
            if len(self.to) != 1 + (self.relation == "between"):
                raise PricingError(f"'{self.relation}' takes {1 + (self.relation == 'between')}")

    @property
    def verdict(self) -> str:
        """The verdict on this figure alone; empty where nothing was claimed of it."""
        if self.relation is None:
            return ""
        first, last = self.to[0], self.to[-1]
        if self.relation == "at_most":
            return "holds" if self.value <= first else "fails"
        if self.relation == "at_least":
            return "holds" if self.value >= first else "fails"
        if self.relation == "between":
            if not first <= self.value <= last:
                return "fails"
            edge = (last - first) * OUTER
            return "holds" if first + edge <= self.value <= last - edge else "barely"
        if abs(self.value - first) <= self.within * abs(first):
            return "holds"
        return "contradicted" if self.relation == "same" else "fails"

    @property
    def strain(self) -> Fraction:
        """How far the figure is from what was claimed; of several, the largest is the worst."""
        first, last = self.to[0], self.to[-1]
        if self.relation == "at_most":
            return self.value - first
        if self.relation == "at_least":
            return first - self.value
        if self.relation == "between":
            return max(first - self.value, self.value - last)
        return Fraction(abs(self.value - first), abs(first) or 1)

    @property
    def claimed(self) -> str:
        if self.relation is None:
            return ""
        words = [shown(each, self.how) for each in self.to]
        if self.relation == "between":
            return " to ".join(words)
        if self.relation in ("at_most", "at_least"):
            return f"{self.relation.replace('_', ' ')} {words[0]}"
        return f"{words[0]} within {shown(self.within, 'percent')}" if self.within else words[0]

    @property
    def found(self) -> str:
        return shown(self.value, self.how)


class Claim:
    """A claim with its figures."""

    def __init__(self, spec: Spec, desk: Desk) -> None:
        self.text = desk.text(wanted(spec, "claim"))
        self.page = wanted(spec, "page")
        self.because = desk.text(spec.get("because", ""))
        self.checks = [Check(each, desk) for each in wanted(spec, "checks")]
        self.also = [Check(each, desk) for each in spec.get("also", ())]
        if not all(check.relation for check in self.checks):
            raise PricingError("a deciding figure needs a relation: is, to")

    @property
    def worst(self) -> Check:
        """The figure that decides: that of the worst verdict, and the farthest off among those."""
        order = list(TONES)
        return max(self.checks, key=lambda check: (order.index(check.verdict), check.strain))

    @property
    def verdict(self) -> str:
        return self.worst.verdict


def read_claims(desk: Desk) -> list[Claim]:
    """Read all claims of reports.yaml."""
    return [Claim(each, desk) for each in desk.spec.get("claims", ())]


def verdicts(spec: Spec, desk: Desk) -> Table:
    """Every claim with its verdict."""
    rows = []
    for number, claim in enumerate(read_claims(desk), 1):
        word = Word(claim.verdict, TONES[claim.verdict])  # type: ignore[arg-type]
        worst = claim.worst
        rows.append((number, claim.text, worst.what, worst.claimed, worst.found, word))
    columns = [
        Column("number", "", "number"),
        Column("claim", "Claim"),
        Column("figure", "What decides"),
        Column("claimed", "Claimed", "number"),
        Column("found", "Found", "number"),
        Column("verdict", "Verdict"),
    ]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def evidence(spec: Spec, desk: Desk) -> list[Any]:
    """The figures behind every claim, those that decide first."""
    blocks: list[Any] = []
    for number, claim in enumerate(read_claims(desk), 1):
        rows = [_row(check, check.verdict) for check in claim.checks]
        # in brackets: it does not decide
        rows += [_row(check, check.verdict and f"({check.verdict})") for check in claim.also]
        columns = [
            Column("figure", "Figure"),
            Column("claimed", "Claimed", "number"),
            Column("found", "Found", "number"),
            Column("on", "Prices of", "number"),
            Column("verdict", ""),
        ]
        page = desk.spec["pages"][claim.page]
        title = f"{number}. {claim.text}: {claim.verdict}"
        notes = [*filter(None, [claim.because]), f"Claimed by {page['title']}."]
        blocks.append(Table(columns, rows, title=title, notes=notes))
    return blocks


def _row(check: Check, verdict: str) -> Row:
    word = Word(verdict, TONES[check.verdict]) if verdict else ""  # type: ignore[arg-type]
    return Row([check.what, check.claimed, check.found, check.at, word])


def stated(spec: Spec, desk: Desk) -> Table:
    """Claims that no price can decide, with what else is known."""
    rows = [
        (
            desk.text(wanted(each, "claim")),
            desk.spec["pages"][wanted(each, "page")]["title"],
            desk.text(wanted(each, "evidence")),
        )
        for each in desk.spec.get("stated", ())
    ]
    columns = [Column("claim", "Stated"), Column("page", "By"), Column("evidence", "What is known")]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def pages(spec: Spec, desk: Desk) -> Table:
    """The pages that the claims stand on."""
    rows = [(page["title"], page["url"], page["read"]) for page in desk.spec["pages"].values()]
    columns = [Column("page", "Page"), Column("url", "Address"), Column("read", "Read", "number")]
    return Table(columns, rows, title=desk.titled(spec), notes=desk.notes(spec))


def counted(desk: Desk) -> str:
    """Say how many claims got which verdict."""
    found = [claim.verdict for claim in read_claims(desk)]
    told = []
    for word, (one, many) in SAID.items():
        count = found.count(word)
        told += [f"{count} {one if count == 1 else many}"] if count else []
    return f"{len(found)} claims: {', '.join(told)}"
