# programs.sh: sourced after lib.sh; builds and runs the C and C++ programs of tests/c and tests/cpp for another platform.
#
# As cargo does natively (tests/tests/c_programs.rs), with a cross compiler and, where needed, an emulator.

# What every program is compiled with, as tests/src/compiler.rs has it.
program_options=(-Wall -Wextra -Wpedantic -Wconversion -Werror -O1 -g -pthread "-I$repository/include" "-I$repository/tests/c")

# compile_program SOURCE OUTPUT LINKER_ARGUMENTS...: with the compilers in c_compiler and cpp_compiler (words of a command); the
# second may be empty.
compile_program() {
  local source=$1 output=$2
  shift 2
  case $source in
    *.c) $c_compiler -std=gnu11 "${program_options[@]}" "$source" -o "$output" "$@" ;;
    *.cpp) $cpp_compiler -std=gnu++17 "${program_options[@]}" "$source" -o "$output" "$@" ;;
  esac
}

# run_programs KIND FOLDER SKIPPED LINKER_ARGUMENTS...: every program not named in SKIPPED (words), built in FOLDER and run by the
# command in `runner`; fails with what the first program that fails printed. Adds to programs_run.
programs_run=0
run_programs() {
  local kind=$1 folder=$2 skipped=$3 source name
  shift 3
  mkdir -p "$folder"
  for source in "$repository"/tests/c/*.c "$repository"/tests/cpp/*.cpp; do
    name=$(basename "$source")
    case $source in *.cpp) [ -n "$cpp_compiler" ] || continue ;; esac
    case " $skipped " in *" $name "*) continue ;; esac
    compile_program "$source" "$folder/$name" "$@" || fail "$name does not compile or link ($kind)"
    # shellcheck disable=SC2086  # the runner is words
    timeout --foreground --signal=KILL 3600 $runner "$folder/$name" >"$folder/$name.txt" 2>&1 ||
      { local status=$?; tail -n 20 "$folder/$name.txt" >&2; fail "$name failed with status $status ($kind)"; }
    programs_run=$((programs_run + 1))
  done
}
