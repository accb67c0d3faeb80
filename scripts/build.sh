#!/usr/bin/env bash
# Builds bin/gatepost as it is shipped: pure Go, no paths of this machine inside, the console embedded.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/web.sh
# A tree without git, as from an archive, builds as well.
version=$(git describe --tags --always --dirty 2>/dev/null || echo dev)
CGO_ENABLED=0 go build -trimpath -ldflags "-X main.version=$version" -o bin/gatepost ./cmd/gatepost
