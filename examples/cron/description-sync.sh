#!/bin/sh
# description-sync.sh CHECKOUT CREDENTIALS: apply what was merged.
# It needs no flock: a run ends with exit code 75 if another run is at work.
set -eu
export PYTHONSAFEPATH=1 # no Python file of the checkout is run
cd "$1"
set -a
. "$2" # SCENARIO_SDK_API_KEY=… and SCENARIO_SDK_API_SECRET=…, readable by this user alone
set +a

# What is printed on stdout goes to the log: time, exit code, and all that was said. What is printed
# on stderr becomes mail: a failure each time, a decision when it is new and then once a day.
report=$(mktemp)
problems=$(mktemp)
trap 'rm -f "$report" "$problems"' EXIT
code=0
{
    git pull --quiet --ff-only &&
        description-sync apply --yes --quiet --lock-timeout 0 ${METRICS:+--metrics "$METRICS"}
} >"$report" 2>"$problems" || code=$?
echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) exit code $code"
cat "$report" "$problems"
case $code in
    0) ;;
    75) code=0 ;; # another run is at work
    4 | 5)
        if [ -s "$report" ]; then
            cat "$report" "$problems" >&2
            echo "Somebody has to decide. To see it again: description-sync plan" >&2
        fi
        ;;
    *) cat "$problems" >&2 ;;
esac
exit "$code"
