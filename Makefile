# Two commands: `make demo` and `make test`. Both install what is missing first; the second run is quick.

.PHONY: demo test load check setup

demo: setup
	cargo run --quiet --bin voxgate -- demo

test: setup
	cargo test --workspace --quiet

# What a session costs. Built with optimisation; two minutes.
load: setup
	cargo run --quiet --release --bin voxgate -- load --sessions 300 --seconds 60 --pin 1

check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

setup:
	@tools/setup
