"""One record of every framework, gateway, trace and agent's log, as each really writes it."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]

LANGCHAIN: Record = {
    "content": "Hi",
    "type": "ai",
    "id": "run-1",
    "response_metadata": {
        "model_name": "claude-sonnet-4-6",
        "model_provider": "anthropic",
        "stop_reason": "end_turn",
        "usage": {
            "input_tokens": 21,
            "output_tokens": 700,
            "service_tier": "batch",
            "inference_geo": "us",
            "server_tool_use": {"web_search_requests": 2},
        },
    },
    "usage_metadata": {
        "input_tokens": 35021,
        "output_tokens": 700,
        "total_tokens": 35721,
        "input_token_details": {
            "cache_read": 30000,
            "cache_creation": 0,
            "ephemeral_5m_input_tokens": 1500,
            "ephemeral_1h_input_tokens": 3500,
        },
    },
}
VERCEL_6: Record = {
    "finishReason": "stop",
    "response": {"id": "resp_1", "modelId": "gpt-5.2", "timestamp": "2026-08-01T10:00:00.000Z"},
    "usage": {
        "inputTokens": 5000,
        "inputTokenDetails": {
            "noCacheTokens": 904,
            "cacheReadTokens": 4096,
            "cacheWriteTokens": None,
        },
        "outputTokens": 900,
        "outputTokenDetails": {"textTokens": 260, "reasoningTokens": 640},
        "totalTokens": 5900,
        "reasoningTokens": 640,
        "cachedInputTokens": 4096,
    },
}
VERCEL_5: Record = {
    "usage": {
        "inputTokens": 5000,
        "outputTokens": 900,
        "totalTokens": 5900,
        "reasoningTokens": 640,
        "cachedInputTokens": 4096,
    }
}
VERCEL_4: Record = {"usage": {"promptTokens": 60, "completionTokens": 15, "totalTokens": 75}}
LITELLM: Record = {
    "model": "claude-sonnet-4-6",
    "usage": {
        "prompt_tokens": 31161,
        "completion_tokens": 700,
        "total_tokens": 31861,
        "prompt_tokens_details": {"cached_tokens": 0},
        "cache_read_input_tokens": 30940,
        "cache_creation_input_tokens": 200,
    },
}
SPEND_LOG: Record = {
    "request_id": "chatcmpl-9",
    "call_type": "acompletion",
    "api_key": "88dc",
    "spend": 0.0456,
    "total_tokens": 35721,
    "prompt_tokens": 35021,
    "completion_tokens": 700,
    "startTime": "2026-08-01 10:00:00.250",
    "model": "claude-sonnet-4-6",
    "custom_llm_provider": "bedrock_converse",
    "cache_hit": "False",
    "status": "success",
    "metadata": '{"usage_object": {"prompt_tokens": 35021, "completion_tokens": 700,'
    ' "total_tokens": 35721, "cache_read_input_tokens": 30000,'
    ' "cache_creation_input_tokens": 5000}}',
    "session_id": "s1",
    "team_id": "",
}
PYDANTIC_RUN: Record = {
    "requests": 3,
    "tool_calls": 2,
    "input_tokens": 5000,
    "cache_write_tokens": 500,
    "cache_write_1h_tokens": 200,
    "cache_read_tokens": 4000,
    "input_audio_tokens": 150,
    "cache_audio_read_tokens": 100,
    "output_tokens": 900,
    "output_audio_tokens": 60,
    "details": {"reasoning_tokens": 640, "web_search_requests": 1},
}
PYDANTIC_RESPONSE: Record = {
    "kind": "response",
    "parts": [],
    "model_name": "gpt-5.2",
    "provider_name": "openai",
    "provider_response_id": "resp_2",
    "timestamp": "2026-08-01T10:00:00Z",
    "usage": {
        "input_tokens": 5000,
        "cache_write_tokens": 0,
        "cache_read_tokens": 4096,
        "output_tokens": 900,
        "input_audio_tokens": 0,
        "details": {"reasoning_tokens": 640},
    },
}
OPENINFERENCE: Record = {
    "name": "ChatCompletion",
    "start_time": "2026-08-01T10:00:00+00:00",
    "attributes": {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gpt-5.2",
        "llm.provider": "openai",
        "llm.token_count.prompt": 5000,
        "llm.token_count.completion": 900,
        "llm.token_count.total": 5900,
        "llm.token_count.prompt_details.cache_read": 4096,
        "llm.token_count.prompt_details.audio": 100,
        "llm.token_count.completion_details.reasoning": 640,
        "llm.cost.total": 0.011,
    },
}
OTEL: Record = {
    "spanId": "aa00000000000002",
    "name": "chat gpt-5.2",
    "startTimeUnixNano": "1785578400000000000",
    "attributes": [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.provider.name", "value": {"stringValue": "azure.ai.openai"}},
        {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-5"}},
        {"key": "gen_ai.response.model", "value": {"stringValue": "gpt-5.2"}},
        {"key": "gen_ai.response.id", "value": {"stringValue": "chatcmpl-1"}},
        {"key": "openai.response.service_tier", "value": {"stringValue": "flex"}},
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "5000"}},
        {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "900"}},
        {"key": "gen_ai.usage.cache_read.input_tokens", "value": {"intValue": "4096"}},
        {"key": "gen_ai.usage.reasoning.output_tokens", "value": {"intValue": "640"}},
        {"key": "operation.cost", "value": {"doubleValue": 0.011}},
    ],
}
LANGFUSE: Record = {
    "id": "o1",
    "type": "GENERATION",
    "start_time": "2026-08-01T10:00:00.000Z",
    "session_id": "s1",
    "provided_model_name": "gpt-5.2",
    "model_parameters": '{"service_tier":"flex"}',
    "usage_details": {
        "input": 904,
        "input_cached_tokens": 4096,
        "output": 260,
        "output_reasoning_tokens": 640,
        "total": 5900,
    },
    "cost_details": {"total": 0.011},
    "total_cost": 0.011,
}
HELICONE: Record = {
    "request_id": "h1",
    "request_created_at": "2026-08-01T10:00:00.000Z",
    "response_status": 200,
    "request_model": "claude-sonnet-4-6",
    "response_model": "claude-sonnet-4-6",
    "provider": "ANTHROPIC",
    "prompt_tokens": 21,
    "completion_tokens": 700,
    "prompt_cache_read_tokens": 30000,
    "prompt_cache_write_tokens": 5000,
    "prompt_audio_tokens": 0,
    "completion_audio_tokens": None,
    "total_tokens": 35721,
    "cost": 0.0456,
    "cache_reference_id": "00000000-0000-0000-0000-000000000000",
}
OPENCODE: Record = {
    "id": "msg_1",
    "sessionID": "ses_1",
    "role": "assistant",
    "time": {"created": 1785578400250, "completed": 1785578409000},
    "modelID": "claude-sonnet-4-6",
    "providerID": "amazon-bedrock",
    "cost": 0,
    "tokens": {
        "input": 21,
        "output": 500,
        "reasoning": 200,
        "cache": {"read": 30000, "write": 5000},
    },
}
GEMINI_CLI: Record = {
    "id": "m2",
    "type": "gemini",
    "model": "gemini-2.5-pro",
    "timestamp": "2026-06-15T12:01:00Z",
    "tokens": {
        "input": 1234,
        "output": 567,
        "cached": 890,
        "thoughts": 123,
        "tool": 10,
        "total": 1934,
    },
}
CODEX: Record = {
    "timestamp": "2026-05-01T10:00:00.000Z",
    "type": "event_msg",
    "payload": {
        "type": "token_count",
        "info": {
            "total_token_usage": {
                "input_tokens": 9000,
                "cached_input_tokens": 6000,
                "output_tokens": 1500,
                "reasoning_output_tokens": 1100,
                "total_tokens": 10500,
            },
            "last_token_usage": {
                "input_tokens": 4000,
                "cached_input_tokens": 3000,
                "cache_write_input_tokens": 600,
                "output_tokens": 500,
                "reasoning_output_tokens": 300,
                "total_tokens": 4500,
            },
            "model_context_window": 272000,
        },
        "rate_limits": None,
    },
}
CLAUDE_CODE: Record = {
    "type": "assistant",
    "sessionId": "3f0c",
    "cwd": "/home/dev/app",
    "requestId": "req_A",
    "timestamp": "2026-08-01T10:00:01.000Z",
    "isSidechain": False,
    "costUSD": 0.0123,
    "message": {
        "id": "msg_A",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": [{"type": "text", "text": "ok"}],
        "stop_reason": "end_turn",
        "usage": {
            "input_tokens": 10,
            "output_tokens": 300,
            "cache_creation_input_tokens": 1000,
            "cache_read_input_tokens": None,
            "cache_creation": {
                "ephemeral_5m_input_tokens": 400,
                "ephemeral_1h_input_tokens": 600,
            },
            "speed": None,
        },
    },
}
CLAUDE_CODE_OTEL: Record = {
    "timeUnixNano": "1785578400000000000",
    "body": {"stringValue": "claude_code.api_request"},
    "attributes": [
        {"key": "event.name", "value": {"stringValue": "api_request"}},
        {"key": "session.id", "value": {"stringValue": "s"}},
        {"key": "model", "value": {"stringValue": "claude-sonnet-4-6"}},
        {"key": "cost_usd", "value": {"doubleValue": 0.0456}},
        {"key": "cost_usd_micros", "value": {"intValue": "45612"}},
        {"key": "duration_ms", "value": {"intValue": "900"}},
        {"key": "input_tokens", "value": {"intValue": "21"}},
        {"key": "output_tokens", "value": {"intValue": "700"}},
        {"key": "cache_read_tokens", "value": {"intValue": "30000"}},
        {"key": "cache_creation_tokens", "value": {"intValue": "5000"}},
        {"key": "request_id", "value": {"stringValue": "req_011"}},
        {"key": "speed", "value": {"stringValue": "fast"}},
    ],
}
AGENT_RESULT: Record = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "session_id": "s",
    "uuid": "u1",
    "num_turns": 2,
    "total_cost_usd": 0.0123,
    "usage": {
        "input_tokens": 9,
        "cache_creation_input_tokens": 856,
        "cache_read_input_tokens": 38912,
        "output_tokens": 534,
        "server_tool_use": {"web_search_requests": 0},
    },
    "modelUsage": {
        "claude-sonnet-4-6": {
            "inputTokens": 9,
            "outputTokens": 534,
            "cacheReadInputTokens": 38912,
            "cacheCreationInputTokens": 856,
            "webSearchRequests": 2,
            "costUSD": 0.0223,
            "contextWindow": 200000,
            "maxOutputTokens": 64000,
        },
        "claude-haiku-4-5": {
            "inputTokens": 120,
            "outputTokens": 20,
            "cacheReadInputTokens": 0,
            "cacheCreationInputTokens": 0,
            "webSearchRequests": 0,
            "costUSD": 0.0002,
            "contextWindow": 200000,
        },
    },
}
CURSOR: Record = {
    "Date": "2026-10-01T10:00:00.000Z",
    "User": "dev@example.com",
    "Kind": "On-Demand",
    "Model": "claude-4.5-sonnet",
    "Max Mode": "No",
    "Input (w/ Cache Write)": "1200",
    "Input (w/o Cache Write)": "1000",
    "Cache Read": "5,000",
    "Output Tokens": "300",
    "Total Tokens": "6500",
    "Cost": "$0.12",
}

#: shape -> records of it
SAMPLES: dict[str, list[Record]] = {
    "langchain": [LANGCHAIN],
    "vercel.ai-sdk": [VERCEL_6, VERCEL_5, VERCEL_4],
    "litellm": [LITELLM],
    "litellm.spend-log": [SPEND_LOG],
    "pydantic-ai": [PYDANTIC_RUN, PYDANTIC_RESPONSE],
    "openinference": [OPENINFERENCE],
    "otel.gen-ai": [OTEL],
    "langfuse": [LANGFUSE],
    "helicone": [HELICONE],
    "opencode": [OPENCODE],
    "gemini-cli": [GEMINI_CLI],
    "codex": [CODEX],
    "claude-code": [CLAUDE_CODE],
    "claude-code.otel": [CLAUDE_CODE_OTEL],
    "claude-agent-sdk": [AGENT_RESULT],
    "cursor": [CURSOR],
}
