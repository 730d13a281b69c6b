#!/usr/bin/env bash
# wine.sh: Wine 10 for 64-bit and 32-bit programs, in a Debian 13 tree of its own with a booted prefix.
#
# The machine's own Wine is older, is 64-bit only, and lacks a library that Rust's standard library needs; 32-bit packages
# would make a second architecture of the whole machine.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ $# = 0 ] || usage wine.sh
tree() {
  local root=$1
  # Signatures are checked; the age of the index is not, since a mirror may stand still for some days.
  quietly wine-tree.txt mmdebstrap --variant=minbase --architectures=amd64,i386 \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --include=wine,wine64,wine32:i386 trixie "$root" "deb $(mirror) trixie main"
  rm -rf "$root"/usr/share/{doc,man,locale} "$root"/var/lib/apt/lists/*
  quietly wine-boot.txt env TREE_KEEP=1 "$platforms/tools/in-tree.sh" "$root" sh -c 'wineboot -i && wineserver -w'
}

install mmdebstrap mount util-linux
if [ ! -d "$cache/wine" ]; then need_root "making a Debian tree"; fi
once "$cache/wine" tree
need_root "entering a Debian tree"
"$platforms/tools/in-tree.sh" "$cache/wine" wine --version ||
  fail "the Wine in $cache/wine does not run; delete that folder and start again"
