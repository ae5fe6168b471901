"""Objects of Gemini's Interactions, against the real classes; skipped where they are absent."""

from __future__ import annotations

import pytest
from makers_samples import INTERACTION

import pricing

WHY = "not installed: make test-sdk makes the environment"
genai = pytest.importorskip("google.genai", reason=f"google-genai is {WHY}")


def test_an_interaction_is_read_as_its_body_is() -> None:
    interactions = pytest.importorskip(
        "google.genai.interactions", reason="this google-genai has no interactions"
    )
    (body,) = pricing.read_usage(INTERACTION)
    found = interactions.Interaction.model_validate({**INTERACTION, "steps": []})
    for given in (found, found.usage):
        (usage,) = pricing.read_usage(given)
        assert usage.meters == body.meters
        assert usage.context_tokens == body.context_tokens
    (usage,) = pricing.read_usage(found)
    assert (usage.id, usage.model, usage.at) == (body.id, body.model, body.at)
    assert usage.attributes == body.attributes
