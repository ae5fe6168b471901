"""A program that calls a model: the one under test."""

import os

# a change that a reviewer should see the price of
MODEL = os.environ.get("ASSISTANT_MODEL", "claude-sonnet-4-6")


def answer(client, question):
    """Ask once."""
    return client.create(model=MODEL, max_tokens=300, messages=[ask(question)])


def summary(client, pages):
    """Ask once for each page, and once for all."""
    parts = [answer(client, page) for page in pages]
    return answer(client, " ".join(part["content"][0]["text"] for part in parts))


def ask(text):
    return {"role": "user", "content": text}
