# Everything here works from a bare clone with Python 3.11, Node 20, make and git.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && command -v $$p && break; done)
PY := .venv/bin/python
CASE ?= bill
# What `make demo` lives before it stays up; `make demo CASE=market` lives that one alone.
CASES ?= $(if $(filter file,$(origin CASE)),bill reserve open,$(CASE))
PORT ?= 0
# A constraint or a user-install from somebody's pip.conf would contradict the hashes; the package index stays his.
PIP := PIP_CONSTRAINT=/dev/null PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 $(PY) -m pip
NODE_ROOTS := contracts/solidity tests tokenization/theme

.PHONY: help install demo lifecycle test check bench faults lock clean

help:
	@echo "make demo       start everything, live a treasury bill and a reserve, open an auction, stay up (CASE=market: bonds, coupons)"
	@echo "make lifecycle  the same, headless, on a fresh stack; the last line is JSON (CASE=$(CASE))"
	@echo "make test       every test, on real parts        make check   linters, types, freshness"
	@echo "make faults     longer crash and fault runs      make bench   measured figures"
	@echo "make lock       write the lock files anew        make clean   remove what was installed and stored"

# A stamp holds the hash of the lock file that was installed: nothing is done while it is the same.
install:
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 is needed (python3.11 or python3 on the PATH)" >&2; exit 1; fi
	@command -v npm >/dev/null || { echo "Node 20 with npm is needed" >&2; exit 1; }
	@mark=$$(git hash-object requirements-dev.txt); if [ "$$(cat .venv/installed 2>/dev/null)" != "$$mark" ]; then \
	    set -e; echo "installing the Python packages (a minute or two) ..."; \
	    [ -x $(PY) ] || "$(PYTHON)" -m venv .venv; \
	    $(PIP) install -qq --progress-bar off --require-hashes -r requirements-dev.txt; \
	    echo "$$mark" > .venv/installed; fi
	@for root in $(NODE_ROOTS); do if [ -f $$root/package-lock.json ]; then \
	    mark=$$(git hash-object $$root/package-lock.json); if [ "$$(cat $$root/node_modules/.installed 2>/dev/null)" != "$$mark" ]; then \
	        echo "installing the Node packages of $$root ..."; \
	        (cd $$root && npm ci --no-audit --no-fund --loglevel=error) || exit 1; \
	        echo "$$mark" > $$root/node_modules/.installed; fi; fi; done

demo: install
	@exec $(PY) -m tokenization.local demo --data .data/demo --cases $(CASES) --port $(PORT)

lifecycle: install
	@exec $(PY) -m tokenization.local lifecycle --data .data/lifecycle/$$(date +%Y%m%d-%H%M%S)-$$$$ --discard --case $(CASE)

test: install
	$(PY) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --ignore=tests/bench

check: install
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	REHEARSAL=1 $(PY) -m mypy tokenization issuance contracts custody
	.venv/bin/lint-imports
	REHEARSAL=1 $(PY) manage.py makemigrations --check --dry-run
	$(PY) -m contracts.artifacts.build --check
	$(PY) -m contracts.quality.layout
	$(PY) -m contracts.quality.coverage
	$(PY) -m contracts.quality.slither
	$(PY) -m pytest -q tests/architecture
	@echo "known vulnerabilities, if a database of them can be reached:"
	-@$(PY) -m pip_audit --require-hashes --disable-pip -r requirements.txt --progress-spinner off --timeout 10

bench: install
	$(PY) -m pytest -q -s tests/bench

faults: install
	$(PY) -m contracts.quality.invariants
	$(PY) -m contracts.quality.controls
	FAULT_ROUNDS=$${FAULT_ROUNDS:-20} $(PY) -m pytest -q -s tests/faults tests/e2e

# Needs a package index. No lock file may name its host.
lock: install
	@[ -x .venv/lock/bin/uv ] || { "$(PYTHON)" -m venv .venv/lock && PIP_CONSTRAINT=/dev/null .venv/lock/bin/python -m pip install -q uv; }
	.venv/lock/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	    --python-version 3.11 pyproject.toml -o requirements.txt
	.venv/lock/bin/uv pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	    --python-version 3.11 pyproject.toml --extra local --extra dev -o requirements-dev.txt
	for root in $(NODE_ROOTS); do if [ -f $$root/package.json ]; then \
	    (cd $$root && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund \
	    && "$(CURDIR)/$(PY)" "$(CURDIR)/tokenization/local/complete_lock.py" package-lock.json) || exit 1; fi; done

# As root in a closed folder, PostgreSQL's files lie under /var/tmp; `elsewhere` says where.
clean:
	@find .data -name elsewhere -type f 2>/dev/null | while IFS= read -r file; do \
	    place=$$(cat "$$file"); case "$$place" in /var/tmp/tokenization-*) rm -rf "$$place";; esac; done
	rm -rf .data .venv contracts/solidity/node_modules tests/node_modules tokenization/theme/node_modules
	rm -rf contracts/solidity/out contracts/solidity/cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
