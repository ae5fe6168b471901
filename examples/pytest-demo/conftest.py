"""A client that replays, so that the demo needs no key and no network.

What it replays is priced as if it were called today. With the anthropic or openai package there
is no need for this, nor for ``llm_usage``: their calls are counted by themselves.
"""

import json
from pathlib import Path

import pytest

RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text())


class Replay:
    def __init__(self, usage):
        self.usage = usage

    def create(self, *, model, max_tokens, messages):
        response = {**RECORDED, "model": model}
        self.usage.add(response)
        return response


@pytest.fixture
def client(llm_usage):
    return Replay(llm_usage)
