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
from pricing.exports.sql import DIALECTS
from pricing.render import write_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

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
    made.option("--sql", f"SQL that rates usage there: {', '.join(DIALECTS)}", "DIALECT")
    made.option("--map", "with --sql: which column of the usage holds what, YAML", "FILE")
    made.option("--ids", "with --sql: a CSV of the model ids, and sellers, of the usage", "FILE")
    made.option("--table", "with --sql: the table of the usage, else `usage`", "NAME")
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
    if args.sql is not None:
        from pricing.cli.cards_sql import export_sql

        return export_sql(args, catalog)
    for option in ("map", "ids", "table"):
        if getattr(args, option) is not None:
            raise PricingError(f"--{option} without --sql", remedy="Give --sql and a dialect.")
    form = args.format or _ENDINGS.get(ending, "json")
    found = rows(catalog, args.seller)
    is_out = args.o is None or args.o == "-"
    if form == "dbt":
        if is_out:
            raise PricingError("dbt needs -o, a folder", remedy="See pricing cards export --help.")
        _seed(args.o, found)
    elif is_out:
        to_stdout(_made(form, found, catalog.digest))
    else:
        write_bytes(args.o, _made(form, found, catalog.digest))
    if not is_out and not args.quiet:
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
    write_folder(folder, texts)


def write_folder(folder: str, texts: Mapping[str, bytes]) -> None:
    """Write files under a folder, each whole or not at all; raises PricingError."""
    for name, content in texts.items():
        path = os.path.join(folder, name)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        except OSError as error:
            raise PricingError(f"cannot write: {error.strerror}", path=folder) from None
        write_bytes(path, content)


def to_stdout(content: bytes) -> None:
    """Write bytes to stdout; a closed pipe ends it quietly."""
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
