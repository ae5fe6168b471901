#!/bin/sh
# What action.yml runs: check a budget, annotate, write the job's summary, keep one comment.
# All settings come in as environment variables and are never a part of a command's text.
# Its exit status is that of `pricing budget check`; a comment that cannot be posted changes nothing.
set -eu

file=${BUDGET_FILE:-budget.yaml}
id=${BUDGET_ID:-main}
case $id in
*[!A-Za-z0-9._-]*)
    echo '::error title=LLM budget::id is letters, digits, ".", "_" and "-"'
    exit 2
    ;;
esac
reports=${RUNNER_TEMP:-.}/pricing-budget-$id
rm -rf "$reports"
mkdir -p "$reports"

# The base: as given, else the commit that the event names; a new branch has none (all zeros).
base=${BUDGET_BASE:-}
if [ -z "$base" ]; then
    case ${BUDGET_EVENT_BASE:-} in
    '' | *[!0]*) base=${BUDGET_EVENT_BASE:+git:$BUDGET_EVENT_BASE} ;;
    esac
fi
revision=${base#git:}
case $base in
git:-*) ;; # no revision but an option: left to the command, which refuses it
git:*)
    # a shallow clone has only the head
    if ! git cat-file -e "$revision^{commit}" 2>/dev/null; then
        wanted=$revision
        case $revision in
        origin/*) wanted="+refs/heads/${revision#origin/}:refs/remotes/$revision" ;;
        esac
        git fetch --quiet --no-tags --depth 1 origin "$wanted" || true
    fi
    ;;
esac

set -- "$file" --id "$id" --format github \
    --report "json=$reports/budget.json" \
    --report "markdown=$reports/budget.md" \
    --report "summary=$reports/summary.md" \
    --report "html=$reports/budget.html" \
    --report "junit=$reports/budget.junit.xml" \
    --report "sarif=$reports/budget.sarif"
if [ -n "$base" ]; then set -- "$@" --base "$base"; fi
if [ -n "${BUDGET_CARDS:-}" ]; then set -- "$@" --cards "$BUDGET_CARDS"; fi

status=0
pricing budget check "$@" 2>"$reports/messages.txt" || status=$?
cat "$reports/messages.txt" >&2

if [ -f "$reports/budget.json" ]; then
    verdict=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["verdict"])' \
        "$reports/budget.json")
else
    # Bad input: nothing was judged, and the comment of an earlier run must not go on saying "kept".
    verdict='bad input'
    echo "::error title=LLM budget::$verdict, exit status $status: see the log"
    now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    {
        echo "<!-- pricing:budget id=$id valid-at=$now -->"
        echo '#### LLM budget: bad input, nothing was judged'
        echo
        sed 's/^/    /' "$reports/messages.txt" | head -c 20000
    } >"$reports/budget.md"
    sed 1d "$reports/budget.md" >"$reports/summary.md"
fi

if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    cat "$reports/summary.md" >>"$GITHUB_STEP_SUMMARY"
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    {
        echo "verdict=$verdict"
        echo "exit-code=$status"
        echo "reports=$reports"
    } >>"$GITHUB_OUTPUT"
fi
if [ "${BUDGET_COMMENT:-true}" = true ] && [ -n "${BUDGET_PULL_REQUEST:-}" ]; then
    python3 "$(dirname "$0")/comment.py" "$GITHUB_REPOSITORY" "$BUDGET_PULL_REQUEST" \
        "$reports/budget.md" || echo '::warning title=LLM budget::the comment was not posted'
fi
exit "$status"
