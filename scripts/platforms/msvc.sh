#!/usr/bin/env bash
# msvc.sh: core, capi and the C artifact type-check for the targets of Microsoft's compiler, and the static library is made for
# each and has in it what the header declares.
#
# Nothing is linked or run: Microsoft's linker and C library are not to be had here. A client with that compiler's C++ ABI runs
# under Wine in windows.sh.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 0 ] || usage msvc.sh
targets=(x86_64-pc-windows-msvc i686-pc-windows-msvc aarch64-pc-windows-msvc)

say "tools"
install llvm
"$platforms/tools/rust.sh" newest "${targets[@]}"
. "$platforms/env.sh" newest
build_in newest
cd "$repository"
# What docs/WINDOWS.md tells its readers to link beside the static library: all the libraries named there, and no others.
documented=$(sed -n 's/^| the static library, with Visual C++ .*`cl [^`]* tollgate\.lib \([^`]*\)`.*/\1/p' docs/WINDOWS.md)
[ -n "$documented" ] || fail "docs/WINDOWS.md does not say what to link with the static library"
# What the header declares as a function, whatever it returns: the names in front of a parenthesis, at the start of a line or
# after a type.
declared=$(sed -n 's/^[a-zA-Z][a-zA-Z0-9_ *]*[ *]\(tollgate_[a-z0-9_]*\)(.*/\1/p' include/tollgate.h | sort -u)
functions=$(wc -l <<<"$declared")
[ "$functions" -gt 30 ] || fail "only $functions functions were found in include/tollgate.h"

for target in "${targets[@]}"; do
  say "$target"
  cargo check --quiet --locked --package tollgate-core --package tollgate-capi --target "$target"
  log=$logs/$target.txt
  cargo rustc --quiet --locked --release --package tollgate --target "$target" --crate-type staticlib -- --print native-static-libs 2>&1 | tee "$log"
  # What the compiler says a program needs beside it, but for the C library, is that, in its order.
  needed=$(sed -n 's/.*native-static-libs: //p' "$log" | tr ' ' '\n' | grep '\.lib$' | paste -s -d ' ')
  [ "$needed" = "$documented" ] || fail "docs/WINDOWS.md says to link '$documented' with tollgate.lib, which needs '$needed'"
  library=$CARGO_TARGET_DIR/$target/release/tollgate.lib
  # Some of the compiler's own helpers carry bitcode that an older llvm-nm does not read; it says so and goes on. On x86 the
  # convention of C puts a line before each name.
  defined=$({ llvm-nm --defined-only --extern-only "$library" 2>/dev/null || true; } | awk '{ sub(/^_/, "", $NF); print $NF }' | sort -u)
  missing=$(comm -23 <(echo "$declared") <(echo "$defined"))
  [ -z "$missing" ] || fail "$library lacks" $missing
  echo "$functions functions in $library"
done

printf '\nmsvc.sh: core and capi type-check for %s; the static library of each has the %s functions of tollgate.h and needs what docs/WINDOWS.md says\n' \
  "${targets[*]}" "$functions"
