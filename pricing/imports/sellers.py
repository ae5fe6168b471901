"""What public tables call a seller, and what our cards call it."""

from __future__ import annotations

from pricing.imports.offer import slug

#: names of litellm, genai-prices and models.dev on the left
_OURS = {
    "amazon-bedrock": "aws-bedrock",
    "aws": "aws-bedrock",
    "azure": "azure",
    "azure_ai": "azure",
    "bedrock": "aws-bedrock",
    "bedrock_converse": "aws-bedrock",
    "bedrock_mantle": "aws-bedrock",
    "cohere_chat": "cohere",
    "dashscope": "alibaba",
    "gemini": "google-aistudio",
    "google": "google-aistudio",
    "google-vertex-anthropic": "google-vertex",
    "minimaxi": "minimax",
    "moonshotai": "moonshot",
    "text-completion-codestral": "mistral",
    "text-completion-openai": "openai",
    "x-ai": "xai",
    "x_ai": "xai",
    "z-ai": "zai",
}
#: the seller of these makes what it sells; who made what others sell, a table does not say
_MAKERS = {
    "alibaba",
    "anthropic",
    "cohere",
    "deepseek",
    "google-aistudio",
    "minimax",
    "mistral",
    "moonshot",
    "openai",
    "perplexity",
    "xai",
    "zai",
}


def seller_of(name: str) -> str:
    """Give our name of a seller, or its own as a slug where we have none."""
    if name.startswith("vertex_ai"):
        return "google-vertex"
    return _OURS.get(name) or slug(name)


def publisher_of(seller: str, model: str) -> str:
    """Give who made a model: its seller, the part before a slash, or ``unknown``.

    A reseller is never made the publisher: a bare id would become its own.
    """
    if seller in _MAKERS:
        return seller
    maker, slash, _ = model.partition("/")
    return seller_of(maker) if slash else "unknown"
