#!/bin/bash
# Ends the PostgreSQL that install.sh started: stop.sh DIRECTORY. What it holds is kept.
set -euo pipefail

pid=$(head -1 "$1/pg/data/postmaster.pid" 2> /dev/null || true)
[ -z "$pid" ] || kill -INT "$pid"
