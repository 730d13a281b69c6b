# env.sh: sourced after lib.sh as `. env.sh newest|oldest`; tells cargo the compiler, and the linker and runner of each target.
rust=$(rust_folder "$1")
export RUSTC=$rust/bin/rustc RUSTDOC=$rust/bin/rustdoc
# By its name: cargo takes a path apart where it has a space.
PATH=$platforms/tools:$PATH
for width in x86_64 i686; do
  name=CARGO_TARGET_${width^^}_PC_WINDOWS_GNU
  # -posix: the variant whose C++ library has threads.
  export "${name}_LINKER=$width-w64-mingw32-gcc-posix"
  export "${name}_RUNNER=wine-run.sh"
done
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"
unset name width
