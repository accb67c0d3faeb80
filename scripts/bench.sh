#!/usr/bin/env bash
# Measures, and prints the tables of docs/benchmarks.md as Markdown.
#
#   scripts/bench.sh                everything
#   scripts/bench.sh http start     just these parts; gateways compiles other gateways first, for minutes
#
# Server and load share the machine, so the figures say how the rows compare here, not what a server of its own would do.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/services.sh

rounds=${ROUNDS:-3}
seconds=${SECONDS_PER_RUN:-5}
connections=${CONNECTIONS:-16}

main() {
  local part parts=("$@")
  ((${#parts[@]})) || parts=(start http gateways connections streams events go)
  scripts/setup.sh test >&2
  scripts/build.sh >&2
  printf 'Measured on %s, %s cores, %s, Linux %s.\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(nproc)" "$(go env GOVERSION)" "$(uname -r)"
  for part in "${parts[@]}"; do
    declare -F "part_$part" >/dev/null || die "no part $part; there are: start http gateways connections streams events go"
    "part_$part"
  done
}

# --- from an empty directory to the first token ---

part_start() {
  local result
  say "cold start, five times" >&2
  result=$(node test/bench/cold-start.mjs)
  printf '\n### Cold start\n\nMedian of five starts on an empty directory, with the demo company.\n\n'
  printf '| | |\n|---|---:|\n'
  node -e 'const r = JSON.parse(process.argv[1])
    console.log(`| ready | ${r.readyMs} ms |\n| first token | ${r.tokenMs} ms |\n| resident memory then | ${r.residentMiB} MiB |`)' "$result"
}

# --- one call through the whole path ---

part_http() {
  scratch_dir
  # Two platforms of their own, so that the measurement touches nobody's data: the second remembers no answers.
  local gatepost anew_server anew_url
  start_gatepost "$scratch/anew" GATEPOST_ANSWERS=0
  anew_server=$started anew_url=$GATEPOST_URL
  ask_tokens
  request anew POST "/topapi/v2/user/get?access_token=$app_token" "{\"userid\":\"$USER_ID\"}" ''
  start_gatepost "$scratch/demo" GATEPOST_ANSWERS=64
  gatepost=$started
  ask_tokens
  request v1 POST "/topapi/v2/user/get?access_token=$app_token" "{\"userid\":\"$USER_ID\"}" ''
  request v2 GET /v1.0/contact/users/me '' "$user_token"
  ask v1 "$GATEPOST_URL" >"$scratch/v1.json"
  ask v2 "$GATEPOST_URL" >"$scratch/v2.json"
  grep -q "\"userid\":\"$USER_ID\"" "$scratch/v1.json" || die "v1 was refused: $(cat "$scratch/v1.json")"
  grep -q "\"unionId\":\"$UNION_ID\"" "$scratch/v2.json" || die "v2 was refused: $(cat "$scratch/v2.json")"

  go build -o bin/tools/plain ./test/bench
  local plain_port fast_port nginx_port plain_server fast_server nginx_server
  plain_port=$(free_port)
  bin/tools/plain -listen "127.0.0.1:$plain_port" -body "$scratch/v1.json" &
  plain_server=$!
  pids+=("$plain_server")
  fast_port=$(free_port)
  bin/tools/plain -server fasthttp -listen "127.0.0.1:$fast_port" -body "$scratch/v1.json" &
  fast_server=$!
  pids+=("$fast_server")
  nginx_port=$(free_port)
  nginx_config "$nginx_port" >"$scratch/nginx.conf"
  PATH=$PATH:/usr/sbin nginx -p "$scratch" -c "$scratch/nginx.conf" -e "$scratch/nginx.log" &
  nginx_server=$!
  pids+=("$nginx_server")
  wait_until 10 curl -fs "http://127.0.0.1:$plain_port/" || die "the plain server did not start"
  wait_until 10 curl -fs "http://127.0.0.1:$nginx_port/" || { cat "$scratch/nginx.log" >&2; die "nginx did not start"; }

  local round
  : >"$scratch/figures"
  # Interleaved, so that a slow minute of the machine falls on all rows alike.
  for ((round = 1; round <= rounds; round++)); do
    say "round $round of $rounds" >&2
    measure v1 v1 "$gatepost" "$GATEPOST_URL"
    measure anew anew "$anew_server" "$anew_url"
    measure v2 v2 "$gatepost" "$GATEPOST_URL"
    measure plain v1 "$plain_server" "http://127.0.0.1:$plain_port"
    measure fast v1 "$fast_server" "http://127.0.0.1:$fast_port"
    measure nginx v1 "$nginx_server" "http://127.0.0.1:$nginx_port"
  done

  printf '\n### One read through the whole path\n\n'
  printf 'Load: `wrk -t1 -c%d -d%ds` on the same machine, median of %d interleaved rounds. ' "$connections" "$seconds" "$rounds"
  printf 'CPU is what the server process used, in user and system time, divided by its answers.\n\n'
  printf '| | requests/s | CPU µs per call |\n|---|---:|---:|\n'
  row v1 "v1 read: \`POST /topapi/v2/user/get\`, its answer remembered"
  row v2 "v2 read: \`GET /v1.0/contact/users/me\`, likewise"
  row anew "the v1 read, read anew each time"
  row plain "plain \`net/http\` handler, the v1 answer's $(wc -c <"$scratch/v1.json") bytes"
  row fast "plain \`fasthttp\` handler, the same bytes"
  row nginx "nginx \`return 200\`, the same bytes"
}

# start_gatepost DIR NAME=VALUE starts a platform with the demonstration company in DIR, and reads its demo.env, which
# tells URL and credentials. Its process is $started.
start_gatepost() {
  local port
  port=$(free_port)
  env "$2" bin/gatepost up --demo --data "$1" --listen "127.0.0.1:$port" >"$1.log" 2>&1 &
  started=$!
  pids+=("$started")
  wait_until 60 curl -fs "http://127.0.0.1:$port/readyz" || { cat "$1.log" >&2; die "gatepost did not start"; }
  wait_until 10 test -s "$1/demo.env"
  set -a
  # shellcheck disable=SC1091
  . "$1/demo.env"
  set +a
}

# ask_tokens asks the platform started last for what one call of each dialect needs: one person's record is asked for by
# an app and by the person.
ask_tokens() {
  app_token=$(curl -fs "$GATEPOST_URL/gettoken?appkey=$APP_KEY&appsecret=$APP_SECRET" | field access_token)
  user_token=$(curl -fs "$GATEPOST_URL/v1.0/oauth2/userAccessToken" -H 'Content-Type: application/json' -d "{
    \"clientId\": \"$APP_KEY\", \"clientSecret\": \"$APP_SECRET\", \"grantType\": \"authorization_code\",
    \"code\": \"$(bin/gatepost app code --user "$USER_ID" --json | field code)\"}" | field accessToken)
}

# request NAME METHOD PATH BODY TOKEN writes what ask and wrk send under that name.
request() {
  {
    printf 'wrk.method = "%s"\nwrk.path = "%s"\n' "$2" "$3"
    [[ -z $4 ]] || printf 'wrk.body = [[%s]]\nwrk.headers["Content-Type"] = "application/json"\n' "$4"
    [[ -z $5 ]] || printf 'wrk.headers["x-acs-dingtalk-access-token"] = "%s"\n' "$5"
  } >"$scratch/$1.lua"
  {
    printf 'request = "%s"\n' "$2"
    [[ -z $4 ]] || printf 'header = "Content-Type: application/json"\ndata = "%s"\n' "${4//\"/\\\"}"
    [[ -z $5 ]] || printf 'header = "x-acs-dingtalk-access-token: %s"\n' "$5"
  } >"$scratch/$1.curl"
  printf '%s' "$3" >"$scratch/$1.path"
}

# ask NAME URL sends the request once and prints the answer.
ask() { curl -s --config "$scratch/$1.curl" "$2$(cat "$scratch/$1.path")"; }

# measure ROW REQUEST PID URL appends "ROW requests/s µs-per-call" to the figures.
measure() {
  local before after out calls
  before=$(cpu_ticks "$3")
  out=$(wrk -t1 "-c$connections" "-d${seconds}s" -s "$scratch/$2.lua" "$4")
  after=$(cpu_ticks "$3")
  ! grep -q 'Non-2xx' <<<"$out" || die "$1: $out"
  # A refusal of v1 is an HTTP 200 as well; were calls refused under load, this one right after would be too.
  if [[ $1 == v1 || $1 == anew ]]; then ask "$2" "$4" | grep -q '"errcode":0' || die "$1 is refused under load: $(ask "$2" "$4")"; fi
  calls=$(awk '/requests in/ { print $1 }' <<<"$out")
  awk -v row="$1" -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" -v calls="$calls" -v out="$out" 'BEGIN {
    match(out, /Requests\/sec: *[0-9.]+/); rate = substr(out, RSTART, RLENGTH); sub(/.*: */, "", rate)
    printf "%s %.0f %.1f\n", row, rate, ticks / hz * 1e6 / calls }' >>"$scratch/figures"
}

# cpu_ticks PID prints user and system time of the process and its threads so far.
cpu_ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'; }

row() { printf '| %s | %s | %s |\n' "$2" "$(median "$1" 2)" "$(median "$1" 3)"; }

median() {
  awk -v row="$1" -v column="$2" '$1 == row { print $column }' "$scratch/figures" | sort -n |
    awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# field NAME reads one field of a JSON object on standard input.
field() { node -e 'process.stdout.write(String(JSON.parse(require("node:fs").readFileSync(0))[process.argv[1]]))' "$1"; }

nginx_config() {
  # One process, so that its CPU time is one number. A quote ends the string and a dollar starts a variable.
  local body
  body=$(sed "s/[\\\\']/\\\\&/g" "$scratch/v1.json")
  [[ $body != *\$* ]] || die "the answer has a dollar sign, which nginx cannot return"
  cat <<CONF
daemon off;
master_process off;
pid $scratch/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path $scratch;
  proxy_temp_path $scratch;
  fastcgi_temp_path $scratch;
  uwsgi_temp_path $scratch;
  scgi_temp_path $scratch;
  keepalive_requests 100000000;
  server {
    listen 127.0.0.1:$1;
    default_type application/json;
    location / { return 200 '$body'; }
  }
}
CONF
}

# --- beside the gateways that people would pick instead ---

part_gateways() {
  scripts/peers.sh >&2
  go build -o bin/tools/plain ./test/bench
  say "gateways, in interleaved rounds" >&2
  printf '\n### Beside other gateways\n\n'
  node test/bench/gateways/run.mjs --rounds "${GATEWAY_ROUNDS:-5}" --seconds "${GATEWAY_SECONDS:-4}"
}

# --- what a connection takes ---

part_connections() {
  scratch_dir
  local plain_port plain_server gatepost
  start_gatepost "$scratch/connections" GATEPOST_ANSWERS=64
  gatepost=$started
  ask_tokens
  request v1 POST "/topapi/v2/user/get?access_token=$app_token" "{\"userid\":\"$USER_ID\"}" ''
  ask v1 "$GATEPOST_URL" >"$scratch/v1.json"
  go build -o bin/tools/plain ./test/bench
  go build -o bin/tools/connections ./test/bench/connections
  plain_port=$(free_port)
  bin/tools/plain -listen "127.0.0.1:$plain_port" -body "$scratch/v1.json" &
  plain_server=$!
  pids+=("$plain_server")
  wait_until 10 curl -fs "http://127.0.0.1:$plain_port/" || die "the plain server did not start"
  printf '\n### A connection\n\nResident memory of the server, KiB a connection: 10,000 that are kept open after one request; and 1,000 that all\n'
  printf 'send one request after another.\n\n| | idle | busy |\n|---|---:|---:|\n'
  printf '| Gatepost | %s |\n' "$(connections "$gatepost" "${GATEPOST_URL#http://}" "/topapi/v2/user/get?access_token=$app_token&userid=$USER_ID")"
  printf '| plain `net/http` handler | %s |\n' "$(connections "$plain_server" "127.0.0.1:$plain_port" /)"
}

# connections PID ADDRESS PATH prints "idle | busy", what the process takes for a connection.
connections() {
  local before idle busy
  wrk -t1 -c16 -d2s "http://$2$3" >/dev/null # what a server takes once it works is not a connection's
  before=$(resident "$1")
  wrk -t1 -c1000 -d5s "http://$2$3" >/dev/null &
  local load=$!
  sleep 4
  busy=$(resident "$1")
  wait "$load"
  coproc HOLD { bin/tools/connections -address "$2" -path "$3" -count 10000; }
  local holder=$HOLD_PID
  read -r -u "${HOLD[0]}" || die "the connections were not opened"
  idle=$(resident "$1")
  eval "exec ${HOLD[1]}>&-"
  wait "$holder" || true
  printf '%s | %s' "$(((idle - before) / 10000))" "$(((busy - before) / 1000))"
}

# resident PID prints the resident memory of a process in KiB.
resident() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }

# --- what connections for events take ---

part_streams() {
  scratch_dir
  local before opened ticks began
  start_gatepost "$scratch/streams" GATEPOST_ANSWERS=64
  before=$(resident "$started")
  go build -o bin/tools/streams ./test/bench/streams
  began=$(date +%s%N)
  coproc HOLD { bin/tools/streams -url "$GATEPOST_URL" -key "$APP_KEY" -secret "$APP_SECRET" -count 10000; }
  local holder=$HOLD_PID
  read -r -u "${HOLD[0]}" || die "the connections were not opened"
  opened=$((($(date +%s%N) - began) / 1000000))
  printf '\n### Connections for events\n\n10,000 connections of one app that rest, each asked for a sign of life every eight seconds (`make bench PARTS=streams`).\n\n'
  printf '| | |\n|---|---:|\n| opened within | %s ms |\n| resident memory before | %s MiB |\n| when they are open | %s MiB |\n' \
    "$opened" "$((before / 1024))" "$(($(resident "$started") / 1024))"
  ticks=$(cpu_ticks "$started")
  sleep 120
  ticks=$(($(cpu_ticks "$started") - ticks))
  printf '| two minutes later, when Go has let garbage gather | %s MiB |\n' "$(($(resident "$started") / 1024))"
  awk -v t="$ticks" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "| processor time to watch them | %.1f %% of one core |\n", t / hz / 120 * 100 }'
  eval "exec ${HOLD[1]}>&-"
  wait "$holder" || true
}

# --- the way out: events recorded and delivered ---

# About six minutes. EVENT_ROUNDS and EVENT_BACKLOG make it longer: the goal speaks of 10,000,000 rows.
part_events() {
  [[ -n ${GATEPOST_TEST_POSTGRES:-} ]] || start_postgres # with its usual durability: this is about time
  (cd test/bench/events && go build -o ../../../bin/tools/events .)
  say "events, in interleaved rounds" >&2
  printf '\n### Events\n\n'
  bin/tools/events -rounds "${EVENT_ROUNDS:-3}" -count "${EVENT_COUNT:-20000}" -seconds "${EVENT_SECONDS:-5}"
  say "events: a backlog, many applications, bad neighbours" >&2
  printf '\n'
  bin/tools/events -shapes "${EVENT_BACKLOG:-1000000}" -rounds 1
}

# --- benchmarks beside the code, the 100,000-person company among them ---

part_go() {
  start_postgres # with its usual durability: this is about time
  start_mariadb
  start_redis
  say "Go benchmarks" >&2
  printf '\n### Benchmarks beside the code\n\n```\n'
  go test -run '^$' -bench . -benchmem -timeout 30m ./internal/... | grep -E '^(pkg:|Benchmark)'
  printf '```\n'
}

main "$@"
