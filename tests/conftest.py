"""Settings that all tests share."""

from __future__ import annotations

from hypothesis import settings

# A deadline measures the machine, not the code: workers share its cores, and coverage slows them.
settings.register_profile("pricing", deadline=None, print_blob=True)
settings.load_profile("pricing")
