"""From validated YAML to the wire form: plain dicts, lists and text, each clause with its line."""

from __future__ import annotations

from typing import Any

from pricing.cards import schema
from pricing.cards.scalars import price
from pricing.cards.strict import Document

Place = tuple[str | int, ...]
Wire = dict[str, Any]


class Writer:
    """Writes what one document holds, after every check."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def source(self, place: Place) -> str:
        """Give FILE:LINE of a place."""
        return f"{self.document.shown}:{self.document.line(place)}"

    def exchange_rates(self, name: str, rates: list[schema.ExchangeRate]) -> list[Wire]:
        """Give the dated exchange rates of one currency in wire form."""
        return [
            {
                "effective": rate.effective,
                "per": str(rate.per),
                "price": str(rate.price[0]),
                "currency": rate.price[1],
                "sources": _sources(rate.sources),
                "source": self.source((name, i)),
            }
            for i, rate in enumerate(rates)
        ]

    def card(self, card: schema.Card) -> Wire:
        return _lean(
            model=card.model,
            provider=card.provider,
            publisher=card.publisher,
            canonical=card.canonical,
            aliases=card.aliases,
            facts=card.facts,
            file=self.document.shown,
            line=self.document.line(("model",)),
            revisions=[
                self.revision(revision, ("revisions", i))
                for i, revision in enumerate(card.revisions)
            ],
        )

    def provider(self, provider: schema.Provider) -> Wire:
        wire = _lean(
            provider=provider.provider,
            currency=provider.currency,
            title=provider.title,
            sells=provider.sells,
            note=provider.note,
            sources=_sources(provider.sources),
            facts=provider.facts,
            assume=provider.assume,
            defaults=provider.defaults,
            billed=provider.billed.status if provider.billed else None,
            ids=[form.model_dump(exclude_none=True) for form in provider.ids],
            pools={
                name: pool.model_dump(exclude_none=True) for name, pool in provider.pools.items()
            },
            units={
                name: _lean(
                    per=str(unit.per),
                    price=str(unit.price[0]),
                    currency=unit.price[1],
                    effective=unit.effective,
                    sources=_sources(unit.sources),
                    source=self.source(("units_of_account", name)),
                )
                for name, unit in provider.units_of_account.items()
            },
            per_request=self.per_request(provider.per_request, ("per_request",)),
            file=self.document.shown,
        )
        wire["terms"] = {
            name: [self.clauses(version, ("terms", name, i)) for i, version in enumerate(versions)]
            for name, versions in provider.terms.items()
        }
        wire["cards"] = {}
        return wire

    def contract(self, contract: schema.Contract) -> Wire:
        return {
            "contract": contract.contract,
            "cards": contract.cards,
            "file": self.document.shown,
            "revisions": [
                {
                    **self.clauses(revision, ("revisions", i)),
                    **_lean(until=revision.until),
                }
                for i, revision in enumerate(contract.revisions)
            ],
        }

    def revision(self, revision: schema.Revision, place: Place) -> Wire:
        return {
            **self.clauses(revision, place),
            **_lean(
                terms=revision.terms,
                follows=[
                    _lean(
                        card=follow.card,
                        meters=follow.meters,
                        keep=follow.keep,
                        multiply=None if follow.multiply is None else str(follow.multiply),
                        line=self.document.line((*place, "follows", i)),
                    )
                    for i, follow in enumerate(revision.follows)
                ],
                per_request=self.per_request(revision.per_request, (*place, "per_request")),
                currency=revision.currency,
                until_at_least=revision.until_at_least,
                withdrawn=revision.withdrawn,
                ended=revision.ended,
            ),
        }

    def per_request(self, rule: schema.PerRequest | None, place: Place) -> Wire | None:
        if rule is None:
            return None
        return _lean(
            floor=None if rule.floor is None else str(rule.floor),
            round=None
            if rule.round is None
            else {"to": str(rule.round.to), "mode": rule.round.mode},
            line=self.document.line(place),
        )

    def clauses(self, clauses: schema.Clauses, place: Place) -> Wire:
        return _lean(
            effective=clauses.effective,
            line=self.document.line((*place, "effective")),
            note=clauses.note,
            sources=_sources(clauses.sources),
            confidence=clauses.confidence,
            dated=clauses.dated,
            unverified=clauses.unverified,
            rates=[self.rate(rate, (*place, "rates", i)) for i, rate in enumerate(clauses.rates)],
            modifiers=[
                self.modifier(modifier, (*place, "modifiers", i))
                for i, modifier in enumerate(clauses.modifiers)
            ],
            unpriced=[
                _lean(
                    because=unprice.because,
                    when=unprice.when,
                    meters=unprice.meters,
                    note=unprice.note,
                    estimate=unprice.estimate
                    and unprice.estimate.model_dump(by_alias=True, exclude_none=True),
                    line=self.document.line((*place, "unpriced", i)),
                )
                for i, unprice in enumerate(clauses.unpriced)
            ],
            stack=clauses.stack,
            accept=clauses.accept,
        )

    def modifier(self, modifier: schema.Modifier, place: Place) -> Wire:
        factors = modifier.multiply
        if isinstance(factors, dict):
            multiply: Any = {path: str(price(factor)) for path, factor in factors.items()}
        else:
            multiply = str(price(factors))
        return _lean(
            name=modifier.name,
            when=modifier.when,
            multiply=multiply,
            unit=modifier.unit,
            line=self.document.line(place),
        )

    def rate(self, rate: schema.Rate, place: Place) -> Wire:
        prices: list[Wire] = []
        for key, raw in rate.price.items():
            at = (*place, "price", key)
            for meter in (part.strip() for part in key.split(",")):
                for when, leaf, where in _cells(raw, list(rate.by or ()), {}, at):
                    line = self.document.line(where)
                    cell: Wire = {"meter": meter, "tiers": _tiers(leaf), "line": line}
                    if when:
                        cell["when"] = when
                    prices.append(cell)
        return _lean(
            name=rate.name,
            when=rate.when,
            per=str(rate.per[0]),
            unit=rate.per[1],
            pool=rate.pool,
            minimum=None if rate.minimum is None else str(rate.minimum),
            increment=None if rate.increment is None else str(rate.increment),
            confidence=rate.confidence,
            unverified=rate.unverified,
            by=rate.by,
            prices=prices,
            line=self.document.line(place),
        )


def vocabulary(words: schema.Vocabulary) -> Wire:
    """Give meters and attributes in wire form."""
    wire: Wire = words.model_dump(exclude_none=True)
    for meter in wire["meters"].values():
        if "implied" in meter:
            meter["implied"] = str(meter["implied"])
    return wire


def window(calendar: schema.Window | schema.Holidays) -> Wire:
    """Give a time window or holiday table in wire form."""
    return calendar.model_dump(by_alias=True, exclude_none=True)


def _cells(
    raw: Any, by: list[str], when: dict[str, str], place: Place
) -> list[tuple[dict[str, str], Any, Place]]:
    """Give the cells of a ``by`` table: (conditions, price, place)."""
    if not by:
        return [(when, raw, place)]
    found = []
    for key, inner in raw.items():
        label = key.replace("_", "") if ".." in key else key
        found += _cells(inner, by[1:], {**when, by[0]: label}, (*place, key))
    return found


def _tiers(raw: Any) -> list[list[str | None]]:
    if not isinstance(raw, list):
        return [[None, str(price(raw))]]
    return [
        [str(price(tier["up_to"])) if "up_to" in tier else None, str(price(tier["price"]))]
        for tier in raw
    ]


def _sources(sources: list[schema.Source]) -> list[Wire]:
    return [source.model_dump(exclude_none=True) for source in sources]


def _lean(**values: Any) -> Wire:
    """Give a dict without what is absent; an explicit empty text or zero stays."""
    return {k: v for k, v in values.items() if v is not None and v != [] and v != {}}
