# Interrupted at any moment, a run goes on to the bits that it would have had.
. "$(dirname "$0")/lib.bash"

records
small run.yml "epochs: 40" "hidden_size: 16" "batch_size: 16"
start=$(date +%s%N)
ends 0 "$freshet" run run.yml --out whole --quiet --threads 1
took=$((($(date +%s%N) - start) / 1000000))

# whole_again FOLDER: resumed to the end, the same bits.
whole_again() {
    ends 0 "$freshet" run --resume "$1" --quiet --threads 1
    same whole/scores.csv "$1/scores.csv"
    for model in whole/models/*; do same "$model" "$1/models/${model##*/}"; done
    [ -s "$1/report.html" ] || fail "no report after --resume"
    left=$(find "$1" -name '*.tmp-*')
    [ -z "$left" ] || fail "left behind after --resume: $left"
}

RANDOM=${SEED:-$$}
echo "SEED=${SEED:-$$}, an uninterrupted run takes $took ms"
killed=0
for i in 1 2 3 4 5 6; do
    "$freshet" run run.yml --out kill-$i --quiet --threads 1 > out.txt 2> err.txt &
    program=$!
    sleep "$(printf '0.%03d' $((20 + RANDOM % (took < 900 ? took : 900))))"
    if kill -9 $program 2> /dev/null; then killed=$((killed + 1)); fi
    wait $program 2> /dev/null || true
    # again while it goes on
    if [ -e kill-$i/config.yml ] && [ ! -e kill-$i/run.json ]; then
        "$freshet" run --resume kill-$i --quiet --threads 1 > out.txt 2> err.txt &
        program=$!
        sleep "0.0$((RANDOM % 90 + 10))"
        kill -9 $program 2> /dev/null || true
        wait $program 2> /dev/null || true
    fi
    [ -e kill-$i/config.yml ] || continue
    whole_again kill-$i
done
[ $killed -gt 0 ] || fail "no run was killed before its end"

# Half-written files of every folder go, whenever they were left; the rest is nobody's business.
cp -r whole half
rm half/run.json
for folder in . models figures; do touch "half/$folder/x.pdf.tmp-123" "half/$folder/my.tmp-notes"; done
ends 0 "$freshet" run --resume half --quiet --threads 1
[ -z "$(find half -name '*.tmp-1*')" ] || fail "left behind: $(find half -name '*.tmp-1*')"
[ "$(find half -name my.tmp-notes | wc -l)" = 3 ] || fail "files of the user removed"

# Ctrl-C and SIGTERM: status 130, the way to go on is said, and it leads to the end.
for signal in INT TERM; do
    status=0
    # a background job of a script ignores Ctrl-C unless told otherwise
    env --default-signal=INT "$freshet" run run.yml --out stop-$signal --threads 1 > out.txt 2> err.txt &
    program=$!
    for _ in $(seq 400); do
        [ ! -e stop-$signal/checkpoint-lstm.frs ] || break
        sleep 0.01
    done
    kill -$signal $program
    wait $program || status=$?
    [ $status = 130 ] || fail "status $status after $signal"
    has err.txt "interrupted" "freshet run --resume stop-$signal"
    [ ! -e stop-$signal/run.json ] || fail "$signal came too late"
    whole_again stop-$signal
done
