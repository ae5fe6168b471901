"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import stat

from pricing.errors import PricingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike


def write_file(path: str | PathLike[str], text: str) -> None:
    """Write text as UTF-8; a file that was there before stays whole until the new one is.

    A link is followed and permissions are kept. A device or a pipe is written as it stands.

    Raises:
        PricingError: ``path`` is a folder, may not be written, or the disk is full.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: str | PathLike[str], data: bytes) -> None:
    """Write bytes as ``write_file`` writes text."""
    name = os.fspath(path)
    try:
        _write(os.path.realpath(name), data)
    except OSError as error:
        folder = os.path.dirname(name)
        if folder and not os.path.exists(folder):
            raise PricingError(
                f"cannot write: no folder {folder}",
                remedy="Make it, or choose another path.",
                path=name,
            ) from None
        raise PricingError(
            f"cannot write: {error.strerror or error}",
            remedy="Nothing was changed there; choose another path.",
            path=name,
        ) from None


def _write(target: str, data: bytes) -> None:
    try:
        before = os.stat(target)
    except FileNotFoundError:
        before = None
    if before is not None and not stat.S_ISREG(before.st_mode):
        with open(target, "wb") as device:  # a folder refuses here
            device.write(data)
        return
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f".pricing-{os.getpid()}-{os.urandom(4).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        if before is not None:
            os.chmod(temporary, stat.S_IMODE(before.st_mode))
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
