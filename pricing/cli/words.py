"""Reading a command's words: options, arguments and help.

argparse would add 4 to 6 ms to a one-shot call of some 33, and words its messages otherwise in
every Python; here a fault comes with its remedy, like everywhere else.
"""

from __future__ import annotations

from types import SimpleNamespace

from pricing.errors import PricingError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

WIDTH = 80
_INDENT = 26


class HelpAsked(Exception):
    """Somebody asked for help; the message is the answer."""


class Option:
    """``--name METAVAR``, or a flag where it has no metavar; ``many``: it may be repeated."""

    __slots__ = ("choices", "default", "help", "many", "metavar", "name")

    def __init__(
        self,
        name: str,
        help: str,
        metavar: str | None,
        many: bool,
        choices: Sequence[str],
        default: str | None,
    ) -> None:
        self.name = name
        self.help = help
        self.metavar = metavar
        self.many = many
        self.choices = choices
        self.default = default

    @property
    def key(self) -> str:
        return self.name.lstrip("-").replace("-", "_")

    @property
    def shown(self) -> str:
        return self.name if self.metavar is None else f"{self.name} {self.metavar}"


class Argument:
    """A word that is no option; ``many`` takes all that are left."""

    __slots__ = ("help", "many", "metavar", "optional")

    def __init__(self, metavar: str, help: str, many: bool, optional: bool) -> None:
        self.metavar = metavar
        self.help = help
        self.many = many
        self.optional = optional

    @property
    def key(self) -> str:
        return self.metavar.lower() + ("s" if self.many else "")

    @property
    def shown(self) -> str:
        shown = f"{self.metavar}..." if self.many else self.metavar
        return f"[{shown}]" if self.optional else shown


class Command:
    """A command's options and arguments, declared once, for reading and for help."""

    def __init__(self, name: str, about: str, epilog: str = "") -> None:
        self.name = name
        self.about = about
        self.epilog = epilog
        self.options: dict[str, Option] = {}
        self.arguments: list[Argument] = []

    def option(
        self,
        name: str,
        help: str,
        metavar: str | None = None,
        *,
        many: bool = False,
        choices: Sequence[str] = (),
        default: str | None = None,
    ) -> None:
        """Declare an option: a flag, or with a metavar one that takes a value."""
        self.options[name] = Option(name, help, metavar, many, choices, default)

    def argument(
        self, metavar: str, help: str = "", *, many: bool = False, optional: bool = False
    ) -> None:
        """Declare an argument; FILE is read as ``file``, several as ``files``."""
        self.arguments.append(Argument(metavar, help, many, optional))

    def parse(self, words: Sequence[str]) -> SimpleNamespace:
        """Give what the words say, one attribute for each option and argument.

        Raises:
            HelpAsked: ``--help`` is among them.
            PricingError: an unknown option, one without its value or given twice, or too few or
                too many arguments.
        """
        if "--help" in words or "-h" in words:
            raise HelpAsked(self.help_text())
        found: dict[str, Any] = {
            option.key: [] if option.many else (option.default if option.metavar else False)
            for option in self.options.values()
        }
        given: set[str] = set()
        plain: list[str] = []
        left = list(reversed(words))
        while left:
            word = left.pop()
            if word == "--":
                plain += reversed(left)
                break
            if word == "-" or not word.startswith("-"):
                plain.append(word)
                continue
            name, equals, value = word.partition("=")
            option = self._known(name)
            if option.name in given and not option.many:
                raise self._wrong(f"{option.name} is given twice")
            given.add(option.name)
            if option.metavar is None:
                if equals:
                    raise self._wrong(f"{option.name} takes no value")
                found[option.key] = True
                continue
            if not equals:
                if not left or _is_option(left[-1]):
                    raise self._wrong(f"{option.name} needs a value, {option.metavar}")
                value = left.pop()
            if option.choices and value not in option.choices:
                hint = did_you_mean(value, option.choices)
                known = f"One of: {', '.join(option.choices)}."
                raise PricingError(f"{option.name} cannot be '{value}'", remedy=hint or known)
            if option.many:
                found[option.key].append(value)
            else:
                found[option.key] = value
        return SimpleNamespace(**found, **self._arguments(plain))

    def _known(self, name: str) -> Option:
        option = self.options.get(name)
        if option is None:
            hint = did_you_mean(name, self.options)
            raise PricingError(f"unknown option '{name}'", remedy=hint or self._see())
        return option

    def _arguments(self, plain: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for argument in self.arguments:
            if argument.many:
                found[argument.key], plain = plain, []
            else:
                found[argument.key], plain = (plain[0], plain[1:]) if plain else (None, [])
            if not found[argument.key] and not argument.optional:
                raise self._wrong(f"{argument.metavar} is missing")
        if plain:
            raise self._wrong(f"one word too many: '{plain[0]}'")
        return found

    def _see(self) -> str:
        return f"See pricing {self.name} --help."

    def _wrong(self, what: str) -> PricingError:
        return PricingError(what, remedy=self._see())

    def help_text(self) -> str:
        """Give the help: usage, what the command does, and every option with its meaning."""
        usage = " ".join(["usage: pricing", self.name, *(a.shown for a in self.arguments)])
        rows = [f"{usage} [options]", "", *_wrapped(self.about, 0)]
        told = [(a.shown, a.help) for a in self.arguments if a.help]
        if told:
            rows += ["", *(row for shown, help in told for row in _entry(shown, help))]
        rows.append("")
        for option in self.options.values():
            more = " (repeatable)" if option.many else ""
            if option.choices:
                more += f": {', '.join(option.choices)}"
            rows += _entry(option.shown, option.help + more)
        if self.epilog:
            rows += ["", *_wrapped(self.epilog, 0)]
        return "\n".join(rows)


def _is_option(word: str) -> bool:
    """Tell whether a word starts an option; ``-`` is a file, ``-5`` a number that is refused."""
    return word.startswith("--") or (len(word) > 1 and word[0] == "-" and word[1].isalpha())


def _entry(shown: str, help: str) -> list[str]:
    rows = _wrapped(help, _INDENT)
    label = f"  {shown}"
    if len(label) > _INDENT - 2:
        return [label, *rows]
    return [label.ljust(_INDENT) + rows[0].lstrip(), *rows[1:]]


def _wrapped(text: str, indent: int) -> list[str]:
    import textwrap

    gap = " " * indent
    return textwrap.wrap(
        text, WIDTH, initial_indent=gap, subsequent_indent=gap, break_on_hyphens=False
    )
