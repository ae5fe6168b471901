"""Which meter a call belongs to, and what its answers do to it.

The innermost open meter of the context that makes the call. Threads of a pool do not take the
context along: where one meter alone is open, their calls are its own. Where several are, it
cannot be told whose they are, and none of them may say that it knows its total.
"""

from __future__ import annotations

from contextvars import ContextVar

from pricing.capture import Call, Heard, Listener, start, stop
from pricing.errors import PricingError
from pricing.metering.budget import Unmetered
from pricing.metering.meter import AMBIENT, LOCK, Meter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pricing.metering.reserve import Reservation

_CURRENT: ContextVar[Meter | None] = ContextVar("pricing_meter", default=None)
#: the open meters of all contexts
_OPEN: list[Meter] = []


def enter(meter: Meter) -> None:
    """Open a meter inside of the one that is open here; under the lock."""
    if meter.capture:
        start(_ROUTER)
    if meter.is_ambient:
        meter.outer = AMBIENT[-1] if AMBIENT else None
        AMBIENT.append(meter)
        return
    meter.outer = _of_this_context()
    _OPEN.append(meter)
    _CURRENT.set(meter)


def leave(meter: Meter) -> None:
    """Close a meter; under the lock."""
    if meter.capture:
        stop(_ROUTER)
    if meter.is_ambient:
        AMBIENT.remove(meter)
        return
    _OPEN.remove(meter)
    if _CURRENT.get() is meter:
        _CURRENT.set(_of_this_context())


def _of_this_context() -> Meter | None:
    """Give the innermost open meter of this context; tasks may outlive the one they began in."""
    meter = _CURRENT.get()
    while meter is not None and not meter.is_open:
        meter = meter.outer
    return meter


def current() -> tuple[Meter | None, list[Meter]]:
    """Give the meter to which a call made here belongs, and those to which it may."""
    with LOCK:
        found = _of_this_context()
        if found is not None:
            return found, []
        outer = {id(each.outer) for each in _OPEN}
        leaves = [each for each in _OPEN if id(each) not in outer and each.capture]
        if len(leaves) == 1:
            return leaves[0], []
        return (AMBIENT[-1] if AMBIENT else None), leaves


class _Router(Listener):
    """Takes the calls of the SDKs to the meters."""

    def __init__(self) -> None:
        self._meters: dict[Call, list[Meter]] = {}
        self._held: dict[Call, Reservation] = {}
        self._errors: dict[Call, PricingError] = {}

    def begin(self, call: Call) -> None:
        meter, perhaps = current()
        with LOCK:
            for each in perhaps:
                each.problems.append(
                    Unmetered(
                        "a call outside of every meter, while several were open",
                        remedy="Take the context along (contextvars.copy_context().run), or give"
                        " that thread a meter of its own.",
                    )
                )
            # one that does not listen leaves the call to those around it
            meters = [] if meter is None else list(meter.chain())
            while meters and not meters[0].capture:
                del meters[0]
            for each in meters:
                each.refuse_call()
        # not under the lock: it may ask how many tokens the input has
        held = self._reserved(meters, call)
        with LOCK:
            if held is not None:
                self._held[call] = held
            if meters:
                self._meters[call] = meters
            for each in meters:
                each.running.add(call)

    def _reserved(self, meters: list[Meter], call: Call) -> Reservation | None:
        """Set the worst case of a call aside, where the innermost of these meters wants that."""
        meter = next((each for each in meters if each.most_input is not None), None)
        if meter is None:
            return None
        from pricing.metering.reserve import hold, worst_of

        worst = worst_of(meter, call.asked)
        return None if worst is None else hold(meter, worst, meters)

    def heard(self, call: Call, answer: Heard) -> None:
        meters = self._meters.get(call)
        if meters is None:
            return
        meter = meters[0]
        try:
            error = _count(meter, answer, self._held.get(call))
        except PricingError as fault:
            error = meter.take(None, fault)
        except Exception as fault:  # an SDK would take it for a broken connection, and try again
            error = meter.take(None, Unmetered(f"{answer.what}: {type(fault).__name__}: {fault}"))
        if error is not None:
            with LOCK:
                self._errors.setdefault(call, error)

    def end(self, call: Call) -> None:
        with LOCK:
            error = self._errors.pop(call, None)
            meters = self._meters.get(call, [])
            if call.is_over and meters:
                del self._meters[call]
                for each in meters:
                    each.running.discard(call)
                held = self._held.pop(call, None)
                if held is not None:
                    held.release()
        # what came after the end of the block was told there: the call was not over
        if error is not None and meters and meters[0].is_open:
            raise error


def _count(meter: Meter, answer: Heard, held: Reservation | None) -> PricingError | None:
    """Add an answer, in place of what was set aside for it; give the reason to stop, if any."""
    id = answer.id
    if answer.state == "queued" and id is not None:
        with LOCK:
            for each in meter.chain():
                each.queued[id] = answer.what
        return None
    if answer.state == "fetched":
        with LOCK:
            known = [each for each in meter.chain() if id is not None and id in each.queued]
            for each in known:
                del each.queued[id]  # type: ignore[arg-type]
        if not known:
            return None
        # those that asked for it later than it was queued did not pay for it
        meter = known[0]
    if answer.body is None:
        return meter.take(None, answer.fault)
    cost, problem = meter.price(answer.body)
    with LOCK:
        beyond = None if held is None or cost is None else held.settle(cost)
        return meter.take(cost, answer.fault or problem, answer.body) or beyond


_ROUTER = _Router()
