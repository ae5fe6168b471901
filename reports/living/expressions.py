"""Exact arithmetic in YAML: ``price('seller/model', 'input') / 3``, and figures inside a text.

Numbers are read as they are written, never as floats. There is nothing but + - * /, brackets,
names, and calls of the functions given.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from pricing.errors import PricingError, did_you_mean
from pricing.money import exact
from pricing.render.figures import figure_text

# an expression may hold the braces of a mapping
_FIGURE = re.compile(r"\{((?:[^{}|]|\{[^{}]*\})+)(?:\|\s*([a-z]+(?::\d+)?)\s*)?\}")
_KINDS = {
    "number": "number",
    "percent": "percent",
    "ratio": "ratio",
    "times": "ratio",
    "usd": "money",
    "yes": "number",
}
_UNITS = {"usd": " USD", "times": " times"}


class Scope:
    """What an expression may name: functions, figures worked out already, and words."""

    def __init__(
        self,
        functions: Mapping[str, Callable[..., Fraction]],
        names: Mapping[str, Fraction] | None = None,
        words: Mapping[str, str] | None = None,
    ) -> None:
        self.functions = functions
        self.names = dict(names or {})
        self.words = dict(words or {})

    def value(self, text: str) -> Fraction:
        """Give the value of an expression.

        Raises:
            PricingError: it is none, or a figure that it asks for does not exist.
        """
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except SyntaxError as error:
            raise PricingError(f"no expression: {text.strip()}", remedy=error.msg) from None
        found = self._value(tree.body, text.strip())
        if not isinstance(found, Fraction):
            raise PricingError(f"no number: {text.strip()}")
        return found

    def text(self, template: str) -> str:
        """Give a text with every ``{expression | kind}`` in it as a figure."""

        def figure(match: re.Match[str]) -> str:
            word = match[1].strip()
            if word in self.words:
                return self.words[word]
            return shown(self.value(word), match[2] or "number")

        return _FIGURE.sub(figure, " ".join(template.split()))

    def _value(self, node: ast.expr, text: str) -> Any:
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return node.value
            # from the source: ast has made a float of 0.1
            return Fraction((ast.get_source_segment(text, node) or "").replace("_", ""))
        if isinstance(node, ast.Name):
            if node.id in self.names:
                return self.names[node.id]
            raise _unknown("figure", node.id, self.names)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self._value(node.operand, text)
        if isinstance(node, ast.BinOp):
            return self._operation(node, text)
        if isinstance(node, ast.Dict):
            return {
                self._value(key, text): self._value(value, text)
                for key, value in zip(node.keys, node.values, strict=True)
                if key is not None
            }
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id not in self.functions:
                raise _unknown("function", node.func.id, self.functions)
            given = [self._value(each, text) for each in node.args]
            named = {each.arg: self._value(each.value, text) for each in node.keywords if each.arg}
            return self.functions[node.func.id](*given, **named)
        raise PricingError(f"not understood: {ast.get_source_segment(text, node)}")

    def _operation(self, node: ast.BinOp, text: str) -> Fraction:
        left, right = self._value(node.left, text), self._value(node.right, text)
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            if isinstance(node.op, ast.Add):
                return left + right
            if isinstance(node.op, ast.Sub):
                return left - right
            if isinstance(node.op, ast.Mult):
                return left * right
            if isinstance(node.op, ast.Div) and right:
                return left / right
        raise PricingError(f"not understood: {ast.get_source_segment(text, node)}")


def shown(value: Fraction, how: str = "number") -> str:
    """Give a figure as text: ``percent`` of a share, ``usd:4`` with four places, ``yes`` of 1."""
    kind, _, places = how.partition(":")
    if kind not in _KINDS:
        raise PricingError(f"unknown kind '{kind}'", remedy=f"Kinds: {', '.join(_KINDS)}.")
    if kind == "yes":
        return "yes" if value else "no"
    text = figure_text(cell(value), _KINDS[kind], int(places) if places else None)  # type: ignore[arg-type]
    return text + _UNITS.get(kind, "")


def cell(value: Fraction) -> Any:
    """Give a figure as a cell: a whole number, a Decimal where it ends, else the fraction."""
    if value.denominator == 1:
        return int(value)
    return exact(value.numerator, value.denominator)


def _unknown(what: str, word: str, known: Mapping[str, Any]) -> PricingError:
    remedy = did_you_mean(word, known) or f"Known: {', '.join(known)}."
    return PricingError(f"unknown {what} '{word}'", remedy=remedy)
