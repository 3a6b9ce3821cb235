# Every target sets up what it needs; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test bench soak reliability check-figures statistics lint setup rust clean security-table

PROBLEM ?= Solve x^2 - 5x + 6 = 0
# Reaches the recipe as an environment variable, so that a problem may hold
# any character that the shell would act on.
export PROBLEM

PYTHON = $${MANIM_ENV:-$(CURDIR)/.venv}/bin/python

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## Solve a problem and render it, offline; PROBLEM="..." sets another
	cargo build --locked -p manim-examples --no-default-features --bin solve
	@mkdir -p out && rm -f out/demo.mp4
	cargo run -q --locked -p manim-examples --no-default-features --bin solve -- "$$PROBLEM" --out out/demo.mp4
	@test -s out/demo.mp4 && echo "The video is $(CURDIR)/out/demo.mp4"

test: setup ## Run every test
	@scripts/test-peers.sh
	deploy/check.sh
	cargo test --locked --workspace --all-features
	@# Python 3.12 and newer count a run without tests as a failure.
	@for crate in manim-renderer manim-core; do \
		if ls $$crate/python/tests/test*.py >/dev/null 2>&1; then \
			(cd $$crate/python && "$(PYTHON)" -m unittest discover -s tests) || exit 1; \
		fi; \
	done

bench: setup ## Run every benchmark
	cargo bench --locked --workspace --all-features

soak: setup ## All of Manim's examples, then an hour of benign and hostile jobs; SOAK_SECONDS=600 for less
	cargo test --locked -p manim-renderer --all-features --test it -- --ignored --nocapture exact::every
	cargo test --locked -p manim-renderer --all-features --test escape -- --ignored --nocapture soak

security-table: setup ## Run the hostile scenes and write what was seen into docs/security.md
	ESCAPE_TABLE=write cargo test --locked -p manim-renderer --all-features --test escape suite

reliability: setup ## Kill and freeze workers at random instants; writes the table in docs/reliability.md
	@scripts/test-peers.sh
	cargo test --locked -p manim-storage --all-features --test it -- --ignored --exact crash::the_long_sieges_and_their_table --nocapture

check-figures: setup ## What the check catches, mends and wrongly alarms of, against the real Manim
	cargo build -q --locked -p manim-core --example check_lines
	"$(PYTHON)" manim-core/tests/check/verify.py "$${CARGO_TARGET_DIR:-target}/debug/examples/check_lines"

statistics: setup ## How many films a model brings that spoils a third of its replies
	cargo run -q --locked -p manim-examples --example repair_statistics

lint: setup ## Check format, lints, documentation and what the core depends on
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --all-features
	scripts/check-core-purity.sh

setup: rust ## Install what is missing: libraries, LaTeX, ffmpeg, Python environment
	@scripts/setup.sh

rust:
	@command -v cargo >/dev/null || { echo "Rust is missing: install it with rustup, then run this again." >&2; exit 1; }

clean: ## Remove what was built and rendered; the Python environment stays
	cargo clean
	rm -rf out
