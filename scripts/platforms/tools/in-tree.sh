#!/usr/bin/env bash
# in-tree.sh TREE COMMAND...
#
# Runs COMMAND in TREE, a Debian tree of the cache, with the present folder, the repository, the cache and each folder of SHARE
# (':' between them) at their own paths. Mounts and processes are private: none is left when COMMAND ends, however it ends,
# and several can run at a time. What COMMAND writes into the tree is forgotten, unless TREE_KEEP is set.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[ $# -ge 2 ] && [ -d "$1" ] || usage 'in-tree.sh TREE COMMAND...'
tree=$(cd "$1" && pwd)
shift
need_root "entering a Debian tree"
# A place for a mount that nobody else sees.
mkdir -p "$cache/layer"

# Two stages: the first is process 1 of its name space, with whom everything in it ends; the terminal's interrupt reaches it
# because it asks for it.
exec unshare --mount --pid --fork --kill-child bash -c '
  set -euo pipefail
  tree=$1 shared=$2 layer=$3 here=$PWD
  shift 3
  if [ -z "${TREE_KEEP:-}" ]; then
    # A fresh layer over the tree: two Wines over one prefix would share a server across process name spaces.
    mount -t tmpfs tmpfs "$layer"
    mkdir "$layer/written" "$layer/work" "$layer/root"
    mount -t overlay overlay -o "lowerdir=$tree,upperdir=$layer/written,workdir=$layer/work" "$layer/root"
    tree=$layer/root
  fi
  mount -t proc proc "$tree/proc"
  mount --rbind /dev "$tree/dev"
  IFS=:
  set -f
  for folder in $shared; do
    [ -d "$folder" ] && [ "$folder" != / ] || continue
    mkdir -p "$tree$folder"
    mount --bind "$folder" "$tree$folder"
  done
  unset IFS
  trap "exit 130" INT TERM
  # Without TMPDIR: the Wine of Debian 13 crashes at its start where it is set.
  chroot "$tree" /usr/bin/env -u TMPDIR -u LD_LIBRARY_PATH -u LD_PRELOAD -u DISPLAY -u WAYLAND_DISPLAY \
    HOME=/root PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 XDG_RUNTIME_DIR=/tmp WINEDEBUG="${WINEDEBUG--all}" \
    WINEDLLOVERRIDES="${WINEDLLOVERRIDES-mscoree,mshtml,winedbg.exe=}" \
    sh -c "cd \"\$0\" && exec \"\$@\"" "$here" "$@" <&0 &
  wait "$!"
' bash "$tree" "$PWD:$repository:$cache:${SHARE:-}" "$cache/layer" "$@"
