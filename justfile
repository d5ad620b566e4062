# `just` alone lists the recipes. Every one of them runs from a fresh clone: `setup` comes first by itself.

export PYTHONPATH := "src"
python := ".venv/bin/python"

[private]
default:
    @{{ just_executable() }} --list

# install what requirements.lock names (does nothing while the lock has not changed)
setup:
    @cmp -s requirements.lock .venv/installed.lock || { \
        {{ python }} -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock \
        && cp requirements.lock .venv/installed.lock; }

# make the demo district where it is missing, and serve it until stopped
demo *options: setup
    @{{ python }} -m redproperty demo {{ options }}

# serve the real record (settings: REDPROPERTY_… variables)
serve *options: setup
    @{{ python }} -m redproperty serve {{ options }}

# run the tests; a path or -k narrows them
test *options: setup
    {{ python }} -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder {{ options }}

# everything that must hold before a commit
check: setup
    .venv/bin/ruff check src tests bench
    .venv/bin/ruff format --check src tests bench
    .venv/bin/mypy
    .venv/bin/lint-imports
    {{ python }} -m redproperty rules check
    {{ python }} -m redproperty rules test
    @{{ just_executable() }} test

# mend what ruff can mend
fix: setup
    .venv/bin/ruff check --fix src tests bench
    .venv/bin/ruff format src tests bench

# write the manual of the rule language anew, for reading without the product
manual: setup
    {{ python }} -m redproperty --lang en rules manual --write rules/README.md
    {{ python }} -m redproperty --lang zh rules manual --write rules/README.zh.md

# take the README's screenshot anew
picture: setup
    {{ python }} -m pytest -q tests/browser/test_every_page.py -k picture
    cp tests/browser/shots/readme.png tests/browser/readme.png

# measure a period, a save and a page beside plain baselines, what the server takes, and fifty people entering at once
bench *options: setup
    @cmp -s bench/requirements.lock .venv/bench/installed.lock || { \
        {{ python }} -m pip install -q --disable-pip-version-check --no-deps --require-hashes --target .venv/bench --upgrade \
            -r bench/requirements.lock \
        && cp bench/requirements.lock .venv/bench/installed.lock; }
    {{ python }} bench/period.py {{ options }}
    {{ python }} bench/whatif.py
    {{ python }} bench/server.py
    {{ python }} bench/entry.py

# resolve pyproject.toml anew into requirements.lock: hashes, no host names
lock: setup
    .venv/bin/uv pip compile -q --universal --python-version 3.11 --group dev --generate-hashes --no-emit-index-url \
        --no-header --no-annotate --upgrade pyproject.toml -o requirements.lock

# build the wheel into dist/, with templates and rules inside
build: setup
    {{ python }} -m build --wheel --no-isolation
