# Two commands: `make demo` and `make test`. Both install what is missing first; the second run is quick.

.PHONY: demo test load crash interop check setup

demo: setup
	cargo run --quiet --bin voxgate -- demo

test:
	@tools/setup tests
	cargo test --workspace --quiet

# What a session costs. Built with optimisation; two minutes.
load: setup
	cargo run --quiet --release --bin voxgate -- load --sessions 300 --seconds 60 --pin 1

# The gateway killed 200 times over 5,000 calls; fifteen minutes. VOXGATE_SEED repeats a run's moments.
crash:
	@tools/setup tests
	VOXGATE_CRASHES=200 cargo test --test crash -- --nocapture

# The sandbox against the carrier's own Python library, and with it everything that is tested against the sandbox.
interop: .venv/bin/twilio
	cargo test --quiet -p voxgate-sandbox --features interop --test interop

.venv/bin/twilio:
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check twilio==9.13.0
	touch $@

check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features --quiet -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

setup:
	@tools/setup
