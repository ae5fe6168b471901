"""Writing a report where the options say, and its messages to stderr."""

from __future__ import annotations

import os
import sys

from pricing.cli.words import WIDTH
from pricing.errors import PricingError
from pricing.render import Report, messages, report_bytes, write_bytes, write_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import SimpleNamespace

    from pricing.errors import Fault


def emit(report: Report, args: SimpleNamespace) -> None:
    """Write a report to its files and to stdout, and its messages to stderr.

    Every file is made before the first is written; each file is written whole or not at all.
    """
    files = [(path, report_bytes(report, name)) for name, path in args.reports]
    for path, data in files:
        write_bytes(path, data)
    if (args.o is None or args.o == "-") and not to_stdout(report, args.format):
        return
    say_messages(report, args)


def say_messages(report: Report, args: SimpleNamespace) -> None:
    """Write problems, notes and the next command to stderr; with --quiet only problems."""
    if args.quiet:
        report = Report(report.kind, report.headline, problems=report.problems)
    say(messages(report))


def to_stdout(report: Report, format: str) -> bool:
    """Write a report to stdout; tell whether somebody reads it.

    Raises:
        PricingError: it cannot be written, as to a full disk.
    """
    try:
        write_report(report, format, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
        return False
    except OSError as error:
        silence_stdout()
        raise PricingError(f"cannot write to stdout: {error.strerror}") from None
    return True


def print_out(text: str) -> None:
    """Print text that is no report, such as help."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        silence_stdout()


def say(text: str) -> None:
    """Write to stderr, where there is one."""
    if text and sys.stderr is not None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            pass


def complain(faults: tuple[Fault, ...]) -> None:
    """Write every fault: at its place, or after the program's name where it has none.

    Lines are broken at 80 columns.
    """
    from pricing.render.plain import paragraph

    blocks = []
    for fault in faults:
        if fault.path is not None:
            blocks.append(str(fault))
        elif fault.remedy and "\n" not in fault.remedy and fault.what[-1:] not in ".?":
            blocks.append(f"pricing: {fault.what}. {fault.remedy}")
        else:
            blocks.append("\n".join(filter(None, (f"pricing: {fault.what}", fault.remedy))))
    say("\n".join(paragraph("\n\n".join(blocks), WIDTH, hanging="  ")) + "\n")


def silence_stdout() -> None:
    """Keep the interpreter from complaining about stdout when it ends."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)
    except (OSError, ValueError):
        pass
