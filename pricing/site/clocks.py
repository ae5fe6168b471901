"""The time zones that the cards name: Python in the browser brings none."""

from __future__ import annotations

import os
from importlib import import_module
from zoneinfo import TZPATH

from pricing.errors import PricingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pricing.catalog import Catalog


def zone_files(catalog: Catalog) -> dict[str, bytes]:
    """Give the compiled file of each zone that a calendar or an allowance runs on.

    Raises:
        PricingError: this machine has no time zones.
    """
    return {name: _zone(name) for name in sorted(set(_clocks(catalog)))}


def _clocks(catalog: Catalog) -> Iterator[str]:
    yield "UTC"
    for window in catalog.book.calendars.values():
        if "clock" in window:
            yield window["clock"]
    for seller in catalog.book:
        for pool in catalog.book.provider_wire(seller).get("pools", {}).values():
            if "clock" in pool:
                yield pool["clock"]


def _zone(name: str) -> bytes:
    for folder in TZPATH:
        path = os.path.join(folder, *name.split("/"))
        if os.path.isfile(path):
            with open(path, "rb") as file:
                return file.read()
    try:
        from importlib.resources import files

        import_module("tzdata")
        return files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    except (ImportError, OSError):
        raise PricingError(
            f"no time zone {name} on this machine", remedy="Install it: pip install tzdata"
        ) from None
