# Nets of the user's own layers, from the config to the forecast: like any other forecaster.
. "$(dirname "$0")/lib.bash"

records

# nets FILE [KEY: VALUE]...: a small config with a CNN, a convolution before an LSTM, a transformer's encoder, and the LSTM
# itself by its layers.
nets() {
    small "$@" "output_dropout: 0.2"
    cat >> "$1" << 'END'
nets:
  cnn:
    - {type: conv, filters: 8, kernel: 5, activation: relu}
    - {type: batch_norm}
    - {type: dropout, rate: 0.1}
    - {type: conv, filters: 6, kernel: 4, stride: 2, activation: relu}
    - {type: flatten}
  conv_lstm:
    - {type: conv, filters: 6, kernel: 3, padding: same}
    - {type: lstm, units: hidden_size}
  encoder:
    - {type: dense, units: 8, name: steps}
    - {type: attention, heads: 2}
    - {type: add, from: [steps, attention_1]}
    - {type: layer_norm}
    - {type: global_average_pool}
  same:
    - {type: lstm, units: hidden_size}
END
}
all="[cnn, conv_lstm, encoder, same, lstm, ridge]"

# ---- a run, and the LSTM by its layers to the bit
nets run.yml "forecasters: $all"
ends 0 "$freshet" run run.yml --out whole --threads 1
has out.txt "cnn" "conv_lstm" "encoder"
for model in cnn conv_lstm encoder same; do [ -s whole/models/$model.frs ] || fail "no model $model"; done
scores_of() { grep -F ",$2," "$1/scores.csv" | sed "s/,$2,/,/"; }
scores_of whole lstm > lstm.txt
scores_of whole same > same.txt
[ "$(wc -l < lstm.txt)" -gt 20 ] || fail "no scores of the lstm"
same lstm.txt same.txt
has whole/report.html "conv_lstm"
ends 0 "$freshet" evaluate whole --quiet
ends 0 "$freshet" report whole --quiet
ends 0 "$freshet" train run.yml --out train --quiet --explain --threads 2
has out.txt "encoder, training" "cnn, predicting"
lacks out.txt "reference"
same whole/models/cnn.frs train/models/cnn.frs

# ---- killed at any moment: the same bits, running statistics and dropout among them
nets slow.yml "forecasters: [cnn]" "epochs: 24" "batch_size: 32"
ends 0 "$freshet" run slow.yml --out slow --quiet --threads 1
RANDOM=${SEED:-$$}
echo "SEED=${SEED:-$$}"
killed=0
for i in 1 2; do
    "$freshet" run slow.yml --out kill-$i --quiet --threads 1 > out.txt 2> err.txt &
    program=$!
    for _ in $(seq 400); do
        [ ! -e kill-$i/checkpoint-cnn.frs ] || break
        sleep 0.01
    done
    sleep "0.0$((RANDOM % 60 + 10))"
    if kill -9 $program 2> /dev/null; then killed=$((killed + 1)); fi
    wait $program 2> /dev/null || true
    ends 0 "$freshet" run --resume kill-$i --quiet --threads 1
    same slow/models/cnn.frs kill-$i/models/cnn.frs
    same slow/scores.csv kill-$i/scores.csv
done
[ $killed -gt 0 ] || fail "no run was killed before its end"

# ---- a forecast, its newest one, and an ensemble of a net that `model` names, which ESP carries on as a simulation
nets days.yml "forecasters: [cnn, encoder]" "task: forecast" "leads: 3"
ends 0 "$freshet" run days.yml --out days --quiet
ends 0 "$freshet" forecast days --csv --model cnn
[ "$(grep -c '^synthetic-1,cnn,' out.txt)" = 3 ] || fail "not three days of cnn"
nets many.yml "model: cnn" "ensemble_members: 2" "forecasters: [ensemble, esp]" "task: forecast" "leads: 2" \
    "future_weather: esp" "epochs: 1"
ends 0 "$freshet" run many.yml --out many --quiet
has many/scores.csv ",cnn_1,NSE," ",cnn_2,NSE," ",ensemble,NSE," ",esp,NSE,"

# ---- `model` as a list of layers; a search reaches it as a whole, and by the keys that its numbers name
small list.yml "forecasters: [net]"
cat >> list.yml << 'END'
model:
  - {type: conv, filters: 4, kernel: 3, activation: relu}
  - {type: lstm, units: hidden_size}
tune:
  trials: 3
  search:
    hidden_size: [2, 4]
    model: [[{type: lstm, units: hidden_size}], [{type: flatten}, {type: dense, units: 8, activation: relu}, {type: dense, units: 1}]]
END
ends 0 "$freshet" run list.yml --out list --quiet
has list/scores.csv ",net,NSE,"
if "$freshet" tune list.yml --out search --jobs 1 > out.txt 2> err.txt; then
    has search/winner/config.yml "model: [{type: "
    [ -s search/winner/models/net.frs ] || fail "the winner of the search has no net"
else
    has err.txt "built without SQLite"
fi

# ---- what is wrong is told with its line, before anything is trained
# bad LAYER TEXT...: LAYER in the place of the CNN's second one.
bad() {
    local layer=$1
    shift
    nets bad.yml "forecasters: [ridge, cnn]"
    sed -i "s/    - {type: batch_norm}/    - $layer/" bad.yml
    n=$(grep -nF -- "    - $layer" bad.yml | cut -d: -f1)
    refused "bad.yml:$n" "$@" -- "$freshet" check bad.yml
}
bad "{type: cnv, filters: 8}" "no layer of type 'cnv': did you mean 'conv'?"
bad "{type: conv, filterz: 8}" "no field 'filterz'"
bad "{type: conv, filters: 8, kernel: wide}" "kernel: expected one to three whole numbers, found 'wide'"
bad "{type: conv, filters: 8, kernel: 40}" "a window of 40" "[1, 26, 8]"
bad "{type: dropout, rate: 0.1, units: 3}" "'dropout' has no field 'units'"
bad "{type: add, from: [conv_1, conv_9]}" "no layer or input 'conv_9'"
refused "bad.yml:$n" "no layer or input 'conv_9'" -- "$freshet" run bad.yml --out bad
[ ! -e bad/models ] || fail "something was trained before the net was found wrong"
nets bad.yml "forecasters: [cnn]"
echo '    - {type: dense, units: 7}' > last.txt
sed -i '/    - {type: flatten}/r last.txt' bad.yml
refused "bad.yml:$(grep -nF 'units: 7' bad.yml | cut -d: -f1)" "dense_1: it makes [7] of a sample, but the flow is [1]" -- \
    "$freshet" check bad.yml
nets bad.yml "forecasters: [cnm]"
refused "no forecaster 'cnm'" "conv_lstm" -- "$freshet" check bad.yml
nets bad.yml "model: cnm"
refused "bad.yml:$(grep -n '^model' bad.yml | cut -d: -f1): model: expected one of" "'cnm'" -- "$freshet" check bad.yml
