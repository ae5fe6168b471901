"""``pricing cards export --sql DIALECT``: SQL that rates the sums where the usage lies."""

from __future__ import annotations

from pricing.cli.output import say
from pricing.errors import PricingError, UsageError, did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import SimpleNamespace

    from pricing.catalog import Catalog
    from pricing.exports.keys import Key

_MOST_NAMED = 8


def export_sql(args: SimpleNamespace, catalog: Catalog) -> int:
    """Write the table of rates and the views, or a dbt project's files.

    Raises:
        PricingError: an unknown dialect, no mapping, or a format that is not SQL.
        UsageError: the mapping or the file of ids cannot be read, or asks for what SQL cannot do.
    """
    from pricing.cli.cards_export import to_stdout, write_folder
    from pricing.exports.dbt import project
    from pricing.exports.keys import Keys
    from pricing.exports.sql import Export, dialect_of
    from pricing.render import write_bytes
    from pricing.usage.logs.map_file import read_map

    dialect_of(args.sql)
    if args.format not in (None, "sql", "dbt"):
        raise PricingError(f"--sql with --format {args.format}", remedy="--format sql or dbt.")
    if args.map is None:
        raise PricingError("--sql needs --map", remedy="Say which column holds what, in YAML.")
    if args.seller is not None and args.ids is not None:
        raise PricingError("--seller with --ids", remedy="Name the seller in the file of ids.")
    keys = Keys(catalog, read_map(args.map, catalog.book.vocabulary))
    lost: list[str] = []
    ids = keys.all_ids(args.seller) if args.ids is None else keys.ids(_ids(args.ids), lost)
    found = keys.of(ids)
    table = args.table or "usage"
    is_out = args.o is None or args.o == "-"
    if args.format == "dbt":
        if is_out:
            raise PricingError("dbt needs -o, a folder", remedy="See pricing cards export --help.")
        write_folder(args.o, project(args.sql, keys, found, table))
    else:
        statements = Export(args.sql, keys, table).statements(found)
        head = f"-- {len(found):,} rating keys of catalogue {catalog.digest}\n\n"
        text = (head + "".join(f"{each};\n\n" for each in statements)).encode()
        to_stdout(text) if is_out else write_bytes(args.o, text)
    if not args.quiet:
        where = "" if is_out else f" in {args.o}"
        say(f"note: {len(found):,} rating keys{where}\n")
        for what, which in (
            ("without a card, and so without a cost", lost),
            *_marked(found).items(),
        ):
            if which:
                named = ", ".join(which[:_MOST_NAMED])
                more = f" and {len(which) - _MOST_NAMED} more" * (len(which) > _MOST_NAMED)
                say(f"note: {what}: {named}{more}\n")
    return 0


def _marked(found: list[Key]) -> dict[str, list[str]]:
    """Give the cards that SQL cannot rate, by the reason."""
    cards: dict[str, dict[str, None]] = {}
    for key in found:
        for price in key.prices:
            if isinstance(price, str) and price.startswith("not by SQL: "):
                cards.setdefault(price, {})[key.card] = None
    return {reason: list(named) for reason, named in sorted(cards.items())}


def _ids(path: str) -> Iterator[tuple[str, str]]:
    """Give seller and model of each row of a CSV with these columns; raises UsageError."""
    import csv

    from pricing.exports.keys import NOT_TOLD

    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            names = [name or "" for name in rows.fieldnames or ()]
            if "model" not in names:
                hint = did_you_mean("model", names)
                raise UsageError("no column `model`", path=path, line=1,
                                 remedy=hint or "As model,seller in the first line.")  # fmt: skip
            for row in rows:
                yield row.get("seller") or NOT_TOLD, row["model"] or NOT_TOLD
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", path=path) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"no CSV: {error}", path=path) from None
