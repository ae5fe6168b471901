"""The pytest plugin: budgets for what tests spend on models; see docs/pytest.md.

It is loaded with every pytest of the environment, so it imports nothing but pytest; the rest of
the package is imported when a test or an option asks for it.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from pricing.pytest_plugin.meters import TestMeter
    from pricing.pytest_plugin.run import Run

MARK = "llm_budget"
FIXTURE = "llm_usage"
#: what asks for every test to be metered
_ASKING = ("llm_budget", "llm_baseline", "llm_record")
_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "--llm-budget",
        {"metavar": "AMOUNT", "help": "the most that all tests may spend, as '1 USD'"},
    ),
    (
        "--llm-budget-may-be-unused",
        {"action": "store_true", "help": "a session without any usage keeps its budget"},
    ),
    (
        "--llm-baseline",
        {"metavar": "FILE", "help": "what each test spent before; to spend more fails"},
    ),
    (
        "--llm-update-baseline",
        {"action": "store_true", "help": "write what is spent now to the baseline"},
    ),
    (
        "--llm-tolerance",
        {"metavar": "MORE", "help": "how much more than the baseline is fine: '10%%', '0.01 USD'"},
    ),
    ("--llm-record", {"metavar": "FILE", "help": "write the recorded usage, as JSON Lines"}),
    (
        "--llm-cards",
        {"metavar": "DIR", "action": "append", "help": "lay your cards over the shipped ones"},
    ),
    ("--llm-seller", {"metavar": "NAME", "help": "who sold the calls; else who made the model"}),
    ("--llm-at", {"metavar": "DAY", "help": "price all calls as on this day"}),
    (
        "--llm-allow-unpriced",
        {"action": "store_true", "help": "usage without a price fails only what has a budget"},
    ),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all of which begin with --llm-."""
    group = parser.getgroup("llm cost", "what tests spend on models")
    for name, how in _OPTIONS:
        group.addoption(name, **how)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and look at the options."""
    config.addinivalue_line(
        "markers",
        f"{MARK}(amount, *, may_be_unused=False, zero=False): the most that a test may spend on"
        " models, as '0.05 USD'; a test that then records no usage fails, unless it may be unused",
    )
    plugin = _Plugin(config)
    config.pluginmanager.register(plugin, "pricing-llm-cost")
    given = {name.strip("-").replace("-", "_") for name, _ in _OPTIONS}
    if any(config.getoption(name) for name in given):
        plugin.start()


@pytest.fixture
def llm_usage(request: pytest.FixtureRequest) -> TestMeter:
    """Give what records a test's responses: ``add(response)``, ``total``, ``calls``, ``costs``."""
    plugin: _Plugin = request.config.pluginmanager.getplugin("pricing-llm-cost")
    return plugin.start().meter_of(request.node)


class _Plugin:
    """The hooks; what they do stands in ``run``, which is made when it is needed."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.run: Run | None = None

    def start(self) -> Run:
        if self.run is None:
            from pricing.pytest_plugin.run import Run

            self.run = Run(self.config, any(self.config.getoption(name) for name in _ASKING))
        return self.run

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        if self.run is not None:
            self.run.open()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        asking = [
            item
            for item in items
            if item.get_closest_marker(MARK) or FIXTURE in getattr(item, "fixturenames", ())
        ]
        if asking:
            self.start().collected(items)
            self.start().open()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if self.run is not None:
            self.run.begin(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        if self.run is not None and call.when == "teardown":
            self.run.finish(item)
        report = yield
        if self.run is not None or item.get_closest_marker(MARK):
            self.start().judge(item, report)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self.run is None and hasattr(report, "llm_cost"):
            self.start()  # the controller of xdist, which collects nothing itself
        if self.run is not None and not self.run.is_worker:
            self.run.totals.reported(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        told = getattr(node, "workeroutput", {}).get("llm_cost")
        if told is not None or (error and self.run is not None):
            self.start().totals.worker_ended(told)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.run is not None:
            self.run.end(session)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.run is not None:
            self.run.totals.show(terminalreporter)
