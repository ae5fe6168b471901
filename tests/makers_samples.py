"""Responses of the APIs that are neither Anthropic's nor OpenAI's, as each sends them."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]

GEMINI: Record = {
    "responseId": "iXKsaLDRIPqsgLUPotqEyA0",
    "modelVersion": "gemini-2.5-flash",
    "createTime": "2026-08-25T14:26:17.534704Z",
    "candidates": [{"content": {"parts": [{"text": "Hi"}], "role": "model"}}],
    "usageMetadata": {
        "promptTokenCount": 2000,
        "cachedContentTokenCount": 1200,
        "candidatesTokenCount": 100,
        "toolUsePromptTokenCount": 40,
        "thoughtsTokenCount": 60,
        "totalTokenCount": 2200,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 500},
            {"modality": "AUDIO", "tokenCount": 1500},
        ],
        "cacheTokensDetails": [
            {"modality": "TEXT", "tokenCount": 200},
            {"modality": "AUDIO", "tokenCount": 1000},
        ],
        "trafficType": "ON_DEMAND_FLEX",
    },
}
GEMINI_SDK: Record = {
    "model_version": "gemini-2.5-flash",
    "response_id": "r1",
    "usage_metadata": {
        "prompt_token_count": 14152,
        "cached_content_token_count": 12239,
        "candidates_token_count": 60,
        "thoughts_token_count": 69,
        "total_token_count": 14281,
        "prompt_tokens_details": [
            {"modality": "TEXT", "token_count": 14002},
            {"modality": "AUDIO", "token_count": 150},
        ],
        "cache_tokens_details": [
            {"modality": "AUDIO", "token_count": 129},
            {"modality": "TEXT", "token_count": 12110},
        ],
        "traffic_type": None,
        "tool_use_prompt_token_count": None,
    },
}
GEMINI_LIVE: Record = {
    "serverContent": {"groundingMetadata": {"webSearchQueries": ["weather in Rome"]}},
    "usageMetadata": {
        "promptTokenCount": 900,
        "responseTokenCount": 240,
        "totalTokenCount": 1140,
        "promptTokensDetails": [
            {"modality": "AUDIO", "tokenCount": 800},
            {"modality": "TEXT", "tokenCount": 100},
        ],
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 240}],
    },
}
GEMINI_EMBEDDING: Record = {
    "embeddings": [{"values": [0.1]}],
    "usageMetadata": {
        "promptTokenCount": 7,
        "promptTokenDetails": [{"modality": "TEXT", "tokenCount": 7}],
    },
}
VERTEX_EMBEDDING: Record = {
    "predictions": [
        {"embeddings": {"values": [0.1], "statistics": {"token_count": 6, "truncated": False}}},
        {"embeddings": {"values": [0.2], "statistics": {"token_count": 5, "truncated": False}}},
    ],
    "metadata": {"billableCharacterCount": 43},
}
INTERACTION: Record = {
    "id": "v1_1",
    "object": "interaction",
    "model": "gemini-3-pro-preview",
    "created": "2026-10-01T08:00:00Z",
    "service_tier": "flex",
    "status": "completed",
    "usage": {
        "total_input_tokens": 900,
        "total_cached_tokens": 200,
        "total_tool_use_tokens": 70,
        "total_output_tokens": 110,
        "total_thought_tokens": 320,
        "total_tokens": 1400,
        "initial_input_tokens": 900,
        "input_tokens_by_modality": [
            {"modality": "text", "tokens": 600},
            {"modality": "image", "tokens": 300},
        ],
        "grounding_tool_count": [{"type": "google_search", "count": 3}],
    },
}
CONVERSE: Record = {
    "ResponseMetadata": {"RequestId": "b1", "HTTPStatusCode": 200},
    "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
    "stopReason": "end_turn",
    "metrics": {"latencyMs": 900},
    "serviceTier": {"type": "priority"},
    "performanceConfig": {"latency": "optimized"},
    "usage": {
        "inputTokens": 3,
        "outputTokens": 288,
        "totalTokens": 7365,
        "cacheReadInputTokens": 3000,
        "cacheReadInputTokenCount": 3000,
        "cacheWriteInputTokens": 4074,
        "cacheWriteInputTokenCount": 4074,
        "cacheDetails": [
            {"ttl": "1h", "inputTokens": 2000},
            {"ttl": "5m", "inputTokens": 2074},
        ],
        "serverToolUsage": {},
    },
}
CONVERSE_STREAM: Record = {
    "metadata": {
        "usage": {"inputTokens": 406, "outputTokens": 53, "totalTokens": 459},
        "metrics": {"latencyMs": 12},
        "serviceTier": {"type": "default"},
    }
}
NOVA: Record = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
    "stopReason": "end_turn",
    "usage": {
        "inputTokens": 13,
        "outputTokens": 5,
        "totalTokens": 18,
        "cacheReadInputTokenCount": 0,
        "cacheWriteInputTokenCount": 0,
    },
}
INVOKED: Record = {
    "ResponseMetadata": {
        "RequestId": "b2",
        "HTTPHeaders": {
            "x-amzn-bedrock-input-token-count": "12",
            "x-amzn-bedrock-output-token-count": "34",
            "x-amzn-bedrock-cache-read-input-token-count": "500",
        },
    },
    "serviceTier": "flex",
}
STREAMED: Record = {
    "amazon-bedrock-invocationMetrics": {
        "inputTokenCount": 12,
        "outputTokenCount": 34,
        "cacheWriteInputTokenCount": 900,
        "invocationLatency": 1200,
        "firstByteLatency": 300,
    }
}
TITAN: Record = {
    "inputTextTokenCount": 5,
    "results": [{"tokenCount": 35, "outputText": "Hi", "completionReason": "FINISH"}],
}
LLAMA: Record = {
    "generation": "Hi",
    "prompt_token_count": 24,
    "generation_token_count": 61,
    "stop_reason": "stop",
}
LOGGED: Record = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": "2026-09-01T00:00:00Z",
    "region": "us-east-1",
    "inferenceRegion": "us-west-2",
    "requestId": "b3",
    "operation": "InvokeModel",
    "modelId": "us.anthropic.claude-sonnet-4-6-v1:0",
    "input": {
        "inputContentType": "application/json",
        "inputTokenCount": 21,
        "cacheReadInputTokenCount": 30000,
        "cacheWriteInputTokenCount": 5000,
    },
    "output": {
        "outputContentType": "application/json",
        "outputTokenCount": 700,
        "outputBodyJson": {
            "usage": {
                "input_tokens": 21,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 1500,
                    "ephemeral_1h_input_tokens": 3500,
                },
            }
        },
    },
}
COHERE: Record = {
    "id": "c14c80c3",
    "finish_reason": "COMPLETE",
    "message": {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]},
    "usage": {
        "billed_units": {"input_tokens": 431.0, "output_tokens": 661.0},
        "tokens": {"input_tokens": 2190.0, "output_tokens": 1257.0},
        "cached_tokens": 1040,
    },
}
COHERE_RERANK: Record = {
    "id": "07734bd2",
    "results": [{"index": 3, "relevance_score": 0.9}],
    "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 2}},
}
QWEN: Record = {
    "status_code": 200,
    "request_id": "902fee3b",
    "code": "",
    "output": {"choices": [{"finish_reason": "stop"}]},
    "usage": {
        "input_tokens": 2100,
        "output_tokens": 50,
        "total_tokens": 2150,
        "image_tokens": 1247,
        "input_tokens_details": {"text_tokens": 853, "image_tokens": 1247},
        "output_tokens_details": {"text_tokens": 20, "reasoning_tokens": 30},
        "prompt_tokens_details": {"cached_tokens": 256},
    },
}
WATSONX: Record = {
    "model_id": "ibm/granite-3-8b-instruct",
    "created_at": "2026-07-14T10:00:00.000Z",
    "results": [
        {
            "generated_text": "Hi",
            "generated_token_count": 27,
            "input_token_count": 107,
            "stop_reason": "eos_token",
        }
    ],
    "system": {"warnings": []},
}
XAI: Record = {
    "id": "a3d1008e",
    "object": "chat.completion",
    "created": 1752854522,
    "model": "grok-4",
    "usage": {
        "prompt_tokens": 2640,
        "completion_tokens": 182,
        "total_tokens": 3494,
        "prompt_tokens_details": {
            "text_tokens": 2640,
            "audio_tokens": 0,
            "image_tokens": 0,
            "cached_tokens": 2431,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 672,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        "num_sources_used": 0,
        "cost_in_usd_ticks": 37756000,
    },
    "system_fingerprint": "fp_1",
}
XAI_NATIVE: Record = {
    "id": "x2",
    "model": "grok-4-fast-reasoning",
    "created": "2026-08-01T10:00:00Z",
    "service_tier": "SERVICE_TIER_PRIORITY",
    "usage": {
        "prompt_tokens": 281,
        "prompt_text_tokens": 181,
        "prompt_image_tokens": 100,
        "cached_prompt_text_tokens": 162,
        "completion_tokens": 27,
        "reasoning_tokens": 19,
        "total_tokens": 327,
        "num_sources_used": 0,
        "server_side_tools_used": [
            "SERVER_SIDE_TOOL_WEB_SEARCH",
            "SERVER_SIDE_TOOL_WEB_SEARCH",
            "SERVER_SIDE_TOOL_VIEW_IMAGE",
        ],
        "cost_in_usd_ticks": 1,
    },
}
XAI_RESPONSES: Record = {
    "id": "r3",
    "object": "response",
    "created_at": 1783530989,
    "model": "grok-4.3",
    "output": [
        {"type": "web_search_call", "status": "completed", "action": {"type": "search"}},
        {"type": "web_search_call", "status": "failed", "action": {"type": "search"}},
    ],
    "usage": {
        "input_tokens": 20872,
        "input_tokens_details": {"cached_tokens": 9920},
        "output_tokens": 4872,
        "output_tokens_details": {"reasoning_tokens": 3041},
        "total_tokens": 25744,
        "num_sources_used": 0,
        "num_server_side_tools_used": 8,
        "cost_in_usd_ticks": 628540000,
        "server_side_tool_usage_details": {
            "web_search_calls": 1,
            "x_search_calls": 7,
            "code_interpreter_calls": 0,
            "file_search_calls": 0,
            "mcp_calls": 0,
            "document_search_calls": 0,
        },
        "context_details": {"input_tokens": 12372, "output_tokens": 4448},
    },
}
PERPLEXITY: Record = {
    "id": "p1",
    "object": "chat.completion",
    "created": 1756485272,
    "model": "sonar-deep-research",
    "citations": ["https://example.com"],
    "usage": {
        "prompt_tokens": 33,
        "completion_tokens": 11395,
        "total_tokens": 11428,
        "citation_tokens": 19028,
        "num_search_queries": 21,
        "reasoning_tokens": 193947,
        "search_context_size": "high",
        "cost": {
            "input_tokens_cost": 0.0,
            "output_tokens_cost": 0.091,
            "citation_tokens_cost": 0.038,
            "reasoning_tokens_cost": 0.582,
            "search_queries_cost": 0.105,
            "total_cost": 0.816,
        },
    },
}
PERPLEXITY_RESPONSES: Record = {
    "id": "p2",
    "object": "response",
    "model": "openai/gpt-5.2",
    "output": [{"type": "search_results", "queries": ["a"]}],
    "usage": {
        "input_tokens": 5000,
        "output_tokens": 300,
        "total_tokens": 5300,
        "input_tokens_details": {
            "cache_read_input_tokens": 1000,
            "cache_creation_input_tokens": 500,
        },
        "tool_calls_details": {"web_search": {"invocation": 2}, "fetch_url": {"invocation": 1}},
        "cost": {
            "currency": "USD",
            "input_cost": 0.007,
            "output_cost": 0.0042,
            "tool_calls_cost": 0.0105,
            "total_cost": 0.0217,
        },
    },
}
VOYAGE: Record = {
    "object": "list",
    "data": [{"object": "embedding", "embedding": [0.1], "index": 0}],
    "model": "voyage-multimodal-3",
    "usage": {"text_tokens": 10, "image_pixels": 2000000, "total_tokens": 3581},
}

SAMPLES: dict[str, list[Record]] = {
    "google.gemini": [GEMINI, GEMINI_SDK, GEMINI_LIVE, GEMINI_EMBEDDING],
    "google.embeddings": [VERTEX_EMBEDDING],
    "google.interactions": [INTERACTION],
    "aws.converse": [CONVERSE, CONVERSE_STREAM, NOVA],
    "aws.invoke-model": [INVOKED, STREAMED, TITAN, LLAMA],
    "aws.invocation-log": [LOGGED],
    "cohere": [COHERE, COHERE_RERANK],
    "qwen.native": [QWEN],
    "watsonx": [WATSONX],
    "xai.chat": [XAI],
    "xai.native": [XAI_NATIVE],
    "xai.responses": [XAI_RESPONSES],
    "perplexity": [PERPLEXITY],
    "perplexity.responses": [PERPLEXITY_RESPONSES],
    "total-only": [VOYAGE],
}
