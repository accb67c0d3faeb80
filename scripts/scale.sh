#!/usr/bin/env bash
# Runs three nodes over PostgreSQL and Redis, loads them, breaks parts of it, and prints the tables of
# docs/design/009-scale.md as Markdown.
#
#   scripts/scale.sh                  everything, about ten minutes; as root also a node without a network
#   scripts/scale.sh -short -run Node what "make test" runs of it; other flags of go test likewise
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

main() {
  scripts/setup.sh bench >&2
  scripts/build.sh >&2
  local report
  report=$(mktemp)
  # shellcheck disable=SC2064 # the value of now is meant
  trap "rm -f '$report'" EXIT
  PATH=$PATH:/usr/sbin SCALE_REPORT=$report go test -tags scale -count=1 -timeout 20m "$@" ./test/scale >&2 || die "not as it should be: see above"
  printf 'Measured on %s, %s cores, %s, Linux %s, %s.\n\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(nproc)" "$(go env GOVERSION)" "$(uname -r)" "$(date -u +%F)"
  cat "$report"
}

main "$@"
