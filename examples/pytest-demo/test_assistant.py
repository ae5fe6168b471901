import assistant
import pytest


@pytest.mark.llm_budget("0.01 USD")
def test_an_answer(client):
    assert assistant.answer(client, "What is six by nine?")["stop_reason"] == "end_turn"


@pytest.mark.llm_budget("0.05 USD")
def test_a_summary(client):
    assert assistant.summary(client, ["one page", "another"])


def test_what_needs_no_model():
    assert assistant.ask("Hi") == {"role": "user", "content": "Hi"}
