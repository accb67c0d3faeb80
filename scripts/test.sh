#!/usr/bin/env bash
# Runs the whole test, or the steps named.
#
#   scripts/test.sh              every step, in order
#   scripts/test.sh unit e2e     just these
#
# Each step is a function step_NAME below; a failing step does not stop the ones after it, so that one run tells all.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/services.sh
exec 2>&1 # one stream, so that what a step says and its heading stay in order

# step: what it shows
steps=(
  'setup:   the machine has what the tests need'
  'vet:     go vet'
  'lint:    golangci-lint'
  'gen:     generated files are fresh'
  'unit:    Go tests with the race detector, on SQLite, PostgreSQL, MariaDB and Redis'
  'web:     console: types, lint, unit tests, build'
  'build:   the binary, without cgo'
  'clients: unmodified DingTalk clients against the binary'
  'scale:   three nodes, of which one is killed and all are restarted, under load'
  'chaos:   nodes and databases are killed and the power is cut, and no event is lost'
  'e2e:     the console in a browser'
  'fuzz:    each fuzz target for a few seconds'
)

step_setup() { scripts/setup.sh test; }

step_vet() {
  go vet ./...
  go vet -tags scale ./test/scale
  go vet -tags chaos ./test/chaos
}

step_lint() { bin/tools/golangci-lint run ./...; }

# Golden files are compared by the tests beside what they are made of; this is everything the binary itself can write.
step_gen() { go run ./cmd/gatepost gen --check; }

step_unit() {
  # The race detector is the only reason for cgo; what is shipped is built without.
  CGO_ENABLED=1 go test -race -timeout 30m ./...
}

step_web() {
  (cd web && npm run --silent check)
  scripts/web.sh
}

step_build() { scripts/build.sh; }

step_clients() { (cd test/clients && npm test --silent); }

step_scale() {
  command -v haproxy >/dev/null || [[ -x /usr/sbin/haproxy ]] || scripts/setup.sh bench
  PATH=$PATH:/usr/sbin go test -tags scale -short -count=1 -run 'TestKilledNode|TestRollingRestart|TestDay' ./test/scale
}

step_chaos() { go test -tags chaos -short -count=1 -timeout 10m ./test/chaos; }

step_e2e() { (cd web && npm run --silent e2e); }

step_fuzz() {
  local file target
  # Read from the source: asking "go test -list" would first compile the tests of every package.
  grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' cmd internal | sort |
    while IFS=: read -r file _ target; do
      target=${target#func }
      printf '%s %s\n' "$(dirname "$file")" "$target"
      go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-6s}" -timeout 2m "./$(dirname "$file")" |
        { grep -vE '^(fuzz: elapsed|PASS)' || true; }
    done
}

# Servers the steps share are started once, before the first step that needs them. One given from outside is used as it is.
services() {
  # It is Gatepost that the tests kill, never PostgreSQL: without fsync they show the same in a fraction of the time.
  [[ -n ${GATEPOST_TEST_POSTGRES:-} ]] || start_postgres fsync=off full_page_writes=off || return 1
  [[ -n ${GATEPOST_TEST_MARIADB:-} ]] || start_mariadb --innodb-flush-log-at-trx-commit=0 || return 1
  [[ -n ${GATEPOST_TEST_REDIS:-} ]] || start_redis || return 1
}

# --- the run ---

main() {
  local entry name titles=() names=() wanted=("$@")
  for entry in "${steps[@]}"; do
    name=${entry%%:*}
    if ((${#wanted[@]} == 0)) || [[ " ${wanted[*]} " == *" $name "* ]]; then
      names+=("$name")
      titles+=("$(sed 's/^[^:]*: *//' <<<"$entry")")
    fi
  done
  for name in ${wanted[@]+"${wanted[@]}"}; do
    [[ " ${names[*]-} " == *" $name "* ]] || die "no step $name; there are: ${steps[*]%%:*}"
  done

  local i rc began build='' passed=0 failed=0 results=() seconds=() all=$SECONDS
  for i in "${!names[@]}"; do
    name=${names[i]}
    printf '\n%s\n' "${bold}── $((i + 1))/${#names[@]} $name · ${titles[i]}${plain}"
    began=$SECONDS
    rc=0
    # The servers must outlive the step, so they start here and not in the step's own shell.
    if [[ $name == unit || $name == clients ]]; then services || rc=$?; fi
    if [[ $build == failed && ($name == clients || $name == scale || $name == e2e) ]]; then
      echo "build failed, so there is no binary of these sources to test"
      rc=1
    fi
    if ((rc == 0)); then
      # errexit is off inside a condition, so the step runs outside of one.
      set +e
      (set -euo pipefail && trap - EXIT && "step_$name")
      rc=$?
      set -e
    fi
    seconds+=($((SECONDS - began)))
    if ((rc == 0)); then
      results+=(passed) passed=$((passed + 1))
    else
      results+=(FAILED) failed=$((failed + 1))
      printf '%s\n' "${red}$name failed (exit $rc)${plain}"
      [[ $name != build ]] || build=failed
      [[ $name != setup ]] || break # nothing after it would mean anything
    fi
  done

  printf '\n%-10s %-8s %8s\n' step result seconds
  for i in "${!results[@]}"; do
    local colour=$green
    [[ ${results[i]} == passed ]] || colour=$red
    printf '%-10s %s%-8s%s %8d\n' "${names[i]}" "$colour" "${results[i]}" "$plain" "${seconds[i]}"
  done
  printf '%-10s %-8s %8d\n\n' total '' $((SECONDS - all))
  printf '%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
}

main "$@"
