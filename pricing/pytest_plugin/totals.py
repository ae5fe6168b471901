"""The last word on a session, in the process that has it: with xdist, the controller.

It adds up what the reports of all tests tell, judges the session's budget, writes the baseline
and the recorded usage, and shows the table.
"""

from __future__ import annotations

import pytest

from pricing.errors import PricingError
from pricing.money import Money
from pricing.pytest_plugin import table
from pricing.pytest_plugin.baseline import write_baseline
from pricing.pytest_plugin.sheet import Sheet
from pricing.render.files import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pricing.pytest_plugin.options import Options

_UNUSED = "Say that it may be unused (--llm-budget-may-be-unused), or look why."


class Totals:
    """What all tests of a session spent, and what is wrong with that."""

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self.config = config
        self.options = options
        #: why the session fails
        self.faults: list[str] = []
        self.notes: list[str] = []
        #: whether a test failed for what it spent
        self.is_over = False
        #: sellers that nobody gave: the makers of the models
        self.assumed: set[str] = set()
        self.sheets: dict[str, Sheet] = {}
        self.limits: dict[str, Money] = {}
        self.records: dict[str, list[str]] = {}
        self.passed: set[str] = set()
        self.failed: set[str] = set()
        #: what was spent outside of tests
        self.outside = Sheet()
        #: what the tests spent so far, in the budget's currency
        self._spent: Money | None = None

    def reported(self, report: pytest.TestReport) -> None:
        """Take what a report tells."""
        name = getattr(report, "llm_test", report.nodeid)
        if report.failed:
            self.failed.add(name)
        elif report.passed and report.when == "call":
            self.passed.add(name)
        told = getattr(report, "llm_cost", None)
        if told is None:
            return
        self.is_over |= told["is_over"]
        self.assumed |= set(told["assumed"])
        sheet = Sheet.of_data(told["sheet"])
        self._add(name, sheet)
        if "limit" in told:
            self.limits[name] = Money(*told["limit"])
        self.records.setdefault(name, []).extend(told.get("records", ()))
        if "unrecorded" in told:
            self.faults.append(f"{name}: {told['unrecorded']}")
        if sheet.total is not None:
            self._stop_early(sheet.total)

    def _add(self, name: str, sheet: Sheet) -> None:
        try:
            self.sheets[name] = self.sheets.get(name, Sheet()).plus(sheet)
        except ValueError as error:
            self.faults.append(f"{name}: {error}")

    def _stop_early(self, more: Money) -> None:
        """Ask xdist to hand out no more tests once all workers together are over the budget."""
        dsession = self.config.pluginmanager.getplugin("dsession")
        budget = self.options.budget
        if dsession is None or budget is None or more.currency != budget.currency:
            return
        self._spent = more if self._spent is None else self._spent + more
        if self._spent > budget.limit and not dsession.shouldstop:
            dsession.shouldstop = f"over --llm-budget: {self._spent} spent, limit {budget.limit}"

    def worker_ended(self, told: dict[str, Any] | None) -> None:
        """Take what a worker spent outside of tests; None: it was lost, and what it spent too."""
        if told is None:
            self.outside.problems.append("a worker was lost, with what its last test spent")
        else:
            self.outside = self.outside.plus(Sheet.of_data(told["outside"]))

    def total(self) -> Sheet:
        """Give what all tests spent; raises ValueError on two currencies."""
        total = self.outside
        for sheet in self.sheets.values():
            total = total.plus(sheet)
        return total

    def end(self, session: pytest.Session) -> None:
        """Judge the session, and write what is asked for."""
        self._judge()
        if not self.faults:
            self._write(session.exitstatus)
        if self.faults and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _judge(self) -> None:
        try:
            total = self.total()
        except ValueError as error:
            self.faults.append(f"cannot be judged: {error}")
            return
        if self.options.budget is None:
            if self.outside.problems and not self.options.allow_unpriced:
                self.faults += self.outside.problems
            return
        if not total.calls and not self.options.may_be_unused:
            self.faults.append(f"--llm-budget: no usage was recorded\n{_UNUSED}")
        try:
            spent = total.total or self.options.budget.limit * 0
            self.options.budget.check(spent, "--llm-budget", is_lower_bound=bool(total.problems))
        except PricingError as error:
            self.faults.append("\n".join(dict.fromkeys([str(error), *total.problems])))
        except ValueError as error:
            self.faults.append(f"--llm-budget cannot be judged: {error}")

    def _write(self, exitstatus: int) -> None:
        """Write baseline and record; not where a test failed, whose usage is not whole."""
        if not self.options.updates and self.options.record_path is None:
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
        elif self.outside.calls:
            why = f"{self.outside.calls} calls were made outside of tests"
        try:
            if self.options.updates and self.options.baseline_path is not None:
                if why is not None:
                    raise PricingError(f"not written: {why}", path=self.options.baseline_path)
                ran = {name: self.sheets.get(name, Sheet()) for name in self.passed}
                write_baseline(self.options.baseline_path, ran)
                self.notes.append(f"baseline written: {self.options.baseline_path}")
            if self.options.record_path is not None:
                if why is not None:
                    raise PricingError(f"not written: {why}", path=self.options.record_path)
                lines = [line for name in sorted(self.records) for line in self.records[name]]
                write_file(self.options.record_path, "".join(f"{line}\n" for line in lines))
                self.notes.append(
                    f"usage recorded: {self.options.record_path}, {len(lines):,} calls"
                )
        except PricingError as error:
            self.faults.append(str(error))

    def show(self, reporter: pytest.TerminalReporter) -> None:
        """Show the table, where there is anything to show."""
        sheets = dict(self.sheets)
        if self.outside.calls:
            sheets[table.OUTSIDE] = self.outside
        used = [name for name, sheet in sheets.items() if sheet.calls or name in self.limits]
        if not used and not self.faults and self.options.budget is None:
            return
        reporter.section("llm cost", sep="=")
        limit = None if self.options.budget is None else self.options.budget.limit
        try:
            verdict = "FAIL  " if self.faults or self.is_over else ""
            tests = len([name for name in used if name != table.OUTSIDE])
            reporter.write_line(
                table.first_line(self.total(), tests, limit, verdict),
                red=bool(verdict),
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
        if self.assumed:
            makers = ", ".join(sorted(self.assumed))
            reporter.write_line(f"note: no seller given: the maker, {makers} (--llm-seller)")
        for note in self.notes:
            reporter.write_line(note)
