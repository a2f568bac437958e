# Configs that cannot be right: file and line, what was expected, what was found.
. "$(dirname "$0")/lib.bash"

records

# bad "KEY: VALUE" TEXT...: refused with the line's place, by `check` and by `run`.
bad() {
    local line=$1 n
    shift
    small run.yml "$line"
    n=$(grep -nF -- "$line" run.yml | cut -d: -f1)
    refused "run.yml:$n" "$@" -- "$freshet" check run.yml
    refused "run.yml:$n" "$@" -- "$freshet" run run.yml --out run
    [ ! -e run ] || fail "a refused run left its folder"
}

bad "hiden_size: 4" "hiden_size" "did you mean" "hidden_size"
bad "xyzzy: 4" "xyzzy"
bad "hidden_size: many" "hidden_size" "whole number" "many"
bad "hidden_size: -4" "hidden_size" "from 1 to" "-4"
bad "hidden_size: [4, 5]" "hidden_size" "one value"
bad "learning_rate: 0,001" "learning_rate" "number" "0,001"
bad "learning_rate: {0: fast}" "learning_rate" "number" "fast"
bad "epochs: 1.5" "epochs" "whole number" "1.5"
bad "train_start_date: 1981-02-30" "train_start_date" "a date that exists" "1981-02-30"
bad "model: transformer" "'transformer' is not supported yet"
bad "model: lstn" "model" "expected one of"
bad "use_basin_id_encoding: true" "not supported yet"
bad "target_variables: [q, prcp]" "exactly one target"
bad "target_variables: [discharge]" "no variable 'discharge'" "prcp, temp, pet, q"
bad "static_attributes: [area]" "no attribute 'area'"
bad "forecasters: [lstm, oracle]" "no forecaster 'oracle'" "climatology"
bad "references: [ridge, oracle]" "references" "no forecaster 'oracle'" "climatology"
bad "seasons: [MJJ]" "seasons" "two months from 1 to 12" "'MJJ'"
bad "seasons: [3-5, 0-2]" "seasons" "'0-2'"
bad "seasons: [5-13]" "seasons" "'5-13'"
bad "seasons: [5]" "seasons" "FIRST-LAST" "'5'"
bad "seasons: [1-2, 1-3, 1-4, 1-5, 1-6, 1-7, 1-8, 1-9, 2-3, 2-4, 2-5, 2-6, 2-7]" "13 values, at most 12"
bad "event_quantiles: [0.98, 0.9]" "event_quantiles" "each above the one before" "'0.9'"
bad "event_quantiles: [90]" "event_quantiles" "between 0 and 1" "'90'"
bad "event_quantiles: [nan]" "event_quantiles" "'nan'"
bad "flow_quantiles: [0, 0.5]" "flow_quantiles" "'0'"
bad "flow_quantiles: [low]" "flow_quantiles" "'low'"
bad "data_dir: records-not-here" "is not there"
bad "sites: [synthetic-9]" "synthetic-9"
bad "predict_last_n: 31" "more than seq_length, 30"
printf 'synthetic-1\nsynthetic-7\n' > basins.txt
bad "test_basin_file: basins.txt" "synthetic-7"

small run.yml "test_end_date: 1980-01-01"
refused "run.yml:9: test_start_date" "ends (1980-01-01) before it starts" -- "$freshet" run run.yml --out run
small run.yml
sed -i /train_end_date/d run.yml
refused "run.yml" "train_end_date is missing" -- "$freshet" run run.yml --out run
small run.yml "seq_length: 900"
refused "seq_length" "900" -- "$freshet" run run.yml --out run
[ "$(ls -A run)" = findings.csv ] || fail "left behind: $(ls -A run)"
rm -r run
small run.yml
refused "--set hidden_size" "-4" -- "$freshet" run run.yml --out run --set hidden_size=-4
refused "--set nonsense" "key=value" -- "$freshet" run run.yml --out run --set nonsense
refused "hiden_size" "hidden_size" -- "$freshet" check run.yml -s hiden_size=3
printf 'hidden_size: 4\n  epochs: 3\n' > broken.yml
refused "broken.yml:2" -- "$freshet" run broken.yml --out run
printf 'hidden_size: 4\nhidden_size: 5\n' > twice.yml
refused "twice.yml:2" "hidden_size" -- "$freshet" run twice.yml --out run
: > empty.yml
refused "empty.yml" -- "$freshet" run empty.yml --out run
head -c 3000 /dev/urandom > random.yml
refused "random.yml" -- "$freshet" run random.yml --out run
refused "missing.yml" -- "$freshet" run missing.yml --out run
refused "records" "folder" -- "$freshet" run records --out run
[ ! -e run ] || fail "a refused run left its folder"

small run.yml "precision: bfloat16" "forecasters: [lstm]"
refused "bfloat16" "AMX" -- "$freshet" run run.yml --out scalar --isa scalar
rm -rf scalar

# A list of one, dates of both kinds and keys of NeuralHydrology that change nothing here are fine.
small run.yml "target_variables: q" "train_start_date: 01/10/1981" "device: cuda:0" "num_workers: 8" "metrics: all"
ends 0 "$freshet" check run.yml
