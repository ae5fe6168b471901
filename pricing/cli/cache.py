"""``pricing cache``: what was read of long logs, and kept for the next run."""

from __future__ import annotations

from pricing.cli.output import print_out
from pricing.cli.words import Command
from pricing.errors import PricingError
from pricing.usage.cache import clear, folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def command() -> Command:
    """Give the command's options and arguments."""
    made = Command(
        "cache",
        "Show where what was read of long logs is kept, or clear it.",
        "It holds counts and the hashes of ids, never a text; without it logs are read again.",
    )
    made.argument("ACTION", "clear: remove all of it", optional=True)
    return made


def run(words: Sequence[str]) -> int:
    """Run the command."""
    args = command().parse(words)
    if args.action not in (None, "clear"):
        raise PricingError(f"unknown action '{args.action}'", remedy="Actions: clear.")
    if args.action is None:
        print_out(folder())
        return 0
    count, size = clear()
    files = f"{count:,} {'file' if count == 1 else 'files'}"
    print_out(f"{files} of {size / 1_000_000:,.1f} MB removed from {folder()}")
    return 0
