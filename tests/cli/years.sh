# A learning curve by training years: a run for each number of years, one page, gone on with, refused.
. "$(dirname "$0")/lib.bash"

"$freshet" synth --quiet --years 8 --out records > /dev/null
more="forecasters: [persistence, climatology, ridge]"
small run.yml "task: forecast" "leads: 2" "$more" "train_end_date: 1985-12-31" "validation_start_date: 1986-01-01" \
    "validation_end_date: 1986-09-30" "test_start_date: 1986-10-01" "test_end_date: 1989-09-30" "learning_curve_years: [4, 1, 4]"
ends 0 "$freshet" run run.yml --out curve
has err.txt "years of training: 4" "scores.csv is of the longest training, years: 4"
# each is the run that its dates alone would make: whole hydrological years, and the rest of the period
for years in 1:1984 4:1981; do
    sed '/learning_curve_years/d; s/^train_start_date:.*/train_start_date: '${years#*:}'-10-01/' run.yml > one.yml
    rm -rf one
    ends 0 "$freshet" train one.yml --out one --quiet
    same curve/years-${years%:*}/models/ridge.frs one/models/ridge.frs
done
! cmp -s curve/years-1/models/ridge.frs curve/years-4/models/ridge.frs || fail "one year and four make the same model"
# all scores of the test, and those of the longest
{
    echo years,model,site,lead,metric,value
    for years in 1 4; do
        awk -F, -v OFS=, -v y=$years '$4 == "test" && $10 == "" { print y, $5, $1, $3, $6, $7 }' curve/years-$years/scores.csv
    done
} > expected.csv
same expected.csv curve/learning_curve.csv
grep -E '^site,|,test,' curve/years-4/scores.csv | cmp -s - curve/scores.csv || fail "scores.csv is not of the longest"
# the page
has curve/report.html 'href="years-1/report.html"' 'href="years-4/report.html"' "<svg" "by years of training, lead 2 d" "learning_curve_years"
sed "/^<script>/,\$d" curve/report.html > text.html
lacks text.html "NaN" "http://"
[ -s curve/figures/curve.svg ] && [ -s curve/figures/curve-2.svg ] || fail "no figures"
[ ! -e curve/models ] || fail "an empty folder of models"
cp curve/report.html page.html
ends 0 "$freshet" report curve --quiet
same page.html curve/report.html

# killed between two of them, gone on with: the same, and what was finished is not done again
rm -r curve/years-4 curve/scores.csv curve/learning_curve.csv curve/report.html
touch -d 2000-01-01 curve/years-1/scores.csv
ends 0 "$freshet" run --resume curve --quiet
same expected.csv curve/learning_curve.csv
[ curve/years-1/scores.csv -ot curve/years-4/scores.csv ] || fail "a finished part was done again"
refused "curve: holds a run already" -- "$freshet" run run.yml --out curve

# what cannot be
years() { refused "learning_curve_years" "${@:2}" -- "$freshet" run run.yml --out bad --set "learning_curve_years=$1"; }
years '[1, 0]' "at least 1, found '0'"
years '[half]' "found 'half'"
years '[2, 5]' "at most 4, the whole hydrological years" "found 5"
refused "years of training: 1: " "no sample" -- "$freshet" run run.yml --out bad --set 'exclude_periods=["1984-01-01/1985-12-31"]'
refused "not together with site_folds" -- "$freshet" run run.yml --out bad --set site_folds=2
echo "synthetic-1,1981-10-01,1985-09-30" > periods.csv
refused "per_basin_train_periods_file" "leave this file out" -- "$freshet" run run.yml --out bad --set per_basin_train_periods_file=periods.csv
refused "train_start_date is missing" -- "$freshet" run run.yml --out bad --set train_start_date=
ends 2 "$freshet" check run.yml --set 'learning_curve_years=[9]'
has err.txt "at most 4"
[ ! -e bad ] || [ ! -e bad/config.yml ] || fail "a refused run left its folder"
