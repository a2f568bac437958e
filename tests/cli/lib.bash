# Sourced by the tests beside it with the program as $1: a folder of its own and checks that say what they saw.
set -euo pipefail
freshet=$1
unset LANGUAGE LC_MESSAGES LANG NO_COLOR FRS_ISA FRS_LOCALEDIR
export LC_ALL=C.UTF-8
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "FAILED: $*" >&2
    for f in out.txt err.txt; do [ ! -s $f ] || { echo "--- $f" && head -c 4000 $f; } >&2; done
    exit 1
}

# ends STATUS COMMAND...: runs it, output in out.txt, messages in err.txt.
ends() {
    local expected=$1 status=0
    shift
    "$@" > out.txt 2> err.txt || status=$?
    [ $status = "$expected" ] || fail "status $status, expected $expected: $*"
}

# has FILE TEXT...: each TEXT is in it.
has() {
    local file=$1 text
    shift
    for text; do grep -qF -e "$text" "$file" || fail "$file lacks '$text'"; done
}

# lacks FILE TEXT...: none is.
lacks() {
    local file=$1 text
    shift
    for text; do ! grep -qF -e "$text" "$file" || fail "$file has '$text'"; done
}

# refused TEXT... -- COMMAND...: status 2, each TEXT in the message, nothing half-written.
refused() {
    local texts=()
    while [ "$1" != -- ]; do
        texts+=("$1")
        shift
    done
    shift
    ends 2 "$@"
    has err.txt "error: " "${texts[@]}"
    left=$(find . -name '*.tmp-*')
    [ -z "$left" ] || fail "left behind: $left"
}

same() { cmp -s "$1" "$2" || fail "$1 and $2 differ"; }

# small FILE [KEY: VALUE]...: a config that runs in a moment on records/; lines given replace its own.
small() {
    local file=$1 line
    shift
    cat > "$file" << END
experiment_name: small
data_dir: records
dynamic_inputs: [prcp, temp, pet]
target_variables: [q]
train_start_date: 1981-10-01
train_end_date: 1983-09-30
validation_start_date: 1983-10-01
validation_end_date: 1984-09-30
test_start_date: 1984-10-01
test_end_date: 1985-09-30
seq_length: 30
hidden_size: 4
batch_size: 64
epochs: 3
END
    for line; do
        sed -i "/^${line%%:*}:/d" "$file"
        echo "$line" >> "$file"
    done
}

# records [FOLDER]: five years of one synthetic catchment.
records() { "$freshet" synth --quiet --years 5 --out "${1:-records}" > /dev/null; }
