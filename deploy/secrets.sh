#!/usr/bin/env bash
# Makes the secrets that deploy/compose.yaml reads, each file for its owner only:
#
#   deploy/secrets/postgres.env   the password of the records
#   deploy/secrets/render.env     what the bot and the render servers share
#   deploy/secrets/bot.env        both, and a key that signs sessions and links; put the
#                                 bot's token and keys of models there
#
#   deploy/secrets.sh             makes them; what is there already stays as it is
set -euo pipefail

main() {
  case ${1:-} in
    "") ;;
    -h | --help) usage && return ;;
    *) die "unknown argument '$1'; see deploy/secrets.sh --help" ;;
  esac
  command -v openssl >/dev/null || die "openssl is missing: install it, then run this again"

  local directory
  directory=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/secrets
  umask 077
  mkdir -p "$directory"
  cd "$directory"
  printf '*\n' >.gitignore
  if [ -e postgres.env ] || [ -e render.env ] || [ -e bot.env ]; then
    # A new password would not open the old records.
    printf 'There are secrets in %s already; nothing is changed.\n' "$directory"
    return
  fi

  local password secret
  password=$(openssl rand -hex 32)
  secret=$(openssl rand -hex 32)
  write postgres.env "POSTGRES_PASSWORD=$password"
  write render.env "RENDER_SECRET=$secret"
  write bot.env \
    "RECORDS_URL=postgres://manim:$password@postgres/manim" \
    "RENDER_SECRET=$secret" \
    "HTTP_SIGNING_KEY=$(openssl rand -hex 32)" \
    "# From here on, whatever else .env.example describes:" \
    "TELEGRAM_BOT_TOKEN="
  printf 'The secrets are in %s.\n' "$directory"
}

write() { # file, lines...
  local file=$1
  shift
  printf '%s\n' "$@" >"$file"
}

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; }

die() {
  printf 'secrets: %s\n' "$1" >&2
  exit 1
}

main "$@"
