#!/usr/bin/env bash
# Installs what rendering needs beside Rust: system libraries, LaTeX, ffmpeg,
# fonts, and the locked Python environment in .venv. Does nothing, quickly,
# when all of it is there.
#
#   scripts/setup.sh           install what is missing
#   scripts/setup.sh --check   name what is missing, change nothing, exit 1
#   scripts/setup.sh --programs
#                              install only what a finished environment, made
#                              elsewhere, runs with: no compilers, no headers
#
# MANIM_ENV names another folder for the Python environment. Works on Debian,
# Ubuntu and relatives (as root or with sudo) and on macOS with Homebrew;
# elsewhere it says what to install. Keeps to the bash 3.2 of macOS.
set -euo pipefail
exec </dev/null

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lock=$root/manim-renderer/python/requirements.txt
build_lock=$root/manim-renderer/python/build-requirements.txt
venv=${MANIM_ENV:-$root/.venv}
log=$root/out/setup.log
system=$(uname -s)
programs_only=

# Marks a folder as ours from the start and holds the lock file's hash only
# once all is installed, so an interrupted set-up or a changed lock is seen.
stamp=$venv/.requirements.sha256

# What Manim 0.22 supports; its networkx refuses 3.14.1.
supported='(3, 11) <= sys.version_info[:2] <= (3, 14) and sys.version_info[:3] != (3, 14, 1)'

# Manim's default template asks for the first five. sfrm1000 draws T1 text,
# which LaTeX would trace from bitmaps without it. The others are what people
# and models add to a preamble; they come in the same packages.
tex_files="standalone.cls preview.sty english.ldf amsmath.sty amssymb.sty
  sfrm1000.pfb mathtools.sty xcolor.sty mathrsfs.sty cancel.sty tikz.sty wasysym.sty"

# These would change where pip installs and what Python imports.
unset PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_USER PIP_CONSTRAINT PIP_REQUIRE_VIRTUALENV
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

main() {
  case ${1:-} in
    "" | --check) ;;
    --programs) programs_only=yes ;;
    -h | --help) usage && return ;;
    *) die "unknown argument '$1'; see scripts/setup.sh --help" ;;
  esac

  find_missing
  if all_there; then return; fi
  if [ "${1:-}" = --check ]; then
    printf 'Missing:\n%s' "$missing"
    environment_ready || say "  the Python environment in $venv"
    exit 1
  fi

  wait_for_other_setups
  if all_there; then return; fi
  if [ -n "$packages" ]; then
    install_packages
    find_missing
  fi
  if [ -n "$missing" ]; then
    die "these could not be installed here; install them, then run this again:" "$missing"
  fi
  [ -n "$programs_only" ] || environment_ready || make_environment
  say "Set-up complete after $SECONDS s."
}

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"; }

# ---- What is missing: found by trying each thing, never by its version ----

# Sets `missing` (lines for a person) and `packages` (for the package manager).
find_missing() {
  missing="" packages="" python=""
  [ -n "$programs_only" ] || compiles 'int main(void) { return 0; }' ||
    lacks "a C compiler and its headers" "gcc libc6-dev" ""
  tex_works || lacks "LaTeX with standalone, preview and dvisvgm" \
    "texlive-latex-extra texlive-fonts-recommended cm-super-minimal dvisvgm" "texlive"
  ffmpeg_works || lacks "ffmpeg with H.264 and VP9" "ffmpeg" "ffmpeg"
  fonts_found || lacks "fonts for the world's larger scripts" \
    "fontconfig fonts-noto-core fonts-dejavu-core fonts-droid-fallback fonts-nanum" ""
  if [ -n "$programs_only" ]; then
    find_missing_for_running
  else
    environment_ready || find_missing_for_build
  fi
}

all_there() { [ -z "$missing" ] && { [ -n "$programs_only" ] || environment_ready; }; }

# What an environment loads that is no part of it.
find_missing_for_running() {
  local names
  if ! find_python; then
    names=$(packaged_python)
    lacks "Python 3.11 to 3.14" "${names%% *}" "python@3.13"
  fi
  libraries_found || lacks "Cairo and Pango" \
    "libcairo2 libpangocairo-1.0-0 libpangoft2-1.0-0 libstdc++6" "cairo pango"
}

# Only building the environment needs headers and a Python of the system.
find_missing_for_build() {
  works pkg-config --exists cairo pangocairo pangoft2 ||
    lacks "headers of Cairo and Pango" \
      "pkg-config libcairo2-dev libpango1.0-dev" "pkgconf cairo pango"
  # The OpenGL packages are C++ and have Linux wheels for x86-64 only.
  if [ "$system-$(uname -m)" = Linux-aarch64 ]; then
    works c++ --version || lacks "a C++ compiler" "g++" ""
  fi
  if ! find_python; then
    lacks "Python 3.11 to 3.14" "$(packaged_python)" "python@3.13"
    return
  fi

  local name include
  name=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
  works "$python" -c 'import venv, ensurepip; ensurepip.version()' ||
    lacks "the venv module of $python" "$name-venv" ""
  compiles $'#include <Python.h>\nint main(void) { return 0; }' "-I$include" ||
    lacks "the C headers of $python" "$name-dev" ""
}

lacks() { # name, Debian packages, Homebrew packages
  local wanted=$2
  if [ "$system" = Darwin ]; then wanted=$3; fi
  missing="$missing  $1"$'\n'
  packages="$packages${packages:+${wanted:+ }}$wanted"
}

works() { "$@" >/dev/null 2>&1; }

compiles() { # source, flags
  local source=$1
  shift
  # Linking shows what `-fsyntax-only` cannot: a compiler without its libc.
  printf '%s\n' "$source" | cc -x c "$@" -o /dev/null - >/dev/null 2>&1
}

tex_works() {
  # shellcheck disable=SC2086 # a list of words
  works command -v latex && works command -v dvisvgm && works kpsewhich $tex_files
}

ffmpeg_works() {
  local encoders
  encoders=$(ffmpeg -hide_banner -encoders 2>/dev/null) || return 1
  [[ $encoders == *libx264* && $encoders == *libvpx-vp9* ]]
}

# Without a font for a sign, a box is drawn: Latin and mathematics, the
# Devanagari letter ka, the Chinese character for number, the Korean syllable hae.
fonts_found() {
  if [ "$system" = Darwin ]; then return; fi
  works fc-list -q 'DejaVu Sans' && works fc-list -q ':charset=915' && works fc-list -q ':charset=6570' && works fc-list -q ':charset=d574'
}

libraries_found() {
  local known name
  if [ "$system" = Darwin ]; then return; fi
  known=$(/sbin/ldconfig -p) || return 1
  for name in libcairo.so.2 libpangocairo-1.0.so.0 libpangoft2-1.0.so.0 libstdc++.so.6; do
    [[ $known == *"$name "* ]] || return 1
  done
}

# The imports load the system's Cairo and Pango, which can go missing later.
environment_ready() {
  if [ ! -e "$stamp" ] && [ -n "$(ls -A "$venv" 2>/dev/null)" ]; then
    if works "$venv/bin/python" -c "$has_locked_versions" "$lock"; then return; fi
    die "$venv was not made by this script and lacks what $lock asks for. Move it away, or set MANIM_ENV to another folder."
  fi
  [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$(sha256 "$lock")" ] &&
    works "$venv/bin/python" -c 'import cairo, manimpango'
}

has_locked_versions='
import re, sys, importlib.metadata as installed
locked = re.findall(r"^(manim|numpy|sympy)==(\S+)", open(sys.argv[1]).read(), re.M)
sys.exit(any(installed.version(name) != version for name, version in locked))'

find_python() {
  # Whatever this machine calls python3 comes first, pyenv or not.
  for python in python3 python3.12 python3.13 python3.11 python3.14; do
    if works "$python" -c "import sys; assert $supported"; then return; fi
  done
  python=""
  return 1
}

# A distribution whose own Python is too old often carries a newer one too.
packaged_python() {
  local name
  for name in python3.12 python3.13 python3.11; do
    if works apt-cache show "$name"; then break; fi
    name=python3
  done
  printf '%s' "$name $name-venv $name-dev"
}

# ---- Installing ----

install_packages() {
  if [ "$system" = Darwin ]; then
    install_with_brew
  elif works command -v apt-get; then
    install_with_apt
  else
    die "installing needs apt-get or Homebrew, and neither is here. Install what these Debian packages hold, then run this again:" \
      "  $packages"
  fi
}

install_with_apt() {
  local as_root="env" get size
  get="apt-get -y -q --no-install-recommends -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3"
  if [ "$(id -u)" != 0 ]; then
    # Without -n, sudo would wait for a password that nobody can type.
    works sudo -n true ||
      die "installing system packages needs root. Run this as root, then run 'scripts/setup.sh' again:" \
        "  apt-get update && apt-get install -y --no-install-recommends $packages"
    as_root="sudo -n env"
  fi
  as_root="$as_root DEBIAN_FRONTEND=noninteractive"

  # From here on, unquoted variables are lists of words.
  # shellcheck disable=SC2086
  {
    say "Reading the package lists..."
    # A broken third-party source must not stop packages that others have.
    $as_root $get update >>"$log" 2>&1 || say "  (with errors, see $log; going on)"
    # Which Python there is to install shows only now.
    find_missing
    # A killed installation leaves packages that apt-get refuses to work with.
    if [ -n "$(dpkg --audit 2>/dev/null)" ]; then
      $as_root dpkg --configure -a >>"$log" 2>&1 || true
    fi
    size=$(LC_ALL=C apt-get install --assume-no --no-install-recommends $packages 2>/dev/null |
      sed -n 's/^Need to get \(.*\) of archives.*/, \1 to download/p') || true
    say "Installing system packages (1 to 4 minutes$size):" \
      "$(printf '%s\n' "$packages" | fold -s -w 76 | sed 's/^/  /')"
    logged "Put right what it says, or install these yourself, then run this again." \
      $as_root $get install $packages
  }
}

install_with_brew() {
  works command -v brew ||
    die "installing needs Homebrew. Install it, or these yourself, then run this again:" "  $packages"
  say "Installing with Homebrew ($packages; LaTeX alone takes several minutes)..."
  # shellcheck disable=SC2086 # a list of words
  HOMEBREW_NO_AUTO_UPDATE=1 NONINTERACTIVE=1 \
    logged "Put right what it says, then run this again." brew install $packages
}

make_environment() {
  local tools=$venv/build-tools
  say "Building the Python environment in $venv (with $("$python" -V), 1 to 2 minutes)..."
  mkdir -p "$venv"
  echo incomplete >"$stamp"
  find "$venv" -mindepth 1 -maxdepth 1 ! -path "$stamp" -exec rm -rf {} +

  logged "Is the disk full?" "$python" -m venv "$venv"
  # Apart from the environment: what builds is no business of a worker's.
  pip_install --only-binary :all: --target "$tools" -r "$build_lock"
  PYTHONPATH=$tools PATH=$tools/bin:$PATH \
    pip_install --no-build-isolation --use-pep517 -r "$lock"
  rm -rf "$tools"
  logged "It was built, but does not load." "$venv/bin/python" -c 'import manim'
  sha256 "$lock" >"$stamp"
}

pip_install() {
  logged "Is the package index within reach? Put right what it says, then run this again." \
    "$venv/bin/python" -m pip install --require-hashes --progress-bar off "$@"
}

# Two set-ups at once would remove each other's environment.
wait_for_other_setups() {
  mkdir -p "$(dirname "$log")"
  if works command -v flock; then
    exec 9>"$log.lock"
    flock -n 9 || { say "Waiting for another set-up to finish..." && flock 9 && find_missing; }
  fi
  : >"$log"
}

# ---- Small things ----

logged() { # advice, command...
  local advice=$1
  shift
  printf '+ %s\n' "$*" >>"$log"
  if ! "$@" >>"$log" 2>&1; then
    tail -n 25 "$log" >&2
    die "this failed: $*" "$advice The whole log is $log."
  fi
}

sha256() {
  if works command -v sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

say() { printf '%s\n' "$@"; }

die() {
  printf 'setup: %s\n' "$1" >&2
  shift
  if [ $# -gt 0 ]; then printf '%s\n' "$@" >&2; fi
  exit 1
}

main "$@"
