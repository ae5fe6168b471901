"""What a schema cannot see in one file: names that must exist, dates in order, revisions that sell.

A file is looked at as it stands, whatever else is wrong with it.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from pricing.cards.check_clauses import ClauseCheck
from pricing.cards.scalars import amount, starts
from pricing.cards.words import items, keys, known, texts
from pricing.errors import did_you_mean
from pricing.instants import short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.cards.folder import CardFile
    from pricing.cards.strict import Place
    from pricing.cards.words import Seller, Words

#: What a revision without prices may have got wrong, so that the one fault is enough.
_BESIDE_PRICES = {
    "effective", "note", "sources", "confidence", "dated", "unverified", "stack", "modifiers",
}  # fmt: skip


def check_file(file: CardFile, words: Words) -> None:
    """Note on a file's document whatever the schema let pass."""
    if file.document is None or not isinstance(file.document.tree, dict):
        return
    check = FileCheck(file.document, words)
    if file.kind == "card":
        check.card(file.seller)
    elif file.kind == "provider":
        check.provider(file.seller)
    elif file.kind == "contract":
        check.contract()
    elif file.kind == "calendars":
        check.calendars()
    elif file.kind == "currencies":
        check.currencies()


class FileCheck(ClauseCheck):
    """Checks one document, part by part."""

    def card(self, folder: str) -> None:
        self._stands_in(folder)
        name = self.document.tree.get("provider")
        seller = self.words.seller(name) if isinstance(name, str) else None
        if name == folder and seller is not None and seller.file is None:
            first = next(f for f in self.words.files[folder] if f.document is not None)
            if first.document is self.document:
                hint = did_you_mean(folder, self.words.sellers() - {folder})
                remedy = hint or f"Add {folder}/provider.yaml."
                self.document.refuse(f"no provider '{name}'", ("provider",), remedy)
        ids: dict[str, Place] = {}
        for place in [("model",), *(("aliases", i) for i in range(len(self._list(("aliases",)))))]:
            text = self.document.at(place)
            if isinstance(text, str) and text in ids:
                remedy = f"First given in line {self.document.line(ids[text])}."
                self.document.refuse(f"the id '{text}' is given twice", place, remedy)
            elif isinstance(text, str):
                ids[text] = place
        self._order(("revisions",))
        billing = 0
        for place, revision in self.entries(("revisions",)):
            billing += "withdrawn" not in revision
            self._revision(place, revision, seller)
        if not billing and self._list(("revisions",)):
            remedy = "Add the one that bills, or remove the card."
            self.document.refuse("every revision is withdrawn", ("revisions",), remedy)

    def _list(self, place: Place) -> list[object]:
        value = self.document.at(place)
        return value if isinstance(value, list) else []

    def _stands_in(self, folder: str) -> None:
        name = self.document.tree.get("provider")
        if isinstance(name, str) and name != folder:
            what = f"provider '{name}' stands in the folder '{folder}'"
            self.document.refuse(what, ("provider",), f"Move it to {name}/, or name the folder's.")

    def _revision(self, place: Place, revision: dict[str, object], seller: Seller | None) -> None:
        document = self.document
        prices = [key for key in ("rates", "follows", "terms", "unpriced") if revision.get(key)]
        unclear = document.bad_keys(place) - _BESIDE_PRICES
        if revision.get("ended") == "true":
            for key in (*prices, *(["modifiers"] if revision.get("modifiers") else [])):
                remedy = "Leave them out: the last prices stand in the revision below."
                document.refuse(f"an ended revision has no {key}", (*place, key), remedy)
        elif not prices and not unclear:
            remedy = "Add rates, or `ended: true`."
            document.refuse("a revision without prices", (*place, "effective", ".."), remedy)
        self._ends_after_start(place, "until_at_least")
        if "withdrawn" in revision and self._starts(place) is not None:
            self._withdrawn(place)
        self._terms(place, seller)
        for where, follow in self.entries((*place, "follows")):
            self._follow(where, follow)
        if seller is not None:
            self.check(place, seller.pools, f"Declare it in {seller.file}.")
            self._stack(place, seller.name)
        else:
            self.check(place, None, "")

    def _starts(self, place: Place, key: str = "effective") -> int | None:
        try:
            return starts(self.document.at((*place, key)))
        except ValueError:
            return None

    def _ends_after_start(self, place: Place, key: str) -> None:
        start, end = self._starts(place), self._starts(place, key)
        if start is not None and end is not None and end <= start:
            what = f"'{key}' is not after the start, {short(start)}"
            self.document.refuse(what, (*place, key), "Mend one of the two.")

    def _withdrawn(self, place: Place) -> None:
        start, day = self._starts(place), self._starts(place, "withdrawn")
        if start is not None and day is not None and day >= start:
            what = f"withdrawn on {short(day)}, after it took effect"
            remedy = "What has billed is ended by a newer revision."
            self.document.refuse(what, (*place, "withdrawn"), remedy)

    def _terms(self, place: Place, seller: Seller | None) -> None:
        seen: set[str] = set()
        for i, term in enumerate(texts(self.document.at((*place, "terms")))):
            where = (*place, "terms", i)
            if term in seen:
                self.document.refuse(f"the term '{term}' is listed twice", where, "Once is enough.")
            elif seller is not None and seller.terms is not None and term not in seller.terms:
                hint = did_you_mean(term, seller.terms)
                listed = f"Terms: {', '.join(sorted(seller.terms))}."
                remedy = hint or (listed if seller.terms else "Add it there.")
                self.document.refuse(f"no term '{term}' in {seller.file}", where, remedy)
            seen.add(term)

    def _follow(self, place: Place, follow: dict[str, object]) -> None:
        name = follow.get("card")
        self.paths((*place, "meters"))
        if not isinstance(name, str) or not self.attempt((*place, "card"), self.words.card, name):
            return
        seller = name.partition("/")[0]
        names = self.words.clauses(seller)
        for i, clause in enumerate(texts(follow.get("keep"))):
            if names is not None and clause not in names:
                what = known(f"clause of {seller} is named", clause, names, "Clauses")
                self.document.refuse(what, (*place, "keep", i))

    def _stack(self, place: Place, *sellers: str) -> None:
        """A stack set may name clauses that this revision lacks, but none that nobody has."""
        names = self.words.clauses(*sellers)
        if names is None:
            return
        for clause in ("rates", "modifiers"):
            named = items(self.document.at((*place, clause)))
            names.update(texts([clause.get("name") for clause in named]))
        for i, stack in enumerate(self._list((*place, "stack"))):
            for j, name in enumerate(texts(stack)):
                if name not in names:
                    what = known("clause", name, names, "Clauses")
                    self.document.refuse(what, (*place, "stack", i, j))

    def _order(self, place: Place) -> None:
        """Check that dated entries stand newest first; withdrawn ones may stand anywhere."""
        newer: tuple[int, Place] | None = None
        for where, entry in self.entries(place):
            start = self._starts(where)
            if start is None or "withdrawn" in entry:
                continue
            at = (*where, "effective")
            if newer is not None and newer[0] == start:
                remedy = f"The other stands in line {self.document.line(newer[1])}."
                self.document.refuse(f"two revisions start at {short(start)}", at, remedy)
            elif newer is not None and newer[0] < start:
                what = f"{short(start)} stands below {short(newer[0])}"
                self.document.refuse(what, at, "Revisions are written newest first.")
            newer = (start, at)

    # providers and contracts

    def provider(self, folder: str) -> None:
        self._stands_in(folder)
        vocabulary, document = self.words.vocabulary, self.document
        tree = document.tree
        for meter, target in _pairs(tree.get("assume")):
            where = ("assume", meter)
            self.attempt((*where, ".."), vocabulary.meter, meter)
            if meter == target:
                document.refuse(f"'{meter}' is assumed to be itself", where, "Leave it out.")
            elif isinstance(target, str):
                self.attempt(where, vocabulary.meter, target)
        for name, value in _pairs(tree.get("defaults")):
            where = ("defaults", name)
            if self.attempt((*where, ".."), vocabulary.attribute, name) and value != "ask":
                self._known(where, name, value)
        for i, form in enumerate(self._list(("ids",))):
            self._id_form(("ids", i), form)
        for name in keys(tree.get("terms")):
            self._order(("terms", name))
            for place, _ in self.entries(("terms", name)):
                self.check(place, keys(tree.get("pools")), "Declare it under `pools`.")
                self._stack(place, folder)
        self._below(folder, keys(tree.get("terms")), keys(tree.get("pools")))
        for name, pool in _pairs(tree.get("pools")):
            if isinstance(pool, dict):
                self._zone(("pools", name, "clock"))
                if isinstance(pool.get("counts"), str):
                    self.attempt(("pools", name, "counts"), vocabulary.meter, pool["counts"])

    def _below(self, seller: str, terms: set[str], pools: set[str]) -> None:
        """Check that the cards below, which stay, find here the terms and pools that they name."""
        for card in self.words.cards_below(seller):
            for revision in card["revisions"]:
                place = f"{card['file']}:{revision['line']}"
                named = [("term", "terms", name) for name in revision.get("terms", ())]
                rates = revision.get("rates", ())
                named += [("pool", "pools", rate["pool"]) for rate in rates if "pool" in rate]
                for what, key, name in named:
                    if name not in (terms if key == "terms" else pools):
                        remedy = f"{place} names it: add it here too."
                        self.document.refuse(f"no {what} '{name}'", (key, name), remedy)

    def _id_form(self, place: Place, form: object) -> None:
        pattern = form.get("pattern") if isinstance(form, dict) else form
        if not isinstance(pattern, str):
            return
        try:
            groups = re.compile(pattern).groupindex
        except (re.error, RecursionError, OverflowError) as error:
            remedy = "A pattern is a regular expression of Python."
            self.document.refuse(f"id form: {error}", (*place, "pattern"), remedy)
            return
        if "model" not in groups:
            what = "an id form without (?P<model>…)"
            self.document.refuse(what, (*place, "pattern"), "Name the group that is the model.")
        table = form.get("map") if isinstance(form, dict) else None
        for group in groups:
            if group in ("model", "snapshot"):
                continue
            vocabulary = self.words.vocabulary
            where = (*place, "pattern", group)
            if self.attempt(where, vocabulary.attribute, group) and isinstance(table, dict):
                for value, attribute in _pairs(table.get(group)):
                    self._known((*place, "map", group, value), group, attribute)
        for group, _ in _pairs(table):
            if group not in groups:
                what = known("group", group, groups, "Groups")
                self.document.refuse(what, (*place, "map", group))

    def contract(self) -> None:
        self._order(("revisions",))
        names = list(self.words.cards())
        matched: set[str] = set()
        for i, pattern in enumerate(texts(self.document.tree.get("cards"))):
            found = {name.partition("/")[0] for name in names if fnmatchcase(name, pattern)}
            matched |= found
            if not found and not self.words.has_unread():
                hint = did_you_mean(pattern, [*names, *(f"{s}/*" for s in self.words.sellers())])
                what = f"no card matches '{pattern}'"
                self.document.refuse(what, ("cards", i), hint or "Write maker/model, or maker/*.")
        sellers = [seller for name in sorted(matched) if (seller := self.words.seller(name))]
        pools = [seller.pools for seller in sellers if seller.pools is not None]
        shared = set.intersection(*pools) if pools and len(pools) == len(sellers) else None
        for place, _ in self.entries(("revisions",)):
            self._ends_after_start(place, "until")
            self.check(place, shared, "Every seller of its cards must declare it.")
            self._stack(place, *matched)

    # calendars and currencies

    def calendars(self) -> None:
        for name in self.document.tree:
            self._zone((name, "clock"))
            table = self.document.at((name, "except"))
            if isinstance(table, str) and table not in self.words.holidays:
                what = known("holiday table", table, self.words.holidays, "Holiday tables")
                self.document.refuse(what, (name, "except"))

    def _zone(self, place: Place) -> None:
        name = self.document.at(place)
        if not isinstance(name, str):
            return
        from zoneinfo import ZoneInfo, available_timezones

        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            hint = did_you_mean(name, available_timezones())
            remedy = hint or "Zones are named like Asia/Shanghai, or UTC."
            self.document.refuse(f"no time zone '{name}'", place, remedy)

    def currencies(self) -> None:
        for name, rates in _pairs(self.document.tree):
            self._order((name,))
            for i, rate in enumerate(rates if isinstance(rates, list) else ()):
                try:
                    _, currency = amount(rate.get("price") if isinstance(rate, dict) else None)
                except ValueError:
                    continue
                if currency == name:
                    what = f"{name} is priced in itself"
                    self.document.refuse(what, (name, i, "price"), "Name another currency.")


def _pairs(value: object) -> list[tuple[str, object]]:
    return list(value.items()) if isinstance(value, dict) else []
