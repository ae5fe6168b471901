"""One run of pytest: meters for its tests, their verdicts, and what is written at the end.

With xdist every worker meters its own tests and judges them; their sheets come with their
reports to the controller, which adds them up and judges the session.
"""

from __future__ import annotations

import pytest

from pricing.catalog import load_catalog
from pricing.errors import PricingError
from pricing.metering.budget import Budget, Unmetered
from pricing.money import text
from pricing.pytest_plugin import FIXTURE, MARK, table
from pricing.pytest_plugin.baseline import read_baseline, regression, write_baseline
from pricing.pytest_plugin.marks import DEFAULT_TOLERANCE, Tolerance, limit_of
from pricing.pytest_plugin.meters import TestMeter
from pricing.pytest_plugin.record import record_of
from pricing.pytest_plugin.sheet import Sheet, sheet_of
from pricing.render.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.money import Money

_METER = pytest.StashKey[TestMeter]()
_UNUSED = (
    "Record it (llm_usage.add(response)), or say that the budget may be unused (may_be_unused=True)"
)
_UNUSED_SESSION = "Say that it may be unused (--llm-budget-may-be-unused), or look why."


class Run:
    """The state of a session, in a worker, in the controller, or in both at once."""

    def __init__(self, config: pytest.Config, everything: bool) -> None:
        self.config = config
        #: whether all tests are metered, not only those that ask for it
        self.everything = everything
        self.is_worker = hasattr(config, "workerinput")
        self.controls = config.pluginmanager.hasplugin("dsession")
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.sheets: dict[str, Sheet] = {}
        self.limits: dict[str, Money] = {}
        self.records: dict[str, list[str]] = {}
        self.passed: set[str] = set()
        self.failed: set[str] = set()
        self._outside: Sheet = Sheet()
        self._session: TestMeter | None = None
        #: what the tests of this process counted
        self._own = Sheet()
        try:
            self._read_options()
        except PricingError as error:
            raise pytest.UsageError(str(error)) from None

    def _read_options(self) -> None:
        option = self.config.getoption
        self.catalog = load_catalog(*(option("llm_cards") or ()))
        if option("llm_seller"):
            self.catalog.book.provider(option("llm_seller"))
        self.budget: Budget | None = None
        if option("llm_budget") is not None:
            self.budget = Budget(option("llm_budget"))
            self.budget.must_be_known(self.catalog)
        elif option("llm_budget_may_be_unused"):
            raise PricingError("--llm-budget-may-be-unused without --llm-budget")
        self.baseline_path: str | None = option("llm_baseline")
        self.updates = bool(option("llm_update_baseline"))
        if self.baseline_path is None and (self.updates or option("llm_tolerance") is not None):
            raise PricingError("no baseline is named", remedy="Name it: --llm-baseline FILE.")
        self.tolerance = Tolerance(option("llm_tolerance") or DEFAULT_TOLERANCE)
        self.baseline: dict[str, Sheet] | None = None
        if self.baseline_path is not None and not self.updates:
            self.baseline = read_baseline(self.baseline_path)
        self.record_path: str | None = option("llm_record")
        self._meter()  # an --llm-at that is no day is found here

    def _meter(self, budget: Budget | None = None, name: str = "") -> TestMeter:
        try:
            return TestMeter(
                budget,
                catalog=self.catalog,
                allow_unpriced=bool(self.config.getoption("llm_allow_unpriced")),
                seller=self.config.getoption("llm_seller"),
                at=self.config.getoption("llm_at"),
                name=name,
                keep=self.record_path is not None,
            )
        except ValueError as error:
            raise PricingError(f"--llm-at: {error}") from None

    # In the process of the tests

    def open(self) -> None:
        """Begin to meter the session, outside of its tests too."""
        if self._session is None and not self.controls:
            self._session = self._meter(self.budget, "--llm-budget")
            self._session.__enter__()

    def collected(self, items: list[pytest.Item]) -> None:
        """Refuse markers that cannot be meant, all at once."""
        faults = []
        for item in items:
            mark = item.get_closest_marker(MARK)
            if mark is not None:
                try:
                    limit_of(mark, self.catalog)
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
            limit = None if mark is None else limit_of(mark, self.catalog)
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
        if meter is None:
            return
        over = None if self._session is None else self._session.over()
        if over is not None and not item.session.shouldfail:
            item.session.shouldfail = over.what
        if report.when == "teardown":
            report.llm_cost = self._told(item, meter)  # type: ignore[attr-defined]
        if meter.was_told:
            return
        fault = self._fault(item, meter, report)
        if fault is None:
            return
        meter.was_told = True
        if report.failed:
            report.sections.append(("llm cost", str(fault)))
            return
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: {fault}"
        # an expected failure is none of the money
        vars(report).pop("wasxfail", None)

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
                return Unmetered("a budget, and no usage was recorded", remedy=_UNUSED)
            return None
        if self.baseline is not None and report.when == "call":
            sheet = sheet_of(meter.entries, meter.calls, meter.total, meter.problems)
            return regression(self.baseline.get(item.nodeid), sheet, self.tolerance)
        return None

    def _told(self, item: pytest.Item, meter: TestMeter) -> dict[str, Any]:
        """Give what this run of a test adds, as plain data."""
        entries, calls, problems = meter.earlier
        new = meter.entries[entries:]
        amounts = [entry.cost.total for entry in new]
        total = sum(amounts[1:], amounts[0]) if amounts else None
        sheet = sheet_of(new, meter.calls - calls, total, meter.problems[problems:])
        self._own = self._own.plus(sheet)
        told: dict[str, Any] = {"sheet": sheet.to_data()}
        if meter.limit is not None:
            limit = meter.limit.budget
            told["limit"] = [text(limit.limit.amount), limit.currency]
        if self.record_path is not None:
            told["records"] = []
            for entry in new:
                try:
                    told["records"].append(record_of(entry, item.nodeid))
                except PricingError as error:
                    told.setdefault("unrecorded", str(error))
        return told

    # In the process that has the last word

    def reported(self, report: pytest.TestReport) -> None:
        """Take what a report tells."""
        if self.is_worker:
            return
        name = report.nodeid
        if report.failed:
            self.failed.add(name)
        elif report.passed and report.when == "call":
            self.passed.add(name)
        told = getattr(report, "llm_cost", None)
        if told is None:
            return
        self._add(name, Sheet.of_data(told["sheet"]))
        if "limit" in told:
            from pricing.money import Money

            self.limits[name] = Money(*told["limit"])
        self.records.setdefault(name, []).extend(told.get("records", ()))
        if "unrecorded" in told:
            self.faults.append(f"{name}: {told['unrecorded']}")
        self._stop_early()

    def _add(self, name: str, sheet: Sheet) -> None:
        try:
            self.sheets[name] = self.sheets.get(name, Sheet()).plus(sheet)
        except ValueError as error:
            self.faults.append(f"{name}: {error}")

    def _stop_early(self) -> None:
        """Ask xdist to stop once all workers together are over the budget."""
        if not self.controls or self.budget is None:
            return
        spent = self.total().total
        if spent is not None and spent.currency == self.budget.currency:
            session = self.config.pluginmanager.getplugin("dsession")
            if spent > self.budget.limit and not session.shouldstop:
                session.shouldstop = f"over --llm-budget: {spent} spent, {self.budget.limit} limit"

    def worker_ended(self, told: dict[str, Any] | None) -> None:
        """Take what a worker spent outside of tests; None: it was lost, and what it spent too."""
        if told is None:
            self._outside.problems.append("a worker was lost, with what its last test spent")
        else:
            self._outside = self._outside.plus(Sheet.of_data(told["outside"]))

    def total(self) -> Sheet:
        """Give what all tests spent; raises ValueError on two currencies."""
        total = self._outside
        for sheet in self.sheets.values():
            total = total.plus(sheet)
        return total

    def end(self, session: pytest.Session) -> None:
        """Judge the session, and write what is asked for."""
        if self._session is not None:
            self._session.close()
            outside = self._outside_of_tests(self._session)
            if self.is_worker:
                self.config.workeroutput["llm_cost"] = {  # type: ignore[attr-defined]
                    "outside": outside.to_data()
                }
                return
            self._outside = self._outside.plus(outside)
        if self.is_worker or self.config.getoption("collectonly", False):
            return
        self._judge()
        if not self.faults:
            self._write(session.exitstatus)
        if self.faults and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _outside_of_tests(self, meter: TestMeter) -> Sheet:
        known = set(self._own.problems)
        problems = [str(each) for each in meter.problems if str(each) not in known]
        calls = meter.calls - self._own.calls
        total = None
        if calls and meter.total is not None:
            total = meter.total if self._own.total is None else meter.total - self._own.total
        sheet = Sheet(calls, total, None, problems)
        if total is not None:
            group = sheet.groups.setdefault(table.OUTSIDE, _group())
            group.add("cost", group.amount, total.amount)
        return sheet

    def _judge(self) -> None:
        try:
            total = self.total()
        except ValueError as error:
            self.faults.append(f"cannot be judged: {error}")
            return
        if self.budget is None:
            if self._outside.problems and not self.config.getoption("llm_allow_unpriced"):
                self.faults += self._outside.problems
            return
        if not total.calls and not self.config.getoption("llm_budget_may_be_unused"):
            self.faults.append(f"--llm-budget: no usage was recorded\n{_UNUSED_SESSION}")
        try:
            spent = total.total or self.budget.limit * 0
            self.budget.check(spent, "--llm-budget", is_lower_bound=bool(total.problems))
        except PricingError as error:
            self.faults.append("\n".join(dict.fromkeys([str(error), *total.problems])))
        except ValueError as error:
            self.faults.append(f"--llm-budget cannot be judged: {error}")

    def _write(self, exitstatus: int) -> None:
        """Write baseline and record; not where a test failed, whose usage is not whole."""
        if not self.updates and self.record_path is None:
            return
        why = None
        total = self.total()
        if self.failed or exitstatus not in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            why = "a test failed"
        elif total.problems:
            why = f"usage is missing: {total.problems[0]}"
        elif not total.calls:
            why = "no usage was recorded"
        elif self._outside.calls:
            why = f"{self._outside.calls} calls were made outside of tests"
        try:
            if self.updates and self.baseline_path is not None:
                if why is not None:
                    raise PricingError(f"not written: {why}", path=self.baseline_path)
                ran = {name: self.sheets.get(name, Sheet()) for name in self.passed}
                write_baseline(self.baseline_path, ran)
                self.notes.append(f"baseline written: {self.baseline_path}")
            if self.record_path is not None:
                if why is not None:
                    raise PricingError(f"not written: {why}", path=self.record_path)
                lines = [line for name in sorted(self.records) for line in self.records[name]]
                write_file(self.record_path, "".join(f"{line}\n" for line in lines))
                self.notes.append(f"usage recorded: {self.record_path}, {len(lines):,} calls")
        except PricingError as error:
            self.faults.append(str(error))

    def show(self, reporter: pytest.TerminalReporter) -> None:
        """Show the table, where there is anything to show."""
        sheets = dict(self.sheets)
        if self._outside.calls:
            sheets[table.OUTSIDE] = self._outside
        used = [name for name, sheet in sheets.items() if sheet.calls or name in self.limits]
        if not used and not self.faults and self.budget is None:
            return
        reporter.section("llm cost", sep="=")
        limit = None if self.budget is None else self.budget.limit
        try:
            verdict = "FAIL  " if self.faults else ""
            tests = len([name for name in used if name != table.OUTSIDE])
            reporter.write_line(
                table.first_line(self.total(), tests, limit, verdict),
                red=bool(self.faults),
                bold=True,
            )
            if used:
                reporter.write_line("")
                everything = self.config.get_verbosity() > 0
                for row in table.rows(sheets, self.limits, everything):
                    reporter.write_line(row)
        except ValueError:
            pass  # two currencies: a fault says so
        for fault in self.faults:
            reporter.write_line(fault, red=True)
        for note in self.notes:
            reporter.write_line(note)


def _group() -> Any:
    from pricing.pytest_plugin.sheet import Group

    return Group()
