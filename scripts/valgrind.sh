#!/usr/bin/env bash
# valgrind.sh [memcheck|helgrind] [PROGRAM...]
#
# Runs C and C++ programs of the tests (all of tests/c and tests/cpp, if none is named) under valgrind's memcheck with its leak
# check. There is no suppression file.
#
# helgrind is there for a look at one program, and not a check: it follows locks and not atomics, and takes every pair of
# atomic accesses, and all data that the gate orders, for a race. ThreadSanitizer follows atomics (scripts/sanitize.sh thread).
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo "valgrind.sh: valgrind is not here: apt-get install valgrind libc6-dbg" >&2; exit 2; }

tool=${1:-memcheck}
[ $# -eq 0 ] || shift
case $tool in
  memcheck) options=(--leak-check=full --errors-for-leak-kinds=definite) ;;
  helgrind) options=(--history-level=approx) ;;
  *) echo "valgrind.sh: unknown tool '$tool'; memcheck and helgrind are known" >&2; exit 2 ;;
esac
run() { valgrind --tool="$tool" "${options[@]}" --error-exitcode=1 --quiet --fair-sched=yes "$@"; }

# Valgrind knows the default processor only, and runs one thread at a time.
cargo build --release --package tollgate
mkdir -p target/valgrind
[ $# -gt 0 ] || set -- tests/c/*.c tests/cpp/*.cpp
for source; do
  case $source in
    tests/c/kernel_free.c)
      echo "SKIPPED: $source: its child may make no system call, and valgrind makes some"
      continue
      ;;
    tests/c/process_end.c)
      echo "SKIPPED: $source: its processes end under threads that go on, whose stacks are then lost"
      continue
      ;;
  esac
  program=target/valgrind/$(basename "$source")
  compiler=(cc -std=gnu11)
  [ "${source##*.}" = c ] || compiler=(c++ -std=gnu++17)
  "${compiler[@]}" -O1 -g -pthread -Iinclude -Itests/c "$source" target/release/libtollgate.a -o "$program"
  echo "== $source"
  case $tool:$source in
    # The child that it forks has lost the stacks of all threads but one, and with them what pointed to the threads' own
    # memory. LeakSanitizer looks at the parent.
    memcheck:tests/cpp/task_ends.cpp) run --leak-check=no "$program" ;;
    *) run "$program" ;;
  esac
done
echo "valgrind.sh: no error from $tool"
