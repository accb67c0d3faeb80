#!/usr/bin/env bash
# Makes 100,000 changes while processes are killed with -9, PostgreSQL is restarted and killed, a node of three dies,
# receivers fail and connections are cut, and compares what the receivers wrote down with the log; then cuts the power at
# 10,000 points of a recorded run. It prints progress, and a table for each part.
#
#   scripts/chaos.sh                        everything, some minutes
#   scripts/chaos.sh -run PowerCut          one part; other flags of go test likewise
#   CHAOS_EVENTS=5000 scripts/chaos.sh      fewer changes
#   scripts/chaos.sh -short                 what "make test" runs of it
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

go test -v -tags chaos -count=1 -timeout 30m "$@" ./test/chaos || die "not as it should be: see above"
