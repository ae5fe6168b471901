"""Put the rate cards, their compiled snapshot and the report templates into the wheel.

An editable install gets none of them: there the code reads the checkout itself.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SnapshotHook(BuildHookInterface):
    """Compile the snapshot beside the tree, never in it, where it would outlive the next edit."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        self._scratch = tempfile.TemporaryDirectory(prefix="pricing-snapshot-")
        snapshot = Path(self._scratch.name)

        sys.path.insert(0, self.root)
        sys.dont_write_bytecode = True
        from pricing.cards.snapshot import write_snapshot

        write_snapshot(root / "ratecards", snapshot, stamped=False)
        build_data["force_include"] |= {
            str(root / "ratecards"): "pricing/ratecards",
            str(root / "reports" / "templates"): "pricing/reports/templates",
            str(snapshot): "pricing/_snapshot",
        }

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._scratch.cleanup()
