#!/usr/bin/env bash
# windows.sh [x86_64|i686]...
#
# Builds the library for 64-bit and 32-bit Windows (both unless told), and runs under Wine: the Rust tests of core and capi, the
# C and C++ programs of tests and examples with the static and the shared library, a program with Microsoft's C++ ABI, and the
# example of a desktop CLR's host with a stand-in for that CLR. Checks what the libraries need, offer and contain.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

widths=("$@")
[ $# -gt 0 ] || widths=(x86_64 i686)
for width in "${widths[@]}"; do
  case $width in x86_64 | i686) ;; *) usage 'windows.sh [x86_64|i686]...' ;; esac
done

say "tools"
install gcc-mingw-w64 g++-mingw-w64 clang lld llvm
"$platforms/tools/rust.sh" newest "${widths[@]/%/-pc-windows-gnu}"
"$platforms/tools/wine.sh"
. "$platforms/env.sh" newest
build_in newest
cd "$repository"

shown=()
# Wine's dbghelp crashes where it is to walk the stack of a 32-bit program, and tests panic on purpose.
export RUST_BACKTRACE=0

warnings=(-Wall -Wextra -Wpedantic -Wconversion -Werror)
includes=(-Iinclude -Itests/c)

# Programs that are not for Windows, each with the reason.
left_out() {
  local header
  header=$(grep -m 1 -oE '^#include <((sys|linux)/[a-z_/]+|dlfcn|unistd)\.h>' "$1") || true
  if [ -n "$header" ] && ! grep -q _WIN32 "$1"; then
    echo "it is about Unix: ${header#\#include }"
    return
  fi
  case $1 in
    tests/c/signals.c) echo "there are no signals between threads" ;;
    tests/c/dying_threads.c) echo "keys of pthreads end before the thread does; tests/windows/ends.c is for Windows" ;;
    examples/c/plugin.c) echo "it is half of plugin_host.c" ;;
    examples/cpp/desktop_clr_host.cpp) echo "it is run with its driver, below" ;;
    tests/windows/late.c) echo "it loads the library itself, below" ;;
    tests/windows/neighbour.c) echo "it is a part of another program, below" ;;
    tests/windows/calling_convention.c) echo "it is compiled with two headers, below" ;;
    tests/cpp/com_slots.cpp) [ "$2" != i686 ] || echo "its methods look at no argument, so stdcall ones would not clear the stack" ;;
  esac
}

# compile PROGRAM SOURCE OPTION...: with the compiler of the width and the system's libraries only.
compile() {
  local program=$1 source=$2
  shift 2
  case $source in
    *.c) "$width-w64-mingw32-gcc-posix" -std=gnu11 "${warnings[@]}" -O1 -g "${includes[@]}" "$source" -o "$program" "$@" ;;
    *) "$width-w64-mingw32-g++-posix" -std=gnu++17 "${warnings[@]}" -O1 -g "${includes[@]}" "$source" -o "$program" "$@" ;;
  esac || fail "$source does not compile for $width"
}

# The names that tollgate.h declares as functions or data, marked as data where they are.
declared() {
  sed -n '/^extern "C" {/,$p' include/tollgate.h | sed '/^ *\/\*/,/\*\//d' | grep -v '^#' |
    grep -oE 'tollgate_[A-Za-z0-9_]+[(;]' | sed -E 's/\($//; s/;$/ DATA/' | sort -u
}

# The names that a library exports.
exports() {
  "$width-w64-mingw32-objdump" -p "$1" | sed -n '/^\[Ordinal\/Name Pointer\]/,/^$/p' | awk '/^\t\[/ { print $NF }' | sort -u
}

check_shared() {
  local expected found needed
  expected=$(declared | sed 's/ DATA//')
  found=$(exports "$1")
  [ -n "$expected" ] && [ "$expected" = "$found" ] ||
    fail "tollgate.dll exports other names than tollgate.h declares: $(diff <(echo "$expected") <(echo "$found") || true)"
  needed=$("$width-w64-mingw32-objdump" -p "$1" | awk '/DLL Name:/ { print tolower($NF) }')
  [ -n "$needed" ] || fail "objdump names no library that tollgate.dll needs"
  for library in $needed; do
    case $library in
      kernel32.dll | ntdll.dll | msvcrt.dll | api-ms-win-core-synch-l1-2-0.dll) ;;
      *) fail "tollgate.dll needs $library, which is not part of every Windows" ;;
    esac
  done
  echo "tollgate.dll: $(echo "$found" | wc -l) exports, the names of the header; needs" $needed
}

# Nothing of Rust's run-time library may be in the archive, or be asked for by it.
check_archive() {
  local symbols foreign
  symbols=$("$width-w64-mingw32-nm" "$1" 2>/dev/null)
  grep -q ' _\?tollgate_version$' <<<"$symbols" || fail "nm sees no export in $1"
  # The personality is a common symbol (src/lib.rs), which gives way to another Rust library's.
  foreign=$(grep -vE ' C _?rust_eh_personality$' <<<"$symbols" |
    grep -E 'rust_begin_unwind|rust_panic|panicking|panic_|rust_eh_personality|_Unwind_|__rust_alloc|__rdl_|__rg_|3std|5alloc|4core3fmt' || true)
  [ -z "$foreign" ] || fail "of Rust's run-time library in $1: $foreign"
  echo "libtollgate.a: $(grep -c . <<<"$symbols") symbols, none of Rust's run-time library"
}

# The fast halves of the four transitions: no locked instruction, no fence, no call.
check_transitions() {
  local code name part
  code=$("$width-w64-mingw32-objdump" -d --no-show-raw-insn "$1" 2>/dev/null)
  for name in leave_runtime enter_runtime reverse_enter_runtime reverse_leave_runtime; do
    # From the function's label to its first return: what follows is cold.
    part=$(awk -v label="[0-9]${name}17h" '$0 ~ label && />:$/ { on = 1 } on; on && /\tret/ { exit }' <<<"$code")
    [ "$(grep -c '%[gf]s:' <<<"$part")" = 1 ] || fail "$name is not recognised in $1: $part"
    ! grep -E '\block\b|\bxchg +%.*\(|fence|\bcall' <<<"$part" || fail "$name is not free of locked instructions, fences and calls: $part"
    echo "$name: $(grep -c '^ *[0-9a-f]*:' <<<"$part") instructions, none of them locked, a fence or a call"
  done
}

# A client that Microsoft's compiler could have made, linked with the shared library by an import library made of the header's
# names: the ABI is Microsoft's, the SDK is not needed.
compile_with_microsofts_abi() {
  local program=$1 machine=i386:x86-64 name
  local -A bytes=([ExitProcess]=4 [GetCurrentThreadId]=0 [GetLastError]=0 [GetStdHandle]=4 [SetLastError]=4 [WriteFile]=20)
  [ "$width" = x86_64 ] || machine=i386
  { echo "LIBRARY tollgate.dll"; echo EXPORTS; declared | sed 's/^/  /'; } >"$work/tollgate.def"
  echo "LIBRARY kernel32.dll" >"$work/kernel32.def"
  echo EXPORTS >>"$work/kernel32.def"
  for name in "${!bytes[@]}"; do
    # On x86 the name tells how many bytes of arguments the function takes off the stack.
    if [ "$width" = i686 ]; then name=$name@${bytes[$name]}; fi
    echo "  $name" >>"$work/kernel32.def"
  done
  llvm-dlltool -m "$machine" -d "$work/tollgate.def" -l "$work/tollgate.lib"
  llvm-dlltool -m "$machine" -k -d "$work/kernel32.def" -l "$work/kernel32.lib"
  clang++ --target="$width-pc-windows-msvc" -std=c++17 -O1 -ffreestanding -fno-exceptions -fno-rtti -mno-stack-arg-probe \
    "${warnings[@]}" -DTOLLGATE_DLL -Itests/windows/no_sdk -Iinclude -c tests/windows/msvc_client.cpp -o "$work/msvc_client.obj"
  lld-link /nologo /nodefaultlib /subsystem:console /entry:mainCRTStartup "/out:$program" \
    "$work/msvc_client.obj" "$work/tollgate.lib" "$work/kernel32.lib"
}

# The generated header says how methods are called. Without that it still compiles; on x86 it must then fail, or nothing here
# would notice a header that lost it.
compile_with_another_calling_convention() {
  local source=tests/windows/calling_convention.c verdict=
  [ "$width" = x86_64 ] || verdict=-must-fail
  compile "$work/calling-convention.exe" "$source" "$release/libtollgate.a" -static -lsynchronization -lntdll
  mkdir "$work/no-convention"
  grep -q 'TOLLGATE_CALL \*' include/tollgate.h || fail "tollgate.h declares no method"
  sed 's/TOLLGATE_CALL \*/*/' include/tollgate.h >"$work/no-convention/tollgate.h"
  "$width-w64-mingw32-gcc-posix" -std=gnu11 -O1 -w -I"$work/no-convention" -Itests/c "$source" \
    -o "$work/calling-convention-lost$verdict.exe" "$release/libtollgate.a" -static -lsynchronization -lntdll
}

# run FOLDER: every program of the folder in one Wine. Each must end with 0; those called *-must-fail with another status, of
# their own: not because they could not be started (tools/start.sh) or did not end (124, 137).
run() {
  local here status=0 most=7200
  here=$(realpath "$1")
  # A runner's job: the tree, the folder, then one program after the other.
  SHARE=$here TOLLGATE_CLR=desktop_clr.dll timeout --foreground --signal=KILL "$most" "$platforms/tools/in-tree.sh" "$cache/wine" sh -c '
    cd "$1" || exit 1
    start=$2
    wineserver -p
    bad=0
    for program in *.exe; do
      case $program in
        *desktop_clr_host*) set -- App.dll Program Main argument ;;
        *) set -- ;;
      esac
      "$start" timeout --signal=KILL 1800 wine "$program" "$@" >out 2>err
      status=$?
      grep "^start.sh: " err
      case $program in
        *-must-fail.exe)
          case $status in
            0 | 53 | 12[4-7] | 137) status="$status, which is no failure of its own" ;;
            *) echo "$program: failed as it must, with $status"; continue ;;
          esac ;;
      esac
      if [ "$status" = 0 ]; then
        tail -n 1 out | tr -d "\r" | sed "s/^/$program: /"
      else
        bad=1
        echo "FAILED with $status: $program"
        cat out err
      fi
    done
    wineserver -k
    exit "$bad"
  ' sh "$here" "$platforms/tools/start.sh" || status=$?
  case $status in
    0) ;;
    137) fail "the programs for $width did not all end within $most seconds (those that did are above)" ;;
    *) fail "programs for $width failed under Wine (above)" ;;
  esac
}

for width in "${widths[@]}"; do
  target=$width-pc-windows-gnu
  release=$CARGO_TARGET_DIR/$target/release
  work=$CARGO_TARGET_DIR/$target/programs
  rm -rf "$work"
  mkdir -p "$work"

  say "$width: Rust tests of core and capi"
  log=$logs/$target-tests.txt
  cargo test --quiet --locked --lib --tests -p tollgate-core -p tollgate-capi --target "$target" --no-fail-fast \
    -- --skip the_pair_breaks_with_less 2>&1 | tee "$log"
  tests=$(passed_tests "$log")
  [ "$tests" -gt 50 ] || fail "only $tests Rust tests were run for $target"
  # With what it shows, which chance decides: docs/TESTING.md.
  say "$width: fences that are less than the library's"
  cargo test --quiet --locked -p tollgate-core --test litmus --target "$target" \
    -- --nocapture the_pair_breaks_with_less 2>&1 | tee "$log"
  tests=$((tests + $(passed_tests "$log")))

  say "$width: the library"
  cargo build --quiet --locked --release -p tollgate --target "$target"
  check_shared "$release/tollgate.dll"
  check_archive "$release/libtollgate.a"
  check_transitions "$release/libtollgate.a"
  cp "$release/tollgate.dll" "$work"

  say "$width: C and C++ programs"
  for source in tests/c/*.c tests/cpp/*.cpp tests/windows/*.c examples/c/*.c examples/cpp/*.cpp; do
    reason=$(left_out "$source" "$width")
    if [ -n "$reason" ]; then
      echo "left out: $source: $reason"
      continue
    fi
    name=$(echo "${source%.*}" | tr / -)
    compile "$work/$name-static.exe" "$source" "$release/libtollgate.a" -static -lsynchronization -lntdll
    compile "$work/$name-shared.exe" "$source" -DTOLLGATE_DLL "$release/libtollgate.dll.a" -static
  done

  compile "$work/late.exe" tests/windows/late.c -static
  # Another Rust library in the program, before and after this one.
  compile "$work/neighbour-before.exe" examples/c/pause_deadline.c tests/windows/neighbour.c "$release/libtollgate.a" -static -lsynchronization -lntdll
  compile "$work/neighbour-after.exe" examples/c/pause_deadline.c "$release/libtollgate.a" tests/windows/neighbour.c -static -lsynchronization -lntdll
  compile_with_microsofts_abi "$work/msvc_client.exe"
  compile_with_another_calling_convention
  compile "$work/desktop_clr_host-static.exe" examples/cpp/desktop_clr_host.cpp "$release/libtollgate.a" -static -lsynchronization -lntdll
  compile "$work/desktop_clr_host-shared.exe" examples/cpp/desktop_clr_host.cpp -DTOLLGATE_DLL "$release/libtollgate.dll.a" -static
  compile "$work/desktop_clr.dll" tests/windows/desktop_clr.cpp -shared -static -Wl,--kill-at
  programs=("$work"/*.exe)
  [ "${#programs[@]}" -gt 40 ] || fail "only ${#programs[@]} programs were built for $width"
  run "$work"
  shown+=("$width: $tests Rust tests passed, ${#programs[@]} programs ran")
done

printf '\nwindows.sh, under Wine: '
printf '%s; ' "${shown[@]}"
printf 'exports, needs and fast paths are as they must be\n'
