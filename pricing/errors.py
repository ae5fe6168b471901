"""Everything that can go wrong, as a tree.

PricingError
├── CardError              our data is wrong: a card, a vocabulary, a contract
├── RatingError            sound data, no answer for this usage
│   ├── UnknownModel       no card has this id
│   ├── UnknownSeller      no provider has this name
│   ├── NoRevision         the instant lies outside every revision
│   ├── Unpriced           a meter or a condition has no price
│   └── NoExchangeRate     amounts in two currencies and no dated rate between them
├── UsageError             a usage object or a log that cannot be read
├── InvoiceError           a statement, an invoice or the terms of one that cannot be read
├── BudgetError            a budget file, or its base, that cannot be read or judged by
├── OverBudget             more is spent, or would be, than a budget allows (metering.budget)
└── Unmetered              spent in a metered block, and how much cannot be told (metering.budget)

A message gives place, fault and remedy; what a caller may need is an attribute too.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Fault:
    """One thing that is wrong at one place: where, what, the excerpt, and what to do."""

    __slots__ = ("excerpt", "line", "path", "remedy", "what")

    def __init__(
        self,
        what: str,
        *,
        path: str | None = None,
        line: int | None = None,
        excerpt: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what = what
        self.path = path
        self.line = line
        self.excerpt = excerpt
        self.remedy = remedy

    @property
    def place(self) -> str | None:
        if self.path is None:
            return None
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def __str__(self) -> str:
        head = f"{self.place}: {self.what}" if self.path is not None else self.what
        rows = [head]
        if self.excerpt is not None and self.line is not None:
            rows.append(f"{self.line:>5} | {self.excerpt}")
        if self.remedy:
            rows.append(self.remedy)
        return "\n".join(rows)


class PricingError(Exception):
    """Base of all errors; ``faults`` lists every fault that was found."""

    def __init__(
        self,
        what: str,
        *,
        remedy: str | None = None,
        path: str | None = None,
        line: int | None = None,
        excerpt: str | None = None,
    ) -> None:
        self.faults: tuple[Fault, ...] = (
            Fault(what, path=path, line=line, excerpt=excerpt, remedy=remedy),
        )
        super().__init__(what)

    def __reduce__(self) -> tuple[object, ...]:
        """Be copied and sent to another process whatever a subclass is made of."""
        return _restored, (type(self), self.args, vars(self))

    @property
    def what(self) -> str:
        return self.faults[0].what

    @property
    def remedy(self) -> str | None:
        return self.faults[0].remedy

    def __str__(self) -> str:
        return "\n\n".join(str(fault) for fault in self.faults)


def _restored(kind: type[PricingError], args: tuple[str], held: dict[str, object]) -> PricingError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(held)
    return error


class CardError(PricingError):
    """The rate-card data is wrong; all faults of all files are listed at once."""

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> CardError:
        error = cls(faults[0].what)
        error.faults = tuple(faults)
        return error


class RatingError(PricingError):
    """Sound data, but no answer for this usage."""


class UnknownModel(RatingError):
    """No card has this model id."""

    def __init__(self, model: str, seller: str | None = None, remedy: str | None = None) -> None:
        at = f" at {seller}" if seller else ""
        super().__init__(f"unknown model '{model}'{at}", remedy=remedy)
        self.model = model
        self.seller = seller


class UnknownSeller(RatingError):
    """No provider has this name, or the seller of an id cannot be told."""


class NoRevision(RatingError):
    """No price is in force at this instant.

    ``always`` says it of all instants from ``since`` until ``until``, where that is known.
    """

    def __init__(
        self,
        what: str,
        *,
        card: str,
        remedy: str | None = None,
        always: str | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> None:
        super().__init__(what, remedy=remedy)
        self.card = card
        self.always = always
        self.since = since
        self.until = until


class Unpriced(RatingError):
    """A counted meter or a served condition has no price; ``refusals`` says why, meter by meter."""

    def __init__(self, card: str, refusals: Iterable[object]) -> None:
        self.card = card
        self.refusals = tuple(refusals)
        super().__init__(f"{card}: {'; '.join(dict.fromkeys(str(r) for r in self.refusals))}")
        first = self.refusals[0]
        self.faults = (Fault(self.what, remedy=getattr(first, "remedy", None)),)


class NoExchangeRate(RatingError):
    """Amounts in two currencies, and no dated rate between them."""


class UsageError(PricingError):
    """A usage object or log that cannot be read."""


class InvoiceError(PricingError):
    """A statement or an invoice, or the terms it is held against, that cannot be read."""


class BudgetError(PricingError):
    """A budget file that is wrong, or a base that is not there; all faults are listed at once."""

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> BudgetError:
        error = cls(faults[0].what)
        error.faults = tuple(faults)
        return error


def near(word: str, words: Iterable[str]) -> str | None:
    """Give the word that was probably meant: a slip of letters, never another name or version."""
    from difflib import SequenceMatcher, get_close_matches

    words = list(words)

    def alike(guess: str) -> bool:
        mine, other = _pieces(word), _pieces(guess)
        if len(mine) != len(other):
            return SequenceMatcher(None, word, guess).ratio() >= _NEARLY_SAME
        return all(
            SequenceMatcher(None, a, b).ratio() >= _NEAR for a, b in zip(mine, other, strict=True)
        )

    cased = [w for w in words if w.casefold() == word.casefold()]
    if cased:
        return cased[0]
    digits = "".join(c for c in word if c.isdigit())
    same = [w for w in words if "".join(c for c in w if c.isdigit()) == digits]
    matches = get_close_matches(word, same, n=3, cutoff=0.7)
    return next((guess for guess in matches if alike(guess)), None)


_NEAR, _NEARLY_SAME = 0.6, 0.9


def _pieces(word: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in word.casefold()).split()


def part_of(word: str, words: Iterable[str]) -> list[str]:
    """Give the names of which a word is a whole part: ``bedrock`` of ``aws-bedrock``."""
    pieces = set(_pieces(word))
    return [w for w in words if pieces and pieces <= set(_pieces(w))]


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """Give "Did you mean 'x'?", or None where nothing is near."""
    guess = near(word, words)
    return f"Did you mean '{guess}'?" if guess else None
