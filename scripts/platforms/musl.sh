#!/usr/bin/env bash
# musl.sh: the library with the C library musl: the static one in static programs, the shared one linked and loaded late by
# programs under musl's own loader, with threads that end.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 0 ] || usage musl.sh
target=x86_64-unknown-linux-musl

say "tools"
install musl-tools gcc
"$platforms/tools/rust.sh" newest "$target"
. "$platforms/env.sh" newest
. "$platforms/programs.sh"
build_in newest
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=musl-gcc
# Debian's musl-gcc has no C++ beside it, and no headers of the kernel.
c_compiler='musl-gcc -idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu'
cpp_compiler=
runner=
cd "$repository"
release=$CARGO_TARGET_DIR/$target/release
folder=$release/programs

say "static library"
cargo rustc --quiet --locked --release --package tollgate --target "$target" --crate-type staticlib
# The compiler's own default for this target is a static program, and no shared library: the flag is for a second build.
say "shared library"
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS='-Ctarget-feature=-crt-static -Clink-self-contained=no'
CARGO_TARGET_DIR=$CARGO_TARGET_DIR/dynamic cargo rustc --quiet --locked --release --package tollgate --target "$target" --crate-type cdylib
unset CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS
shared=$CARGO_TARGET_DIR/dynamic/$target/release/libtollgate.so
readelf --relocs --wide "$shared" | grep TLSDESC || fail "$shared does not find its thread-local pointers by descriptor"
! readelf --dynamic --wide "$shared" | grep -E 'STATIC_TLS|ld-linux|libc\.so\.6' || fail "$shared is not made for musl (above)"

say "C programs with the static library, static themselves"
run_programs static "$folder/static" "" -static "$release/libtollgate.a"
for program in "$folder"/static/*.c; do
  ! readelf --program-headers --wide "$program" | grep INTERP >/dev/null || fail "$program is not static"
done

say "C programs with the shared library, under musl's loader"
mkdir -p "$folder/shared"
soname=$(readelf --dynamic --wide "$shared" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
ln -sf "$shared" "$folder/shared/$soname"
run_programs shared "$folder/shared" "" "$shared" "-Wl,-rpath,$folder/shared"
readelf --program-headers --wide "$folder/shared/dying_threads.c" | grep 'ld-musl' || fail "the programs do not ask for musl's loader"

say "the shared library loaded late, after 100 others with thread-local variables"
late=$folder/late
mkdir -p "$late"
compile_program "$repository/tests/late/late.c" "$late/late"
compile_program "$repository/tests/late/small.c" "$late/small.so" -fPIC -shared
crowd=()
for number in $(seq 100); do
  cp "$late/small.so" "$late/small-$number.so"
  crowd+=("$late/small-$number.so")
done
"$late/late" "$shared" "${crowd[@]}"

printf '\nmusl.sh: the static library ran in static programs, the shared one by descriptor under the loader of musl: %s C programs; loaded late after %s libraries\n' \
  "$programs_run" "${#crowd[@]}"
