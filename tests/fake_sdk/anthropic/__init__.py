"""A stand-in: see the README beside it."""

from anthropic._base_client import AsyncAPIClient as AsyncAnthropic
from anthropic._base_client import SyncAPIClient as Anthropic

__all__ = ["Anthropic", "AsyncAnthropic"]
