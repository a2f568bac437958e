# Data preparation: what NeuralHydrology's keys and Freshet's own do with records, end to end.
. "$(dirname "$0")/lib.bash"

records
"$freshet" synth --quiet --years 5 --seed 2 --out second > /dev/null
cp second/synthetic-1.csv records/b.csv

# score RUN MODEL: the test NSE of site synthetic-1
score() { awk -F, -v m="$2" '$1 == "synthetic-1" && $4 == "test" && $5 == m && $6 == "NSE" && $3 <= 1 { print $7; exit }' "$1/scores.csv"; }
# in_json RUN TEXT...: in its run.json, whatever the blanks
in_json() {
    tr -d ' \n' < "$1/run.json" > flat.json
    has flat.json "${@:2}"
}
differ() { [ "$(score "$1" "$3")" != "$(score "$2" "$3")" ] || fail "$1 and $2 score the same"; }

small run.yml
ends 0 "$freshet" run run.yml --out plain --quiet

# NeuralHydrology's features, as its documentation writes them
cat > more.yml << END
lagged_features:
  prcp:
  - 1
  - 2
  - 1
  q: 1
duplicate_features: [temp, pet]
evolving_attributes: [temp_copy1]
custom_normalization:
  prcp:
    centering: None
    scaling: minmax
  q:
    centering: median
use_basin_id_encoding: True
random_holdout_from_dynamic_features:
nan_handling_method: None
dynamic_inputs: [prcp, temp, pet_copy1, prcp_shift1, prcp_shift2, q_shift1]
END
small nh.yml
sed -i /dynamic_inputs/d nh.yml
cat more.yml >> nh.yml
ends 0 "$freshet" run nh.yml --out nh --quiet
awk -v a="$(score nh ridge)" -v b="$(score plain ridge)" 'BEGIN { exit !(a > b + 0.1) }' || fail "yesterday's flow does not help: $(score nh ridge) $(score plain ridge)"
lacks nh/findings.csv "_shift" "_copy"
# a store with and without the copies is another input, prepared when a run needs it
ends 0 "$freshet" pack records --out all.frs
ends 0 "$freshet" run nh.yml --out packed --quiet --set data_dir=all.frs
same nh/scores.csv packed/scores.csv
ends 0 "$freshet" evaluate nh --quiet
same nh/scores.csv packed/scores.csv
ends 0 "$freshet" forecast nh --csv
has out.txt "b,lstm,"
ends 0 "$freshet" forecast nh --data records --csv --model lstm
has out.txt "b,lstm,"

# gaps: no sample, a straight line, the season, a flag
awk -F, -v OFS=, 'NR > 1 && NR % 25 < 2 { $2 = "" } NR > 1 && NR % 40 == 0 { $3 = "" } { print }' records/b.csv > b.csv
cp b.csv records/b.csv
ends 2 "$freshet" run run.yml --out none --quiet --set sites=[b]
has err.txt "30 steps of complete inputs"
rm -rf none
for policy in linear climatology mask; do
    ends 0 "$freshet" run run.yml --out $policy --quiet --set gap_policy=$policy
    grep -q '^b,simulation,0,test,lstm,NSE,[-0-9]' $policy/scores.csv || fail "$policy: no score of b"
done
differ linear mask lstm
differ linear climatology lstm
has linear/findings.csv "gaps of up to 3 steps are filled"
has mask/findings.csv "missing inputs are 0 with a flag"
ends 0 "$freshet" run run.yml --out replacing --quiet --set nan_handling_method=input_replacing --set 'dynamic_inputs=[[prcp, temp], [pet]]'
differ replacing mask lstm

# groups that may be missing, embedded and averaged; 5 % of the inputs deleted at random; a net before the attributes
lost='random_holdout_from_dynamic_features={prcp: {missing_fraction: 0.05, mean_missing_length: 2}, temp: {missing_fraction: 0.05, mean_missing_length: 2}, pet: {missing_fraction: 0.05, mean_missing_length: 2}}'
groups=(--quiet --set "$lost" --set forecasters=[lstm] --set epochs=2 --set 'dynamic_inputs=[[prcp, temp], [pet]]' --set nan_handling_pos_encoding_size=3
    --set 'dynamics_embedding={type: fc, hiddens: [6, 4], dropout: 0.1}' --set 'statics_embedding={hiddens: 2}' --set use_basin_id_encoding=true)
for method in masked_mean attention; do
    ends 0 "$freshet" run run.yml --out $method "${groups[@]}" --set nan_handling_method=$method
    grep -q '^b,simulation,0,test,lstm,NSE,[-0-9]' $method/scores.csv || fail "$method: no score of b"
    ends 0 "$freshet" forecast $method --csv
    has out.txt "b,lstm,"
done
differ masked_mean attention lstm
ends 0 "$freshet" run run.yml --out attention-1 "${groups[@]}" --set nan_handling_method=attention --set epochs=1 --threads 1
sed -i 's/^epochs: 1/epochs: 2/' attention-1/config.yml
rm attention-1/models/lstm.frs attention-1/scores.csv
ends 0 "$freshet" run --resume attention-1 --quiet
same attention/models/lstm.frs attention-1/models/lstm.frs
same attention/scores.csv attention-1/scores.csv
alone=(--quiet --set "$lost" --set sites=[b] --set epochs=1 --set model=gru --set forecasters=[gru])
ends 0 "$freshet" run run.yml --out alike "${alone[@]}" --set 'dynamic_inputs=[[prcp], [temp], [pet]]' --set nan_handling_method=masked_mean --set task=forecast
grep -q '^b,forecast,7,test,gru,NSE,[-0-9]' alike/scores.csv || fail "a forecast by masked_mean has no score"
ends 0 "$freshet" run run.yml --out embedded "${alone[@]}" --set 'dynamics_embedding={hiddens: 4, activation: relu}' --set gap_policy=mask

# inputs dropped in training: a matter of the seed and the epoch, so a resumed run ends in the same bits
drop=(--set nan_handling_method=input_replacing --set nan_step_probability=0.2 --set nan_sequence_probability=0.1 --set 'dynamic_inputs=[[prcp, temp], [pet]]')
ends 0 "$freshet" run run.yml --out drop --quiet "${drop[@]}"
differ replacing drop lstm
ends 0 "$freshet" run run.yml --out drop2 --quiet "${drop[@]}" --threads 1
same drop/models/lstm.frs drop2/models/lstm.frs
ends 0 "$freshet" run run.yml --out short --quiet "${drop[@]}" --set epochs=2
sed -i 's/^epochs: 2/epochs: 3/' short/config.yml
rm short/models/lstm.frs short/scores.csv
ends 0 "$freshet" run --resume short --quiet
same drop/models/lstm.frs short/models/lstm.frs

# forecasts: leads counted, a season that goes on after the issue time
ends 0 "$freshet" run run.yml --out counted --quiet --set task=forecast --set timestep_counter=true --set calendar_features=true --set gap_policy=linear
ends 0 "$freshet" forecast counted --csv --model lstm
has out.txt ",7,"
sed 's/^\(1985-12-3[01],\)[^,]*/\1/' records/synthetic-1.csv > newer.csv
mkdir newer && cp newer.csv newer/synthetic-1.csv && cp records/b.csv newer/b.csv
ends 0 "$freshet" forecast counted --data newer --csv --model lstm # the newest two days lack rain: held, not refused

# holes made at random
holdout='random_holdout_from_dynamic_features={prcp: {missing_fraction: 0.1, mean_missing_length: 2}}'
ends 0 "$freshet" run run.yml --out holes --quiet --set gap_policy=mask --set "$holdout"
has holes/findings.csv ",prcp,missing,"
differ mask holes lstm

# outliers
awk -F, -v OFS=, '$1 == "1982-06-01" { $2 = 9999 } $1 == "1985-06-01" { $2 = 8888 } { print }' records/synthetic-1.csv > s.csv
mkdir slips && cp s.csv slips/synthetic-1.csv
for mode in flag missing; do
    ends 0 "$freshet" run run.yml --out out-$mode --quiet --set data_dir=slips --set outliers=$mode
    grep -q '^warning,synthetic-1,prcp,outlier,2,0,1982-06-01,9999,' out-$mode/findings.csv || fail "outliers: $(grep outlier out-$mode/findings.csv)"
done
has out-missing/findings.csv "counted as missing" ",prcp,missing,"
lacks out-flag/findings.csv ",prcp,missing,"
ends 0 "$freshet" evaluate out-flag --quiet
has out-flag/findings.csv ",outlier," # what was seen when the records were packed stays

# resampling: hours become the days that they were made of
kinds='resample_kinds={prcp: sum, pet: sum, q: sum}'
mkdir hours
awk -F, 'NR == 1 { print; next } { for (h = 0; h < 24; h++)
    printf "%s %02d:00,%s,%s,%s,%s\n", $1, h, $2 == "" ? "" : $2 / 24, $3, $4 == "" ? "" : $4 / 24, $5 == "" ? "" : $5 / 24 }' \
    OFMT=%.9g CONVFMT=%.9g records/synthetic-1.csv > hours/synthetic-1.csv
ends 0 "$freshet" run run.yml --out days --quiet --set data_dir=hours --set resample_to=1D --set "$kinds"
ends 0 "$freshet" run run.yml --out daily --quiet --set sites=[synthetic-1]
awk -v a="$(score days ridge)" -v b="$(score daily ridge)" 'BEGIN { exit !(a - b < 1e-3 && b - a < 1e-3) }' ||
    fail "of hours $(score days ridge), of days $(score daily ridge)"
in_json days '"count":86400'
ends 0 "$freshet" run run.yml --out two --quiet --set resample_to=2D --set "$kinds" --set seq_length=20
in_json two '"count":172800'
refused "is prcp [mm] a mean or a sum" "resample_kinds: {prcp: mean}" -- "$freshet" run run.yml --out asked --set resample_to=2D
ends 0 "$freshet" run run.yml --out hourly --quiet --set data_dir=hours --set train_start_date=1983-06-01 --set train_end_date=1983-07-01 \
    --set validation_start_date=1983-07-02 --set validation_end_date=1983-07-20 --set test_start_date=1984-06-01 --set test_end_date=1984-06-02 --set forecasters=[ridge]
# a period's last day is meant to its last hour
in_json hourly '"common_samples":[48]'

# periods by site
small run.yml
printf 'site,start,end\nsynthetic-1,1984-10-01,1985-03-31\nb,1984-10-01,1984-12-31\nb,1985-06-01,1985-09-30\n' > test.csv
printf 'b,1982-01-01,1983-12-31\nsynthetic-1,1981-10-01,1983-09-30\n' > train.csv
sed -i '/^t.*_date/d' run.yml
printf 'per_basin_train_periods_file: train.csv\nper_basin_test_periods_file: test.csv\nrandom_holdout_from_dynamic_features: {}\n' >> run.yml
ends 0 "$freshet" run run.yml --out by-site --quiet --set data_dir=records --set gap_policy=linear
in_json by-site '"from":"1981-10-01","to":"1983-12-31"' '"from":"1984-10-01","to":"1985-09-30"'
has by-site/config.yml "$PWD/train.csv"

# cross-validation over sites: every site is the test once, of models that never saw it
for i in 3 4 5; do
    "$freshet" synth --quiet --years 5 --seed $i --out seed-$i > /dev/null
    cp seed-$i/synthetic-1.csv records/s$i.csv
done
small run.yml "gap_policy: linear" "epochs: 1" "site_folds: 2"
ends 0 "$freshet" run run.yml --out folds --quiet
has out.txt "ridge" "lstm"
[ "$(tail -n +2 folds/folds.csv | cut -d, -f1 | sort | tr '\n' ' ')" = "b s3 s4 s5 synthetic-1 " ] || fail "$(cat folds/folds.csv)"
[ "$(grep -c ',test,lstm,NSE,.*,$' folds/scores.csv)" = 5 ] || fail "not every site is scored"
for fold in 1 2; do
    for site in $(awk -F, -v f=$fold '$2 == f { print $1 }' folds/folds.csv); do
        grep -q "^$site,.*,test," folds/fold-$fold/scores.csv || fail "$site is not tested in fold $fold"
        grep "^$site," folds/scores.csv | cmp -s - <(grep "^$site,.*,test," folds/fold-$fold/scores.csv) || fail "$site: other scores"
    done
done
has folds/fold-2/config.yml "site_fold: 2"
# what a site's flow is changes nothing in the models that it is the test of
site=$(awk -F, '$2 == 1 { print $1; exit }' folds/folds.csv)
cp -r records other
awk -F, -v OFS=, 'NR > 1 && $5 != "" { $5 = $5 * 3 + 1 } { print }' records/$site.csv > other/$site.csv
ends 0 "$freshet" run run.yml --out spoilt --quiet --set data_dir=other
same folds/fold-1/models/lstm.frs spoilt/fold-1/models/lstm.frs
! cmp -s folds/fold-2/models/lstm.frs spoilt/fold-2/models/lstm.frs || fail "the other fold should be trained on it"
# killed between two folds, gone on with: the same
cp -r folds again
rm -r again/fold-2 again/scores.csv again/folds.csv
ends 0 "$freshet" run --resume again --quiet
same folds/scores.csv again/scores.csv
same folds/fold-2/models/lstm.frs again/fold-2/models/lstm.frs
ends 0 "$freshet" evaluate folds --quiet
same folds/scores.csv again/scores.csv
# one page of all: who was where, each fold's own page; made again, the same
has folds/report.html 'href="fold-1/report.html"' 'href="fold-2/report.html"' "Catchments: 5" 'id="folds"' 'id="leaderboard"' "site_folds: 2"
lacks folds/report.html 'id="study"'
lacks folds/fold-1/report.html 'id="study"' # nobody trained on its sites
cp folds/report.html page.html
ends 0 "$freshet" report folds --quiet
same page.html folds/report.html
ends 0 "$freshet" run run.yml --out one --quiet --set site_fold=2
same folds/fold-2/scores.csv one/scores.csv
refused "folds: holds a run already" -- "$freshet" run run.yml --out folds
refused "no variable 'rain'" -- "$freshet" run run.yml --out refused --set dynamic_inputs=[rain]
[ ! -e refused ] || fail "a refused run left its folder"
ends 0 "$freshet" check run.yml
