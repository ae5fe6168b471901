"""JSON that holds records inside: pages of reports, OTLP, and lines of OpenAI's batch output.

Spans and log records that count nothing are passed over; what a row of a report does not say
itself stands in its bucket. Requests in a batch are batch-priced, whatever their bodies say.
Source: opentelemetry-proto (as JSON), the Admin APIs of Anthropic and OpenAI, OpenAI's Batch guide.
"""

from __future__ import annotations

from pricing.errors import UsageError
from pricing.usage.envelope import read_record
from pricing.usage.logs import costs
from pricing.usage.numbers import details, name, objects
from pricing.usage.usage import usage_of
from pricing.usage.when import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from pricing.usage.usage import Usage

    Record = Mapping[str, Any]
    Usages = tuple[Usage, ...]
    Read = Callable[[Record, str | None], Usages]
    Held = Iterator[Usages | UsageError]

_OTLP = {
    "resourceSpans": ("scopeSpans", "spans"),
    "resourceLogs": ("scopeLogs", "logRecords"),
    "resource_spans": ("scope_spans", "spans"),
    "resource_logs": ("scope_logs", "log_records"),
}
_NOTHING = ("no usage in it", "no known usage shape", "not the shape")
_OBSERVATION = frozenset(("usage_details", "usageDetails"))
_SERVED = "service_tier"


def counts_nothing(record: object) -> bool:
    """Tell whether a record without usage is one all the same: an observation that counts none."""
    return isinstance(record, dict) and not _OBSERVATION.isdisjoint(record)


def held_in(record: object, shape: str | None = None) -> Held | None:
    """Give the usages of each record inside, or why it cannot be read; None: it holds none."""
    if not isinstance(record, dict):
        return None
    for key, (scopes, rows) in _OTLP.items():
        if isinstance(record.get(key), list):
            return _each(_telemetry(record[key], scopes, rows), _span, shape)
    if isinstance(record.get("data"), list):
        return _each(_rows(record), _row, shape)
    response = record.get("response")
    if "custom_id" in record and "error" in record:
        return iter([_read(_batched, record, shape)])
    if isinstance(response, dict) and {"status_code", "body"} <= response.keys():
        return iter([_read(_batched, record, shape)])
    return None


def _each(rows: Iterator[Record], read: Read, shape: str | None) -> Held:
    try:
        for row in rows:
            found = _read(read, row, shape)
            if found:
                yield found
    except UsageError as error:
        yield error


def _read(read: Read, row: Record, shape: str | None) -> Usages | UsageError:
    try:
        return read(row, shape)
    except UsageError as error:
        return error


def _telemetry(resources: object, scopes: str, rows: str) -> Iterator[Record]:
    for resource in objects({"resources": resources}, "resources"):
        for scope in objects(resource, scopes) or objects(resource, "instrumentationLibrarySpans"):
            yield from objects(scope, rows)


def _span(row: Record, shape: str | None) -> Usages:
    """Read a span or a log record; nothing where it is of something else than a model."""
    try:
        return read_record(row, shape)
    except UsageError as error:
        if error.what.startswith(_NOTHING):
            return ()
        raise


def _rows(page: Record) -> Iterator[Record]:
    """Give the rows of a page, with what their bucket says."""
    for item in objects(page, "data"):
        if not isinstance(item.get("results"), list):
            yield item
            continue
        times = ("start_time", "starting_at", "end_time", "ending_at", "date")
        bucket = {key: item[key] for key in times if key in item}
        for row in objects(item, "results"):
            yield {**bucket, **row}


def _row(row: Record, shape: str | None) -> Usages:
    """Read a row of a report, or of another list of records."""
    if costs.is_cost(row):
        return costs.read(row)
    if "model_permaslug" in row:
        from pricing.usage.logs.openrouter import read_row

        return read_row(row)
    found = read_record(row, shape)
    for usage in found:
        if usage.at is None:
            usage.at = when(row, "start_time", "created_at", per_second=1, utc=True)
    return found


def _batched(record: Record, shape: str | None) -> Usages:
    """Read a line of a batch's output: a response's body, or an error that is not billed."""
    response = details(record, "response")
    body = details(response, "body")
    failed = record.get("error") or not response
    status = response.get("status_code")
    if failed or (isinstance(status, int) and status >= 400):
        free = usage_of({}, {_SERVED: "batch"}, None, None, record)
        free.id = name(record, "custom_id")
        free.free = "errors_not_billed"
        return (free,)
    found = read_record(body, shape)
    for usage in found:
        usage.attributes = {**usage.attributes, _SERVED: "batch"}
    return found
