# What the checks of engines share; sourced with the program as $1. The work is done in a folder of its own.
patchbench=$(realpath "$1")
scenarios=$(cd "$(dirname "$0")/../../scenarios" && pwd)
work=$(mktemp -d)
cd "$work"

# About ten seconds of one core; 132 chunks of replications, so that 16 shards end within designs.
cp "$scenarios/dev-test-prod-rings.toml" rings.toml
sweep=(sweep rings.toml --vary 'baseline.Prod-10Day.rule.0.approve_after_days=7,10,14' --reps 700)
# Takes three rounds.
cp "$scenarios/front-end-servers.toml" servers.toml
precise=(run servers.toml --reps 100 --precision '2%')

began=$SECONDS
# told WHAT: a line of the log, with the seconds since the line before
told() { printf '%-72s %3d s\n' "$1" $((SECONDS - began)); began=$SECONDS; }
fail() { echo "FAILED: $*" >&2; exit 1; }

# same WHAT RESULT [BASE]
same() { diff -r "${3:-base}" "$2" || fail "$1"; told "same: $1"; }

single_process() {
  "$patchbench" -q "${sweep[@]}" --out base > /dev/null
  "$patchbench" -q "${precise[@]}" --out base-precise > /dev/null
  "$patchbench" -q "${sweep[@]}" --seed 43 --out base-other > /dev/null
  ! cmp -s base/metrics.csv base-other/metrics.csv || fail "another seed must differ, or nothing is compared"
  told "one process; another seed differs"
}

# within SECONDS COMMAND...: until the command succeeds
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "in vain: $*"
    sleep 0.1
  done
}

free_port() {
  python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}
