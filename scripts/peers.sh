#!/usr/bin/env bash
# Brings what "make bench PARTS=gateways" compares with: HAProxy, nginx's Lua and hey from Debian; Caddy and Traefik from
# the Go module proxy into bin/tools. The first run compiles for several minutes; another one costs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

CADDY=v2.11.9
TRAEFIK=v3.7.9 # of later ones the proxy does not carry every dependency

main() {
  scripts/setup.sh bench
  if ! go version -m bin/tools/caddy 2>/dev/null | grep -qF "$CADDY"; then
    say "building Caddy $CADDY"
    GOBIN=$PWD/bin/tools CGO_ENABLED=0 go install "github.com/caddyserver/caddy/v2/cmd/caddy@$CADDY"
  fi
  if ! bin/tools/traefik version 2>/dev/null | grep -qF "$TRAEFIK"; then
    say "building Traefik $TRAEFIK"
    traefik
  fi
}

# traefik builds from a copy of the module: its replacements keep "go install" from building it where it is.
traefik() {
  local source copy
  source=$(go mod download -json "github.com/traefik/traefik/v3@$TRAEFIK" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  copy=$(mktemp -d)
  cp -r "$source/." "$copy"
  chmod -R u+w "$copy"
  mkdir -p "$copy/webui/static" # its dashboard, which the module does not carry
  : >"$copy/webui/static/index.html"
  # A module inside the module, for extensions, is not part of what the proxy carries; without extensions it is empty.
  mkdir -p "$copy/pkg/config/dynamic/ext"
  printf 'module github.com/traefik/traefik/dynamic/ext\n' >"$copy/pkg/config/dynamic/ext/go.mod"
  printf 'package ext\n\ntype (\n\tHTTP   struct{}\n\tRouter struct{}\n)\n' >"$copy/pkg/config/dynamic/ext/ext.go"
  (cd "$copy" && CGO_ENABLED=0 go build -mod=mod -ldflags "-X github.com/traefik/traefik/v3/pkg/version.Version=$TRAEFIK" \
    -o "$OLDPWD/bin/tools/traefik" ./cmd/traefik)
  rm -rf "$copy"
}

main "$@"
