"""One run of pytest, where its tests run: their meters and their verdicts.

With xdist every worker meters its own tests and judges them; their sheets come with their
reports to the controller, which has the last word on the session (``totals``).
"""

from __future__ import annotations

import pytest

from pricing.errors import PricingError
from pricing.metering.budget import Budget, Unmetered
from pricing.money import text
from pricing.pytest_plugin import FIXTURE, MARK, table
from pricing.pytest_plugin.baseline import regression
from pricing.pytest_plugin.marks import limit_of
from pricing.pytest_plugin.meters import TestMeter
from pricing.pytest_plugin.options import Options
from pricing.pytest_plugin.record import record_of
from pricing.pytest_plugin.sheet import Group, Sheet, sheet_of
from pricing.pytest_plugin.totals import Totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_METER = pytest.StashKey[TestMeter]()
_UNUSED = (
    "Record it (llm_usage.add(response)), or say that the budget may be unused (may_be_unused=True)"
)
_RUNNING = "Wait for calls, and read or close streams, inside of the test."
_LATE = "Mark the test where it is defined, or while tests are collected."


class Run:
    """The state of a session in a worker, in the controller, or in one process that is both."""

    def __init__(self, config: pytest.Config, everything: bool) -> None:
        self.config = config
        #: whether all tests are metered, not only those that ask for it
        self.everything = everything
        self.is_worker = hasattr(config, "workerinput")
        self.controls = config.pluginmanager.hasplugin("dsession")
        self._session: TestMeter | None = None
        #: what the tests of this process counted
        self._own = Sheet()
        try:
            self.options = Options(config)
        except PricingError as error:
            raise pytest.UsageError(str(error)) from None
        self.totals = Totals(config, self.options)

    def _meter(self, budget: Budget | None = None, name: str = "") -> TestMeter:
        return TestMeter(
            budget,
            catalog=self.options.catalog,
            allow_unpriced=self.options.allow_unpriced,
            seller=self.options.seller,
            at=self.options.at,
            name=name,
            keep=self.options.record_path is not None,
        )

    # In the process of the tests

    def open(self) -> None:
        """Begin to meter the session, outside of its tests too."""
        if self._session is None and not self.controls:
            self._session = self._meter(self.options.budget, "--llm-budget")
            self._session.__enter__()

    def collected(self, items: list[pytest.Item]) -> None:
        """Refuse markers that cannot be meant, all at once."""
        faults = []
        for item in items:
            mark = item.get_closest_marker(MARK)
            if mark is not None:
                try:
                    limit_of(mark, self.options.catalog)
                except PricingError as error:
                    faults.append(f"{item.nodeid}: {error}")
        # xdist takes a usage error of a worker for a crash: there each such test fails at its setup
        if faults and not self.is_worker:
            raise pytest.UsageError("\n".join(faults))

    def begin(self, item: pytest.Item) -> None:
        """Open the meter of a test, anew where it is run again."""
        mark = item.get_closest_marker(MARK)
        names = getattr(item, "fixturenames", ())
        if self.everything or mark is not None or FIXTURE in names:
            self.open()
            limit = None if mark is None else limit_of(mark, self.options.catalog)
            meter = self._meter(None if limit is None else limit.budget, MARK)
            meter.limit = limit
            earlier = item.stash.get(_METER, None)
            if earlier is not None:
                earlier.close()
                meter.take_over(earlier)
            item.stash[_METER] = meter
            meter.__enter__()

    def meter_of(self, item: pytest.Item) -> TestMeter:
        """Give the meter of a running test; one that asks for it late gets it then."""
        if item.stash.get(_METER, None) is None:
            self.everything, before = True, self.everything
            self.begin(item)
            self.everything = before
        return item.stash[_METER]

    def finish(self, item: pytest.Item) -> None:
        """Close the meter of a test, and say what it spent as properties of the test."""
        meter = item.stash.get(_METER, None)
        if meter is None:
            return
        meter.close()
        kept = [pair for pair in item.user_properties if not str(pair[0]).startswith("llm_")]
        if meter.calls or meter.limit is not None:
            kept.append(("llm_calls", meter.calls))
            if meter.total is not None:
                kept.append(("llm_cost", text(meter.total.amount)))
                kept.append(("llm_currency", meter.total.currency))
            if meter.limit is not None:
                kept.append(("llm_budget", str(meter.limit.budget.limit)))
            if meter.is_lower_bound:
                kept.append(("llm_lower_bound", "true"))
        item.user_properties[:] = kept

    def judge(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Make a report a failure where the test may not spend what it does."""
        meter = item.stash.get(_METER, None)
        limit = None if meter is None else meter.limit
        was_run = report.when == "call" and (not report.skipped or hasattr(report, "wasxfail"))
        if was_run and limit is None and item.get_closest_marker(MARK):
            _fail(report, Unmetered("llm_budget came after the test began", remedy=_LATE))
        if meter is None:
            return
        over = None if self._session is None else self._session.over()
        if over is not None and not item.session.shouldfail:
            item.session.shouldfail = over.what
        fault = None if meter.was_told else self._fault(item, meter, report)
        if fault is not None:
            meter.was_told = True
            _fail(report, fault)
        report.llm_test = _name(item)  # type: ignore[attr-defined]
        if report.when == "teardown":
            report.llm_cost = self._told(item, meter)  # type: ignore[attr-defined]

    def _fault(
        self, item: pytest.Item, meter: TestMeter, report: pytest.TestReport
    ) -> PricingError | None:
        try:
            meter.check()
        except PricingError as error:
            return error
        if report.when == "setup" or report.outcome != "passed":
            return None
        limit = meter.limit
        if limit is not None and not limit.may_be_unused and not meter.calls:
            if report.when == "call":
                if meter.running:
                    return Unmetered("a budget, and a call that is not over", remedy=_RUNNING)
                return Unmetered("a budget, and no usage was recorded", remedy=_UNUSED)
            return None
        if self.options.baseline is not None and report.when == "call":
            sheet = sheet_of(meter.entries, meter.calls, meter.total, meter.problems)
            return regression(self.options.baseline.get(_name(item)), sheet, self.options.tolerance)
        return None

    def _told(self, item: pytest.Item, meter: TestMeter) -> dict[str, Any]:
        """Give what this run of a test adds, as plain data."""
        entries, calls, problems = meter.earlier
        new = meter.entries[entries:]
        amounts = [entry.cost.total for entry in new]
        total = sum(amounts[1:], amounts[0]) if amounts else None
        sheet = sheet_of(new, meter.calls - calls, total, meter.problems[problems:])
        self._own = self._own.plus(sheet)
        told: dict[str, Any] = {"sheet": sheet.to_data(), "is_over": meter.was_told}
        if meter.limit is not None:
            limit = meter.limit.budget
            told["limit"] = [text(limit.limit.amount), limit.currency]
        sellers = {entry.cost.assumed.get("seller") for entry in new}
        told["assumed"] = sorted(seller for seller in sellers if seller is not None)
        if self.options.record_path is not None:
            told["records"] = []
            for entry in new:
                try:
                    told["records"].append(record_of(entry, _name(item), self.options.catalog))
                except PricingError as error:
                    told.setdefault("unrecorded", str(error))
        return told

    # At the end

    def end(self, session: pytest.Session) -> None:
        """Close the session's meter; a worker tells what was spent outside of tests."""
        outside = Sheet()
        if self._session is not None:
            self._session.close()
            outside = self._outside_of_tests(self._session)
        if self.is_worker:
            self.config.workeroutput["llm_cost"] = {  # type: ignore[attr-defined]
                "outside": outside.to_data()
            }
            return
        self.totals.outside = self.totals.outside.plus(outside)
        if not self.config.getoption("collectonly", False):
            self.totals.end(session)

    def _outside_of_tests(self, meter: TestMeter) -> Sheet:
        known = set(self._own.problems)
        problems = [str(each) for each in meter.problems if str(each) not in known]
        calls = meter.calls - self._own.calls
        total = None
        if calls and meter.total is not None:
            total = meter.total if self._own.total is None else meter.total - self._own.total
        sheet = Sheet(calls, total, None, problems)
        if total is not None:
            group = sheet.groups.setdefault(table.OUTSIDE, Group())
            group.add("cost", group.amount, total.amount)
        return sheet


def _name(item: pytest.Item) -> str:
    """Give a test's name as it is without xdist, which appends the group to it."""
    groups = {
        str(mark.args[0] if mark.args else mark.kwargs.get("name", "default"))
        for mark in item.iter_markers("xdist_group")
    }
    return item.nodeid.removesuffix(f"@{'_'.join(sorted(groups))}") if groups else item.nodeid


def _fail(report: pytest.TestReport, fault: PricingError) -> None:
    """Make a report a failure; one that is one for another reason says this too."""
    if not report.failed:
        report.outcome = "failed"
        report.longrepr = str(fault)
        # an expected failure is none of the money
        vars(report).pop("wasxfail", None)
    elif fault.what not in report.longreprtext:
        report.sections.append(("llm cost", str(fault)))
