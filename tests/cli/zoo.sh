# zoo: the list, layers, costs, and learning from a small set of images made here.
. "$(dirname "$0")/lib.bash"

ends 0 "$freshet" zoo list
has out.txt "lenet" "138357544" "doi:10.1109/5.726791" "rainnet"
ends 0 "$freshet" zoo list --csv
has out.txt "name,title,year,parameters,source" "resnet50,ResNet-50,2015,25557032,"
ends 0 "$freshet" zoo show lenet --batch 3
has out.txt "LeNet-5" "table_conv" "[3, 10, 10, 16]" "60850"

# bench: a table, and with --out its CSV and a figure
ends 0 "$freshet" zoo bench perceptron lenet --out costs
has out.txt "lenet" "833040" "To: costs"
has costs/bench.csv "name,side,parameters,operations,mb_1,mb_16,ms_image_1,ms_image_16" "perceptron,28,7850,15680,"
has costs/bench.svg "<svg" "lenet" "perceptron"
ends 0 "$freshet" zoo bench mlp --size 8 --csv
has out.txt "mlp,8,50610," # 64 x 300 + 300, 30,100, 1,010

# images of two classes: IDX, a bar on the left or on the right, somewhere
mkdir bars
awk -v n=120 'function word(v) { return sprintf("\\x%02x\\x%02x\\x%02x\\x%02x", 0, 0, int(v / 256), v % 256) }
    BEGIN { printf "%s", "\\x00\\x00\\x08\\x03" word(n) word(12) word(12) > "images"
        printf "%s", "\\x00\\x00\\x08\\x01" word(n) > "labels"
        for (i = 0; i < n; i++) {
            printf "\\x%02x", i % 2 > "labels"
            at = 2 + int(i / 2) % 8
            for (r = 0; r < 12; r++) for (c = 0; c < 12; c++)
                printf "\\x%02x", (r == at && (i % 2 ? c > 5 : c < 6)) ? 240 : (r * 5 + c * 3 + i) % 20 > "images"
        } }'
printf "$(cat images)" > bars/train-images-idx3-ubyte
printf "$(cat labels)" > bars/train-labels-idx1-ubyte

ends 0 "$freshet" zoo train mlp --data bars --out mlp --epochs 5 --batch 4 --rate 0.003 --seeds 2 --validation 16 --samples 64
has out.txt "Test error" "mean" "To: mlp"
has err.txt "epoch 5 of 5"
[ "$(head -1 mlp/scores.csv)" = "seed,samples,validation_error,test_error,test_loss,top5,seconds,cpu_s" ] || fail "scores.csv"
[ "$(wc -l < mlp/scores.csv)" = 3 ] || fail "not a row a seed"
awk -F, 'NR > 1 && $4 > 0.1 { exit 1 }' mlp/scores.csv || fail "bars are not learned"
has mlp/log_2.csv "epoch,loss,validation_loss"
[ "$(wc -l < mlp/log_2.csv)" = 6 ] || fail "not a line an epoch"
[ -s mlp/mlp_1.frs ] && [ -s mlp/mlp_2.frs ] || fail "no nets"
[ -z "$(ls mlp | grep checkpoint)" ] || fail "checkpoints stay behind"

# twice: told so; other settings: told so; --force: again, the same
cp mlp/mlp_1.frs one.frs
refused "this training is done" "mlp/scores.csv" "--force" -- \
    "$freshet" zoo train mlp --data bars --out mlp --epochs 5 --batch 4 --rate 0.003 --seeds 2 --validation 16 --samples 64
refused "other settings" -- "$freshet" zoo train mlp --data bars --out mlp --epochs 3
ends 0 "$freshet" zoo train mlp --data bars --out mlp --epochs 5 --batch 4 --rate 0.003 --validation 16 --samples 64 --force
same mlp/mlp_1.frs one.frs

# interrupted between epochs: status 130, how to go on, and the bits of one that was not
ends 0 "$freshet" zoo train lenet --data bars --out whole --epochs 8 --threads 1 --augment --quiet
"$freshet" zoo train lenet --data bars --out parts --epochs 8 --threads 1 --augment > out.txt 2> err.txt &
child=$!
while kill -0 $child 2> kill.txt && ! grep -q 'epoch 2 ' err.txt; do sleep 0.02; done
kill -TERM $child 2> kill.txt || true
status=0
wait $child || status=$?
if [ $status = 130 ]; then
    has err.txt "interrupted; the same command goes on: freshet zoo train lenet"
    ends 0 "$freshet" zoo train lenet --data bars --out parts --epochs 8 --threads 1 --augment
else
    [ $status = 0 ] || fail "interrupted: status $status"
    echo "skipped: the training ended before it could be interrupted"
fi
same whole/lenet_1.frs parts/lenet_1.frs
[ "$(wc -l < parts/log_1.csv)" = 9 ] || fail "the log has not each epoch once"

# what is refused
refused "expected list, show, bench or train" "'lst'" -- "$freshet" zoo lst
refused "needs list|show|bench|train" -- "$freshet" zoo
refused "which net?" -- "$freshet" zoo show
refused "no net named 'lenot'" "did you mean 'lenet'?" -- "$freshet" zoo show lenot
refused "no net named 'x1'" -- "$freshet" zoo bench lenet x1
refused "takes no net" -- "$freshet" zoo list lenet
refused '`freshet zoo show` has no option --data' -- "$freshet" zoo show lenet --data bars
refused "--data is missing" -- "$freshet" zoo train lenet
refused "nowhere" -- "$freshet" zoo train lenet --data nowhere
refused "--rate: expected a number above 0" "'fast'" -- "$freshet" zoo train lenet --data bars --rate fast
refused "--epochs: expected 1 or more" -- "$freshet" zoo train lenet --data bars --epochs 0
refused "120 images" -- "$freshet" zoo train lenet --data bars --test 120
refused "makes images, not classes" -- "$freshet" zoo train unet --data bars
refused "pool1" "window of 3" -- "$freshet" zoo train alexnet --data bars
refused "pool4" -- "$freshet" zoo show vgg16 --size 8
mkdir plain && cp bars/train-images-idx3-ubyte plain
refused "no classes" -- "$freshet" zoo train lenet --data plain
