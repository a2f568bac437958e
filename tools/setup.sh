#!/bin/bash
# usage: tools/setup.sh [--ci] [--list]
# Installs the Debian packages that are missing, and says which and why. --ci: also what .ci/run needs.
# --list: names them all and installs nothing. sudo is called only when something is missing and the user is not root.
set -euo pipefail

build="
gcc             C compiler
libc6-dev       C library headers
cmake           build description
ninja-build     runs the build
pkg-config      finds libraries
libdnnl-dev     oneDNN: matrix products
libyaml-dev     reads configs
libjansson-dev  reads and writes JSON
libnetcdf-dev   reads and writes NetCDF
libhdf5-dev     reads Keras' models and weights (optional)
libudunits2-dev converts units
libsqlite3-dev  keeps the trials of a tuning
libzip-dev      reads and writes PyTorch files
libpng-dev      reads PNG images (optional)
libturbojpeg0-dev reads JPEG images (optional)
zlib1g-dev      reads .gz files (optional)
libprotobuf-c-dev reads ONNX models
protobuf-c-compiler makes their reader
libonnx-dev     the format's definition, onnx.proto
libxgboost-dev  boosted trees (optional)
libjs-dygraphs  hydrographs in the report
libjs-leaflet   maps in the report
libcairo2-dev   figures as PNG and PDF
gettext         Russian messages
libcmocka-dev   unit tests"
checks="
git             the lint lists tracked files
clang           fuzzers
clang-format-14 the lint's format check
chromium        the report's page is opened in it
nodejs          drives Chromium
locales         tests under ru_RU.UTF-8
python3-xarray  opens forecast.nc as a user would
python3-netcdf4 the same, and NeuralHydrology's layout
netcdf-bin      ncdump of forecast.nc
libonnx-testdata  ONNX's own tests of its operators
time            seconds and memory of a stage"

list=$build
only_list=
for a in "$@"; do
    case $a in
    --ci) list+=$checks ;;
    --list) only_list=1 ;;
    *) sed -n '2,4s/^# //p' "$0"; exit 2 ;;
    esac
done
if [ -n "$only_list" ]; then
    echo "${list#$'\n'}"
    exit 0
fi
command -v dpkg-query > /dev/null || { echo "not a Debian system: see that these are installed:$list"; exit 0; }

missing=()
why=
while read -r package reason; do
    [ -n "$package" ] || continue
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2> /dev/null | grep -qx installed && continue
    case $package in # what is here under another name serves as well
    nodejs) command -v node > /dev/null && continue ;;
    pkg-config) command -v pkg-config > /dev/null && continue ;;
    esac
    missing+=("$package")
    why+=$(printf '  %-16s %s' "$package" "$reason")$'\n'
done <<< "$list"
[ ${#missing[@]} -gt 0 ] || exit 0

printf 'Installing %d packages:\n%s' "${#missing[@]}" "$why"
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || { echo "not root and no sudo: as root, run apt-get install ${missing[*]}" >&2; exit 1; }
    sudo=sudo
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" > "$log" 2>&1
}
# The package lists of a new machine may be empty or old.
install || { $sudo apt-get update -q > "$log" 2>&1 && install; } || { tail -20 "$log" >&2; exit 1; }
echo "Installed."
