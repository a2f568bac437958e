# A run's net and a saved net of layers to ONNX, by --to or by the name of the file; what cannot go there is refused.
. "$(dirname "$0")/lib.bash"

"$freshet" --quiet demo --quick --out demo > /dev/null
run=$(echo demo/runs/*)
if ! [ -x "$FRS_BUILD/tests/onnx_nets" ]; then
    refused "built without ONNX" -- "$freshet" export "$run" --out x.onnx
    exit 0
fi
ends 0 "$freshet" export "$run" --out river.onnx
for text in weather prcp q scaler.weather.mean lstm.weight_ih_l0 hindcast_steps "pet [mm]" batch "86400 second"; do
    grep -qaF "$text" river.onnx || fail "river.onnx lacks '$text'"
done
refused "river.onnx: is there already" -- "$freshet" export "$run" --out river.onnx
ends 0 "$freshet" export "$run" --to onnx --out same --opset 17
same river.onnx same
ends 0 "$freshet" export "$run/models/lstm.frs" --out file.onnx --opset 13
refused "operator set 12 of ONNX; 13 to 17" -- "$freshet" export "$run" --out x.onnx --opset 12
refused "no fitted LSTM" -- "$freshet" export "$run" --model gru --out x.onnx
refused "goes to ONNX" "Ridge" -- "$freshet" export "$run/models/ridge.frs" --out x.onnx
refused "nowhere" -- "$freshet" export nowhere --out x.onnx

"$FRS_BUILD/tests/onnx_nets" net net.frs
ends 0 "$freshet" export net.frs --out net.onnx
ends 0 "$freshet" export net.frs --out first.onnx --channels-first
! cmp -s net.onnx first.onnx || fail "the axes are the same"
grep -qa Transpose net.onnx && ! grep -qa Transpose first.onnx || fail "turns: none are needed with --channels-first"
