"""A dbt project's files that rate usage: the rates as a seed, the views as models, and tests."""

from __future__ import annotations

import csv
import io
import json

from pricing.exports.sql import COSTS, LINES, RATES, REPEATED, UNPRICED, Export

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pricing.exports.keys import Key, Keys

_ABOUT = {
    RATES: "The exact price of one unit of a meter in one rating key.",
    LINES: "Usage added up by rating key and meter, its price and its cost.",
    COSTS: "Cost by model. Null where there is none; unpriced_lines counts what has no price.",
    UNPRICED: "What has no price, and why.",
    REPEATED: "Ids that stand in several rows, each of which is priced.",
}


def project(dialect: str, keys: Keys, found: Sequence[Key], table: str) -> dict[str, bytes]:
    """Give the files by their paths in the project; ``table`` is the dbt model of the usage."""
    export = Export(dialect, keys, table)
    export.table = f"{{{{ ref({export.sql.literal(table)}) }}}}"
    export.rates = f"{{{{ ref('{RATES}') }}}}"
    export.lines = f"{{{{ ref('{LINES}') }}}}"
    files = {f"seeds/{RATES}.csv": _csv(export, found), f"seeds/{RATES}.yml": _seed(export)}
    queries = export.queries()
    for name, query in queries.items():
        files[f"models/pricing/{name}.sql"] = f"{query}\n".encode()
    files["models/pricing/pricing.yml"] = _models(list(queries))
    for name in (UNPRICED, REPEATED):
        if name in queries:
            test = f"SELECT * FROM {{{{ ref('{name}') }}}}\n"
            files[f"tests/no_{name.removeprefix('pricing_')}.sql"] = test.encode()
    return files


def _csv(export: Export, found: Sequence[Key]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(export.columns())
    writer.writerows([cell or "" for cell in row] for row in export.rows(found))
    return out.getvalue().encode()


def _seed(export: Export) -> bytes:
    out = ["version: 2", "", "seeds:", f"  - name: {RATES}"]
    out += [f"    description: {_ABOUT[RATES]}", "    config:", "      column_types:"]
    out += [f"        {json.dumps(name)}: {kind}" for name, kind in export.columns().items()]
    return ("\n".join(out) + "\n").encode()


def _models(names: Sequence[str]) -> bytes:
    out = ["version: 2", "", "models:"]
    for name in names:
        out += [f"  - name: {name}", f"    description: {json.dumps(_ABOUT[name])}"]
    return ("\n".join(out) + "\n").encode()
