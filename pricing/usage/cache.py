"""What was read of each log file, kept for the next run: its packed records and what was skipped.

Records are kept, not sums: a message may stand in several files, and which one counts is known only
when all have been read. No price is in them, so new cards change nothing here. An entry stands for
a file as it was: path, size, time, inode, and the program that read it. It is written whole under
a name of its own and then put in place; one that is damaged or of another file is passed over.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import blake2b
    from typing import Any, BinaryIO

    from pricing.errors import Fault
    from pricing.usage.bulk import Part

_ENDING = ".part"
_CHECK_BYTES = 16
_CHUNK = 1 << 20
#: a file that changed just now may change again within one tick of its clock
_SETTLED_NS = 2_000_000_000
_FOLDER = os.path.join("pricing", "logs")
#: what entries are made of; nothing else is ever loaded from one
_KNOWN = {
    ("builtins", "bool"),
    ("builtins", "int"),
    ("builtins", "str"),
    ("copyreg", "_reconstructor"),
    ("builtins", "object"),
    ("copyreg", "__newobj__"),
    ("decimal", "Decimal"),
    ("pricing.errors", "Fault"),
    ("pricing.money", "Money"),
    ("pricing.usage.bulk", "Part"),
    ("pricing.usage.compact", "Kind"),
    ("pricing.usage.json_text", "JsonFault"),
    ("pricing.usage.usage", "Usage"),
}


class Kept:
    """What was read of one file."""

    def __init__(self, parts: list[Part], skipped: dict[str, int], faults: list[Fault]) -> None:
        self.parts = parts
        self.skipped = skipped
        self.faults = faults


def folder() -> str:
    """Give the user's folder for what can be made again, by the rules of the platform."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):
            base = os.path.expanduser("~/.cache")
    return os.path.join(base, _FOLDER)


def clear() -> tuple[int, int]:
    """Remove all entries; gives how many there were, and their bytes."""
    place, count, size = folder(), 0, 0
    try:
        names = os.listdir(place)
    except OSError:
        return 0, 0
    for name in names:
        path = os.path.join(place, name)
        try:
            much = os.path.getsize(path)
            os.unlink(path)
        except OSError:
            continue
        count += name.endswith(_ENDING)
        size += much
    return count, size


class Cache:
    """Entries by file; where none can be read or written, everything is simply read again."""

    def __init__(self) -> None:
        self.folder = folder()
        self._program = _program()
        self._can_write = True

    def state(self, path: str) -> tuple[Any, ...] | None:
        """Give what tells a file from the same one after a change; None where there is none."""
        try:
            found = os.stat(path)
        except OSError:
            return None
        whole = os.path.abspath(path)
        return (
            *(path, whole, found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev),
            # a file may be changed in place and be given its old size and time
            *(found.st_ctime_ns, self._program),
        )

    def load(self, path: str, state: tuple[Any, ...] | None) -> Kept | None:
        """Give what was kept of a file in this state."""
        if state is None:
            return None
        try:
            with open(self._entry(state), "rb") as stream:
                check = _hash()
                stream.seek(_CHECK_BYTES)
                while data := stream.read(_CHUNK):
                    check.update(data)
                stream.seek(0)
                if stream.read(_CHECK_BYTES) != check.digest():
                    return None
                of, parts, skipped, faults = _known(stream).load()
                from pricing.errors import Fault
                from pricing.usage.bulk import Part

                if not (_all(parts, Part) and _all(faults, Fault) and isinstance(skipped, dict)):
                    return None
        except Exception:
            # none, or one of another make: whatever fails, the file is read again
            return None
        return Kept(parts, skipped, faults) if of == state else None

    def store(self, state: tuple[Any, ...] | None, kept: Kept) -> None:
        """Keep what was read of a file, unless it has changed meanwhile or only just before."""
        from time import time_ns

        if state is None or not self._can_write or self.state(state[0]) != state:
            return
        if time_ns() - state[3] < _SETTLED_NS:
            return
        target = self._entry(state)
        temporary = f"{target}-{os.getpid()}-{os.urandom(4).hex()}.tmp"
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            try:
                with open(temporary, "xb") as stream:
                    _write(stream, (state, kept.parts, kept.skipped, kept.faults))
                os.replace(temporary, target)
            except BaseException:
                if os.path.exists(temporary):
                    os.unlink(temporary)
                raise
        except OSError:
            # a full disk, or no right to write: the next file will fare no better
            self._can_write = False

    def _entry(self, state: tuple[Any, ...]) -> str:
        name = _hash(repr(state[:2]).encode("utf-8", "surrogatepass")).hexdigest()
        return os.path.join(self.folder, name + _ENDING)


def _hash(data: bytes = b"") -> blake2b:
    """Begin a hash; the module is imported late, for processes that only read need none."""
    from hashlib import blake2b

    return blake2b(data, digest_size=_CHECK_BYTES)


def _all(held: Any, kind: type) -> bool:
    return isinstance(held, list) and all(isinstance(each, kind) for each in held)


class _Checked:
    """Writes, and takes the checksum of what is written."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.check = _hash()

    def write(self, data: Any) -> int:
        self.check.update(data)
        return self.stream.write(data)


def _write(stream: BinaryIO, held: object) -> None:
    """Write the checksum last: an entry that was cut off has none."""
    from pickle import Pickler

    stream.write(bytes(_CHECK_BYTES))
    checked = _Checked(stream)
    Pickler(checked, protocol=5).dump(held)
    stream.seek(0)
    stream.write(checked.check.digest())


def _known(stream: BinaryIO) -> Any:
    """Give what loads an entry, and nothing but an entry."""
    from pickle import Unpickler, UnpicklingError

    class Known(Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if (module, name) not in _KNOWN:
                raise UnpicklingError(f"{module}.{name} in an entry")
            return super().find_class(module, name)

    return Known(stream)


def _program() -> str:
    """Tell one make of the readers from another, in a checkout too."""
    import pricing.usage

    found = []
    for place in pricing.usage.__path__:
        for root, folders, files in os.walk(place):
            folders.sort()
            for file in sorted(files):
                if file.endswith(".py"):
                    state = os.stat(os.path.join(root, file))
                    found.append((file, state.st_size, state.st_mtime_ns))
    return _hash(repr((sys.version_info, found)).encode()).hexdigest()
