#!/usr/bin/env bash
# Asks whether the program on this port of this machine lives: exit code 0 if it does. Needs
# nothing but bash, which every Debian image has.
#
#   healthcheck.sh PORT
set -euo pipefail

case ${1:-} in
  "" | *[!0-9]*)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
    [ "${1:-}" = --help ]
    exit
    ;;
esac

exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 answer <&3
[[ $answer == "HTTP/1.1 200"* ]]
