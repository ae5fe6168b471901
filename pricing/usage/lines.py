"""Make a Usage of counts that frameworks and logs keep: wholes taken apart, and one billed line.

Most say ``input`` and ``output`` as wholes with cache and reasoning inside, some leave them out,
and some do either by what they instrument. The total decides where there is one.
"""

from __future__ import annotations

from math import ceil

from pricing.errors import UsageError
from pricing.money import Money
from pricing.usage.numbers import quantity
from pricing.usage.usage import usage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pricing.usage.usage import Quantity, Usage

    Meters = dict[str, Quantity]
    Counts = Mapping[str, Quantity]

_NONE: dict[str, Quantity] = {}


class Wholes:
    """Counts of one line: input and output as they are said, and the parts of each by meter.

    ``cache`` is what was read and written, ``kinds`` other parts of the input, ``made`` other parts
    of the output than ``reasoning``. ``tools`` stand beside the input. ``words`` are the record's
    names for input, output and total.
    """

    __slots__ = (
        "cache",
        "cached",
        "input",
        "kinds",
        "made",
        "output",
        "reasoning",
        "tools",
        "total",
        "warnings",
        "words",
    )

    def __init__(
        self,
        input: Quantity,
        output: Quantity,
        *,
        words: tuple[str, str, str],
        cache: Counts = _NONE,
        kinds: Counts = _NONE,
        reasoning: Quantity = 0,
        made: Counts = _NONE,
        tools: Quantity = 0,
        total: Quantity = 0,
    ) -> None:
        self.input = input
        self.output = output
        self.words = words
        self.cache = cache
        self.cached: Quantity = sum(cache.values())
        self.kinds = kinds
        self.reasoning = reasoning
        self.made = made
        self.tools = tools
        self.total = total
        self.warnings: tuple[str, ...] = ()

    def meters(
        self, *, cache_inside: bool = True, reasoning_inside: bool = True, sure: bool = True
    ) -> tuple[Meters, Quantity]:
        """Give disjoint meters and the size of the context; ``warnings`` says what was odd.

        The flags are the documented reading. The total decides against it, and a part that is
        more than its whole does; ``sure=False``: the documents leave it to the total.

        Raises:
            UsageError: other parts are more than their whole.
        """
        cache_in, reasoning_in = self._reading(cache_inside, reasoning_inside, sure)
        if self.total and self.total != self.input + self.output:
            self._hidden(cache_in, reasoning_in)
        into, out, _ = self.words
        plain = self.input - sum(self.kinds.values()) - (self.cached if cache_in else 0)
        if plain < 0:
            raise UsageError(f"the parts of {into} are more than the whole ({self.input})")
        rest = self.output - sum(self.made.values()) - (self.reasoning if reasoning_in else 0)
        if rest < 0:
            raise UsageError(f"the parts of {out} are more than the whole ({self.output})")
        meters: Meters = {"input": plain}
        parts = {**self.kinds, "input.tool": self.tools, **self.cache, "output": rest}
        parts |= {**self.made, "output.reasoning": self.reasoning}
        meters |= {meter: part for meter, part in parts.items() if part or meter == "output"}
        return meters, self.input + self.tools + (0 if cache_in else self.cached)

    def _reading(self, cache_in: bool, reasoning_in: bool, sure: bool) -> tuple[bool, bool]:
        """Tell whether the cache is inside the input, and reasoning inside the output."""
        into, out, total = self.words
        options = [
            (c, r) for c in (cache_in, not cache_in) for r in (reasoning_in, not reasoning_in)
        ]
        if self.total:
            for cache, reasoning in options:
                if self._sum(cache, reasoning) == self.total and self._fits(cache, reasoning):
                    if sure and cache_in and not cache:
                        why = "<" if self.input < self.cached else f"excludes by {total} the"
                        self._warn_of(into, self.input, why, "cache", self.cached)
                    return cache, reasoning
        if cache_in and self.input < self.cached:
            self._warn_of(into, self.input, "<", "cache", self.cached)
            cache_in = False
        if reasoning_in and self.output < self.reasoning:
            self._warn_of(out, self.output, "<", "reasoning", self.reasoning)
            reasoning_in = False
        return cache_in, reasoning_in

    def _warn_of(self, whole: str, size: Quantity, why: str, what: str, part: Quantity) -> None:
        self.warnings += (
            f"{whole} ({size}) {why} {what} tokens ({part}): treated as exclusive of {what}",
        )

    def _fits(self, cache_in: bool, reasoning_in: bool) -> bool:
        return (not cache_in or self.cached <= self.input) and (
            not reasoning_in or self.reasoning <= self.output
        )

    def _sum(self, cache_in: bool, reasoning_in: bool) -> Quantity:
        beside = (0 if cache_in else self.cached) + (0 if reasoning_in else self.reasoning)
        return self.input + self.output + self.tools + beside

    def _hidden(self, cache_in: bool, reasoning_in: bool) -> None:
        """Bill what the total holds beyond all counts, and say where it holds less than them."""
        into, out, total = self.words
        beyond = self.total - self._sum(cache_in, reasoning_in)
        if beyond > 0:
            self.warnings += (
                f"{beyond} tokens in {total} are in neither {into} nor {out}; billed as reasoning",
            )
            self.reasoning += beyond
            self.output += beyond if reasoning_in else 0
        elif beyond < 0:
            self.warnings += (
                f"{total} is {self.total}, the counts add up to {-beyond + self.total}",
            )


def written(flat: Quantity, parts: Meters, word: str) -> Meters:
    """Give cache writes by their time to live, and the rest of the flat count without one.

    Raises:
        UsageError: the parts are more than the whole.
    """
    split = sum(parts.values())
    if flat and split > flat:
        raise UsageError(f"the parts of {word} are more than the whole ({flat})")
    return {**parts, "cache_write": flat - split if flat else 0}


def line(
    meters: Meters, context: Quantity | None, record: object, model: str | None, **fields: Any
) -> Usage:
    """Give one billed line; ``fields`` are those of Usage that the record tells, None or not.

    Without a context it is the sum of many requests.
    """
    attributes = fields.pop("attributes", None) or {}
    found = usage_of(meters, attributes, model, None if context is None else ceil(context), record)
    if context is None:
        found.aggregate = True
    for field, value in fields.items():
        if value is not None and value != () and value != {}:
            setattr(found, field, value)
    return found


def dollars(key: str, value: object) -> Money | None:
    """Give an amount that a record tells in US dollars, exactly; None where it tells none.

    Raises:
        UsageError: it is no amount.
    """
    if value is None or value == "":
        return None
    return Money(quantity(key, value), "USD")
