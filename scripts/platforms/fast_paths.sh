# fast_paths.sh: sourced after lib.sh; what the transitions are made of on aarch64, as benches/tests/disassembly.rs checks it on
# x86-64: no barrier, no exclusive or atomic read-modify-write instruction, no call, no system call, no timestamp, no stack; and
# branches out of a transition lead to slow halves only. Release stores (stlr) belong to it: they order, and wait for nothing.

fast_paths_checked=0

# Reads `objdump -d` of functions, prints one line per offence and, last, the number of functions and of instructions up to
# each first return.
judge_fast_paths() {
  awk '
    /^[0-9a-f]+ <.*>:$/ {
      name = $2; gsub(/[<>:]/, "", name)
      wanted = name ~ /transitions[0-9]+(reverse_)?(leave|enter)_runtime/ || name ~ /^tollgate_(reverse_)?(leave|enter)$/
      returned = 0; length_ = 0
      if (wanted) { functions++; leaves = 0 }
      next
    }
    wanted && /:\t/ {
      text = $0; sub(/^[^\t]*:\t/, "", text); sub(/\/\/.*/, "", text)
      split(text, word, /[ \t]+/)
      m = word[1]
      if (!returned) length_++
      bad = ""
      if (m ~ /^(dmb|dsb|isb|sb|csdb)$/) bad = "a barrier"
      else if (m ~ /^(ldx|ldax|stx|stlx)(r|p)[bh]?$/) bad = "an exclusive access"
      else if (m ~ /^(cas|swp|ldadd|ldclr|ldeor|ldset|ldsmax|ldsmin|ldumax|ldumin|stadd|stclr|steor|stset|stsmax|stsmin|stumax|stumin)/) bad = "an atomic read-modify-write"
      else if (m ~ /^(bl|blr|blra.*)$/) bad = "a call"
      else if (m ~ /^(svc|hvc|smc|brk)$/) bad = "a system call"
      else if (m == "mrs" && text !~ /tpidr_el0/) bad = "a read of a system register"
      else if (text ~ /(^|[^a-z])sp([^a-z]|$)/) bad = "a stack frame"
      else if (m == "br") bad = "an indirect branch"
      else if (m == "b" || m ~ /^(b\.|cb|tb)/) {
        to = text; sub(/.*</, "", to); sub(/>.*/, "", to); sub(/\+0x[0-9a-f]+$/, "", to)
        if (to != name) { leaves = 1; if (to !~ /_(cold|slow|empty)/) bad = "a branch to something that is no slow half" }
      }
      if (bad != "") print "offence: " name " contains " bad ": " text
      if (m == "ret" && !returned) { returned = 1; printf "%-70s %3d instructions\n", name, length_ }
    }
    END { print functions + 0 " functions" }
  '
}

# check_fast_paths FILE: the four methods of the vtable and the four functions by task handle, each once, and each with a return.
check_fast_paths() {
  local found name
  found=$(aarch64-linux-gnu-objdump -d -w --no-show-raw-insn "$1" | judge_fast_paths)
  ! grep '^offence: ' <<<"$found" >&2 || fail "the fast paths of $1 hold what they must not (above)"
  for name in transitions[0-9]+{leave,enter,reverse_enter,reverse_leave}_runtime '^'tollgate_{leave,enter,reverse_enter,reverse_leave}' '; do
    [ "$(grep -cE "$name.* instructions\$" <<<"$found")" = 1 ] || fail "not one function in $1 is $name: $found"
  done
  grep -qx '8 functions' <<<"$found" || fail "there are not eight transitions in $1: $found"
  printf '%s in %s\n' "$found" "$1"
  fast_paths_checked=$((fast_paths_checked + 8))
}

# The check can fail: one bad instruction of each kind, and some good ones.
fast_paths_know_what_they_look_for() {
  local line
  while IFS= read -r line; do
    printf '0000 <tollgate_leave>:\n  10:\t%s\n' "$line" | judge_fast_paths | grep '^offence: ' >/dev/null ||
      fail "the check of the fast paths would let '$line' pass"
  done <<'BAD'
dmb	ish
dsb	sy
ldaxr	x8, [x0]
ldxr	x8, [x0]
stlxr	w9, x8, [x0]
ldaddal	x8, x9, [x0]
casal	x8, x9, [x0]
swpal	x8, x9, [x0]
stadd	x8, [x0]
bl	4000 <f>
blr	x8
svc	#0x0
mrs	x8, cntvct_el0
str	x30, [sp, #-16]!
b	4000 <elsewhere>
br	x16
BAD
  while IFS= read -r line; do
    ! printf '0000 <tollgate_leave>:\n  10:\t%s\n' "$line" | judge_fast_paths | grep '^offence: ' ||
      fail "the check of the fast paths would refuse '$line'"
  done <<'GOOD'
ldr	x8, [x0]
ldr	x9, [x8, #40]!
stlr	x8, [x0]
mrs	x9, tpidr_el0
tbnz	x8, #63, 507c <tollgate_leave+0x44>
b	1950 <tollgate_leave_slow@plt>
ret
GOOD
}
