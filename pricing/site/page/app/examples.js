// Responses as the APIs give them, to try the page with.
export const EXAMPLES = {
  "Anthropic Messages": {
    id: "msg_01", type: "message", role: "assistant", model: "claude-sonnet-4-6", content: [],
    stop_reason: "end_turn",
    usage: {
      input_tokens: 87, cache_creation_input_tokens: 4200, cache_read_input_tokens: 61000,
      output_tokens: 1824,
    },
  },
  "OpenAI Chat": {
    id: "chatcmpl-1", object: "chat.completion", created: 1795000000, model: "gpt-5.2", choices: [],
    usage: {
      prompt_tokens: 12000, completion_tokens: 900, total_tokens: 12900,
      prompt_tokens_details: { cached_tokens: 8000 },
      completion_tokens_details: { reasoning_tokens: 300 },
    },
  },
  "OpenAI Responses": {
    id: "resp_1", object: "response", created_at: 1795000000, model: "gpt-5.2", output: [],
    status: "completed",
    usage: {
      input_tokens: 15000, input_tokens_details: { cached_tokens: 9000 }, output_tokens: 1100,
      output_tokens_details: { reasoning_tokens: 640 }, total_tokens: 16100,
    },
  },
  Gemini: {
    candidates: [], modelVersion: "gemini-2.5-pro",
    usageMetadata: {
      promptTokenCount: 9000, cachedContentTokenCount: 6000, candidatesTokenCount: 700,
      thoughtsTokenCount: 420, totalTokenCount: 10120,
    },
  },
};
