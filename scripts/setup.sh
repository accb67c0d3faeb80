#!/usr/bin/env bash
# Brings a fresh Debian that has Go and Node to where it can run or test Gatepost. Running it again costs under a second.
#
#   scripts/setup.sh run     what "make run" needs: the console's packages, nothing from apt
#   scripts/setup.sh bench   what comparisons with other gateways need besides
#   scripts/setup.sh test    what "make test" needs besides: browser, databases, linter, client packages
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

GOLANGCI_VERSION=2.15.0

# package: how to see that it is there already, wherever it came from
debian_packages=(
  'ca-certificates: test -s /etc/ssl/certs/ca-certificates.crt'
  'curl:            command -v curl'
  'gcc:             command -v gcc' # the race detector is the one thing here that needs cgo
  'libc6-dev:       test -e /usr/include/stdlib.h'
  'chromium:        command -v chromium'
  'fonts-noto-cjk:  test -d /usr/share/fonts/opentype/noto' # or screenshots show boxes instead of names
  'postgresql:      ls /usr/lib/postgresql/*/bin/initdb'
  'mariadb-server:  command -v mariadbd || test -x /usr/sbin/mariadbd'
  'redis-server:    command -v redis-server'
  'nginx-light:     command -v nginx || test -x /usr/sbin/nginx'
  'wrk:             command -v wrk'
  'strace:          command -v strace' # records what a process writes, to cut its power
)

# what only comparisons with other gateways need
bench_packages=(
  'haproxy:             command -v haproxy || test -x /usr/sbin/haproxy'
  'libnginx-mod-http-lua: test -e /usr/lib/nginx/modules/ngx_http_lua_module.so'
  'hey:                 command -v hey'
)

main() {
  case ${1:-} in
    run)  toolchains; node_packages web ;;
    test) toolchains; apt_packages; node_packages web; node_packages test/clients; linter ;;
    bench) debian_packages+=("${bench_packages[@]}"); apt_packages ;;
    *)    die "usage: scripts/setup.sh run|test|bench" ;;
  esac
}

toolchains() {
  command -v go >/dev/null || die "Go is missing: Gatepost is built with the version named in go.mod or a later one"
  command -v node >/dev/null || die "Node is missing: version 20 or later builds the console and runs the client tests"
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  ((major >= 20)) || die "Node $(node --version) is too old: version 20 or later is needed"
}

apt_packages() {
  local entry missing=()
  for entry in "${debian_packages[@]}"; do
    bash -c "${entry#*:}" >/dev/null 2>&1 || missing+=("${entry%%:*}")
  done
  ((${#missing[@]})) || return 0

  command -v apt-get >/dev/null ||
    die "missing: ${missing[*]} (no apt-get here; install them in your system's way, then run this again)"
  local sudo=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "missing: ${missing[*]} (become root or install sudo, then run this again)"
    sudo=(sudo)
  fi

  say "installing Debian packages: ${missing[*]}"
  # The tests start their own servers on ports of their own; an installation must not start the system's. Debian asks
  # this file before it starts one. A machine that has its own answer keeps it.
  local policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod 755 "$policy"
    # shellcheck disable=SC2064 # the values of now are meant
    trap "${sudo[*]} rm -f $policy" EXIT
  fi
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq --yes --no-install-recommends "${missing[@]}" >/dev/null
}

# node_packages DIR installs what DIR's lock file names, unless exactly that is installed. Not by "npm ci", which refuses
# a lock file written where the registry did not carry the optional packages of other systems; versions and hashes come
# from the lock file all the same, and --no-save leaves it as it is.
node_packages() {
  local dir=$1 stamp=$1/node_modules/.gatepost-installed want
  [[ -f $dir/package-lock.json ]] || die "$dir/package-lock.json is missing"
  want=$(cat "$dir/package.json" "$dir/package-lock.json" | sha256sum | cut -d' ' -f1)-$(node --version)
  [[ $(cat "$stamp" 2>/dev/null) == "$want" ]] && return 0
  say "installing npm packages in $dir"
  (cd "$dir" && npm install --no-save --no-audit --no-fund --loglevel=error >/dev/null)
  printf '%s\n' "$want" >"$stamp"
}

# linter builds golangci-lint from source, so that it is compiled by the Go it will read code of.
linter() {
  local tool=bin/tools/golangci-lint
  if [[ -x $tool && $("$tool" version --short 2>/dev/null) == "$GOLANGCI_VERSION" ]] &&
    [[ $(go version "$tool") == *": $(go env GOVERSION)" ]]; then
    return 0
  fi
  say "building golangci-lint $GOLANGCI_VERSION from source: two to five minutes, once"
  GOFLAGS='' CGO_ENABLED=0 GOBIN=$PWD/bin/tools nice \
    go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$GOLANGCI_VERSION" 2>&1 |
    grep -v '^go: downloading' || true
  [[ -x $tool ]] || die "golangci-lint could not be built"
}

main "$@"
