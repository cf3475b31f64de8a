# Short names, nothing more: the launcher does the work and sets up what is missing.
.PHONY: demo test lint docs bench lock

demo:
	./crosscase demo

test:
	./crosscase test

lint:
	./crosscase lint

# The pages are plain Markdown; what there is to make is certainty that they still say what the program does.
docs:
	./crosscase test tests/unit/docs

# Each benchmark writes its result.json beside its script.
bench:
	./crosscase --version
	set -e; for bench in benchmarks/*/bench.py; do echo "== $$bench"; .venv/bin/python "$$bench"; done

lock:
	scripts/lock
