#!/usr/bin/env bash
# Holds the files for deployment to the code: needs no Docker, no systemd and no root, and takes a
# second. Says every difference, and ends with 1 if there is one.
#
#   deploy/check.sh
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in
  "") ;;
  *)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' deploy/check.sh
    [ "$1" = -h ] || [ "$1" = --help ]
    exit
    ;;
esac

for script in deploy/*.sh scripts/setup.sh; do
  bash -n "$script"
  [ -x "$script" ] || { echo "check: $script cannot be executed" >&2 && exit 1; }
  [ -n "$("$script" --help)" ] || { echo "check: $script --help says nothing" >&2 && exit 1; }
done

python=${MANIM_ENV:-.venv}/bin/python
[ -x "$python" ] || python=python3
exec "$python" -B deploy/check.py
