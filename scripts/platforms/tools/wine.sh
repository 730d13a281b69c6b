#!/usr/bin/env bash
# wine.sh: Wine 10 for 64-bit and 32-bit programs, in a Debian 13 tree of its own with a booted prefix.
#
# The machine's own Wine is older, is 64-bit only, and lacks a library that Rust's standard library needs; 32-bit packages
# would make a second architecture of the whole machine.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ $# = 0 ] || usage wine.sh
make_tree() {
  local root=$1
  rm -rf "$root"
  # Signatures are checked; the age of the index is not, since a mirror may stand still for some days.
  mmdebstrap --variant=minbase --architectures=amd64,i386 \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --include=wine,wine64,wine32:i386 trixie "$root" "deb $(mirror) trixie main"
  rm -rf "$root"/usr/share/{doc,man,locale} "$root"/var/lib/apt/lists/*
}

# wineboot may end well and leave half a prefix: it is whole if it has a registry and programs of both widths run in it.
# It is in the home folder of the tree's own superuser.
boot() {
  local root=$1 prefix=$1/root/.wine
  local within=(timeout --foreground --signal=KILL 900)
  rm -rf "$prefix"
  "${within[@]}" env TREE_KEEP=1 "$platforms/tools/in-tree.sh" "$root" sh -c 'wineboot -i && wineserver -w'
  [ -s "$prefix/system.reg" ] || fail "wineboot has written no registry"
  "${within[@]}" "$platforms/tools/in-tree.sh" "$root" sh -c 'wine cmd /c exit && wine "C:\\windows\\syswow64\\cmd.exe" /c exit'
}

tree() {
  again 5 quietly wine-tree.txt make_tree "$1"
  again 2 quietly wine-boot.txt boot "$1"
}

if [ ! -d "$cache/wine" ]; then
  need_root "making a Debian tree"
  install mmdebstrap
fi
install mount util-linux
once "$cache/wine" tree
need_root "entering a Debian tree"
"$platforms/tools/in-tree.sh" "$cache/wine" wine --version ||
  fail "the Wine in $cache/wine does not run; delete that folder and start again"
