# Shared by the scripts beside it; sourced, never run. Expects to be read with the repository root as working directory.

# Colours only where somebody looks: a log file gets plain text.
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' plain=''
fi

say() { printf '%s\n' "${dim}$*${plain}"; }
die() { printf '%s\n' "${red}$*${plain}" >&2; exit 1; }

# free_port prints a TCP port of 127.0.0.1 that was free a moment ago. The kernel hands ports out in turn, so two
# callers do not get the same one.
free_port() {
  node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => {
    console.log(s.address().port); s.close() })'
}

# digest DIR prints one hash over the names and contents of the files of a Node project, without what is installed or
# built there.
digest() {
  find "$1" \( -name node_modules -o -name dist \) -prune -o -type f -print0 | sort -z |
    xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

# wait_until SECONDS COMMAND… runs the command ten times a second until it succeeds.
wait_until() {
  local tries=$(($1 * 10))
  shift
  until "$@" >/dev/null 2>&1; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}
