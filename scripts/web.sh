#!/usr/bin/env bash
# Builds the console into web/dist, from where the binary embeds it; does nothing when what is there was built from
# these very sources.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

stamp=web/node_modules/.gatepost-console # not in dist, where it would end up in the binary
want=$(digest web)
[[ $(cat "$stamp" 2>/dev/null) == "$want" && -f web/dist/console.html ]] && exit 0

say "building the console"
(cd web && npm run --silent build -- --logLevel warn)
: >web/dist/.gitkeep # the build empties the folder, and an unbuilt checkout needs it to compile
printf '%s\n' "$want" >"$stamp"
