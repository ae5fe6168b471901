# Passes on the base, and is blocked on the change: a dearer model.
cd "$(dirname "$0")" || exit 2
pytest -q || exit 2
echo
echo "And with ASSISTANT_MODEL=claude-opus-4-8:"
! ASSISTANT_MODEL=claude-opus-4-8 pytest -q --tb=short
