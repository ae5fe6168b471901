"""The meters of a test session: one for each test, one around them all."""

from __future__ import annotations

from pricing.metering.meter import Meter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.pytest_plugin.marks import Limit


class TestMeter(Meter):
    """What one test spends: its fixtures, itself and their ends, in all threads and tasks."""

    __test__ = False
    is_ambient = True
    limit: Limit | None = None
    #: entries, calls and problems of an earlier run of the same test
    earlier = (0, 0, 0)
    #: whether a report said already that something is wrong
    was_told = False

    def take_over(self, other: TestMeter) -> None:
        """Begin with what a test spent before it is run again: its budget is for all its runs."""
        for entry in other.entries:
            self.count(entry.cost, None, entry.response)
        self.calls = other.calls
        self.problems += other.problems
        self.earlier = (len(self.entries), self.calls, len(self.problems))
