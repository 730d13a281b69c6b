# Shared by the scripts of this folder; sourced, never run.
#
# Tools come from Debian 12's own packages and stand in one cache folder outside the repository. What is there is used as it
# is; a folder under its final name is complete, because it is filled under another name and renamed. Deleting the cache, or
# any folder in it, costs time and nothing else.
set -euo pipefail

# Messages of the compiler and of Debian's tools are read.
export CARGO_TERM_COLOR=never LC_ALL=C.UTF-8

platforms=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$platforms/../.." && pwd)
. "$repository/scripts/common.sh"
# A caller's settings for native builds would change what is tested, or fail for another target.
not_used RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_BUILD_TARGET
# What a script does is said at its top.
case ${1:-} in
  -h | --help)
    sed -n '2,${ /^#/!q; s/^# \{0,1\}//p }' "$0"
    exit 0 ;;
esac

cache=${TOLLGATE_CACHE:-${XDG_CACHE_HOME:-${HOME:?set TOLLGATE_CACHE, or HOME}/.cache}/tollgate}
mkdir -p "$cache" || { echo "cannot make the cache folder $cache; set TOLLGATE_CACHE to a folder that can be written" >&2; exit 1; }
cache=$(cd "$cache" && pwd)
export TOLLGATE_CACHE=$cache
# Not for a script that another one calls, which is below that one's supervisor, and not for a shell that reads this by hand.
own_folder=$(dirname -- "$0")
if [ -z "${TOLLGATE_LOGS:-}" ] && [ -f "$0" ] && { [ "$own_folder" -ef "$platforms" ] || [ "$own_folder" -ef "$platforms/tools" ]; }; then
  . "$platforms/supervise.sh"
fi
logs=${TOLLGATE_LOGS:-$cache/log}
mkdir -p "$logs"
me=$(basename "$0")

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s: %s\n' "$me" "$*" >&2; exit 1; }

# usage TEXT: ends a script that was called with arguments it does not take.
usage() { printf 'usage: %s\n' "$1" >&2; exit 2; }

need_root() { [ "$(id -u)" = 0 ] || fail "$1 needs root; run this script as root, or with sudo and TOLLGATE_CACHE=$cache"; }

# apt COMMAND...: apt-get as root, in an archive folder of its own: where apt is set up to empty the common one after each run,
# two runs at a time would lose packages to each other.
apt() {
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o Acquire::Retries=5 \
    -o "Dir::Cache::archives=$cache/archives" "$@"
}

# apt_knows PACKAGE...: true if there is something to install for each.
apt_knows() { [ "$(apt-cache policy "$@" | grep -c '^  Candidate: [0-9]')" = $# ]; }

# The lists of packages are fetched anew only where they do not do: they may be missing, or older than what the mirror has.
install_with_apt() {
  mkdir -p "$cache/archives/partial"
  apt_knows "$@" || apt update || return 1
  local command=(install --yes --no-install-recommends "$@")
  apt "${command[@]}" || { apt update && apt "${command[@]}"; } || return 1
  apt clean
}

# install PACKAGE...: what is not installed yet.
install() {
  local missing=() package
  command -v dpkg-query >/dev/null || fail "this is no Debian: dpkg is not here; Debian 12 is needed"
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "not installed: ${missing[*]}; install them with apt-get as root"
  echo "installing ${missing[*]}"
  locked apt again 5 quietly apt.txt install_with_apt "${missing[@]}"
}

# locked NAME COMMAND...: one at a time of all that use this cache.
locked() {
  local lock=$cache/lock-$1
  shift
  (
    flock 9
    "$@" 9>&-
  ) 9>"$lock"
}

# once FOLDER COMMAND...: fills FOLDER by COMMAND, called with a folder to fill, unless it is there. Several at a time wait for
# the first.
once() {
  [ -d "$1" ] || locked "$(basename "$1")" fill "$@"
}

fill() {
  local folder=$1
  shift
  [ ! -d "$folder" ] || return 0
  rm -rf "$folder.part"
  mkdir -p "$folder.part"
  "$@" "$folder.part"
  mv "$folder.part" "$folder"
}

# quietly LOG COMMAND...: shows the output of COMMAND only if it fails. COMMAND may be a function: it ends at its first command
# that fails, which it would not within an "or".
quietly() {
  local log=$logs/$1 status
  shift
  set +e
  (set -e; "$@") >"$log" 2>&1
  status=$?
  set -e
  [ "$status" = 0 ] || { tail -n 40 "$log" >&2; fail "failed: $* (above, and in $log)"; }
}

# The mirror this machine is set up with.
mirror() {
  local uri
  uri=$(apt-get indextargets 'Created-By: Packages' "Codename: $(. /etc/os-release; echo "$VERSION_CODENAME")" \
    --format '$(REPO_URI)' | sed -n 1p)
  echo "${uri:-http://deb.debian.org/debian}"
}

# rust_folder newest|oldest: where that compiler stands.
rust_folder() { echo "$cache/rust-$1"; }

# The folder for what the build of one platform leaves, per compiler and cache: compilers do not read each other's output, nor
# that of the same one with a standard library of another cache.
target_folder() { echo "${CARGO_TARGET_DIR:-$repository/target}/platforms/$1-$(cksum <<<"$cache" | cut -d ' ' -f 1)"; }

# Without the lock of build_in, and so without it for all that a build starts: a daemon (sccache) would keep it beyond the end of
# the script.
cargo() { command cargo "$@" 8>&-; }

# build_in NAME: cargo builds in that folder from here on, and this script has it to itself: a second run waits for the first.
build_in() {
  CARGO_TARGET_DIR=$(target_folder "$1")
  export CARGO_TARGET_DIR
  mkdir -p "$CARGO_TARGET_DIR"
  exec 8>"$CARGO_TARGET_DIR/lock-$me"
  flock --nonblock 8 || { echo "waiting for another $me in $CARGO_TARGET_DIR"; flock 8; }
}

# passed_tests LOG: how many tests cargo's output says have passed.
passed_tests() { awk '/^test result: ok\./ { sum += $4 } END { print sum + 0 }' "$1"; }
