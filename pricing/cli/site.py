"""``pricing site build|serve``: the calculator as a static page, and a look at it here."""

from __future__ import annotations

from pricing.cli import options
from pricing.cli.output import print_out, say
from pricing.cli.words import Command, HelpAsked
from pricing.errors import PricingError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace

ACTIONS = {
    "build": "the calculator page as a folder of static files, the engine inside",
    "serve": "show it on this machine alone, at 127.0.0.1",
}
PORT = 8765


def run(words: Sequence[str]) -> int:
    """Run an action."""
    action = words[0] if words else "--help"
    if action in ("-h", "--help"):
        listed = "\n".join(f"  {name:<11} {text}" for name, text in ACTIONS.items())
        told = f"usage: pricing site ACTION ...\n\n{listed}\n\nSee pricing site ACTION --help."
        if words:
            raise HelpAsked(told)
        print_out(told)
        return 2
    if action not in ACTIONS:
        hint = did_you_mean(action, ACTIONS) or f"Actions: {', '.join(ACTIONS)}."
        raise PricingError(f"unknown action '{action}'", remedy=hint)
    args = commands()[action].parse(list(words[1:]))
    return _build(args) if action == "build" else _serve(args)


def commands() -> dict[str, Command]:
    """Give the command of each action, with its options and arguments."""
    build = Command(
        "site build",
        "Write the calculator page: prices to search, and the engine that runs in the browser.",
        "DIR is written whole or not at all. The page asks no other host for anything.",
    )
    build.argument("DIR", "a new folder, an empty one, or a site to replace")
    serve = Command(
        "site serve",
        "Show the calculator page on this machine alone, at 127.0.0.1.",
        "Without DIR a site is built for the time being.",
    )
    serve.argument("DIR", "a site that was built", optional=True)
    for made in (build, serve):
        made.option(
            "--cards", "lay a folder of your own cards over the shipped ones", "DIR", many=True
        )
        made.option("--at", "the list's prices as of a day or instant; today", "INSTANT")
        made.option("--pyodide", "Pyodide as npm unpacks it, where it is not to be fetched", "DIR")
        made.option("--quiet", "no notes on stderr")
    serve.option("--port", f"the port to listen on; {PORT}", "N")
    return {"build": build, "serve": serve}


def _build(args: SimpleNamespace) -> int:
    sizes = _made(args, args.dir)
    if not args.quiet:
        total = sum(sizes.values())
        say(f"note: {len(sizes):,} files, {total / 1_000_000:.1f} MB, in {args.dir}\n")
        say(f"next: pricing site serve {args.dir}\n")
    return 0


def _serve(args: SimpleNamespace) -> int:
    port = PORT if args.port is None else _port(args.port)
    if args.dir is not None:
        for name in ("cards", "at", "pyodide"):
            if getattr(args, name):
                raise PricingError(
                    f"--{name} with a site that is built", remedy="Build it again with it."
                )
        _listen(args.dir, port, args.quiet)
        return 0
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="pricing-site-") as place:
        _made(args, f"{place}/site")
        _listen(f"{place}/site", port, args.quiet)
    return 0


def _made(args: SimpleNamespace, out: str) -> dict[str, int]:
    """Build the site; everything that may be wrong is found before Pyodide is fetched."""
    from pathlib import Path

    from pricing import __version__
    from pricing.instants import DAY, now
    from pricing.site.build import build_site, check_target
    from pricing.site.pyodide import pyodide_files

    at = options.when(args)
    if at is None:
        # a day, not a second: built twice on one day it is the same
        at = now() // DAY * DAY
    check_target(Path(out))
    catalog = options.open_catalog(args)
    return build_site(catalog, out, pyodide_files(args.pyodide), at, __version__)


def _listen(folder: str, port: int, is_quiet: bool) -> None:
    import signal

    from pricing.site.serve import SiteServer

    # told to end from outside, it leaves no folder behind either
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with SiteServer(folder, port) as server:
        print_out(server.address)
        if not is_quiet:
            say("note: for this machine alone; Ctrl-C ends it\n")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("\n")


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) < 65_536):
        raise PricingError(f"--port cannot be '{value}'", remedy="Give a number up to 65535.")
    return int(value)
