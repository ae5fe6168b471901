"""Sellers as logs and traces name them, under the names that cards have."""

from __future__ import annotations

_NAMES = {
    "aistudio": "google-aistudio",
    "amazon-bedrock": "aws-bedrock",
    "amazon_bedrock": "aws-bedrock",
    "aws": "aws-bedrock",
    "aws.bedrock": "aws-bedrock",
    "aws_bedrock": "aws-bedrock",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "azure_ai": "azure",
    "bedrock": "aws-bedrock",
    "bedrock_converse": "aws-bedrock",
    "dashscope": "alibaba",
    "gcp.gemini": "google-aistudio",
    "gcp.gen_ai": "google-aistudio",
    "gcp.vertex_ai": "google-vertex",
    "gemini": "google-aistudio",
    "google": "google-aistudio",
    "google-gla": "google-aistudio",
    "google-vertex": "google-vertex",
    "google.vertex": "google-vertex",
    "google_genai": "google-aistudio",
    "google_vertexai": "google-vertex",
    "ibm.watsonx.ai": "watsonx",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "moonshot_ai": "moonshot",
    "moonshotai": "moonshot",
    "vertex": "google-vertex",
    "vertex_ai": "google-vertex",
    "vertexai": "google-vertex",
    "x-ai": "xai",
    "x_ai": "xai",
}
#: words that stand where no seller is known
_NOBODY = {"", "_other", "custom", "none", "null", "other", "unknown"}


def seller_of(told: str | None) -> str | None:
    """Give the seller that a record names, None where it names none.

    A trace adds what is sold: ``openai.chat``, ``google.vertex.chat``, ``vertex_ai-anthropic``. A
    name that nobody here knows stays as it is: a reseller is not the maker.
    """
    name = (told or "").strip().lower()
    if name in _NOBODY:
        return None
    for end in range(len(name), 0, -1):
        if (end == len(name) or name[end] in ".-") and name[:end] in _NAMES:
            return _NAMES[name[:end]]
    return name.partition(".")[0]
