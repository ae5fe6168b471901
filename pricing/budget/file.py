"""Read a budget file: its schema, and what one part of it says of another.

Every fault is found at once, each with its line.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricing.budget.checks import check_budgets, check_currency, check_scenarios, check_waivers
from pricing.budget.schema import BudgetFile
from pricing.cards.strict import Document, parse_document
from pricing.cards.validate import validate
from pricing.errors import BudgetError, Fault, did_you_mean

if TYPE_CHECKING:
    from pricing.catalog import Catalog
    from pricing.money import Exact

DEFAULT_MONTH = 30


@dataclass(frozen=True)
class Loaded:
    """A sound budget file, and where it and its fixtures stand."""

    file: BudgetFile
    document: Document
    #: the folder in which the paths of fixtures and cards begin
    folder: str
    #: how that folder is shown to people, with its slash
    shown: str
    #: what totals are added in
    currency: str

    @property
    def month(self) -> Exact:
        from decimal import Decimal

        return self.file.month.days if self.file.month else Decimal(DEFAULT_MONTH)

    def line(self, *place: str | int) -> int:
        return self.document.line(place)

    def path(self, name: str) -> str:
        """Give where a file that the budget names can be read."""
        return os.path.join(self.folder, name)

    def told(self, place: str) -> str:
        """Give a place in one of those files as people know it."""
        prefix = os.path.join(self.folder, "") if self.folder else ""
        return self.shown + place.removeprefix(prefix) if prefix != self.shown else place

    def fault(self, what: str, place: tuple[str | int, ...], remedy: str | None = None) -> Fault:
        return self.document.fault(what, place, remedy)


def read_budget(data: bytes, shown: str, folder: str, shown_folder: str | None = None) -> Loaded:
    """Read the bytes of a budget file whose paths begin in ``folder``.

    Raises:
        BudgetError: with every fault of the file.
    """
    faults: list[Fault] = []
    document = parse_document(data, shown, faults)
    if document is None:
        raise BudgetError.of(faults)
    if not isinstance(document.tree, dict):
        document.refuse("a budget file holds a map", (), "Begin with `version: 1`.")
    found = validate(BudgetFile, document) if not document.bad or document.tree else None
    currency = None
    if found is not None:
        check_scenarios(found, document)
        check_budgets(found, document)
        currency = check_currency(found, document)
        check_waivers(found, document)
    _tell_commas(faults)
    if faults or found is None or currency is None:
        raise BudgetError.of(sorted(faults, key=lambda fault: fault.line or 0))
    prefix = os.path.join(folder, "") if folder else ""
    return Loaded(
        found, document, folder, prefix if shown_folder is None else shown_folder, currency
    )


def _tell_commas(faults: list[Fault]) -> None:
    """Say what "limit: 1,000 USD" is in a map in one line: 1, and a key without a value."""
    for fault in [each for each in faults if re.match(r"'[0-9][^']*' has no value", each.what)]:
        rest = fault.what.split("'")[1]
        fault.what = f"a comma ends what stands before '{rest}'"
        fault.remedy = "Write 1_000.50 USD: thousands are parted by _, decimals by a point."
        for other in [each for each in faults if each.line == fault.line and each is not fault]:
            if re.search("has no (currency|percent sign)|is no amount$", other.what):
                faults.remove(other)


def check_names(loaded: Loaded, catalog: Catalog) -> None:
    """Hold meters, attributes and sellers against the vocabulary.

    Raises:
        BudgetError: with every name that nobody knows.
    """
    vocabulary = catalog.book.vocabulary
    document, faults = loaded.document, loaded.document.faults
    for name, scenario in loaded.file.scenarios.items():
        place = ("scenarios", name)
        for meter in scenario.usage.inline or ():
            if meter not in vocabulary.meters:
                # as APIs name them: input_tokens
                short = meter.removesuffix("_tokens")
                hint = did_you_mean(short, vocabulary.meters)
                hint = f"Did you mean '{short}'?" if short in vocabulary.meters else hint
                document.refuse(
                    f"unknown meter '{meter}'",
                    (*place, "usage", "inline", meter),
                    hint
                    or "Such as input, cache_read, cache_write.5m, output:"
                    " all are in ratecards/vocabulary.yaml.",
                )
        for attribute, value in (scenario.attributes or {}).items():
            try:
                vocabulary.attribute(attribute)
                vocabulary.read(attribute, value)
            except ValueError as error:
                document.refuse(str(error), (*place, "attributes", attribute))
        if scenario.seller is not None and scenario.seller not in catalog.book:
            hint = did_you_mean(scenario.seller, catalog.book)
            known = f"Sellers: {', '.join(catalog.book)}."
            document.refuse(
                f"unknown seller '{scenario.seller}'", (*place, "seller"), hint or known
            )
    if faults:
        raise BudgetError.of(sorted(faults, key=lambda fault: fault.line or 0))
