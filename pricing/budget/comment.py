"""The comment on a pull request, and the summary of a job: Markdown, within a platform's size.

A hidden first line carries an id, so that one comment is found again and brought up to date, and
the instant for which it holds, so that an older run never overwrites a newer one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pricing.budget.document import ordered
from pricing.budget.judge import FAIL, PASS, UNKNOWN
from pricing.budget.report import amount, scenario_table, share_text
from pricing.money import add
from pricing.render import Figure
from pricing.render.figures import cell_texts
from pricing.render.markdown import code, escaped, escaped_lines, table_markdown
from pricing.render.report import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pricing.money import Exact

    Document = dict[str, Any]

#: characters of a comment that GitHub takes
MOST_COMMENT = 65_536
#: bytes of a job's summary that GitHub takes
MOST_SUMMARY = 1 << 20
_LONGEST_MESSAGE = 500
_WORDS = {FAIL: "**FAIL**", UNKNOWN: "**CANNOT JUDGE**"}


def tag(id: str) -> str:
    """Give how the hidden line of a comment begins."""
    return f"<!-- pricing:budget id={id} "


def comment_text(document: Document, most: int = MOST_COMMENT) -> str:
    """Give the comment: what is told least of is cut first, and the cut is told."""
    text = ""
    for rows in (50, 20, 10, 5, 2):
        text = "\n\n".join([_hidden(document) + _headline(document), *_blocks(document, rows)])
        if len(text) < most:
            return text + "\n"
    end = "\n\nCut here: the job's summary and its files hold all of it.\n"
    return text[: most - len(end)].rpartition("\n")[0] + end


def summary_text(document: Document) -> str:
    """Give the summary of a job: the comment without its hidden line, and more of it."""
    text = comment_text(document, MOST_SUMMARY // 4)
    return text.partition("\n")[2] if text.startswith("<!--") else text


def _hidden(document: Document) -> str:
    return f"{tag(document['id'])}valid-at={document['valid_at']} -->\n"


def _headline(document: Document) -> str:
    total, currency = document["total"], document["currency"]
    days = f"per {document['month_days']} days"
    prices = f"prices of {document['prices_at'][:10]}"
    if document["base"] is None or total["change"] is None:
        bound = "at least " if total["lower_bound"] else ""
        spend = f"{bound}{amount(total['head'], total['lower_bound'])} {currency} {days}"
    elif not Decimal(total["change"]):
        # not "0.00": that would be read as a spend of nothing
        spend = f"{amount(total['head'], False)} {currency} {days}, no change"
    else:
        change = Figure(Decimal(total["change"]), "+")
        shown = cell_texts(Column("", "", "money", 2), [change], [0])[0]
        spend = f"{shown} {currency} {days}{share_text(document)}"
    return f"#### {escaped(f'LLM spend {spend}, {prices}')}{_verdict(document)}"


def _verdict(document: Document) -> str:
    if document["verdict"] is None:
        return ""
    rows = document["budgets"]
    of = len(rows)
    counts = {
        verdict: sum(row["verdict"] == verdict for row in rows) for verdict in (FAIL, UNKNOWN)
    }
    told = []
    if counts[FAIL]:
        told.append(f"{counts[FAIL]} of {of} budgets {'fails' if counts[FAIL] == 1 else 'fail'}")
    if counts[UNKNOWN]:
        told.append(f"{counts[UNKNOWN]} of {of} cannot be judged")
    if not told and document["exit"]:
        told.append("not all of it can be judged")
    return ": " + (", ".join(told) or f"{of} {'budget' if of == 1 else 'budgets'} kept")


def _blocks(document: Document, most: int) -> list[str]:
    blocks = [table_markdown(scenario_table(document, most=most))]
    blocks += _why(document, most)
    blocks += _budgets(document, most)
    blocks += _problems(document, most)
    blocks.append(_details(document))
    return blocks


def _why(document: Document, most: int) -> list[str]:
    """Give the causes in a sentence, scenario by scenario, the largest first."""
    causes = document["causes"]
    if not causes:
        return []
    figures = [Figure(Decimal(row["amount"]), "+") for row in causes]
    change = document["total"]["change"]
    whole = [] if change is None else [Figure(Decimal(change), "+")]
    levels = [0] * len(whole) + [len(whole)] * len(figures)
    column = Column("", "", "money", 2)
    shown = cell_texts(column, [*whole, *figures], levels)[len(whole) :]
    told: dict[str, list[str]] = {}
    for row, text in list(zip(causes, shown, strict=True))[:most]:
        told.setdefault(row["scenario"], []).append(f"{escaped(row['text'])} **{text}**")
    parts = [f"{code(name)} {', '.join(texts)}" for name, texts in told.items()]
    if len(causes) > most:
        rest: Exact = Decimal(0)
        for row in causes[most:]:
            rest = add(rest, Decimal(row["amount"]))
        figure = cell_texts(column, [Figure(rest, "+")], [0])[0]
        parts.append(f"{len(causes) - most:,} more causes **{figure}**")
    return [f"Why: {'; '.join(parts)}."]


def _budgets(document: Document, most: int) -> list[str]:
    rows = ordered(document)
    lines = []
    for row in rows[:most]:
        word = _WORDS.get(row["verdict"], row["verdict"])
        lines.append(f"- {word} {code(row['id'])} {escaped(_short(row['message']))}")
    if len(rows) > most:
        rest = rows[most:]
        kept = sum(row["verdict"] == PASS for row in rest)
        lines.append(f"- {len(rest):,} more budgets, {kept:,} of them kept")
    return ["\n".join(lines)] if lines else []


def _problems(document: Document, most: int) -> list[str]:
    lines = []
    for problem in document["problems"][:most]:
        place = problem["path"] or ""
        if place and problem["line"] is not None:
            place = f"{place}:{problem['line']}"
        head = f"{code(place)} " if place else ""
        remedy = f". {escaped(problem['remedy'])}" if problem["remedy"] else ""
        lines.append(f"* {head}{escaped(_short(problem['what']))}{remedy}")
    if len(document["problems"]) > most:
        lines.append(f"* {len(document['problems']) - most:,} more")
    return ["What cannot be judged:\n\n" + "\n".join(lines)] if lines else []


def _details(document: Document) -> str:
    base = f", base {document['base']}" if document["base"] else ""
    lines = [f"* {escaped(document['file'] + base)}"]
    lines += [f"* {escaped_lines(_short(note))}" for note in document["notes"][:20]]
    listed = "\n".join(lines)
    return f"<details><summary>Assumptions</summary>\n\n{listed}\n\n</details>"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"


def problems_text(rows: Sequence[dict[str, Any]]) -> str:
    """Give problems in one line, for formats with room for no more."""
    return "; ".join(row["what"] for row in rows)
