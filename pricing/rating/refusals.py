"""Why a meter has no price in a context, in words, with the remedy."""

from __future__ import annotations

from pricing.cards.conditions import CONTEXT
from pricing.rating.priced import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.cards.clauses import Unprice
    from pricing.cards.tariff import Tariff
    from pricing.rating.quote import Quote


def undetermined(quote: Quote, meter: str, attribute: str) -> Refusal:
    """The price depends on what the usage does not tell."""
    if attribute in quote.notes:
        return Refusal("calendar_ends", meter, quote.notes[attribute])
    if attribute == CONTEXT:
        text = f"an aggregate cannot tell context_tokens, on which the price of {meter} depends"
        return Refusal("aggregate", meter, text, None, "Price single requests.")
    text = f"the price of {meter} depends on {attribute}, which the usage does not tell"
    values = quote.tariff.card.provider.book.vocabulary.attributes[attribute].values
    remedy = f"Give {attribute}: {', '.join(values)}." if values else f"Give {attribute}."
    return Refusal("depends_on", meter, text, None, remedy, attribute)


def unpriced(tariff: Tariff, meter: str, clause: Unprice) -> Refusal:
    """A clause of the card says that there is no price."""
    seller = tariff.card.provider.name
    if clause.name is not None:
        text = f"{seller} publishes no price with {clause.name} ({clause.when}): unpublished"
    elif clause.because == "not_offered":
        text = f"{seller} does not sell {meter} with {clause.when}: not_offered"
        if not clause.when.names:
            text = f"{seller} does not sell {meter}: not_offered"
    else:
        on = f" with {clause.when}" if clause.when.names else ""
        text = f"{seller} publishes no price for {meter}{on}: unpublished"
    remedy = "Choose another seller."
    if clause.estimate is not None:
        remedy = "Choose another seller, or ask for an estimate (--estimates)."
    return Refusal(clause.because, meter, text, clause.source, remedy)


def no_rate(quote: Quote, meter: str) -> Refusal:
    """The card has no rate for the meter, or none that fits."""
    chain = quote.tariff.card.provider.book.vocabulary.chains[meter]
    conditional = [rate for path in chain for rate in quote.tariff.rates.get(path, ())]
    text = f"no rate for {meter}"
    if conditional:
        names = sorted(set().union(*(rate.when.names for rate in conditional)))
        told = ", ".join(f"{name}={quote.values.get(name)}" for name in names)
        return Refusal("no_rate", meter, f"{text} at {told}", conditional[0].source)
    remedy = f"{quote.tariff.card.name} prices " + ", ".join(sorted(quote.tariff.rates)) + "."
    return Refusal("no_rate", meter, text, None, remedy)
