# Each verb on a small catchment: what it prints, what it leaves, how the verbs fit together.
. "$(dirname "$0")/lib.bash"

# synth: seeded, refuses to write over
ends 0 "$freshet" synth --years 5 --out records
has out.txt "Sites written: 1"
head -1 records/truth/synthetic-1.csv > head.txt
has head.txt "q_true" "swe"
refused "records/synthetic-1.csv" "--force" -- "$freshet" synth --years 5 --out records
ends 0 "$freshet" synth --years 5 --out again
same records/synthetic-1.csv again/synthetic-1.csv
ends 0 "$freshet" synth --years 5 --out again --seed 2 --force
! cmp -s records/synthetic-1.csv again/synthetic-1.csv || fail "another seed gives the same record"
refused "--years" -- "$freshet" synth --years 0

# check
small run.yml
ends 0 "$freshet" check run.yml
has out.txt "synthetic-1" "missing"
ends 0 "$freshet" check run.yml --csv
has out.txt "severity,site,text,action,variable,code,count,first"
ends 0 "$freshet" check run.yml --json
has out.txt '{"event":"finding","severity":"note","site":"synthetic-1"'

# run
ends 0 "$freshet" run run.yml --out run
has out.txt "Model" "NSE" "climatology" "ridge" "lstm" "Report: run/report.html"
has err.txt "epoch 3 of 3"
for file in config.yml scores.csv tests.csv findings.csv learning.csv run.json log.txt report.html models/lstm.frs; do
    [ -s run/$file ] || fail "no $file"
done
has run/run.json "freshet run run.yml --out run"
cp out.txt board.txt

# one year of test is too little to claim anything: the test is made, says so, and nobody is called better
[ "$(head -1 run/scores.csv)" = "site,task,lead,period,model,metric,value,low,high,subset" ] || fail "header of scores.csv"
has run/scores.csv ",S/sigma," ",months_12-2" ",flow_0.3-0.7" ",events_0.98"
[ "$(wc -l < run/tests.csv)" = 3 ] || fail "not a comparison with each of the two others"
[ "$(grep -c ',untested,few_years$' run/tests.csv)" = 2 ] || fail "tests.csv does not say few_years"
has out.txt "Difference in NSE" "too few years"
has err.txt "fewer than 5 seeds: LSTM"
has run/report.html 'id="tests"' 'id="parts"' 'id="admissible"' "too few years"

# a folder of an older version has neither the column `subset` nor tests.csv
cp -r run older
grep -v ',[mfe][a-z]*_[0-9.-]*$' run/scores.csv | sed 's/,[^,]*$//' > older/scores.csv
rm older/tests.csv older/report.html
ends 0 "$freshet" report older
has older/report.html "<html" "LSTM"
lacks older/report.html 'id="parts"'

# own seasons and thresholds, and one reference; no validation period: no winner, nothing to test
ends 0 "$freshet" run run.yml --out own --quiet --set 'seasons=[5-7]' --set 'event_quantiles=[]' \
    --set 'flow_quantiles=[0.5]' --set 'references=[climatology]' --set epochs=1
has own/scores.csv ",months_5-7" ",flow_0-0.5" ",flow_0.5-1"
lacks own/scores.csv ",events_" ",months_3-5"
[ "$(wc -l < own/tests.csv)" = 2 ] || fail "another reference than climatology"
sed '/^validation/d' run.yml > blind.yml
ends 0 "$freshet" run blind.yml --out blind --set epochs=1
[ "$(wc -l < blind/tests.csv)" = 1 ] || fail "a winner without a validation period"
has err.txt "No validation period chose a model"
has blind/report.html "nothing is claimed"

# the same in two steps, and a report made anew
ends 0 "$freshet" train run.yml --out steps
[ ! -e steps/scores.csv ] || fail "train evaluates"
ends 0 "$freshet" evaluate steps --quiet
[ ! -s err.txt ] || fail "--quiet says something"
diff <(head -4 board.txt) <(head -4 out.txt) > /dev/null || fail "evaluate shows other scores"
same run/scores.csv steps/scores.csv
rm run/report.html
ends 0 "$freshet" report run
has run/report.html "<html" "LSTM"
refused "nowhere" -- "$freshet" report nowhere
refused "records: not a run folder" -- "$freshet" evaluate records

# forecast: the newest one, another issue time, newer data with a hole
ends 0 "$freshet" forecast run --csv
has out.txt "site,model,issue_time,lead,valid_time,value,unit" "synthetic-1,lstm,1985-12-31,0,1985-12-31,"
ends 0 "$freshet" forecast run --model lstm --issue 1985-06-30
has out.txt "1985-06-30"
lacks out.txt "ridge"
refused "no fitted model" "oracle" -- "$freshet" forecast run --model oracle
refused "1999-01-01" -- "$freshet" forecast run --issue 1999-01-01
mkdir newer
sed 's/^\(1985-12-20,\)[^,]*/\1/' records/synthetic-1.csv > newer/synthetic-1.csv
refused "synthetic-1" "prcp is missing on 1985-12-20" -- "$freshet" forecast run --data newer
ends 0 "$freshet" forecast run --data newer --issue 1985-12-19
[ -z "$(ls run | grep forecast-data)" ] || fail "forecast left its data behind"

# convert there and back: not a bit is lost
printf 'site,area_km2\nsynthetic-1,500\n' > area.csv
ends 0 "$freshet" pack records --out all.frs --attributes area.csv
ends 0 "$freshet" convert all.frs --to csv --out back
head -1 back/synthetic-1.csv > head.txt
has head.txt "prcp [mm]" "q [mm]"
has back/attributes/attributes.csv "area_km2" "500"
same records/synthetic-1.csv back/synthetic-1.csv
refused "all.frs" "--force" -- "$freshet" pack records --out all.frs
refused "--out is missing" -- "$freshet" convert records --to csv
refused "--to is missing" -- "$freshet" convert records --out back2
refused "nothing" -- "$freshet" convert nothing --to csv --out back2
printf 'synthetic-1\nelsewhere\n' > sites.txt
refused "elsewhere" -- "$freshet" convert records --to csv --out back2 --sites sites.txt
if "$freshet" version | grep -q 'netcdf (built without'; then
    echo "skipped: NetCDF, built without it"
    refused "NetCDF" -- "$freshet" convert records --to netcdf --out generic
else
    ends 0 "$freshet" convert all.frs --to netcdf --out generic
    has out.txt "Sites written: 1" "To: generic"
    ends 0 "$freshet" run run.yml --set data_dir=generic --set 'static_attributes=[area_km2]' --set 'epochs=1' --out nc
    refused "generic" "--force" -- "$freshet" convert all.frs --to netcdf --out generic
    ends 0 "$freshet" convert generic/time_series/synthetic-1.nc --to csv --out back3
fi
ends 0 "$freshet" run run.yml --set data_dir=all.frs --out store --quiet
same run/scores.csv store/scores.csv
[ ! -e store/data.frs ] || fail "a store is packed again"

# forecast task: a column a lead
small ahead.yml "task: forecast" "leads: 3" "epochs: 1" "forecasters: [persistence, lstm]"
ends 0 "$freshet" run ahead.yml --out ahead --explain
has out.txt "NSE_1" "NSE_3" "persistence" "LSTM, training" "seq"
lacks out.txt "ridge"

# --json: every line an object; nothing on standard error
# the members of an ensemble are shown, but none is chosen and none is a reference
small seeds.yml "epochs: 1" "forecasters: [climatology, ridge, ensemble]" "ensemble_members: 3"
ends 0 "$freshet" run seeds.yml --out seeds --quiet
has seeds/scores.csv ",lstm_3,NSE," ",members_mean,NSE," ",ensemble,NSE,"
lacks seeds/tests.csv "lstm_"
has seeds/tests.csv "bootstrap"

ends 0 "$freshet" --json run run.yml --out json
[ ! -s err.txt ] || fail "--json wrote to standard error"
has out.txt '"NSE_low":' '{"event":"test","model":' '"p":null,"verdict":"untested","method":"bootstrap"}' \
    '{"event":"progress","stage":"training"' '{"event":"score","model":"lstm","NSE":' '"report":"json/report.html"'
! grep -qv '^{"event":.*}$' out.txt || fail "a line that is no object"
if command -v python3 > /dev/null; then
    python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)' < out.txt || fail "not JSON"
fi

# demo: everything, and the truth beside it
ends 0 "$freshet" demo --quick --out demo
has out.txt "lstm" "true flow" "Report: demo/runs/demo_"
[ -s "$(sed -n 's/^Report: //p' out.txt)" ] || fail "no report"

# a terminal: one line redrawn; no colour when told so
if command -v script > /dev/null; then
    TERM=xterm script -qec "$freshet run run.yml --out tty --set epochs=200" /dev/null > tty.txt < /dev/null
    has tty.txt "epoch " "loss 0."
    grep -q $'\r\033\\[K' tty.txt || fail "no line redrawn on a terminal"
    TERM=dumb script -qec "$freshet run run.yml --out dumb" /dev/null > tty.txt < /dev/null
    ! grep -q $'\033' tty.txt || fail "a terminal that cannot redraw is sent escapes"
    TERM=xterm NO_COLOR=1 script -qec "$freshet run run.yml --out tty" /dev/null > tty.txt < /dev/null || true
    ! grep -q $'\033\\[1' tty.txt || fail "colours in spite of NO_COLOR"
fi

# Russian messages where the catalogue is built
if [ -s "$FRS_BUILD/locale/ru/LC_MESSAGES/freshet.mo" ]; then
    ends 2 "$freshet" --lang ru run
    grep -qP '\p{Cyrillic}' err.txt || fail "--lang ru does not speak Russian"
    ends 2 env LC_ALL=ru_RU.UTF-8 "$freshet" run
    grep -qP '\p{Cyrillic}' err.txt || fail "LC_ALL=ru_RU.UTF-8 does not speak Russian"
    ends 2 env LC_ALL=ru_RU.UTF-8 "$freshet" --lang en run
    ! grep -qP '\p{Cyrillic}' err.txt || fail "--lang en does not speak English"
else
    echo "skipped: Russian messages, the catalogue is not built"
fi
