# Run folders of NeuralHydrology: evaluated to its own scores and predictions, forecast with, exported for PyTorch; what is
# hostile or not whole is refused. The runs are tests/golden/nh.
. "$(dirname "$0")/lib.bash"
. "$FRS_SOURCE/tests/cli/nh.bash"

golden=$FRS_SOURCE/tests/golden/nh
cp -r "$golden" nh
chmod -R u+w nh

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
ours, golden = torch.load("own.pt", weights_only=True), sys.argv[1]
lstm, head = torch.nn.LSTM(3, 4), torch.nn.Linear(4, 1)
lstm.load_state_dict({k[5:]: v for k, v in ours.items() if k.startswith("lstm.")})
head.load_state_dict({k[11:]: v for k, v in ours.items() if k.startswith("head.")})
for run in ("cudalstm", "gru", "ealstm"):
    a, b = torch.load(f"{run}.pt", weights_only=True), torch.load(f"{golden}/{run}/model_epoch002.pt")
    assert type(a) is type(b) and sorted(a) == sorted(b), run
    assert all(torch.equal(a[k], b[k]) for k in b), run
END
else
    echo "skipped: no PyTorch to read what was exported"
fi
