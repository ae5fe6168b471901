"""Every contract term: what it expects, what a bill against it is called, and what is refused."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from small_bills import LOG, bill_of, call, held, line, only, other, terms_of, told, total_of

from pricing.errors import InvoiceError
from pricing.reconcile.terms import _KEYS

LIST = total_of(bill_of(LOG))


def agrees(found: object) -> bool:
    return found.status == "clean"  # type: ignore[attr-defined]


# Factors


def test_a_markup_is_expected_and_another_one_is_named(tmp_path: Path) -> None:
    terms = "terms: {markup: 1.10}"
    right = held(tmp_path, LOG, bill_of(LOG, "1.10"), terms)
    assert agrees(right)
    assert right.expected == LIST * Decimal("1.10")
    wrong = only(held(tmp_path, LOG, bill_of(LOG, "1.13"), terms))
    assert (wrong.code, wrong.direction) == ("markup_drift", "claim")
    assert wrong.amount == LIST * Decimal("0.03")
    assert wrong.about["billed_markup"] == "1.13"
    none = only(held(tmp_path, LOG, bill_of(LOG), terms))
    assert (none.code, none.direction) == ("markup_not_applied", "accrue")
    assert none.amount == LIST * Decimal("-0.10")


def test_a_markup_holds_from_its_day_on_and_the_old_one_is_named(tmp_path: Path) -> None:
    terms = "terms: {markup: {2026-01-01: 1.10, 2026-10-14: 1.05}}"
    assert agrees(held(tmp_path, LOG, bill_of(LOG, "1.10", d14="1.05"), terms))
    late = only(held(tmp_path, LOG, bill_of(LOG, "1.10"), terms))
    assert (late.code, late.scope["day"]) == ("markup_drift", ["2026-10-14"])
    assert late.amount == total_of(bill_of(LOG[4:])) * Decimal("0.05")


def test_a_discount_by_period_is_expected_and_another_one_is_named(tmp_path: Path) -> None:
    terms = "terms: {discount: {2026-01-01: 0.05, 2026-10-13: 0.20}}"
    right = bill_of(LOG, "0.80", d12="0.95")
    assert agrees(held(tmp_path, LOG, right, terms))
    early = only(held(tmp_path, LOG, bill_of(LOG, "0.80"), terms))
    assert (early.code, early.direction) == ("discount_drift", "accrue")
    assert early.amount == total_of(bill_of(LOG[:2])) * Decimal("-0.15")
    none = only(held(tmp_path, LOG, bill_of(LOG), terms))
    assert none.code == "discount_not_applied"
    less = only(held(tmp_path, LOG, bill_of(LOG, "0.88"), "terms: {discount: 0.15}"))
    assert (less.code, less.about["billed_discount"]) == ("discount_drift", "0.12")
    assert less.amount == LIST * Decimal("0.03")


# Amounts for the statement


@pytest.mark.parametrize(
    ("term", "code"), [("minimum", "minimum_charge"), ("commitment", "commitment_shortfall")]
)
def test_what_falls_short_of_a_minimum_or_commitment_is_filled_up(
    tmp_path: Path, term: str, code: str
) -> None:
    terms = f"terms: {{{term}: 1}}"
    bill = bill_of(LOG)
    short = Decimal(1) - LIST
    right = held(tmp_path, LOG, [*bill, other("minimum", format(short, "f"))], terms)
    assert agrees(right)
    assert right.expected == 1
    missing = only(held(tmp_path, LOG, bill, terms))
    assert (missing.code, missing.amount, missing.direction) == (code, -short, "accrue")
    much = only(held(tmp_path, LOG, [*bill, other("minimum", "0.95")], terms))
    assert (much.code, much.amount) == (code, Decimal("0.95") - short)
    # who used more owes nothing on top
    assert agrees(held(tmp_path, LOG, bill, f"terms: {{{term}: 0.01}}"))


def test_of_a_minimum_and_a_commitment_the_larger_one_holds(tmp_path: Path) -> None:
    bill = [*bill_of(LOG), other("minimum", format(2 - LIST, "f"))]
    assert agrees(held(tmp_path, LOG, bill, "terms: {minimum: 2, commitment: 1}"))
    assert agrees(held(tmp_path, LOG, bill, "terms: {minimum: 1, commitment: 2}"))


def test_a_shortfall_that_follows_from_usage_billed_too_high_is_told_as_that(
    tmp_path: Path,
) -> None:
    bill = bill_of(LOG, "1.13")
    found = held(
        tmp_path, LOG, [*bill, other("minimum", format(1 - total_of(bill), "f"))],
        "terms: {commitment: 1, markup: 1.10}",
    )  # fmt: skip
    assert dict(told(found)).keys() == {"markup_drift", "commitment_shortfall_follows_usage"}
    assert found.variance == 0


def test_a_free_allowance_and_a_credit_come_off_or_are_missed(tmp_path: Path) -> None:
    terms = "terms: {free_allowance: 0.02, credits: 0.01}"
    bill = bill_of(LOG)
    both = held(tmp_path, LOG, [*bill, other("credit", "-0.03")], terms)
    assert agrees(both)
    assert both.expected == LIST - Decimal("0.03")
    for given, code, amount in (
        ("-0.02", "credit_not_applied", "0.01"),
        ("-0.01", "free_allowance_not_applied", "0.02"),
        ("-0.025", "credit", "0.005"),
    ):
        found = only(held(tmp_path, LOG, [*bill, other("credit", given)], terms))
        assert (found.code, found.amount) == (code, Decimal(amount))
        assert found.direction == "claim"
        assert "reconcile.yaml:1" in found.clause
    # an allowance is no money back
    free = held(
        tmp_path, LOG, [*bill, other("credit", format(-LIST, "f"))], "terms: {free_allowance: 50}"
    )
    assert agrees(free)
    assert free.expected == 0


def test_tax_is_on_what_is_left_and_follows_usage_that_is_wrong(tmp_path: Path) -> None:
    terms = "terms: {tax: 0.19, credits: 0.01}"
    bill = [*bill_of(LOG), other("credit", "-0.01")]
    tax = (LIST - Decimal("0.01")) * Decimal("0.19")
    assert agrees(held(tmp_path, LOG, [*bill, other("tax", format(tax, "f"))], terms))
    wrong = only(held(tmp_path, LOG, [*bill, other("tax", format(tax * 2, "f"))], terms))
    assert (wrong.code, wrong.amount) == ("tax", tax)
    # printed in cents it agrees within half a cent
    cents = held(
        tmp_path, LOG, [*bill, other("tax", format(tax.quantize(Decimal("0.01")), "f"))], terms
    )
    assert only(cents).code == "tax_rounding"
    assert cents.status == "explained"
    twice = bill_of(LOG, "2.3")
    follows = held(
        tmp_path, LOG,
        [*twice, other("credit", "-0.01"),
         other("tax", format((total_of(twice) - Decimal("0.01")) * Decimal("0.19"), "f"))],
        terms,
    )  # fmt: skip
    assert {code for code, _ in told(follows)} == {"unknown_factor", "tax_follows_usage"}


# Who


ERROR = call("2026-10-13T12:00:00Z", input=9_001, status=529)
REPEATED = [
    call("2026-10-12T09:00:00Z", input=7_001, output=103, id="first"),
    call("2026-10-12T09:01:00Z", input=7_001, output=107, id="again", retry_of="first"),
]
FAILED = call("2026-10-14T12:00:00Z", input=1_009, failed_tool_calls={"web_search": 3})
SEARCHES = line("2026-10-14", "mid", "search", "0.03", 3)
ROWS = {
    "errors_billable": ([*LOG, ERROR], bill_of([*LOG, ERROR]), bill_of(LOG), "0.027003"),
    # 7,001 x 3 + 103 x 15 per 1M
    "superseded_attempts_billable": (
        [*LOG, *REPEATED], bill_of([*LOG, *REPEATED]), bill_of([*LOG, REPEATED[1]]), "0.022548",
    ),
    # 3 x 10 per 1,000
    "failed_tool_calls_billable": (
        [*LOG, FAILED], [*bill_of([*LOG, FAILED]), SEARCHES], bill_of([*LOG, FAILED]), "0.03",
    ),
}  # fmt: skip
CODES = {
    "errors_billable": "errors",
    "superseded_attempts_billable": "superseded_attempts",
    "failed_tool_calls_billable": "failed_tool_calls",
}


@pytest.mark.parametrize("term", ROWS)
def test_who_is_billed_is_a_term_and_the_other_way_is_named(tmp_path: Path, term: str) -> None:
    log, all_of_it, without, amount = ROWS[term]
    billed, free = (f"terms: {{{term}: {word}}}" for word in ("true", "false"))
    right = held(tmp_path, log, all_of_it, billed)
    assert agrees(right)
    assert right.expected == total_of(all_of_it)
    assert agrees(held(tmp_path, log, without, free))
    claim = only(held(tmp_path, log, all_of_it, free))
    assert (claim.code, claim.amount) == (f"{CODES[term]}_billed", Decimal(amount))
    assert (claim.direction, claim.requests) == ("claim", 1)
    accrue = only(held(tmp_path, log, without, billed))
    assert (accrue.code, accrue.amount) == (f"{CODES[term]}_not_billed", -Decimal(amount))
    assert accrue.direction == "accrue"


def test_errors_that_the_card_bills_are_free_by_the_terms(tmp_path: Path) -> None:
    # the seller's card bills status 200 only; a 404 of a seller that bills it is an error as well
    late = call("2026-10-13T12:00:00Z", input=9_001, status=404)
    assert agrees(held(tmp_path, [*LOG, late], bill_of(LOG), "terms: {errors_billable: false}"))


def test_failed_tool_calls_that_are_no_numbers_are_an_error(tmp_path: Path) -> None:
    wrong = call("2026-10-14T12:00:00Z", input=1, failed_tool_calls={"web_serch": 3})
    found = held(tmp_path, [*LOG, wrong], bill_of(LOG))
    assert any("web_serch=3" in reason for reason in found.case.log.unpriced)


# When


EDGE = [
    call("2026-10-12T23:30:00Z", input=8_003, end_ts="2026-10-13T00:10:00Z"),
    call("2026-10-13T23:40:00Z", output=809, end_ts="2026-10-14T00:05:00Z"),
    call("2026-10-13T05:00:00Z", output=1_009, end_ts="2026-10-13T05:05:00Z"),
    # no shift of the clock leaves this one where it is and moves the one at 23:30
    call("2026-10-12T23:45:00Z", read=70_001, end_ts="2026-10-12T23:50:00Z"),
    call("2026-10-14T00:02:00Z", read=60_003, end_ts="2026-10-14T00:03:00Z"),
]


def _moved(log: list[object], hours: int, key: str = "ts") -> list[object]:
    """Give a log whose requests bear another instant, as a bill of other days has them."""
    from datetime import datetime, timedelta

    rows = []
    for row in log:
        at = datetime.fromisoformat(str(row.get(key, row["ts"])))  # type: ignore[attr-defined]
        moved = (at + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows.append({**row, "ts": moved})  # type: ignore[dict-item]
    return rows


def test_days_begin_at_the_agreed_boundary_or_the_shift_is_named(tmp_path: Path) -> None:
    log = [*LOG, *EDGE]
    own = bill_of(_moved(log, -7))
    for name in ("-07:00", "America/Los_Angeles"):
        assert agrees(held(tmp_path, log, own, f"terms: {{day_boundary: '{name}'}}"))
    shifted = held(tmp_path, log, own)
    assert [f.code for f in shifted.findings] == ["timezone_shift"]
    assert shifted.status == "explained"
    assert agrees(held(tmp_path, log, bill_of(log)))


def test_a_request_belongs_to_its_start_or_end_as_agreed(tmp_path: Path) -> None:
    log = [*LOG, *EDGE]
    by_end = bill_of(_moved(log, 0, "end_ts"))
    assert agrees(held(tmp_path, log, by_end, "terms: {bucket_by: end}"))
    assert agrees(held(tmp_path, log, bill_of(log), "terms: {bucket_by: start}"))
    assert only(held(tmp_path, log, by_end)).code == "end_time_bucketing"
    other_way = only(held(tmp_path, log, bill_of(log), "terms: {bucket_by: end}"))
    assert (other_way.code, other_way.direction) == ("start_time_bucketing", "timing")


# Rounding


def _rounded(rows: list[object], mode: str, quantum: str = "0.001") -> list[object]:
    found = []
    for row in rows:
        cost = Decimal(row["cost"]).quantize(Decimal(quantum), mode)  # type: ignore[index]
        found.append({**row, "cost": format(cost, "f")})  # type: ignore[dict-item]
    return found


def test_lines_are_rounded_as_agreed_and_another_mode_is_named(tmp_path: Path) -> None:
    months = ("08", "09", "10")
    many = [{**row, "ts": row["ts"].replace("-10-", f"-{m}-")} for m in months for row in LOG]
    # more than one request on a line, or it would be as well the rounding of requests
    many += [{**row} for row in many]
    for n, row in enumerate(many):
        row["request_id"] = f"r{n}"
    up = _rounded(bill_of(many), ROUND_CEILING)
    rule = "terms: {rounding: {per: line, quantum: 0.001, mode: %s}}"
    right = held(tmp_path, many, up, rule % "up")
    assert agrees(right)
    assert right.expected == total_of(up)
    wrong = only(held(tmp_path, many, up, rule % "half_up"))
    assert (wrong.code, wrong.about["mode"], wrong.direction) == (
        "rounding_per_line", "up", "claim",
    )  # fmt: skip
    half = _rounded(bill_of(many), ROUND_HALF_UP)
    assert wrong.amount == total_of(up) - total_of(half)
    assert agrees(held(tmp_path, many, half, rule % "half_up"))


def test_a_tie_goes_where_the_mode_says(tmp_path: Path) -> None:
    # 500 x 3 per 1M is 0.0015
    log = [call("2026-10-12T10:00:00Z", input=500), *LOG[2:]]
    rule = "terms: {rounding: {per: line, quantum: 0.001, mode: %s}}"
    for mode, how in (("half_up", ROUND_HALF_UP), ("half_even", ROUND_HALF_EVEN)):
        assert agrees(held(tmp_path, log, _rounded(bill_of(log), how), rule % mode))
    # 1,500 x 3 per 1M is 0.0045: up it is 0.005, to the even digit 0.004
    log = [call("2026-10-12T10:00:00Z", input=1_500), *LOG[2:]]
    even = held(tmp_path, log, _rounded(bill_of(log), ROUND_HALF_EVEN), rule % "half_even")
    assert agrees(even)
    off = held(tmp_path, log, _rounded(bill_of(log), ROUND_HALF_EVEN), rule % "half_up")
    assert off.left == Decimal("-0.001")


def test_requests_are_rounded_one_by_one_as_agreed(tmp_path: Path) -> None:
    # 7 requests of 0.0030001: each is billed 0.01, together they come to 0.0210007
    log = [call(f"2026-10-12T1{n}:00:00Z", output=200, id=f"r{n}") for n in range(7)]
    bill = [line("2026-10-12", "mid", "output", "0.07", 1_400)]
    rule = "terms: {rounding: {per: request, quantum: 0.01, mode: up}}"
    right = held(tmp_path, log, bill, rule)
    assert agrees(right)
    assert right.expected == Decimal("0.07")
    assert held(tmp_path, log, bill).left == Decimal("0.049")
    # 7 of 200,001 x 15 per 1M, each 3.01; counted twice each is 6.01, not 6.02
    log = [call(f"2026-10-12T1{n}:00:00Z", output=200_001, id=f"r{n}") for n in range(7)]
    twice = [line("2026-10-12", "mid", "output", "42.07", 2_800_014)]
    cause = only(held(tmp_path, log, twice, rule))
    assert (cause.code, cause.amount) == ("counted_twice", Decimal("21.00"))


def test_the_total_is_rounded_as_agreed(tmp_path: Path) -> None:
    terms = "terms: {rounding: {per: total, quantum: 0.01, mode: up}}"
    more = LIST.quantize(Decimal("0.01"), ROUND_CEILING) - LIST
    bill = [*bill_of(LOG), other("rounding", format(more, "f"))]
    right = held(tmp_path, LOG, bill, terms)
    assert agrees(right)
    assert right.expected == LIST + more
    missing = only(held(tmp_path, LOG, bill_of(LOG), terms))
    assert (missing.code, missing.amount) == ("rounding_of_total", -more)
    # no term speaks of it: it is told with the rule that it follows
    untold = only(held(tmp_path, LOG, bill))
    assert (untold.code, untold.about["quantum"]) == ("rounding_of_total", "0.01")
    assert untold.direction == "informational"


# Currency


def test_the_agreed_exchange_rate_is_expected_and_another_days_is_named(tmp_path: Path) -> None:
    rates = "rates: {2026-09-30: 0.90, 2026-10-31: 0.92}"
    for rule, right, wrong in (
        ("month_opening", "0.90", "0.92"),
        ("month_closing", "0.92", "0.90"),
    ):
        terms = f"terms: {{billing_currency: EUR, fx: {{rule: {rule}, {rates}}}}}"
        found = held(tmp_path, LOG, bill_of(LOG, right), terms, "EUR")
        assert agrees(found)
        assert found.expected == LIST * Decimal(right)
        cause = only(held(tmp_path, LOG, bill_of(LOG, wrong), terms, "EUR"))
        assert (cause.code, Decimal(cause.about["billed_rate"])) == ("fx_rate", Decimal(wrong))
        assert cause.amount == LIST * (Decimal(wrong) - Decimal(right))
    fixed = "terms: {fx: {rule: fixed, rates: {2026-01-01: 0.91}}}"
    assert agrees(held(tmp_path, LOG, bill_of(LOG, "0.91"), fixed, "EUR"))


def test_a_bill_in_another_currency_than_agreed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvoiceError, match="the bill is in USD, agreed is EUR"):
        held(tmp_path, LOG, bill_of(LOG), "terms: {billing_currency: EUR}")


# What cannot be read


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("markup: 0", "markup is 0"),
        ("markup: much", "'much' is not a number"),
        ("markup: {2026-13-01: 1.1}", "2026-13-01"),
        ("discount: 5", "discount is 5"),
        ("discount: {2026-01-01: -0.1}", "2026-01-01 is -0.1"),
        ("errors_billable: maybe", "neither true nor false"),
        ("superseded_attempts_billable: 1", "neither true nor false"),
        ("failed_tool_calls_billable: sometimes", "neither true nor false"),
        ("day_boundary: Mars/Olympus", "no time zone 'Mars/Olympus'"),
        ("day_boundary: 15", "no time zone '15'"),
        ("day_boundary: -07:60", "no time zone '-07:60'"),
        ("bucket_by: middle", "bucket_by is 'middle'"),
        ("billing_currency: []", "no currency"),
        ("fx: 0.9", "fx is no map"),
        ("fx: {rule: monthly, rates: {2026-01-01: 1}}", "no rule 'monthly'"),
        ("fx: {rule: fixed}", "fx has no rates"),
        ("fx: {rates: {2026-01-01: 0}}", "2026-01-01 is 0"),
        ("rounding: line", "rounding is no map"),
        ("rounding: {per: page}", "no rounding per 'page'"),
        ("rounding: {per: line, mode: sideways}", "'sideways'"),
        ("rounding: {per: line, quantum: 0}", "quantum is 0"),
        ("rounding: {per: line, grain: 1}", "unknown key 'grain'"),
        ("minimum: -1", "minimum is -1"),
        ("commitment: NaN", "NaN"),
        ("free_allowance: -0.01", "free_allowance is -0.01"),
        ("credits: lots", "lots"),
        ("tax: 19", "tax is 19"),
        ("makrup: 1.1", "unknown key 'makrup'"),
    ],
)
def test_a_term_that_cannot_be_read_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InvoiceError) as caught:
        terms_of(f"terms: {{{text}}}", tmp_path)
    told_of = "\n".join(each.what for each in caught.value.faults)
    assert fault in told_of
    assert text.partition(":")[0] in _KEYS or "unknown key" in told_of


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("terms: [markup]", "terms is no map"),
        ("finality: 30", "finality is no map"),
        ("finality: {final_days: -1}", "final_days is -1"),
        ("finality: {provisional_days: 5, final_days: 2}", "final before provisional"),
        ("accepted: {id: x}", "accepted is no list"),
        ("accepted: [{id: x, because: y}]", "a decision has id, amount and because"),
        ("accepted: [{id: x, amount: much, because: y}]", "much"),
    ],
)
def test_a_file_of_terms_with_faults_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InvoiceError) as caught:
        terms_of(text, tmp_path)
    assert fault in "\n".join(each.what for each in caught.value.faults)


def test_no_term_changes_nothing() -> None:
    """Every term that is read has a test above that a bill against it fails."""
    source = Path(__file__).read_text(encoding="utf-8")
    assert not [key for key in _KEYS if f"{key}: " not in source.replace("{{", "{")]
