# Weights of PyTorch and models of Keras become saved nets.
. "$(dirname "$0")/lib.bash"

golden=$FRS_SOURCE/tests/golden/weights
cat > words.yml << 'END'
inputs: {x: [5]}
layers:
  - {type: embedding, name: words, size: 7, units: 6}
  - {type: attention, name: attn, heads: 2}
  - {type: add, from: [words, attn]}
  - {type: layer_norm, name: norm}
  - {type: conv, filters: 3, kernel: 2}
  - {type: flatten}
  - {type: dense, name: out, units: 2}
END
ends 0 "$freshet" version
if ! grep -q "pytorch (" out.txt; then
    ends 0 "$freshet" convert "$golden/words.pt" --to net --layers words.yml --out words.frs
    has out.txt "Weights: 287" "words.frs"
    [ -s words.frs ] || fail "no net"
    ends 0 "$freshet" export words.frs --to pytorch --out again.pt
    ends 0 "$freshet" convert again.pt --to net --layers words.yml --out again.frs
    same words.frs again.frs
    refused "words.frs" "--force" -- "$freshet" convert "$golden/words.pt" --to net --layers words.yml --out words.frs
    refused "--layers is missing" -- "$freshet" convert "$golden/words.pt" --to net --out other.frs
    refused "lenet.pt" "layer 'words'" -- "$freshet" convert "$golden/lenet.pt" --to net --layers words.yml --out other.frs
    [ ! -e other.frs ] || fail "half-written"
fi
ends 0 "$freshet" version
if ! grep -q "keras (" out.txt; then
    ends 0 "$freshet" convert "$golden/keras_text.h5" --to net --out text.frs
    [ -s text.frs ] || fail "no net"
fi
