#!/bin/sh
# Starts one process of oversell-guard:
#
#   entrypoint.sh web | worker | schedule | sftp | up | migrate | any other command of the program
#
# What it starts takes its place, so that process 1 of a container gets the signals.
#   RECORD_WAIT_S      how long to wait for the database, in seconds (60)
#   PGPASSWORD_FILE    a file with the database's password; the URL then needs none
#   WORKER_PROCESSES   queue processes that `worker` starts (1); threads are the setting
#                      OVERSELL_GUARD_QUEUE__THREADS (8)
#   WORKER_STOP_MS     how long those may finish what they began (30000); keep the container's
#                      grace period above it
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd -- "$root"
export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"

# `worker` is a name that any other package may use too: refuse to run somebody else's.
python -P -c 'import sys; from importlib.util import find_spec; from pathlib import Path
found = {name: getattr(find_spec(name), "origin", None) for name in ("worker", "connectors", "reconciliation")}
sys.exit("".join(f"error: {name} is {at}, not below {sys.argv[1]}: the image is spoilt\n" for name, at in found.items() if not at or Path(at).resolve().parents[1] != Path(sys.argv[1])) or 0)' "$root"

if [ -n "${PGPASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat -- "$PGPASSWORD_FILE")
    export PGPASSWORD
fi

case "${1:-}" in
'')
    echo 'error: name what to start: web, worker, schedule, sftp, up, migrate' >&2
    exit 2
    ;;
web | worker | schedule | sftp | up | migrate)
    python deploy/wait_for_record.py "${RECORD_WAIT_S:-60}"
    ;;
esac

if [ "$1" = worker ]; then
    exec python -m dramatiq worker.entry:broker \
        --processes "${WORKER_PROCESSES:-1}" \
        --threads "${OVERSELL_GUARD_QUEUE__THREADS:-8}" \
        --worker-shutdown-timeout "${WORKER_STOP_MS:-30000}"
fi
exec python -m worker "$@"
