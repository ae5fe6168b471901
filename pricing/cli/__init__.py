"""The command ``pricing``: cost, compare, reconcile, explain, budget, cards, site, ...

Exit codes: 0 fine; 1 judged and failed; 2 bad input; 3 cannot judge: some money is unknown.
"""

from __future__ import annotations

import os
import sys

from pricing.cli.output import complain, print_out, say, silence_stdout
from pricing.cli.words import HelpAsked
from pricing.errors import (
    PricingError,
    RatingError,
    UnknownModel,
    UnknownSeller,
    did_you_mean,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "cost": "cost of usage: responses and logs of them, exact and itemised",
    "compare": "one workload over models and sellers, ranked",
    "reconcile": "a bill against a log: whether they agree, by how much, and why not",
    "explain": "every line's price: card, revision, condition, modifier, source",
    "budget": "a gate for CI: check spending against limits and a base, fail closed",
    "cards": "the catalogue: list, show, check, diff, schema",
    "site": "the calculator as a static page, with the engine inside",
    "cache": "what was read of long logs and kept: show its place, or clear it",
    "statusline": "one line about a coding agent's session, fed by its JSON on stdin",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  closed by the caller's shell
    try:
        return _run(words)
    except HelpAsked as help:
        print_out(str(help))
        return 0
    except PricingError as error:
        complain(error.faults)
        return code_of(error)
    except BrokenPipeError:
        silence_stdout()
        return 0
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        say(f"pricing: {place}{error.strerror or error}\n")
        return 2
    except KeyboardInterrupt:
        say("pricing: interrupted\n")
        return 130


def code_of(error: PricingError) -> int:
    """Give 3 where sound input has no price, else 2: what was given is wrong."""
    is_unknown = isinstance(error, UnknownModel | UnknownSeller)
    return 3 if isinstance(error, RatingError) and not is_unknown else 2


def _run(words: list[str]) -> int:
    name = words[0] if words else "--help"
    if name in ("-h", "--help", "help"):
        print_out(f"usage: pricing COMMAND ...\n\n{_listed()}\n\nSee pricing COMMAND --help.")
        return 0 if words else 2
    if name == "--version":
        from pricing import __version__

        print_out(f"pricing {__version__}")
        return 0
    if name not in COMMANDS:
        kind = "option" if name.startswith("-") else "command"
        hint = did_you_mean(name, [*COMMANDS, "--help", "--version"])
        raise PricingError(
            f"unknown {kind} '{name}'", remedy=hint or f"Commands: {', '.join(COMMANDS)}."
        )
    from importlib import import_module

    code: int = import_module(f"pricing.cli.{name}").run(words[1:])
    return code


def _listed() -> str:
    return "\n".join(f"  {name:<11} {text}" for name, text in COMMANDS.items())
