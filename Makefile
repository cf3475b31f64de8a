# Short names, nothing more: the launcher does the work and sets up what is missing.
.PHONY: demo test lint lock

demo:
	./crosscase demo

test:
	./crosscase test

lint:
	./crosscase lint

lock:
	scripts/lock
