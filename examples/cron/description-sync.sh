#!/bin/sh
# description-sync.sh CHECKOUT CREDENTIALS: bring the project up to what is merged.
# It needs no flock: a run that finds another one at work leaves it to that one (exit code 75).
set -eu
export PYTHONSAFEPATH=1 # no Python file of the checkout is run
cd "$1"
set -a
. "$2" # SCENARIO_SDK_API_KEY=… and SCENARIO_SDK_API_SECRET=…, readable by this user alone
set +a

git pull --quiet --ff-only
problems=$(mktemp)
trap 'rm -f "$problems"' EXIT
code=0
description-sync apply --yes --quiet --lock-timeout 0 ${METRICS:+--metrics "$METRICS"} \
    2>"$problems" || code=$?
if [ "$code" = 75 ]; then exit 0; fi
cat "$problems" >&2
if [ "$code" = 5 ]; then echo "Something was refused. To decide: description-sync plan" >&2; fi
exit "$code"
