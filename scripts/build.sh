#!/usr/bin/env bash
# Builds bin/gatepost as it is shipped: pure Go, no paths of this machine inside, the console embedded.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/web.sh
CGO_ENABLED=0 go build -trimpath -o bin/gatepost ./cmd/gatepost
