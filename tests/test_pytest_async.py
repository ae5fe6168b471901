"""Async tests are metered as others are: pytest-asyncio and anyio, fixtures of every scope, xdist.

Each call costs 1,000 x 3 / 1M + 100 x 15 / 1M = 0.0045 USD.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from stub_server import Stub, serving

pytest.importorskip("pytest_asyncio", reason="an extra of the tests")
pytest_plugins = ["pytester"]

FAKE = Path(__file__).parent / "fake_sdk"
AT = "--llm-at=2026-11-20"
HEAD = """
import asyncio, sys
import anyio, pytest, pytest_asyncio
sys.path.insert(0, {fake!r})
import anthropic

ASK = {{"model": "claude-sonnet-4-6", "max_tokens": 100, "messages": []}}
over = pytest.mark.llm_budget("0.00449 USD")
kept = pytest.mark.llm_budget("0.0045 USD")

def client():
    return anthropic.AsyncAnthropic({url!r})

async def call(**more):
    return await client().request("/v1/messages", {{**ASK, **more}})

async def stream(read=True):
    chunks = await client().request("/v1/messages", {{**ASK, "stream": True}}, stream=True)
    async for _ in chunks:
        if not read:
            break

async def swallowed(n=1):
    for _ in range(n):
        try:
            await call()
        except Exception:
            pass
"""
ASYNC = "asyncio_default_fixture_loop_scope = function\nasyncio_mode = auto\n"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as server:
        yield server


@pytest.fixture(params=["asyncio", "anyio"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[(), ("-n", "2")], ids=["alone", "xdist"])
def workers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return tuple(request.param)


def run(
    pytester: pytest.Pytester, stub: Stub, kind: str, source: str, *options: str
) -> pytest.RunResult:
    """Run async tests under one of the two plugins, the other one switched off."""
    head = HEAD.format(fake=str(FAKE), url=stub.url)
    ini = ASYNC
    if kind == "anyio":
        ini = ""
        options = ("-p", "no:asyncio", *options)
        head += "\npytestmark = pytest.mark.anyio\n"
        head += "@pytest.fixture(scope='session')\ndef anyio_backend(): return 'asyncio'\n"
        source = source.replace("pytest_asyncio.fixture", "pytest.fixture")
    pytester.makepyfile(test_it=head + source)
    pytester.makefile(".ini", pytest=f"[pytest]\nfilterwarnings = error\n{ini}")
    # in a process of its own: both plugins stay in sys.modules
    return pytester.runpytest_subprocess(AT, "-p", "no:cacheprovider", *options)


def test_async_tests_are_metered(
    pytester: pytest.Pytester, stub: Stub, kind: str, workers: tuple[str, ...]
) -> None:
    source = """
@kept
async def test_kept():
    await call()

@over
async def test_over():
    await swallowed()

@kept
async def test_stream():
    await stream()

@over
async def test_tasks_over():
    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(swallowed)

@kept
async def test_thread():
    await anyio.to_thread.run_sync(lambda: anthropic.Anthropic(client().base_url).request(
        "/v1/messages", ASK))

@kept
async def test_unused():
    await asyncio.sleep(0)

@kept
async def test_by_hand(llm_usage):
    usage = {"input_tokens": 1_000, "output_tokens": 100}
    llm_usage.add({"type": "message", "model": ASK["model"], "content": [], "usage": usage})
    assert llm_usage.calls == 1

@pytest.mark.llm_budget("1 USD")
async def test_half_a_stream():
    await stream(read=False)

class TestClass:
    pytestmark = over
    async def test_method(self):
        await swallowed()
"""
    result = run(pytester, stub, kind, source, "-v", *workers)
    result.assert_outcomes(passed=4, failed=5)
    for name in ("kept", "stream", "thread", "by_hand"):
        result.stdout.re_match_lines([f".*(PASSED.*test_{name}|test_{name}.* PASSED).*"])
    said = result.stdout.str()
    assert "over llm_budget: 0.0045 USD spent, limit 0.00449 USD" in said
    assert "a budget, and no usage was recorded" in said
    assert "a budget, and a call that is not over" in said


FIXTURES = """
@pytest_asyncio.fixture{scope}
async def model():
    await call()
    yield
    await {after}

@pytest.mark.llm_budget("0.008 USD")
async def test_first(model):
    pass

@pytest.mark.llm_budget("0.008 USD", may_be_unused=True)
async def test_second(model):
    pass
"""


def test_a_fixture_is_paid_for_by_the_test_that_needs_it(
    pytester: pytest.Pytester, stub: Stub, kind: str
) -> None:
    source = FIXTURES.format(scope="", after="asyncio.sleep(0)")
    result = run(pytester, stub, kind, source)
    result.assert_outcomes(passed=2)
    assert "0.009 USD in 2 calls of 2 tests" in result.stdout.str()
    result = run(pytester, stub, kind, FIXTURES.format(scope="", after="swallowed()"))
    result.assert_outcomes(passed=2, errors=2)


def test_a_fixture_of_a_module_is_paid_for_once_by_the_first(
    pytester: pytest.Pytester, stub: Stub, kind: str
) -> None:
    scope = "(scope='module', loop_scope='module')" if kind == "asyncio" else "(scope='module')"
    source = FIXTURES.format(scope=scope, after="asyncio.sleep(0)")
    if kind == "asyncio":
        source = source.replace(
            "async def test", "@pytest.mark.asyncio(loop_scope='module')\nasync def test"
        )
    result = run(pytester, stub, kind, source)
    result.assert_outcomes(passed=2)
    assert "0.0045 USD in 1 call of 2 tests" in result.stdout.str()
    result = run(pytester, stub, kind, source.replace("0.008 USD", "0.00449 USD"))
    assert result.ret == 1
    assert "over llm_budget: 0.0045 USD spent, limit 0.00449 USD" in result.stdout.str()


def test_failures_errors_skips_and_expected_failures_are_no_way_around(
    pytester: pytest.Pytester, stub: Stub, kind: str, workers: tuple[str, ...]
) -> None:
    source = """
@over
@pytest.mark.xfail
async def test_xfail_over():
    await swallowed()
    assert False

@kept
@pytest.mark.xfail
async def test_xfail_kept():
    await call()
    assert False

@over
async def test_skip_late():
    await swallowed()
    pytest.skip("late")

@over
@pytest.mark.skip
async def test_skip():
    await swallowed()

@over
async def test_fails():
    await swallowed()
    assert False

@over
@pytest.mark.parametrize("n", [0, 1])
async def test_many(n):
    await swallowed(n)

@pytest_asyncio.fixture
async def broken():
    await swallowed()
    raise RuntimeError("a broken fixture")

@over
async def test_error(broken):
    pass

@pytest.mark.llm_budget("1 USD")
async def test_unknown_model():
    try:
        await call(model="claude-opus-9")
    except Exception:
        pass
"""
    result = run(pytester, stub, kind, source, *workers)
    # xfail over, late skip, fails, no usage and over of many, unknown model; the broken fixture
    result.assert_outcomes(xfailed=1, skipped=1, failed=6, errors=1)
    said = result.stdout.str()
    assert "claude-opus-9" in said
    assert said.count("over llm_budget: 0.0045 USD spent, limit 0.00449 USD") >= 5


def test_a_session_budget_holds_for_async_tests(
    pytester: pytest.Pytester, stub: Stub, kind: str, workers: tuple[str, ...]
) -> None:
    source = """
@pytest.mark.parametrize("n", range(4))
async def test_many(n):
    await swallowed()
"""
    result = run(pytester, stub, kind, source, "--llm-budget=0.018 USD", *workers)
    assert result.ret == 0
    result = run(pytester, stub, kind, source, "--llm-budget=0.0179 USD", *workers)
    assert result.ret != 0
    assert "over --llm-budget: 0.018 USD spent, limit 0.0179 USD" in result.stdout.str()


@pytest.mark.parametrize(
    "option", ["--llm-budgt=1 USD", "--llm-budge=1 USD", "--llm_budget=1 USD", "--llm-budget"]
)
def test_a_misspelt_option_is_a_usage_error(
    pytester: pytest.Pytester, stub: Stub, option: str
) -> None:
    result = run(pytester, stub, "asyncio", "async def test_a():\n    await call()\n", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert len(stub.asked) == 0


def test_a_misspelt_marker_is_told_where_markers_are_strict(
    pytester: pytest.Pytester, stub: Stub
) -> None:
    source = "@pytest.mark.llm_bugdet('1 USD')\nasync def test_a():\n    await call()\n"
    result = run(pytester, stub, "asyncio", source)
    assert result.ret != 0
    assert "llm_bugdet" in result.stdout.str()
