# Full disks, damaged files, two runs in one folder: named, status 2, nothing half-written.
. "$(dirname "$0")/lib.bash"

records
small run.yml
ends 0 "$freshet" run run.yml --out run --quiet

# A limit on a file's size fails a write as a full disk does.
# limited KIB COMMAND...
limited() {
    local kib=$1
    shift
    (
        ulimit -f "$kib"
        exec "$@"
    )
}
refused "full/data.frs" -- limited 8 "$freshet" run run.yml --out full
[ ! -e full ] || fail "a run that could not begin left its folder"
refused "big/checkpoint-lstm.frs" -- limited 150 "$freshet" run run.yml --out big --set hidden_size=128
[ ! -e big/checkpoint-lstm.frs ] && [ ! -e big/models/lstm.frs ] && [ ! -e big/scores.csv ] || fail "half-written"
ends 0 "$freshet" run --resume big --quiet
ends 0 "$freshet" run run.yml --out big2 --quiet --set hidden_size=128
same big/scores.csv big2/scores.csv
refused "made/synthetic-1.csv" -- limited 8 "$freshet" synth --years 5 --out made
refused "all.frs" -- limited 8 "$freshet" pack records --out all.frs
[ ! -e all.frs ] && [ ! -e made/synthetic-1.csv ] || fail "half-written"

# The disk itself, where one may be mounted.
mkdir disk
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=48k freshet-test disk 2> /dev/null; then
    trap 'umount "$work/disk"; rm -rf "$work"' EXIT
    refused "disk/" "No space left" -- "$freshet" run run.yml --out disk/run
    [ -z "$(find disk -name '*.tmp-*' -o -name scores.csv)" ] || fail "half-written"
    umount disk
    trap 'rm -rf "$work"' EXIT
else
    echo "skipped: a full disk, no right to mount one"
fi

# Not the user's fault: status 1. (A sanitizer needs more addresses than that.)
if ! grep -q '^FRS_SANITIZE:[A-Z]*=.' "$FRS_BUILD/CMakeCache.txt"; then
    ends 1 bash -c 'ulimit -v 600000; exec "$@"' _ "$freshet" run run.yml --out huge --set hidden_size=4096 --set forecasters=[lstm]
    has err.txt "out of memory"
fi

# damaged FILE COMMAND TEXT...: FILE of a copy of the run is changed by COMMAND ($1 is the file), then forecast is refused.
damaged() {
    local file=$1 change=$2
    shift 2
    rm -rf copy
    cp -r run copy
    bash -c "$change" _ copy/"$file"
    refused "copy/$file" "$@" -- "$freshet" forecast copy
}
cut='truncate -s -100 "$1"'
flip='n=$(($(stat -c %s "$1") - 40)); printf "\125" | dd of="$1" bs=1 seek=$n conv=notrunc status=none'
damaged models/lstm.frs "$cut"
damaged models/lstm.frs "$flip"
damaged models/lstm.frs ': > "$1"'
damaged models/ridge.frs 'head -c 5000 /dev/urandom > "$1"'
damaged data.frs "$cut"
damaged data.frs 'printf "\007" | dd of="$1" bs=1 seek=8 conv=notrunc status=none' "version" "7" "1"
damaged config.yml 'echo "hiden_size: 3" >> "$1"' "hidden_size"

# A checkpoint that is cut or changed is not gone on with, and stays as it is.
for change in "$cut" "$flip"; do
    rm -rf copy
    cp -r run copy
    rm copy/models/lstm.frs copy/run.json copy/scores.csv
    bash -c "$change" _ copy/checkpoint-lstm.frs
    refused "copy/checkpoint-lstm.frs" -- "$freshet" run --resume copy
    [ ! -e copy/models/lstm.frs ] || fail "a model of a damaged checkpoint"
done

# A damaged table is named with its line.
rm -rf copy
cp -r run copy
sed -i '5s/,[^,]*$//' copy/scores.csv
refused "copy/scores.csv:5" -- "$freshet" report copy
rm copy/run.json
refused "copy/run.json" -- "$freshet" report copy

# Two runs in one folder: the second is refused, the first goes on; so is a second one afterwards.
"$freshet" run run.yml --out both --quiet --set epochs=4000 --threads 1 > first.txt 2>&1 &
program=$!
for _ in $(seq 400); do
    [ ! -e both/checkpoint-lstm.frs ] || break
    sleep 0.01
done
ends 2 "$freshet" run run.yml --out both
has err.txt "both: process $program uses it"
ends 2 "$freshet" run --resume both
has err.txt "both: process $program uses it"
kill -0 $program || fail "the first run did not go on"
kill -TERM $program 2> /dev/null || true
wait $program || true
sum=$(cksum run/*.* run/models/*)
refused "run: holds a run already" "--resume run" "--out" -- "$freshet" run run.yml --out run
[ "$sum" = "$(cksum run/*.* run/models/*)" ] || fail "a refused run changed the folder"
: > plain
refused "plain" -- "$freshet" run run.yml --out plain

# NetCDF that is not what it should be.
if "$freshet" version | grep -q 'netcdf (built without'; then
    echo "skipped: NetCDF, built without it"
    exit 0
fi
# base64 of gzip of two files made by python3-netcdf4, NETCDF3_CLASSIC: q(step); date(date) with q(date) of characters
mkdir -p nodate/time_series wrong/time_series
base64 -d << END | gzip -d > nodate/time_series/river.nc
H4sIAAAAAAACA3N2cWNkgAAuIAaxWYpLUgtANAMCcEPlGAshfEYGVMAKxAJAHGDfwMDgAGQ4AAkHIBsAUPYJNmAAAAA=
END
base64 -d << END | gzip -d > wrong/time_series/river.nc
H4sIAAAAAAACA3N2cWNkgAAuIAaxWVISS1JBNAMCcAMxE5IcTA8PlM1ampdZUgwRA6kTTUmsLFYozsxLTlUwtLQw1DUAIYg8yFwBIF4A0lsIEWNkQAVMUHUbGBDyIDHmxKTkFACcTDJztAAAAA==
END
ends 0 "$freshet" convert records --to netcdf --out cut
truncate -s 30000 cut/time_series/synthetic-1.nc
refused "nodate/time_series/river.nc" '"date"' "step" -- "$freshet" run run.yml --out nc --set data_dir=nodate
refused "wrong/time_series/river.nc" '"q"' "characters" -- "$freshet" run run.yml --out nc --set data_dir=wrong
refused "cut/time_series/synthetic-1.nc" "truncated" -- "$freshet" run run.yml --out nc --set data_dir=cut
refused "cut/time_series/synthetic-1.nc" -- "$freshet" convert cut --to csv --out csv
[ ! -e nc ] && [ ! -e csv/synthetic-1.csv ] || fail "half-written"
