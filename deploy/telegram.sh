#!/usr/bin/env bash
# Looks at a bot's webhook, and removes it. The bot sets it itself at each start with
# TELEGRAM_UPDATES=webhook, and removes it itself with polling: this is for when no bot runs.
#
#   deploy/telegram.sh show      what Telegram knows: address, updates that wait, last error
#   deploy/telegram.sh delete    removes the webhook; updates that wait are kept
#
#   --env FILE    takes TELEGRAM_BOT_TOKEN and TELEGRAM_API_URL from FILE, for example
#                 /etc/manim-bot/env, instead of the environment
#
# The token is shown nowhere: not in the output, and not in the list of processes.
set -euo pipefail

token=${TELEGRAM_BOT_TOKEN:-}
api=${TELEGRAM_API_URL:-}
method=""

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      show) method=getWebhookInfo ;;
      delete) method=deleteWebhook ;;
      --env) read_file "${2:?--env needs a file}" && shift ;;
      -h | --help) usage && exit ;;
      *) die "unknown argument '$1'; see deploy/telegram.sh --help" ;;
    esac
    shift
  done
  [ -n "$method" ] || die "say what to do: show or delete"
  command -v curl >/dev/null || die "curl is missing: install it, then run this again"
  case $token in
    "") die "there is no TELEGRAM_BOT_TOKEN: set it, or see --env" ;;
    *[!0-9A-Za-z:_-]*) die "TELEGRAM_BOT_TOKEN is not of the form NUMBER:LETTERS that @BotFather gives" ;;
  esac
  case $api in
    *[\"\\]* | *[[:space:]]*) die "TELEGRAM_API_URL is no address" ;;
  esac
  call
}

# printf is the shell's own: nobody sees its arguments.
call() {
  local answer
  answer=$(printf 'url = "%s/bot%s/%s"\n' "${api:-https://api.telegram.org}" "$token" "$method" |
    curl --silent --show-error --max-time 30 --config - 2>&1) ||
    die "Telegram cannot be reached: ${answer//"$token"/TOKEN}"
  printf '%s\n' "${answer//"$token"/TOKEN}"
  [[ $answer == '{"ok":true'* ]]
}

# Read, never run: a file of settings is no program.
read_file() {
  local line
  [ -r "$1" ] || die "$1 cannot be read"
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      TELEGRAM_BOT_TOKEN=*) token=${line#*=} ;;
      TELEGRAM_API_URL=*) api=${line#*=} ;;
    esac
  done <"$1"
}

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; }

die() {
  printf 'telegram: %s\n' "$1" >&2
  exit 1
}

main "$@"
