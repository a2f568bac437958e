# Run folders of NeuralHydrology: evaluated to its own scores and predictions, forecast with, exported for PyTorch; what is
# hostile or not whole is refused. The small runs are tests/golden/nh, larger ones shared data where they are.
. "$(dirname "$0")/lib.bash"

golden=$FRS_SOURCE/tests/golden/nh
python=/usr/bin/python3
can() { $python -c "import $1" 2> /dev/null; }

# scored FOLDER: NSE and KGE of each site as in its test_metrics.csv, to 4 digits.
scored() {
    awk -F, -v folder="$1" '
        FNR == NR { if (FNR > 1) { nse[$1] = $2; kge[$1] = $3; n++ } next }
        $4 == "test" && $5 != "" && ($6 == "NSE" || $6 == "KGE") {
            d = $7 - ($6 == "NSE" ? nse[$1] : kge[$1])
            if (!($1 in nse) || $7 == "" || d > 5e-5 || d < -5e-5) { print folder ": " $1 " " $6 " " $7; bad = 1 }
            seen++ }
        END { if (seen != 2 * n || n == 0) { print folder ": " seen " scores of " n " sites"; bad = 1 } exit bad }
    ' "$1/test_metrics.csv" <(awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { print $at["site"], "", "", $at["period"], $at["model"], $at["metric"], $at["value"] }' "$1/scores.csv") ||
        fail "$1: not its scores"
}

# predicted FOLDER: forecast.nc holds its test_predictions.csv within 1e-4, missing where they are missing.
predicted() {
    [ -e "$1/forecast.nc" ] && can xarray && can pandas || { echo "skipped: $1/forecast.nc not compared"; return 0; }
    $python - "$1" << 'END' || fail "$1: not its predictions"
import os, sys, numpy, pandas, xarray
run = sys.argv[1]
path = run + "/test_predictions.csv"
theirs = pandas.read_csv(path if os.path.exists(path) else path + ".gz", dtype={"basin": str}, parse_dates=["date"])
ours = xarray.open_dataset(run + "/forecast.nc", decode_timedelta=False)
sites = [str(s) for s in ours["site"].values]
worst = 0
for basin, t in theirs.groupby("basin"):
    own = ours["forecast"][0, sites.index(basin), :, 0].to_series().reindex(t["date"]).values
    sim = t["q_sim"].where(~(t["q_sim"] < 0), 0).values  # its config clips what is scored
    if (numpy.isnan(own) != numpy.isnan(sim)).any():
        sys.exit(f"{basin}: other days are missing")
    worst = max(worst, numpy.nanmax(abs(own - sim)))
print(f"{run}: {len(theirs)} days, largest difference {worst:.2g}")
sys.exit(not worst <= 1e-4)
END
}

cp -r "$golden" nh
chmod -R u+w nh
status=0
"$freshet" evaluate nh/cudalstm --data nh/data > out.txt 2> err.txt || status=$?
if [ $status != 0 ] && grep -q "built without libzip" err.txt; then
    echo "skipped: built without libzip"
    exit 0
fi

for run in cudalstm customlstm gru ealstm; do
    ends 0 "$freshet" evaluate nh/$run --data nh/data
    has err.txt "model_epoch002.pt"
    scored nh/$run
    predicted nh/$run
    [ -s nh/$run/report.html ] || fail "no report"
    ends 0 "$freshet" export nh/$run --to pytorch --out $run.pt
done
has nh/cudalstm/run.json "freshet evaluate nh/cudalstm --data nh/data"
same nh/cudalstm/config.yml "$golden/cudalstm/config.yml"

# its records are packed beside it: evaluated again, forecast with, in another epoch's weights
mv nh/data nh/gone
cp nh/cudalstm/scores.csv before.csv
ends 0 "$freshet" evaluate nh/cudalstm
same before.csv nh/cudalstm/scores.csv
ends 0 "$freshet" forecast nh/cudalstm --csv
has out.txt "b,lstm,2001-03-31,0,2001-03-31,"
ends 0 "$freshet" evaluate nh/cudalstm --epoch 1
has err.txt "model_epoch001.pt"
! cmp -s before.csv nh/cudalstm/scores.csv || fail "epoch 1 scores as epoch 2"
refused "no weights of epoch 9" -- "$freshet" evaluate nh/cudalstm --epoch 9
mv nh/gone nh/data

# a run of another machine: its records and lists are elsewhere
rm -rf fresh && cp -r "$golden/cudalstm" fresh && chmod -R u+w fresh
refused "fresh/config.yml" "data_dir" "DATA_DIR" -- "$freshet" evaluate fresh
sed -i 's#^\(train\|validation\)_basin_file: .*#\1_basin_file: /nowhere/list.txt#' fresh/config.yml
printf 'target_noise_std: 0.1\nis_finetuning: true\n' >> fresh/config.yml # of the training, which is over
ends 0 "$freshet" evaluate fresh --set data_dir=nh/data
has err.txt "train_basin_file: /nowhere/list.txt is not there"
scored fresh
refused "hidden_size=0" -- "$freshet" evaluate fresh --set hidden_size=0
refused "expected 20 x 4" -- "$freshet" evaluate fresh --set hidden_size=5

# a file that wants to run something runs nothing, and says what it wanted
cp "$golden/hostile.pt" fresh/model_epoch003.pt
refused "model_epoch003.pt: data.pkl, byte 2: it asks for os.system" "nothing was run" -- "$freshet" evaluate fresh
[ ! -e hostile ] || fail "the pickle was run"
head -c 1000 "$golden/cudalstm/model_epoch002.pt" > fresh/model_epoch003.pt
refused "model_epoch003.pt: not a zip archive" -- "$freshet" evaluate fresh
echo "weights" > fresh/model_epoch003.pt
refused "model_epoch003.pt: not a PyTorch file" -- "$freshet" evaluate fresh
rm fresh/model_epoch003.pt fresh/train_data/train_data_scaler.yml
refused "train_data_scaler.yml: No such file" -- "$freshet" evaluate fresh

# export: NeuralHydrology's nets there and back (above), and one trained here
refused "gru.pt: is there already" -- "$freshet" export nh/gru --out gru.pt
ends 0 "$freshet" export nh/gru --out gru.pt --force
refused "--out is missing" -- "$freshet" export nh/cudalstm
refused "freshet convert" -- "$freshet" export nh/cudalstm --to csv --out x
refused "freshet export" -- "$freshet" convert nh/data --to pytorch --out x
refused "no fitted LSTM" -- "$freshet" export nh/data --out x.pt
refused "no fitted LSTM" -- "$freshet" export nh/cudalstm --model ridge --out x.pt
records
small run.yml "seed: 3"
ends 0 "$freshet" train run.yml --out own --quiet
ends 0 "$freshet" export own --model lstm --out own.pt
refused "not a run of NeuralHydrology" -- "$freshet" evaluate own --epoch 2
if can torch; then
    $python - "$golden" << 'END' || fail "PyTorch reads other weights"
import sys, torch
ours, golden = torch.load("own.pt"), sys.argv[1]
lstm, head = torch.nn.LSTM(3, 4), torch.nn.Linear(4, 1)
lstm.load_state_dict({k[5:]: v for k, v in ours.items() if k.startswith("lstm.")})
head.load_state_dict({k[11:]: v for k, v in ours.items() if k.startswith("head.")})
for run in ("cudalstm", "gru", "ealstm"):
    a, b = torch.load(f"{run}.pt"), torch.load(f"{golden}/{run}/model_epoch002.pt")
    assert type(a) is type(b) and sorted(a) == sorted(b), run
    assert all(torch.equal(a[k], b[k]) for k in b), run
END
else
    echo "skipped: no PyTorch to read what was exported"
fi

# larger runs, where they are
shared=${FRS_SHARED:-$FRS_SOURCE/../shared}/data
if [ ! -d "$shared/nh_runs" ] || [ ! -d "$shared/mopex" ]; then
    echo "skipped: no ../shared"
    exit 0
fi
cp -r "$shared/nh_runs" large
chmod -R u+w large
for run in one regional; do # the test period alone: validation doubles the time and has nothing to be compared with
    ends 0 "$freshet" evaluate large/$run --data "$shared/mopex" --quiet --set validation_start_date= --set validation_end_date=
    scored large/$run
    predicted large/$run
done
