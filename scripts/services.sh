# Servers that tests and measurements run against, each on a free port of 127.0.0.1 and in a directory that is gone
# afterwards. Sourced after lib.sh; whoever sources it owns the EXIT trap set here.

scratch=''
pids=()

# scratch_dir makes $scratch, once.
scratch_dir() {
  [[ -z $scratch ]] || return 0
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/gatepost-test.XXXXXX")
  chmod 711 "$scratch" # PostgreSQL runs as another user below it
}

cleanup() {
  local pid
  for pid in ${pids[@]+"${pids[@]}"}; do
    # TERM for most; INT besides for PostgreSQL, which else waits for whoever is still connected.
    kill -TERM "$pid" 2>/dev/null && kill -INT "$pid" 2>/dev/null || true
  done
  for pid in ${pids[@]+"${pids[@]}"}; do
    wait "$pid" 2>/dev/null || true
  done
  [[ -z $scratch ]] || rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start_postgres [SETTING=VALUE…] exports GATEPOST_TEST_POSTGRES.
start_postgres() {
  local bin dir port as=() settings=() setting
  scratch_dir
  dir=$scratch/postgres
  bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | sort -V | tail -1)
  [[ -n $bin ]] || bin=$(dirname "$(command -v initdb)") || return 1
  mkdir "$dir"
  if ((EUID == 0)); then
    # PostgreSQL refuses to be root. setpriv becomes the server, so its process id is the one to signal.
    as=(setpriv --reuid=postgres --regid=postgres --init-groups)
    chown postgres "$dir"
  fi
  (cd "$dir" && ${as[@]+"${as[@]}"} "$bin/initdb" --pgdata="$dir/data" --username=gatepost --auth=trust \
    --encoding=UTF8 --locale=C --no-sync >"$scratch/initdb.log" 2>&1) ||
    { cat "$scratch/initdb.log"; return 1; }
  for setting; do settings+=(-c "$setting"); done
  port=$(free_port)
  (cd "$dir" && exec ${as[@]+"${as[@]}"} "$bin/postgres" -D "$dir/data" -p "$port" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories="$dir" -c max_connections=300 \
    ${settings[@]+"${settings[@]}"} >"$scratch/postgres.log" 2>&1) &
  pids+=($!)
  wait_until 30 "$bin/pg_isready" -h 127.0.0.1 -p "$port" || { cat "$scratch/postgres.log"; return 1; }
  export GATEPOST_TEST_POSTGRES="postgres://gatepost@127.0.0.1:$port/postgres?sslmode=disable"
}

# start_mariadb [OPTION…] exports GATEPOST_TEST_MARIADB: the address of a server whose user root has no password.
start_mariadb() {
  local dir port server as=()
  scratch_dir
  dir=$scratch/mariadb
  server=$(command -v mariadbd || echo /usr/sbin/mariadbd)
  mkdir "$dir"
  if ((EUID == 0)); then
    as=(setpriv --reuid=mysql --regid=mysql --init-groups)
    chown mysql "$dir"
  fi
  (cd "$dir" && ${as[@]+"${as[@]}"} mariadb-install-db --no-defaults --datadir="$dir/data" --auth-root-authentication-method=normal \
    --skip-test-db --skip-name-resolve >"$scratch/mariadb-install.log" 2>&1) || { cat "$scratch/mariadb-install.log"; return 1; }
  port=$(free_port)
  (cd "$dir" && exec ${as[@]+"${as[@]}"} "$server" --no-defaults --datadir="$dir/data" --port="$port" --bind-address=127.0.0.1 \
    --socket="$dir/socket" --pid-file="$dir/pid" --skip-name-resolve --max-connections=300 "$@" \
    >"$scratch/mariadb.log" 2>&1) &
  pids+=($!)
  wait_until 30 mariadb-admin --no-defaults --protocol=tcp --host=127.0.0.1 --port="$port" --user=root ping ||
    { cat "$scratch/mariadb.log"; return 1; }
  export GATEPOST_TEST_MARIADB="127.0.0.1:$port"
}

# start_redis exports GATEPOST_TEST_REDIS.
start_redis() {
  local port
  scratch_dir
  port=$(free_port)
  redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "$scratch" >"$scratch/redis.log" 2>&1 &
  pids+=($!)
  wait_until 10 redis-cli -p "$port" ping || { cat "$scratch/redis.log"; return 1; }
  export GATEPOST_TEST_REDIS="redis://127.0.0.1:$port/0"
}
