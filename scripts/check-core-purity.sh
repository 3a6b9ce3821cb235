#!/usr/bin/env bash
# Fails when manim-core, with every feature, reaches for the network, a
# process or a vendor: those belong to the crates that implement its traits.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Whole crate names, as extended regular expressions.
network='reqwest|hyper|hyper-.*|ureq|curl|isahc|attohttpc|h2|h3|quinn|socket2|native-tls|rustls|tungstenite|tokio-tungstenite|tonic'
processes='rustix|nix|command-group|process-wrap|duct|subprocess|landlock|seccompiler|caps|async-process'
clouds='object_store|aws-.*|rusoto_.*|google-cloud-.*|azure_.*|opendal'
services='axum|axum-.*|warp|rocket|actix-.*|tower-http|teloxide|teloxide-.*|frankenstein|sqlx|sqlx-.*|redb|redis|postgres|tokio-postgres'
refused="^($network|$processes|$clouds|$services) "

# Dev-dependencies are for its tests only and may be anything.
tree=$(cargo tree --locked -p manim-core -e normal --all-features --target all \
  --prefix none --no-dedupe --format '{p} [{f}]' | sort -u)

bad=$(grep -E "$refused" <<<"$tree" || true)
bad+=$(grep -E '^tokio .*[][,](process|net|full)[],]' <<<"$tree" || true)
if [ -n "$bad" ]; then
  printf 'manim-core must not depend on these:\n%s\n' "$bad" >&2
  echo "'cargo tree -p manim-core -e normal --all-features -i CRATE' shows who asks for one." >&2
  exit 1
fi
echo "manim-core is pure: $(wc -l <<<"$tree" | tr -d ' ') crates, none of network, process or vendor."
