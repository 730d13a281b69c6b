#!/usr/bin/env bash
# Fetches two complete .NET runtimes from package registries and unpacks them for the live tests of adapters/coreclr:
#
#   target/dotnet/3.1    .NET Core 3.1.23, from the PyPI wheel dotnetcore2 3.1.23
#   target/dotnet/9.0    .NET 9.0.7, from the npm package @azure/mcp-linux-x64 0.5.13
#
# Needs pip (any Python 3) and npm; the C# of the tests is compiled with Debian's mono-mcs. Fetches nothing that is
# there already. Another folder may be given as the argument; the tests look where TOLLGATE_DOTNET says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/common.sh
into=${1:-${TOLLGATE_DOTNET:-target/dotnet}}
mkdir -p "$into"
into=$(cd "$into" && pwd)

wheel=dotnetcore2-3.1.23-py3-none-manylinux1_x86_64.whl
wheel_sha256=5f076ddc39da0c685e7de20ecb91ee81185928918ec86fbeb3bffc55dd867ab5
package=azure-mcp-linux-x64-0.5.13.tgz
package_sha256=bf1bcc71b0469664c1ee8037271404df31142fe4245c633ad99519464243ab2a

if [ "$(uname -m)" != x86_64 ]; then
  echo "fetch-dotnet.sh: these packages are for x86_64; this machine is $(uname -m)" >&2
  exit 1
fi

# One at a time: what is there when the lock is had is complete, and is left as it is.
exec 9<"$into"
flock --nonblock 9 || { echo "waiting for another fetch-dotnet.sh in $into"; flock 9; }
work=$(mktemp -d "$into/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

# check FILE SHA256
check() {
  echo "$2  $work/$1" | sha256sum --check --quiet || {
    echo "fetch-dotnet.sh: $1 is not the file this script was written for" >&2
    exit 1
  }
}

if [ ! -e "$into/3.1/libcoreclr.so" ]; then
  again 3 python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" dotnetcore2==3.1.23 9<&-
  check "$wheel" "$wheel_sha256"
  python3 -m zipfile -e "$work/$wheel" "$work/wheel"
  runtime=$work/wheel/dotnetcore2/bin
  mv "$runtime/shared/Microsoft.NETCore.App/3.1.23" "$work/3.1"
  rm -rf "$into/3.1"
  mv "$work/3.1" "$into/3.1"
fi

if [ ! -e "$into/9.0/libcoreclr.so" ]; then
  (cd "$work" && again 3 npm pack --silent @azure/mcp-linux-x64@0.5.13 >/dev/null 9<&-)
  check "$package" "$package_sha256"
  # Of the package only the runtime: its own programs are not wanted.
  mkdir "$work/9.0"
  tar -xzf "$work/$package" -C "$work/9.0" --strip-components=2 --wildcards \
    'package/dist/System.*' 'package/dist/Microsoft.Win32.*' 'package/dist/Microsoft.CSharp.dll' \
    'package/dist/mscorlib.dll' 'package/dist/netstandard.dll' 'package/dist/WindowsBase.dll' 'package/dist/lib*.so' \
    'package/LICENSE'
  rm -rf "$into/9.0"
  mv "$work/9.0" "$into/9.0"
fi

echo "$into/3.1: $(ls "$into/3.1" | wc -l) files"
echo "$into/9.0: $(ls "$into/9.0" | wc -l) files"
