# Records that cannot be right: each is refused with its place, status 2 and nothing half-written.
. "$(dirname "$0")/lib.bash"

records good
mv good/synthetic-1.csv good.csv
header=$(head -1 good.csv)
small run.yml

# with FILE: the folder records holds it alone, as river.csv.
with() {
    rm -rf records run
    mkdir records
    cp "$1" records/river.csv
}

# bad FILE TEXT...: `run` on it is refused with each TEXT; neither a run nor its store is there afterwards.
bad() {
    with "$1"
    shift
    refused "$@" -- "$freshet" run run.yml --out run
    [ ! -e run/config.yml ] && [ ! -e run/data.frs ] && [ ! -e run/models ] || fail "a refused run left files behind"
}

# changed SED TEXT...: the good record with a change.
changed() {
    sed "$1" good.csv > changed.csv
    shift
    bad changed.csv "$@"
}

refused "data_dir: nowhere is not there" -- "$freshet" run run.yml --out run --set data_dir=nowhere
: > empty.csv
bad empty.csv "records/river.csv" "empty"
head -c 4000 /dev/urandom > random.bin
bad random.bin "records"
printf '%s\n1981-01-01,1,2,3,\0\n' "$header" > zero.csv
bad zero.csv "records/river.csv" "binary"
printf '%s\n' "$header" > header.csv
bad header.csv "records/river.csv:1" "expected a column of dates"
changed '500s/,[^,]*$/,lots/' "records/river.csv:500" "column 'q'" "expected a number" "'lots'"
changed '500s/^[^,]*/1982-02-30/' "records/river.csv:500" "'1982-02-30' does not exist"
changed '500s/^[^,]*/yesterday/' "records/river.csv:500" "expected a date" "yesterday"
changed '500s/$/,17/' "records/river.csv:500" "expected 5 columns" "found 6"
changed '500s/,[^,]*$//' "records/river.csv:500" "expected 5 columns" "found 4"
changed '500s/^[^,]*/9981-01-01/' "records/river.csv" "gaps"
{ head -700 good.csv; sed -n '701s/,[^,]*,[^,]*$//p' good.csv | tr -d '\n'; } > cut.csv
bad cut.csv "records/river.csv" "ends inside this line"
changed '2,$s/,[^,]*$/,/' "river" "q has no value in the training period"
changed '2,$s/,[^,]*$/,1.5/' "river" "q never changes"
sed -n '1p; 1100,$p' good.csv > late.csv
bad late.csv "river" "1983"
head -250 good.csv > early.csv
bad early.csv "river" "1981"
[ -s run/findings.csv ] || fail "a hard finding leaves no findings.csv"

# Dates twice and out of order: refused with the place, unless the config says that they may be mended.
sed '500{p;}' good.csv > twice.csv
bad twice.csv "records/river.csv:501: date 1982-05-14" "dates twice: 1" "mend_dates"
sed '600{h;d;}; 601{G;}' good.csv > mixed.csv
bad mixed.csv "records/river.csv:601: date 1982-08-22" "dates out of order: 1" "mend_dates"
with twice.csv
refused "records/river.csv:501" -- "$freshet" check run.yml
ends 0 "$freshet" check run.yml --set mend_dates=true --csv
has out.txt "warning" "river" "records/river.csv:501"
ends 0 "$freshet" run run.yml --out run --set mend_dates=true
has err.txt "records/river.csv:501"
rm run/run.json
ends 0 "$freshet" run --resume run --quiet
has run/findings.csv "records/river.csv:501"

# The file itself, without a folder around it.
ends 0 "$freshet" check run.yml --set data_dir=good.csv
