-- Four requests: below and above 200,000 tokens of context, a batch, and a model without a card.
CREATE TABLE usage AS
SELECT * FROM (VALUES
  ('r1', 'search', 'claude-sonnet-4-6', TIMESTAMP '2026-03-12 10:00:00', NULL, 200000, 0, 0, 100),
  ('r2', 'search', 'claude-sonnet-4-6', TIMESTAMP '2026-03-12 10:00:00', NULL, 200001, 0, 0, 100),
  ('r3', 'nightly', 'claude-haiku-4-5-20251001', TIMESTAMP '2026-06-01 02:00:00', 'batch', 1000, 9000, 500, 200),
  ('r4', 'nightly', 'our-own-model', TIMESTAMP '2026-06-01 02:00:00', NULL, 700, 0, 0, 50)
) AS made (request_id, team, model, created_at, service_tier, input, cache_read, cache_write_5m, output);
