"""Usage shapes: one small reader each, chosen by decisive keys or by name, never by luck.

A shape module has ``read(record) -> tuple[Usage, ...]``, one Usage per billed line, where
``record`` is the whole response with its usage object under ``usage``. A row here names the module,
the keys that its usage object must have, and those that it cannot have.
"""

from __future__ import annotations

from importlib import import_module

from pricing.errors import UsageError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pricing.usage.usage import Usage

    Read = Callable[[Mapping[str, Any]], tuple[Usage, ...]]


class Shape:
    """How a usage object is recognised and where its reader is."""

    __slots__ = ("_read", "lacks", "module", "name", "needs")

    def __init__(self, name: str, module: str, needs: str, lacks: str = "") -> None:
        self.name = name
        self.module = module
        self.needs = frozenset(needs.split())
        self.lacks = frozenset(lacks.split())
        self._read: Read | None = None

    def fits(self, usage: Mapping[str, Any]) -> bool:
        return usage.keys() >= self.needs and not self.lacks & usage.keys()

    @property
    def read(self) -> Read:
        if self._read is None:
            self._read = import_module(f"pricing.usage.shapes.{self.module}").read
        return self._read


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("anthropic.messages", "anthropic_messages", "input_tokens", "total_tokens"),
        Shape("openai.chat", "openai_chat", "prompt_tokens"),
        Shape("meters", "meters", "meters"),
    )
}


def shape_of(usage: Mapping[str, Any]) -> Shape:
    """Give the one shape that a usage object fits.

    Raises:
        UsageError: none fits, or several do; the message lists them.
    """
    fits = [shape for shape in SHAPES.values() if shape.fits(usage)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        names = ", ".join(shape.name for shape in fits)
        raise UsageError(f"the usage object fits {names}", remedy="Name one with --shape.")
    keys = ", ".join(list(usage)[:8]) or "none"
    raise UsageError(
        f"no known usage shape: keys {keys}",
        remedy=f"Shapes: {', '.join(SHAPES)} (--shape names one).",
    )


def shape_named(name: str) -> Shape:
    """Give a shape by name; raises UsageError with the nearest name."""
    if name not in SHAPES:
        raise UsageError(
            f"unknown shape '{name}'",
            remedy=did_you_mean(name, SHAPES) or f"Shapes: {', '.join(SHAPES)}.",
        )
    return SHAPES[name]
