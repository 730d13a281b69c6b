# Shared by the scripts of this folder; sourced, never run.
#
# Tools come from Debian 12's own packages and stand in one cache folder outside the repository. What is there is used as it
# is; a folder under its final name is complete, because it is filled under another name and renamed. Deleting the cache, or
# any folder in it, costs time and nothing else.
set -euo pipefail

platforms=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$platforms/../.." && pwd)
cache=${TOLLGATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tollgate}
mkdir -p "$cache" || { echo "cannot make the cache folder $cache; set TOLLGATE_CACHE to a folder that can be written" >&2; exit 1; }
cache=$(cd "$cache" && pwd)
logs=$cache/log
mkdir -p "$logs"
me=$(basename "$0")

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s: %s\n' "$me" "$*" >&2; exit 1; }

# usage TEXT ARGUMENTS...: ends the script if it was called with arguments that it does not take.
usage() { printf 'usage: %s\n' "$1" >&2; exit 2; }

# An interrupted script ends what it started: those of its children that are still there, then itself.
trap 'trap - INT TERM; pkill -TERM -P $$ || true; exit 130' INT TERM

need_root() { [ "$(id -u)" = 0 ] || fail "$1 needs root; run this script as root, or with sudo and TOLLGATE_CACHE=$cache"; }

# install PACKAGE...: what is not installed yet. In an archive folder of its own: where apt is set up to empty the common one
# after each run, two runs at a time would lose packages to each other.
install() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "not installed: ${missing[*]}; install them with apt-get as root"
    as_root=(sudo)
  fi
  echo "installing ${missing[*]}"
  # Joined by "and": within an "or", as this is, "set -e" does not end anything.
  (
    options=(-qq -o DPkg::Lock::Timeout=600 -o "Dir::Cache::archives=$cache/archives")
    flock 9 && mkdir -p "$cache/archives/partial" &&
      { apt-cache policy "${missing[@]}" | grep -q 'Candidate: [0-9]' || "${as_root[@]}" apt-get "${options[@]}" update; } &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install --yes --no-install-recommends "${missing[@]}" &&
      "${as_root[@]}" rm -rf "$cache/archives"
  ) 9>"$cache/lock-apt" >"$logs/apt.txt" 2>&1 || { tail -n 20 "$logs/apt.txt" >&2; fail "apt-get could not install ${missing[*]} (above, and in $logs/apt.txt)"; }
}

# once FOLDER COMMAND...: fills FOLDER by COMMAND, called with a folder to fill, unless it is there. Several at a time wait for
# the first.
once() {
  local folder=$1
  shift
  [ ! -d "$folder" ] || return 0
  mkdir -p "$(dirname "$folder")"
  (
    flock 9
    if [ ! -d "$folder" ]; then
      rm -rf "$folder.part"
      mkdir "$folder.part"
      "$@" "$folder.part"
      mv "$folder.part" "$folder"
    fi
  ) 9>"$cache/lock-$(basename "$folder")"
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
    --format '$(REPO_URI)' | head -n 1)
  echo "${uri:-http://deb.debian.org/debian}"
}

# rust_folder newest|oldest: where that compiler stands.
rust_folder() { echo "$cache/rust-$1"; }

# The folder for what the build of one platform leaves, per compiler: compilers do not read each other's output.
target_folder() { echo "${CARGO_TARGET_DIR:-$repository/target}/platforms/$1"; }

# passed_tests LOG: how many tests cargo's output says have passed.
passed_tests() { awk '/^test result: ok\./ { sum += $4 } END { print sum + 0 }' "$1"; }
