"""``pricing budget check|diff|init|schema``: a gate for CI that fails closed."""

from __future__ import annotations

import os
import shlex

from pricing.budget.formats import FORMATS, FULL, bytes_of, report_of, text_of
from pricing.cli import options
from pricing.cli.output import emit, print_out, say, say_messages, silence_stdout
from pricing.cli.words import Command, HelpAsked
from pricing.errors import PricingError, did_you_mean
from pricing.render import write_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace
    from typing import Any


_PARTS = {
    "check": "judge a budget file, perhaps against a base",
    "diff": "what changed against a base, and why",
    "init": "write a first budget file from a usage log",
    "schema": "the JSON Schema of a budget file",
}
DEFAULT = "budget.yaml"
#: formats that a pipe reads as they are; the notes of the others go to stderr
_OWN = ("markdown", "junit", "sarif", "gitlab", "github", "summary")


def command(part: str) -> Command:
    """Give a part's options and arguments."""
    made = options.command(
        f"budget {part}", f"{_PARTS[part].capitalize()}.", _EPILOGS[part], FORMATS
    )
    made.argument("FILE", f"a budget file; {DEFAULT} where not given", optional=True)
    made.option("--base", "compare with a file, git:REVISION, or none: all of it is new", "BASE")
    made.option("--at", "judge as of 2026-11-20 or 2026-11-20T12:00Z; now", "INSTANT")
    made.option("--id", "names the comment that is kept up to date; main", "NAME")
    return made


_EPILOGS = {
    "check": "Ends with 0 (kept, perhaps with warnings), 1 (a budget fails), 2 (bad input) or 3"
    " (cannot judge).",
    "diff": "Causes in the order calls, tokens, model, price, new, removed; they add up.",
}


def run(words: Sequence[str]) -> int:
    """Run a part of the command."""
    part = words[0] if words else "--help"
    if part in ("-h", "--help"):
        listed = "\n".join(f"  {name:<7} {text}" for name, text in _PARTS.items())
        help = f"usage: pricing budget PART ...\n\n{listed}\n\nSee pricing budget PART --help."
        if words:
            raise HelpAsked(help)
        print_out(help)
        return 2
    if part not in _PARTS:
        hint = did_you_mean(part, _PARTS) or f"One of: {', '.join(_PARTS)}."
        raise PricingError(f"unknown part '{part}' of budget", remedy=hint)
    if part == "init":
        from pricing.cli.budget_init import run as run_init

        done: int = run_init(words[1:])
        return done
    if part == "schema":
        return _schema(words[1:])
    return _judge(part, options.parse(command(part), words[1:]))


def _schema(words: Sequence[str]) -> int:
    import json

    Command("budget schema", "Print the JSON Schema of a budget file, for editors.").parse(words)

    from pricing.budget.schema import json_schema

    print_out(json.dumps(json_schema(), indent=2))
    return 0


def _judge(part: str, args: SimpleNamespace) -> int:
    from pricing import __version__
    from pricing.budget.base import read_file
    from pricing.budget.document import budget_document
    from pricing.budget.result import budget_result

    path = args.file or DEFAULT
    if part == "diff" and args.base is None:
        raise PricingError("--base is missing", remedy="As --base git:origin/main.")
    at = options.when(args)
    id = _id(args.id)
    loaded = read_file(path)
    inputs = [path] if args.base is None else [path, args.base]
    inputs = [each for each in inputs if os.path.isfile(each)]
    for scenario in loaded.file.scenarios.values():
        named = [*(scenario.usage.fixture or ()), *(scenario.usage.run or ())]
        inputs += [each for each in map(loaded.path, named) if os.path.exists(each)]
    options.keep_inputs(inputs, args)
    result = budget_result(loaded, args.base, cards=args.cards, at=at, judges=part == "check")
    document = budget_document(result, part, id, __version__)
    _emit(document, args, _next(part, path, args, document))
    code: int = document["exit"]
    return code


def _id(id: str | None) -> str:
    found = id or "main"
    if not all(char.isalnum() or char in "._-" for char in found) or "--" in found:
        raise PricingError(f"--id cannot be '{id}'", remedy="Letters, digits, '.', '_' and '-'.")
    return found


def _next(part: str, path: str, args: SimpleNamespace, document: dict[str, Any]) -> str | None:
    """Give the command that tells why, where spending rose."""
    change = document["total"]["change"]
    if part != "check" or document["exit"] != 1 or not document["causes"] or change is None:
        return None
    words = ["pricing", "budget", "diff", path, "--base", args.base]
    words += ["--at", args.at] if args.at is not None else []
    for folder in args.cards:
        words += ["--cards", folder]
    return shlex.join(words)


def _emit(document: dict[str, Any], args: SimpleNamespace, next: str | None) -> None:
    """Write every format from the one document; each file is written whole or not at all."""
    files = [(path, bytes_of(document, name)) for name, path in args.reports]
    for path, data in files:
        write_bytes(path, data)
    report = report_of(document, next, in_full=args.format in FULL)
    args.reports = []
    if args.format in _OWN:
        if args.o is None or args.o == "-":
            _print(text_of(document, args.format))
        say_messages(report, args)
        return
    emit(report, args)


def _print(text: str) -> None:
    import sys

    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
    except OSError as error:
        silence_stdout()
        say(f"pricing: cannot write to stdout: {error.strerror}\n")
        raise
