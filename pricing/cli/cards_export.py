"""``pricing cards export``: the catalogue as flat rows, in a file or on stdout."""

from __future__ import annotations

import os
import sys

from pricing.cli import options
from pricing.cli.output import say
from pricing.cli.words import Command
from pricing.errors import PricingError
from pricing.exports import formats
from pricing.exports.rows import rows
from pricing.render import write_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.exports.rows import Row

_ENDINGS = {".json": "json", ".csv": "csv", ".parquet": "parquet", ".sql": "sql"}


def command() -> Command:
    """Give the command with its options."""
    made = Command(
        "cards export",
        "Write every price, factor and refusal of the catalogue as flat rows.",
        "Numbers are exact decimals. A row holds from valid_from on and before valid_to. dbt "
        "writes a seed into the folder that -o names: a CSV and the YAML that describes it.",
    )
    made.option("--cards", "lay a folder of your own cards over the shipped ones", "DIR", many=True)
    made.option("--seller", "rows of this seller only", "NAME")
    made.option("--format", "what is written", "FORMAT", choices=formats.FORMATS)
    made.option("-o", "the file, whole or not at all; for dbt a folder", "PATH")
    made.option("--quiet", "no notes on stderr")
    return made


def export(words: list[str]) -> int:
    """Run the command."""
    args = command().parse(words)
    catalog = options.open_catalog(args)
    if args.seller is not None:
        catalog.book.provider(args.seller)
    ending = os.path.splitext(args.o or "")[1].lower()
    form = args.format or _ENDINGS.get(ending, "json")
    found = rows(catalog, args.seller)
    to_stdout = args.o is None or args.o == "-"
    if form == "dbt":
        if to_stdout:
            raise PricingError("dbt needs -o, a folder", remedy="See pricing cards export --help.")
        _seed(args.o, found)
    elif to_stdout:
        _to_stdout(_made(form, found, catalog.digest))
    else:
        write_bytes(args.o, _made(form, found, catalog.digest))
    if not to_stdout and not args.quiet:
        say(f"note: {len(found):,} rows in {args.o}\n")
    return 0


def _made(form: str, found: list[Row], digest: str) -> bytes:
    if form == "json":
        return formats.as_json(found, digest)
    if form == "csv":
        return formats.as_csv(found)
    return formats.as_parquet(found) if form == "parquet" else formats.as_sql(found)


def _seed(folder: str, found: list[Row]) -> None:
    texts = {f"{formats.TABLE}.csv": formats.as_csv(found)}
    texts[f"{formats.TABLE}.yml"] = formats.dbt_schema()
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise PricingError(f"cannot write: {error.strerror}", path=folder) from None
    for name, content in texts.items():
        write_bytes(os.path.join(folder, name), content)


def _to_stdout(content: bytes) -> None:
    from pricing.cli.output import silence_stdout

    try:
        out = getattr(sys.stdout, "buffer", None)
        if out is not None:
            out.write(content)
            out.flush()
        else:
            sys.stdout.write(content.decode())
    except BrokenPipeError:
        silence_stdout()
    except OSError as error:
        silence_stdout()
        raise PricingError(f"cannot write to stdout: {error.strerror}") from None
