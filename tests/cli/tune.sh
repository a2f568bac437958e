# A search ends in the same winner with any number of processes, and after any of them was killed at any moment.
. "$(dirname "$0")/lib.bash"

records
# searching FILE [KEY: VALUE]...: a small config with a search.
searching() {
    local file=$1
    small "$@"
    cat >> "$file" << 'END'
forecasters: [climatology, lstm]
tune:
  trials: 7
  search:
    hidden_size: [2, 4, 8]
    learning_rate: {log: [1e-3, 1e-1]}
    output_dropout: {uniform: [0, 0.5]}
    seq_length: {int: [10, 40]}
END
}
searching run.yml
if "$freshet" tune run.yml --out none > out.txt 2> err.txt; then rm -r none; else
    has err.txt "built without SQLite"
    [ ! -e none ] || fail "a build without SQLite left a folder"
    echo "skipped: built without SQLite"
    exit 0
fi

# trials FOLDER: all of its trials but the seconds.
trials() { cut -d, -f1-6,8- "$1/trials.csv"; }
same_search() {
    trials "$1" > a.txt
    trials "$2" > b.txt
    same a.txt b.txt
    for file in models/lstm.frs scores.csv config.yml; do same "$1/winner/$file" "$2/winner/$file"; done
}

ends 0 "$freshet" tune run.yml --out one --jobs 1
has out.txt "Winner: trial" "one/tune.html" "hidden_size"
has err.txt "trial 6, 3 epochs: NSE"
[ "$(trials one | grep -c ',done,')" = 7 ] || fail "not 7 trials"
lacks one/winner/config.yml "tune"
for text in "Course of the search" "What mattered" "winner/report.html"; do has one/tune.html "$text"; done
lacks one/tune.html 'src=' '<link rel="stylesheet' '@import'
for jobs in 2 3; do
    ends 0 "$freshet" tune run.yml --out jobs-$jobs --jobs $jobs --threads $jobs --quiet
    same_search one jobs-$jobs
done
# nothing of the test period is in a trial, and the winner's score is what its run says of the validation period
best=$(sort -t, -k5,5gr one/trials.csv | sed -n 1p)
number=$(echo "$best" | cut -d, -f1)
ends 0 "$freshet" tune --resume one
has out.txt "Winner: trial: $number"
grep '^synthetic-1,simulation,0,validation,lstm,NSE,' one/winner/scores.csv | cut -d, -f7 > winner.txt
echo "$best" | cut -d, -f5 > trial.txt
same winner.txt trial.txt

# all processes killed at once, at any moment; the same folder is gone on with by another number of them
searching slow.yml "epochs: 30" "hidden_size: 16" "batch_size: 16"
ends 0 "$freshet" tune slow.yml --out slow --jobs 2 --quiet
killed=0
for round in 1 2 3; do
    "$freshet" tune slow.yml --out killed-$round --jobs 2 --quiet > out.txt 2> err.txt &
    program=$!
    for _ in $(seq 1000); do
        ! ls killed-$round/trials/00$round/checkpoint* > /dev/null 2>&1 || break
        sleep 0.01
    done
    workers=$(cat /proc/$program/task/$program/children) || workers=
    # shellcheck disable=SC2086
    if kill -9 $program $workers 2> /dev/null; then killed=$((killed + 1)); fi
    wait $program 2> /dev/null || true
    [ ! -e killed-$round/winner/run.json ] || fail "killed too late"
    ends 0 "$freshet" tune --resume killed-$round --jobs $((4 - round)) --quiet
    same_search slow killed-$round
done
[ $killed = 3 ] || fail "$killed of 3 searches were killed"

# the program alone killed: its processes end by themselves, and the search can be gone on with at once
"$freshet" tune slow.yml --out orphans --jobs 2 --quiet > out.txt 2> err.txt &
program=$!
until ls orphans/trials/001/checkpoint* > /dev/null 2>&1; do sleep 0.01; done
workers=$(cat /proc/$program/task/$program/children)
kill -9 $program
wait $program 2> /dev/null || true
ends 0 "$freshet" tune --resume orphans --jobs 2 --quiet
for worker in $workers; do # one that nobody waits for stays as a zombie
    state=$(grep '^State' "/proc/$worker/status" 2> /dev/null) || state=gone
    case $state in gone | *zombie*) ;; *) fail "process $worker lives on: $state" ;; esac
done
same_search slow orphans

# one process killed: another takes its place, the search does not stop
"$freshet" tune slow.yml --out replaced --jobs 2 --quiet > out.txt 2> err.txt &
program=$!
until ls replaced/trials/001/checkpoint* > /dev/null 2>&1; do sleep 0.01; done
worker=$(cut -d' ' -f1 "/proc/$program/task/$program/children")
kill -9 "$worker"
wait $program || fail "status $? after a process was killed"
same_search slow replaced

# Ctrl-C and SIGTERM
for signal in INT TERM; do
    status=0
    env --default-signal=INT "$freshet" tune slow.yml --out stop-$signal --jobs 2 > out.txt 2> err.txt &
    program=$!
    until ls stop-$signal/trials/001/checkpoint* > /dev/null 2>&1; do sleep 0.01; done
    kill -$signal $program
    wait $program || status=$?
    [ $status = 130 ] || fail "status $status after $signal"
    has err.txt "interrupted; go on by: freshet tune --resume stop-$signal"
    ends 0 "$freshet" tune --resume stop-$signal --jobs 2 --quiet
    same_search slow stop-$signal
done

# halving: rungs of 3, 10 and 30 epochs, the best third of each goes on from its checkpoint
sed 's/  trials: 7/  trials: 9\n  method: halving\n  min_epochs: 3/' slow.yml > halving.yml
ends 0 "$freshet" tune halving.yml --out halving --jobs 1 --quiet
[ "$(cut -d, -f2,3 halving/trials.csv | sort | uniq -c | tr -s ' ' | grep ,)" = " 9 0,3
 3 1,10
 1 2,30
 1 rung,epochs" ] || fail "rungs: $(cut -d, -f2,3 halving/trials.csv | sort | uniq -c)"
ends 0 "$freshet" tune halving.yml --out halving-3 --jobs 3 --quiet
same_search halving halving-3
# what went on from rung to rung is what a whole run makes: the winner was trained in one go
grep ',30,done,' halving/trials.csv | cut -d, -f5 > trial.txt
grep '^synthetic-1,simulation,0,validation,lstm,NSE,' halving/winner/scores.csv | cut -d, -f7 > winner.txt
same winner.txt trial.txt

# a trial whose values cannot be trained is not the end; when all are so, that is said
ends 0 "$freshet" tune run.yml --out some --quiet --set 'tune.search={seq_length: [30, 30, 30, 5000]}'
has some/trials.csv ",failed," "5000"
has some/tune.html "Trials that could not be trained or scored"
ends 2 "$freshet" tune run.yml --out all --quiet --set 'tune.search={seq_length: [5000]}'
has err.txt "no trial could be trained and scored" "5000"

# another forecaster than the net; the winner's run has the baselines beside it
ends 0 "$freshet" tune run.yml --out ridge --quiet --trials 2 --set forecasters= --set tune.forecaster=ridge --set 'tune.search={seq_length: [10, 20]}'
[ "$(ls ridge/winner/models)" = "climatology.frs
ridge.frs" ] || fail "models: $(ls ridge/winner/models)"

# for programs; in Russian; a block that `run` does not need
ends 0 "$freshet" tune run.yml --out json --json --jobs 2 --trials 3
[ "$(grep -c '"event":"trial"' out.txt)" = 3 ] || fail "not 3 events"
has out.txt '"event":"progress"' '"event":"best"' '"winner"'
if command -v python3 > /dev/null; then python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)' < out.txt || fail "not JSON"; fi
if [ "$("$freshet" help --lang ru)" != "$("$freshet" help)" ]; then
    ends 0 "$freshet" tune --resume json --lang ru
    has json/tune.html 'lang="ru"' "Что имело значение"
fi
ends 0 "$freshet" run run.yml --out ordinary
has err.txt "run.yml:" "tune.search" "nothing is searched here"

# refused before anything starts
refused "--out" -- "$freshet" tune run.yml
refused "which config" -- "$freshet" tune --out nothing
refused "holds a tuning" "--resume one" -- "$freshet" tune run.yml --out one
refused "a search is of one run" -- "$freshet" tune run.yml --out nothing --set 'learning_curve_years=[1]'
refused "--resume takes everything" -- "$freshet" tune --resume one --trials 3
refused "--jobs" "from 1 to" -- "$freshet" tune run.yml --out bad --jobs 0
refused "no such folder" -- "$freshet" tune --resume nowhere
refused "no config.yml" -- "$freshet" tune --resume records
small plain.yml
refused "plain.yml: tune.search is missing" -- "$freshet" tune plain.yml --out bad
refused "--set tune.search" "hiden_size" "did you mean" -- "$freshet" tune run.yml --out bad --set 'tune.search={hiden_size: [3]}'
refused "'GIBT-ES-NICHT'" "NSE" -- "$freshet" tune run.yml --out bad --set tune.metric=GIBT-ES-NICHT
refused "tune.forecaster" "'oracle'" "lstm" -- "$freshet" tune run.yml --out bad --set tune.forecaster=oracle
refused "epochs" "method: random" -- "$freshet" tune run.yml --out bad --set tune.method=halving --set 'tune.search={epochs: [3, 4]}'
refused "learns by epochs" -- "$freshet" tune run.yml --out bad --set tune.method=halving --set tune.forecaster=ridge
refused "persistence does not serve" -- "$freshet" tune run.yml --out bad --set tune.forecaster=persistence
sed '/validation/d' run.yml > blind.yml
refused "validation_start_date is missing" -- "$freshet" tune blind.yml --out bad
[ ! -e bad ] || [ "$(ls -A bad)" = findings.csv ] || fail "left behind: $(ls -A bad)"
sed -i 's/learning_rate: {log: \[1e-3/learning_rate: {log: [0/' run.yml
refused "run.yml:$(grep -n 'learning_rate' run.yml | cut -d: -f1): tune.search.learning_rate" "1e-12" -- "$freshet" tune run.yml --out bad

# a folder that was meddled with
sed -i 's/^epochs: 3$/epochs: 4/' jobs-2/config.yml
refused "begun with another config.yml" -- "$freshet" tune --resume jobs-2
head -c 20000 /dev/urandom > jobs-3/trials.db
refused "jobs-3/trials.db" "not a registry" -- "$freshet" tune --resume jobs-3
# not for people
ends 2 "$freshet" tune_worker one 1
has err.txt "not for people"
