#!/usr/bin/env bash
# Rewrites every file that is made from the sources: documentation and types by the binary, golden files by the tests
# that compare with them.
set -euo pipefail
cd "$(dirname "$0")/.."

go run ./cmd/gatepost gen

# A test that has golden files has an -update flag; given to one that has not, it is an error.
mapfile -t packages < <(grep -rlE --include='*_test.go' 'flag\.Bool\("update"' cmd internal | xargs -r dirname | sort -u)
for package in ${packages[@]+"${packages[@]}"}; do
  go test "./$package" -update
done
