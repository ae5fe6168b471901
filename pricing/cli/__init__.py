"""The command ``pricing``: cost, compare, explain, cards.

Exit codes: 0 fine; 1 judged and failed; 2 bad input; 3 cannot judge: some money is unknown.
"""

from __future__ import annotations

import sys

from pricing.errors import PricingError, RatingError, UnknownModel, UnknownSeller, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "cost": "cost of usage: responses and logs of them, exact and itemised",
    "compare": "one workload over models and sellers, ranked",
    "explain": "every line's price: card, revision, condition, modifier, source",
    "cards": "the catalogue: list, show, check, diff, schema",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except PricingError as error:
        _complain(error)
        if isinstance(error, RatingError) and not isinstance(error, UnknownModel | UnknownSeller):
            return 3
        return 2
    except BrokenPipeError:
        _silence_stdout()
        return 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _run(words: list[str]) -> int:
    name = words[0] if words else "--help"
    if name in ("-h", "--help", "help"):
        print("usage: pricing COMMAND ...\n\n" + _listed() + "\n\npricing COMMAND --help")
        return 0 if words else 2
    if name == "--version":
        from pricing import __version__

        print(f"pricing {__version__}")
        return 0
    if name not in COMMANDS:
        hint = did_you_mean(name, COMMANDS) or _listed()
        raise PricingError(f"unknown command '{name}'", remedy=hint)
    from importlib import import_module

    code: int = import_module(f"pricing.cli.{name}").run(words[1:])
    sys.stdout.flush()
    return code


def _listed() -> str:
    return "\n".join(f"  {name:<8} {text}" for name, text in COMMANDS.items())


def _complain(error: PricingError) -> None:
    """Write every fault: at its place, or after the program's name where it has none."""
    blocks = []
    for fault in error.faults:
        if fault.path is None:
            hint = f". {fault.remedy}" if fault.remedy and "\n" not in fault.remedy else ""
            more = f"\n{fault.remedy}" if fault.remedy and not hint else ""
            blocks.append(f"pricing: {fault.what}{hint}{more}")
        else:
            blocks.append(str(fault))
    print("\n\n".join(blocks), file=sys.stderr)


def _silence_stdout() -> None:
    """Keep the interpreter from complaining about the closed pipe when it ends."""
    import os

    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)
