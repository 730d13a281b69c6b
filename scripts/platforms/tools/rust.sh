#!/usr/bin/env bash
# rust.sh newest|oldest [TARGET...]
#
# A compiler with the library source of exactly its version, so that the standard library can be built for any target. Debian
# 12 has two such pairs, for its browsers: `newest` of the security suite and `oldest` of the main suite. The packages are
# unpacked, not installed: as installed packages they exclude each other and Debian's own rustc. The machine's cargo drives
# either: `RUSTC=.../bin/rustc cargo build`.
#
# For each TARGET the standard library is built once; a plain `cargo build --target TARGET` works from then on. A target
# without an operating system gets core alone, and so do those of Microsoft's compiler, for which nothing can be linked here. No
# linker of the target is needed for that.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

case ${1:-} in newest | oldest) age=$1 ;; *) usage 'rust.sh newest|oldest [TARGET...]' ;; esac
shift
rust=$(rust_folder "$age")

# version of the package in question; several suites may offer the same
version() {
  local pick=1
  [ "$age" = newest ] || pick=\$
  apt-cache madison rustc-web | awk -F'|' '{ gsub(/ /, "", $2); print $2 }' | sort -rVu | sed -n "${pick}p"
}

# The packages of that version, into the present folder; the name of the LLVM that they need, into a file above.
download() {
  local version standard
  version=$(version)
  [ -n "$version" ] || { echo "apt knows no rustc-web, which is in Debian 12, main and security suites"; return 1; }
  standard=$(apt-cache show "libstd-rust-web-dev=$version" | grep -oE 'libstd-rust-web-[0-9.]+' | sed -n 1p)
  apt-cache show "$standard=$version" | grep -oE 'libllvm[0-9]+' | sed -n 1p >../llvm
  apt-get -qq -o APT::Sandbox::User=root -o Acquire::Retries=5 download \
    "rustc-web=$version" "libstd-rust-web-dev=$version" "$standard=$version" "rust-web-src=$version"
}

update_and_download() {
  locked apt apt update
  download
}

unpack() {
  local into=$1 archives archive log=rust-$age-download.txt
  archives=$into/archives
  mkdir -p "$archives"
  cd "$archives"
  # Lists that are missing or older than what the mirror has do not do.
  if ! download >"$logs/$log" 2>&1; then again 5 quietly "$log" update_and_download; fi
  cd "$into"
  for archive in "$archives"/*.deb; do dpkg -x "$archive" "$into"; done
  rm -rf "$archives"
  # Two thirds of the source are the compiler.
  find "$into"/usr/src/rustc-* -mindepth 1 -maxdepth 1 ! -name library -exec rm -rf {} +
  rm -rf "$into/usr/share"
  mkdir "$into/bin"
  local tool
  for tool in rustc rustdoc; do
    cat >"$into/bin/$tool" <<WRAPPER
#!/bin/sh
here=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
LD_LIBRARY_PATH="\$here/usr/lib/x86_64-linux-gnu\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" exec "\$here/usr/bin/$tool" "\$@"
WRAPPER
    chmod +x "$into/bin/$tool"
  done
}

# The standard library of one target, as build-std makes it, in the layout in which the compiler looks for it.
standard_library() {
  local target=$1 into=$2 source=$rust/usr/lib/rustlib/src/rust/library object
  local crates=std,panic_unwind,panic_abort,test,proc_macro
  mkdir "$into/lib"
  case $target in
    *-none | *-none-* | *-msvc) crates=core ;;
    *-windows-gnu) # start-up objects that build-std leaves out
      for object in rsbegin rsend; do
        RUSTC_BOOTSTRAP=1 "$rust/bin/rustc" --target "$target" --cap-lints allow --emit=obj \
          -o "$into/lib/$object.o" "$source/rtstartup/$object.rs"
      done ;;
  esac
  # The newer source carries the crates that std needs; the older takes them from the registry.
  local offline=()
  [ ! -d "$source/vendor" ] || offline=(--offline --config "source.crates-io.replace-with='vendor'"
    --config "source.vendor.directory='$source/vendor'")
  mkdir -p "$into/seed/src"
  echo '#![no_std]' >"$into/seed/src/lib.rs"
  printf '[package]\nname = "seed"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$into/seed/Cargo.toml"
  # With bitcode: without it nothing that uses the library can be optimised at link time.
  (cd "$into/seed" && env -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET RUSTFLAGS=-Cembed-bitcode=yes RUSTC_BOOTSTRAP=1 \
    RUSTC="$rust/bin/rustc" CARGO_TARGET_DIR="$into/seed/target" cargo build -q --release --target "$target" \
    -Zbuild-std="$crates" "${offline[@]}")
  rm -f "$into/seed/target/$target/release/deps"/libseed*
  cp "$into/seed/target/$target/release/deps"/*.rlib "$into/lib/"
  rm -rf "$into/seed"
}

# What was compiled against a standard library that has been built anew since does not go with it, and cargo does not see that.
forget_older() {
  local target=$1 folder stamp
  folder=$(target_folder "$age")
  stamp=$(stat -c %Y.%i "$rust/usr/lib/rustlib/$target/lib")
  if [ "$(cat "$folder/$target.library" 2>/dev/null)" != "$stamp" ]; then
    rm -rf "$folder/$target" "$folder/dynamic/$target"
    mkdir -p "$folder"
    echo "$stamp" >"$folder/$target.library"
  fi
}

type -P cargo >/dev/null || fail "cargo is not here; install Rust with rustup"
[ "$(uname -m)" = x86_64 ] || fail "the compilers of this script run on x86-64; this is $(uname -m)"
install binutils gcc libc6-dev
once "$rust" unpack
install "$(cat "$rust/llvm")"
"$rust/bin/rustc" --version || fail "the compiler in $rust does not run; delete that folder and start again"
for target in "$@"; do
  log=rust-$age-$target.txt
  once "$rust/usr/lib/rustlib/$target" quietly "$log" standard_library "$target"
  forget_older "$target"
  echo "standard library for $target"
done
