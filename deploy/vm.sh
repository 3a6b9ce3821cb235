#!/usr/bin/env bash
# Puts the bot, or a render server, on this machine as a service of systemd. Debian, Ubuntu and
# relatives. Run it again to upgrade; what is in place already stays.
#
#   sudo deploy/vm.sh                    builds, installs and starts the bot
#   sudo deploy/vm.sh --render-server    the same for a render server
#   sudo deploy/vm.sh --rollback         what ran before the last upgrade, again
#
#   --binaries DIR    takes `bot` and `render-server` from DIR instead of building them
#   --no-start        installs, and starts nothing
#   --dry-run         prints what it would do, and does nothing
#   --prefix DIR      for a trial: all files below DIR, without root, users, packages or systemd
#
# What goes where:
#   /usr/local/bin/manim-bot, manim-render-server      the programs
#   /usr/local/lib/manim-bot/previous/                 those before the last upgrade
#   /opt/manim-bot/env                                 Python with Manim; a link to the newest
#   /etc/manim-bot/env, render-server.env              the configuration, mode 0600
#   /var/lib/manim-bot, /var/cache/manim-bot           made by systemd
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
service=manim-bot
user=manim-bot
binaries=""
prefix=""
dry=""
start=yes
rollback=""

main() {
  read_arguments "$@"
  bin=$prefix/usr/local/bin
  previous=$prefix/usr/local/lib/manim-bot/previous
  opt=$prefix/opt/manim-bot
  etc=$prefix/etc/manim-bot
  units=$prefix/etc/systemd/system
  umask 022
  if [ -n "$rollback" ]; then
    may_change
    roll_back
    restart
    return
  fi
  may_change
  find_binaries
  install_packages
  make_environment
  make_user
  if is_new; then
    keep_previous
    install_programs
    link "$environment" "$opt/env"
  fi
  install_configuration
  install_unit
  allow_namespaces
  restart
  farewell
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --render-server) service=manim-render-server user=manim-render ;;
      --binaries) binaries=$(absolute "${2:?--binaries needs a directory}") && shift ;;
      --prefix) prefix=$(absolute "${2:?--prefix needs a directory}") && shift ;;
      --dry-run) dry=yes ;;
      --no-start) start="" ;;
      --rollback) rollback=yes ;;
      -h | --help) usage && exit ;;
      *) die "unknown argument '$1'; see deploy/vm.sh --help" ;;
    esac
    shift
  done
}

may_change() {
  [ -z "$dry" ] && [ -z "$prefix" ] || return 0
  [ "$(id -u)" = 0 ] || die "this changes the machine: run it as root (sudo), or see --dry-run and --prefix"
  [ -d /run/systemd/system ] || die "systemd does not run here: see docs/deploy.md for containers"
  command -v apt-get >/dev/null || die "this is for Debian, Ubuntu and relatives: there is no apt-get"
}

# ---- The programs ----

find_binaries() {
  if [ -z "$binaries" ]; then
    build
    binaries=$root/target/release
  fi
  local name
  for name in bot render-server; do
    [ -n "$dry" ] || [ -x "$binaries/$name" ] || die "$binaries holds no program $name"
  done
}

# As whoever called sudo: Rust is at home there, and so should what it builds be.
build() {
  local command
  command="cd $(printf %q "$root") && cargo build --locked --release -p manim-examples --bin bot --bin render-server"
  if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
    run runuser --login "$SUDO_USER" --command "$command"
  else
    run bash -lc "$command"
  fi
}

is_new() {
  if cmp -s "$binaries/bot" "$bin/manim-bot" && cmp -s "$binaries/render-server" "$bin/manim-render-server" &&
    [ "$(readlink "$opt/env" 2>/dev/null)" = "$environment" ]; then
    say "the programs and their environment are up to date"
    return 1
  fi
}

# All of it together, so that what is rolled back to has run together.
keep_previous() {
  [ -e "$bin/manim-bot" ] && [ -e "$bin/manim-render-server" ] && [ -L "$opt/env" ] || return 0
  run install -d -m 0755 "$previous"
  run install -m 0755 -t "$previous" "$bin/manim-bot" "$bin/manim-render-server"
  link "$(readlink "$opt/env")" "$opt/env.previous"
}

install_programs() {
  run install -d -m 0755 "$bin"
  replace "$binaries/bot" "$bin/manim-bot"
  replace "$binaries/render-server" "$bin/manim-render-server"
}

# In one step: a program that runs keeps its file.
replace() { # new, place
  run install -m 0755 "$1" "$2.new"
  run mv -f "$2.new" "$2"
}

# Twice is where it began.
roll_back() {
  local name older newer
  for name in manim-bot manim-render-server; do
    [ -e "$previous/$name" ] || die "nothing was replaced here yet: there is no $previous/$name"
  done
  for name in manim-bot manim-render-server; do
    run mv -f "$bin/$name" "$bin/$name.new"
    run mv -f "$previous/$name" "$bin/$name"
    run mv -f "$bin/$name.new" "$previous/$name"
  done
  older=$(readlink "$opt/env.previous")
  newer=$(readlink "$opt/env")
  link "$older" "$opt/env"
  link "$newer" "$opt/env.previous"
}

# ---- What they run on ----

install_packages() {
  [ -z "$prefix" ] || return 0
  # Models, Telegram and buckets are reached by TLS.
  if [ ! -e /etc/ssl/certs/ca-certificates.crt ]; then
    run apt-get update
    run env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates
  fi
}

# One environment for each lock file, so that a running service keeps its own, and an older
# program finds its own again. scripts/setup.sh also installs LaTeX, ffmpeg, fonts and headers.
make_environment() {
  local place
  environment=env-$(sha256sum "$root/manim-renderer/python/requirements.txt" | cut -c 1-12)
  place=$opt/$environment
  run install -d -m 0755 "$opt" "$opt/setup/scripts" "$opt/setup/manim-renderer/python"
  if [ -n "$prefix" ] && [ -x "$root/.venv/bin/python" ]; then
    [ -e "$place" ] || run ln -s "$root/.venv" "$place"
  elif [ -n "$prefix" ]; then
    say "there is no environment for a trial: run 'make setup' first"
  else
    # From a copy: what root leaves behind would be in your way in the repository.
    run install -m 0755 -t "$opt/setup/scripts" "$root/scripts/setup.sh"
    run install -m 0644 -t "$opt/setup/manim-renderer/python" \
      "$root/manim-renderer/python/requirements.txt" "$root/manim-renderer/python/build-requirements.txt"
    run env MANIM_ENV="$place" "$opt/setup/scripts/setup.sh"
  fi
}

link() { # target, place
  [ "$(readlink "$2" 2>/dev/null)" = "$1" ] && return
  run ln -s -f -n "$1" "$2.new"
  run mv -f -T "$2.new" "$2"
}

make_user() {
  [ -z "$prefix" ] || return 0
  if id "$user" >/dev/null 2>&1; then
    say "the user $user exists"
  else
    run useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
  fi
}

# ---- The configuration ----

install_configuration() {
  run install -d -m 0700 "$etc"
  if [ "$service" = manim-bot ]; then
    # A key of its own, so that sessions and links outlive a restart.
    configure "$etc/env" bot_configuration
  else
    configure "$etc/render-server.env" server_configuration
  fi
}

configure() { # file, what prints it
  if [ -e "$1" ]; then
    say "$1 stays as it is"
    run chmod 0600 "$1"
    return
  fi
  say "+ $1 is written, mode 0600"
  [ -n "$dry" ] || (umask 077 && "$2" >"$1.new" && mv -f "$1.new" "$1")
}

bot_configuration() {
  sed -e "s/^# HTTP_SIGNING_KEY=\$/HTTP_SIGNING_KEY=$(secret)/" \
    -e '1,/^$/{s/^# begin with.*/# begin with "# NAME=" are off. After a change: systemctl restart manim-bot/;/^#$/d;/^#     /d;}' \
    "$root/.env.example"
}

server_configuration() {
  printf '%s\n' \
    "# What manim-render-server reads; \`manim-render-server --help\` tells the rest." \
    "# After a change: systemctl restart manim-render-server" \
    "# The same in every bot." \
    "RENDER_SECRET=$(secret)" \
    "# An address of this machine in a network that you trust." \
    "RENDER_LISTEN=127.0.0.1:9000" \
    "# Where word of finished renders, and films, may be sent." \
    "# RENDER_ALLOW_ORIGINS=http://10.0.0.2:8080"
}

secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# ---- The service ----

install_unit() {
  run install -d -m 0755 "$units"
  run install -m 0644 "$root/deploy/systemd/$service.service" "$units/$service.service"
  [ -n "$prefix" ] || run systemctl daemon-reload
}

# Ubuntu keeps user namespaces to programs with a profile. Without, scenes run at L2.
allow_namespaces() {
  local setting=/proc/sys/kernel/apparmor_restrict_unprivileged_userns
  [ -z "$prefix" ] || return 0
  [ "$(cat "$setting" 2>/dev/null)" = 1 ] || return 0
  run install -m 0644 "$root/deploy/apparmor-manim" /etc/apparmor.d/manim
  run apparmor_parser --replace /etc/apparmor.d/manim
}

restart() {
  [ -n "$start" ] && [ -z "$prefix" ] || return 0
  run systemctl enable "$service"
  run systemctl restart "$service"
}

farewell() {
  [ -z "$dry" ] || return 0
  if [ -n "$prefix" ]; then
    say "All files are below $prefix. Nothing was started."
    return
  fi
  say "Done. The configuration is in $etc; then: systemctl restart $service" \
    "What it does: systemctl status $service; journalctl -u $service -f"
}

# ---- Small things ----

run() {
  if [ -n "$dry" ]; then
    printf '+'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}

absolute() { realpath -m -- "$1"; }

say() { printf '%s\n' "$@"; }

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; }

die() {
  printf 'vm: %s\n' "$1" >&2
  exit 1
}

main "$@"
