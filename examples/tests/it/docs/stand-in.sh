#!/usr/bin/env bash
# Stands in for a program that the guides name. Each is a link to this file; its name says which.
#
# Runs what has been built already in place of building it again, starts a service and ends it once
# it runs, and looks up what would run this very test again. What it cannot do fails.
set -euo pipefail

no() {
  echo "no stand-in for: $name $*" >&2
  exit 1
}

# The words after `--`.
rest=()
after_dashes() {
  rest=()
  while [ $# -gt 0 ]; do
    if [ "$1" = -- ]; then
      shift
      rest=("$@")
      return
    fi
    shift
  done
}

# Starts a service, waits until it says that it runs, and asks it to end.
service() {
  local log
  log=$(mktemp)
  "$@" 2>"$log" &
  local service=$!
  for _ in $(seq 600); do
    if grep -qE 'the bot is running|rendering for others' "$log"; then
      kill -TERM "$service"
      wait "$service" && return
      break
    fi
    kill -0 "$service" 2>/dev/null || break
    sleep 0.2
  done
  kill -KILL "$service" 2>/dev/null || true
  cat "$log" >&2
  exit 1
}

cargo_run() {
  after_dashes "$@"
  case "$* " in
    *"--bin bot "*"cleanup"* | *"--bin bot "*"--check"* | *"--bin bot "*"trace"*) "$BUILT/bot" "${rest[@]}" ;;
    *"--bin bot "*) service "$BUILT/bot" "${rest[@]}" ;;
    *"--bin render-server "*) service "$BUILT/render-server" "${rest[@]}" ;;
    *"--bin solve "*) "$BUILT/solve" "${rest[@]}" ;;
    *"--bin render "*) "$BUILT/render" "${rest[@]}" ;;
    *"--bin check "*) "$BUILT/check" "${rest[@]}" ;;
    *"--example "*)
      [[ "$*" =~ --example\ ([a-z_]+) ]] && example "${BASH_REMATCH[1]}" "${rest[@]}"
      ;;
    *) no "$@" ;;
  esac
}

# With the features of the tests, so that nothing but the example itself is built. A bucket's rules are shown and
# not set: there is no bucket.
example() {
  local example=$1 word
  shift
  for word; do
    shift
    [ "$word" = --apply ] || set -- "$@" "$word"
  done
  (cd "$CHECKOUT" && "$CARGO" build -q --locked --workspace --all-features --example "$example")
  "$BUILT/examples/$example" "$@"
}

cargo_test() {
  # The test that is named is there; it runs with all others.
  [[ "$*" =~ -p\ ([a-z-]+) ]] && "$CARGO" pkgid --manifest-path "$CHECKOUT/Cargo.toml" "${BASH_REMATCH[1]}" >/dev/null
}

cargo_add() {
  if [ "$1" = --path ]; then
    test -f "$CHECKOUT/$(basename "$2")/Cargo.toml"
  fi
}

name=$(basename "$0")
case $name in
  cargo)
    command=$1
    shift
    case $command in
      run | test | add) "cargo_$command" "$@" ;;
      bench) cargo_test "$@" ;;
      *) no "$command" "$@" ;;
    esac
    ;;
  make) (cd "$CHECKOUT" && exec "$MAKE" --no-print-directory -n "$@") >/dev/null ;;
  *) no "$@" ;;
esac
