#!/bin/sh
# A tour of what pricing shows: `make demo`, or `sh examples/demo.sh` where pricing is installed.
# Every command runs as it is printed, from the root of the project.
set -eu
cd "$(dirname "$0")/.."

say() {
    printf '\n\n%s\n\n' "$*"
}

# show STATUS COMMAND: print a command, run it, and hold it to its exit status.
show() {
    expected=$1
    printf '$ %s\n' "$2"
    status=0
    sh -c "$2" 2>&1 || status=$?
    if [ "$status" -ne "$expected" ]; then
        echo "demo: exit status $status, not $expected" >&2
        exit 1
    fi
    if [ "$expected" -ne 0 ]; then
        echo "[$expected]"
    fi
}

echo "A log of three days at three systems: Anthropic, the ByteSpike gateway in both of its
protocols, and the reseller API Models. With caching, batches, fast mode, US inference,
searches, refusals, failures, and one record that was logged twice."

say "What did it cost, and where?"
show 0 'pricing cost examples/usage.jsonl --by seller,model'

say "What was not billed, and why?"
show 0 'pricing cost examples/usage.jsonl --by project --explain-skipped --quiet'

say "One response, itemised:"
show 0 'pricing cost examples/response.json --at 2026-11-20'

say "A fast request in the US, every price with its reason and the file and line it stands in:"
show 0 'pricing explain examples/usage.jsonl:37'

say "Which model, and what do batches and caching make of it?"
show 0 'pricing compare claude-haiku-5-5 claude-sonnet-5-5 claude-opus-5-5 --at 2026-11-20 \
    --requests 1000 --input 2000 --cache-read 18000 --output 600 --variants batch,no-cache'

say "Which seller, of all of them (--sellers all) or some? What one does not publish is not free."
show 0 'pricing compare claude-sonnet-4-6 --at 2026-11-20 \
    --sellers anthropic,apimodels,bytespike,kunavo,openrouter,venice \
    --requests 1000 --input 5000 --cache-read 15000 --output 500'

say "When does caching pay?"
show 0 'pricing compare claude-sonnet-4-6 --break-even caching --prefix 10000 --at 2026-11-20'

say "ByteSpike prints no price for Opus 4.8: the exit status is 3, some money is unknown."
show 3 'pricing cost examples/opus-at-bytespike.json'

say "Its card holds an estimate, which is used where it is asked for, and says so:"
show 0 'pricing cost examples/opus-at-bytespike.json --estimates'

say "And the bills? ByteSpike's own roll-up in credits says what our log says."
show 0 'pricing reconcile examples/bytespike-credits.json --usage examples/usage.jsonl'

say "API Models bills in CNY, by a CSV of its own. It took another exchange rate than agreed."
show 1 'pricing reconcile examples/apimodels-statement.csv --usage examples/usage.jsonl \
    --map examples/apimodels-map.yaml --terms examples/apimodels-terms.yaml'

say "ByteSpike's statement in dollars of the same days does not agree; the cause has a name."
show 1 'pricing reconcile examples/bytespike-statement.json --usage examples/usage.jsonl'

say "More: README.md, docs/systems.md, and the reports on prices, models, resellers and claims in
reports/."
