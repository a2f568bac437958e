# The same bits whatever the threads; numbers with a point whatever the language.
. "$(dirname "$0")/lib.bash"

records
small run.yml "batch_size: 37" "hidden_size: 5" "output_dropout: 0.3"
small ahead.yml "task: forecast" "leads: 3" "future_weather: climatology" "hidden_size: 3" "epochs: 2"
for config in run ahead; do
    for n in 1 2 3 7; do
        ends 0 "$freshet" run $config.yml --out $config-$n --threads $n --quiet
        for file in scores.csv tests.csv models/climatology.frs models/ridge.frs models/lstm.frs; do
            same $config-1/$file $config-$n/$file
        done
        # all of learning.csv but the seconds
        cut -d, -f1-4,6 $config-$n/learning.csv > learning-$n
        same learning-1 learning-$n
    done
done
ends 0 "$freshet" run run.yml --out other --seed 1 --quiet
! cmp -s other/models/lstm.frs run-1/models/lstm.frs || fail "another seed gives the same model"

# Russian, with and without that locale on the system.
for lang in ru_RU.UTF-8 ru; do
    ends 0 env LC_ALL=$lang LANG=$lang "$freshet" run run.yml --out $lang --threads 1
    cp out.txt table.txt
    same run-1/scores.csv $lang/scores.csv
    same run-1/models/lstm.frs $lang/models/lstm.frs
    ! grep -qE '[0-9],[0-9]' table.txt || fail "a decimal comma on standard output"
    ends 0 env LC_ALL=$lang "$freshet" forecast $lang --csv
    [ "$(tail -1 out.txt | tr -cd , | wc -c)" = 6 ] || fail "a comma in a number of forecast --csv"
    ends 0 env LC_ALL=$lang "$freshet" forecast $lang --json
    grep -qE '"value":[0-9.e-]+,' out.txt || fail "forecast --json"
    ! grep -qE ':[0-9]+,[0-9]+[,}]' out.txt || fail "a decimal comma in JSON"
    python3 -c 'import json, sys; json.load(open(sys.argv[1]))' $lang/run.json 2> /dev/null || ! command -v python3 > /dev/null || fail "run.json"
done
