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
bad "nan_handling_method: attention" "attention needs from 2 to 12 groups" "found 1"
bad "nan_handling_method: masked_mean" "masked_mean needs from 2 to 12 groups"
bad "dynamics_embedding: fc" "dynamics_embedding" "expected {type: fc" "found fc"
bad "dynamics_embedding: {type: lstm, hiddens: [4]}" "type" "expected one of fc" "lstm"
bad "dynamics_embedding: {type: fc}" "hiddens" "missing"
bad "dynamics_embedding: {hiddens: []}" "from 1 to 8"
bad "dynamics_embedding: {hiddens: [4, none]}" "whole number from 1 to 4096" "none"
bad "dynamics_embedding: {hiddens: [4, 0]}" "whole number from 1 to 4096" "0"
bad "dynamics_embedding: {hiddens: 4, activation: softplus}" "tanh, sigmoid, relu, linear" "softplus"
bad "dynamics_embedding: {hiddens: 4, dropout: 1}" "below 1" "'1'"
bad "dynamics_embedding: {hidden: 4}" "expected type, hiddens, activation or dropout" "hidden"
bad "statics_embedding: {hiddens: 4}" "no static_attributes to embed"
bad "nan_handling_pos_encoding_size: 4" "belongs to a nan_handling_method"
bad "nan_handling_pos_encoding_size: 300" "from 0 to 256"
bad "autoregressive_inputs: [q_shift1]" "not supported yet"
bad "duplicate_features: {prcp: some}" "duplicate_features" "whole number" "some"
bad "duplicate_features: {prcp: -1}" "duplicate_features" "-1"
bad "lagged_features: prcp" "lagged_features" "{variable: steps}"
bad "lagged_features: {prcp: [1, two]}" "lagged_features" "whole number" "two"
bad "lagged_features: {prcp: 1.5}" "lagged_features" "whole number" "1.5"
bad "random_holdout_from_dynamic_features: [prcp]" "missing_fraction"
bad "random_holdout_from_dynamic_features: {prcp: {missing_fraction: 0.1}}" "mean_missing_length"
bad "random_holdout_from_dynamic_features: {prcp: {missing_fraction: 1.1, mean_missing_length: 3}}" "from 0 to 1"
bad "random_holdout_from_dynamic_features: {prcp: {missing_fraction: 0.9, mean_missing_length: 3}}" "at least fraction"
bad "custom_normalization: [prcp]" "{variable: {centering"
bad "custom_normalization: {snow: {centering: min}}" "'snow' is no input"
bad "custom_normalization: {prcp: median}" "expected {centering"
bad "custom_normalization: {prcp: {center: min}}" "centering or scaling" "center"
bad "custom_normalization: {prcp: {scaling: log}}" "std, minmax, none" "log"
bad "evolving_attributes: [snow]" "evolving_attributes" "no variable 'snow'"
bad "evolving_attributes: [q]" "its lag must be at least 1"
bad "dynamic_inputs: [[prcp, temp], pet]" "but not both"
bad "dynamic_inputs: [prcp, q]" "q would show the models the flow"
bad "nan_handling_method: mean" "expected one of"
bad "nan_step_probability: 0.1" "dropped only where"
bad "nan_sequence_probability: 1.5" "from 0 to 0.999"
bad "timestep_counter: true" "task: forecast"
bad "gap_policy: cubic" "expected one of"
bad "gap_max_steps: 0" "from 1 to"
bad "outliers: delete" "expected one of"
bad "outlier_factor: 0" "from 0.1 to"
bad "resample_to: 1fortnight" "a step, as 3h, 1D or 1M" "1fortnight"
bad "resample_kinds: {prcp: total}" "mean or sum" "total"
bad "resample_missing_share: 1" "from 0 to 0.99"
bad "calendar_features: perhaps" "true or false"
bad "site_folds: 2" "from 2 to 1" "found 2"
bad "site_folds: -1" "from 0 to"
bad "site_fold: 3" "there are 0 folds"
bad "per_basin_train_periods_file: nowhere.csv" "nowhere.csv is not there"
small run.yml "dynamic_inputs: [[prcp, temp], [pet]]" "nan_handling_method: masked_mean"
refused "masked_mean is of groups of the same size" "groups of 2 and 1" -- "$freshet" check run.yml
small run.yml "dynamic_inputs: [[prcp, temp], [pet]]" "nan_handling_method: attention"
refused "attention needs dynamics_embedding" -- "$freshet" check run.yml
small run.yml "dynamic_inputs: [[prcp, temp], [pet]]" "nan_handling_method: attention" "dynamics_embedding: {hiddens: 4}"
refused "attention needs static_attributes" -- "$freshet" check run.yml
small run.yml "dynamic_inputs: [[prcp], [pet]]" "nan_handling_method: masked_mean" "gap_policy: mask"
refused "mask and nan_handling_method: masked_mean are two ways" -- "$freshet" check run.yml
printf 'synthetic-2,1981-10-01,1983-09-30\n' > periods.csv
bad "per_basin_test_periods_file: periods.csv" "no period of site synthetic-1"
printf '\x80\x04\x95' > periods.p
small run.yml "per_basin_train_periods_file: periods.p"
refused "periods.p" "Python pickle" "sep=','" -- "$freshet" run run.yml --out run
printf 'synthetic-1,1981-10-01,1983-09-30\nsynthetic-1,1983-01-01,1983-09-30\n' > periods.csv
small run.yml "per_basin_train_periods_file: periods.csv"
refused "periods.csv:2" "overlaps" -- "$freshet" run run.yml --out run
small run.yml "resample_to: 1h"
refused "resample_to" "synthetic-1" -- "$freshet" run run.yml --out run
small run.yml "lagged_features: {snow: 1}"
refused "no variable 'snow'" -- "$freshet" run run.yml --out run
[ ! -e run ] || fail "a refused run left its folder"
# what would show the answer, in each task
leak() {
    small run.yml "${@:2}"
    refused "$1" -- "$freshet" run run.yml --out run
}
leak "temp_shift-1 comes from after" "lagged_features: {temp: -1}" "dynamic_inputs: [prcp, temp_shift-1]"
leak "q_copy1 would show" "duplicate_features: q" "dynamic_inputs: [prcp, q_copy1]"
leak "q_copy1_shift0 would show" "duplicate_features: q" "lagged_features: {q_copy1: 0}" "dynamic_inputs: [prcp, q_copy1_shift0]"
leak "its lag must be at least 7" "task: forecast" "future_weather: observed" "lagged_features: {q: [6, 7]}" "dynamic_inputs: [q_shift7, q_shift6]"
bad "target_variables: [q, prcp]" "exactly one target"
bad "target_variables: [discharge]" "no variable 'discharge'" "prcp, temp, pet, q"
bad "static_attributes: [area]" "no attribute 'area'"
bad "forecasters: [lstm, oracle]" "no forecaster 'oracle'" "climatology"
bad "references: [ridge, oracle]" "references" "no forecaster 'oracle'" "climatology"
bad "seasons: [MJJ]" "seasons" "expected months" "'MJJ'"
bad "seasons: [3-5, 0-2]" "seasons" "'0-2'"
bad "seasons: [5-13]" "seasons" "expected months" "'5-13'"
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
