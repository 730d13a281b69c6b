#!/usr/bin/env bash
# herd.sh: herd7, the simulator of memory models, in a tree of Debian testing, the one suite that has it.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ $# = 0 ] || usage herd.sh
make_tree() {
  local root=$1
  rm -rf "$root"
  # Signatures are checked; the age of the index is not, since a mirror may stand still for some days.
  mmdebstrap --variant=minbase \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --aptopt='Acquire::Check-Valid-Until "false"' --include=herdtools7 testing "$root" "deb $(mirror) testing main"
  rm -rf "$root"/usr/share/{doc,man,locale} "$root"/var/lib/apt/lists/*
}

tree() { again 5 quietly herd-tree.txt make_tree "$1"; }

if [ ! -d "$cache/herd" ]; then
  need_root "making a Debian tree"
  install mmdebstrap
fi
install mount util-linux
once "$cache/herd" tree
"$platforms/tools/in-tree.sh" "$cache/herd" herd7 -version ||
  fail "the herd7 in $cache/herd does not run; delete that folder and start again"
