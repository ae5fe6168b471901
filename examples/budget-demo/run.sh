#!/bin/sh
# A budget in CI, in one command: sh examples/budget-demo/run.sh (where pricing is installed).
# It makes a scratch git repository, passes on its base, and is blocked on the change.
set -eu
demo=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# The settings of whoever runs this stay out of it.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.org
export GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.org

# gate STATUS COMMAND: what a CI job would do, held to the status that it must end with.
gate() {
    expected=$1
    shift
    printf '$ %s\n' "$*"
    status=0
    "$@" 2>&1 || status=$?
    if [ "$status" -ne "$expected" ]; then
        echo "demo: exit status $status, not $expected" >&2
        exit 1
    fi
    if [ "$expected" -ne 0 ]; then echo "[$expected]"; fi
    echo
}

git init --quiet --initial-branch main
cp "$demo/base/budget.yaml" .
cp "$demo/base/chat.jsonl" chat.jsonl
git add . && git commit --quiet -m 'A chat on the small model'

echo 'On main the budget is kept:'
gate 0 pricing budget check --base none --at 2026-11-20 --quiet

git checkout --quiet -b change
cp "$demo/change/budget.yaml" .
cp "$demo/change/chat.jsonl" chat.jsonl
git add . && git commit --quiet -m 'A larger model, longer prompts, and an agent'

echo 'A pull request is blocked:'
gate 1 pricing budget check --base git:main --at 2026-11-20 --quiet \
    --report markdown=comment.md --report junit=junit.xml --report sarif=budget.sarif

echo 'And this is why:'
gate 0 pricing budget diff --base git:main --at 2026-11-20 --quiet

echo 'Without its recorded calls nothing passes, not even what was kept before:'
git checkout --quiet main
rm chat.jsonl
gate 3 pricing budget check --base none --at 2026-11-20 --quiet
