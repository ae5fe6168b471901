"""What a log tells in labels: when a request ended, and which calls of tools failed."""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.instants import SECOND, instant
from pricing.reconcile.cells import SLOT
from pricing.usage.logs.calls import has_zone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pricing.catalog import Catalog
    from pricing.usage.usage import Usage

#: the label that counts calls of tools which failed
FAILED_TOOLS = "failed_tool_calls"
#: the label that tells when a request ended
END = "end_ts"
#: days that were read before
_DAYS: dict[str, int] = {}


def failed_tools(catalog: Catalog, usage: Usage) -> Iterator[tuple[str, int]]:
    """Give meter and number of the calls of tools that failed: ``web_search=2, file_search=1``.

    Raises:
        UsageError: a meter that is none of ours, or no number.
    """
    known = catalog.book.vocabulary.meters
    for part in usage.labels[FAILED_TOOLS].split(","):
        meter, _, count = part.strip().partition("=")
        is_number = count.isascii() and count.isdigit()
        if meter not in known or not is_number:
            raise UsageError(
                f"{FAILED_TOOLS} is '{usage.labels[FAILED_TOOLS]}'",
                path=usage.place,
                remedy="As web_search=2: a meter of the vocabulary and a number.",
            )
        yield meter, int(count)


def end_of(usage: Usage) -> int:
    """Give when a request ended, where the log says."""
    assert usage.at is not None
    text = usage.labels.get(END) if usage.labels else None
    end = end_at(text) if text else None
    return usage.at if end is None else end


def end_at(text: str) -> int | None:
    """Give the instant of an end, whose number of half hours may be all that was kept of it."""
    try:
        if text.isdecimal():
            return int(text) * SLOT
        if len(text) >= 20 and text[-1] == "Z" and text[10] == "T":
            # the plain form, by far the most frequent: the day is kept, the clock added
            day = _DAYS.get(text[:10])
            if day is None:
                day = _DAYS[text[:10]] = instant(text[:10])
            clock = int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])
            return day + clock * SECOND
        return instant(text if has_zone(text) else text + "Z")
    except ValueError:
        return None
