# freshet study: of data and of a config; what is written, what is refused, whose period is seen.
. "$(dirname "$0")/lib.bash"

ends 0 "$freshet" synth --quiet --years 13 --out records
ends 0 "$freshet" study records/synthetic-1.csv
has out.txt "mean flow" "share of baseflow" "response time to prcp" "10-year maximum, GEV"
has study/study.csv "site,method,series,quantity,value,low,high,p,unit,note" "synthetic-1,signature,flow,hfd_mean"
for name in acf ccf duration regime stl yearly maxima minima baseflow periodogram; do
    [ -s study/synthetic-1/$name.csv ] || fail "no $name.csv"
done
has study/study.html "<svg" "Study of synthetic-1"
lacks study/study.html "http://" "NaN" "<script"
# nothing is written over unasked
refused "study.csv: is there already" -- "$freshet" study records/synthetic-1.csv
# the same bits for any number of threads, and again
ends 0 "$freshet" study records/synthetic-1.csv --out two --threads 2
same study/study.csv two/study.csv

# several sites: an overview and a page each; tables as CSV and JSON
"$freshet" synth --quiet --years 5 --catchments 2 --out several > out.txt
rm -r several/truth
ends 0 "$freshet" study several --out many --csv
has out.txt "site,quantity,value,low,high,p,unit" "synthetic-2,mean flow,"
has many/study.html 'href="synthetic-2/study.html"'
[ -s many/synthetic-2/study.html ] || fail "no page of the second site"
for file in study/synthetic-1/figures/flow.svg many/figures/sites-2.svg many/synthetic-2/figures/time-2.svg; do
    has $file "<svg" "</svg>"
done
ends 0 "$freshet" study several --out json --json
has out.txt '"site":"synthetic-1"'

# a config: its training period alone
cat > run.yml << 'END'
data_dir: records
sites: [synthetic-1]
dynamic_inputs: [prcp, temp, pet]
target_variables: [q]
train_start_date: 1981-10-01
train_end_date: 1986-09-30
validation_start_date: 1986-10-01
validation_end_date: 1988-09-30
test_start_date: 1988-10-01
test_end_date: 1990-09-30
seasons: [winter 11-3, spring flood 4-6]
baseflow_alpha: 0.925
END
ends 0 "$freshet" study run.yml --out trained
has trained/study.html "1981-10-01 to 1986-09-30"
has trained/study.csv "describe,spring flood,mean" "baseflow,flow,alpha,0.925"
[ "$(tail -1 trained/synthetic-1/baseflow.csv | cut -d, -f1)" = 1986-09-30 ] || fail "the study saw more than the training period"
# whatever stands after it, the study is the same
awk -F, -v OFS=, 'NR > 1 && $1 > "1986-09-30" { for (i = 2; i <= NF; i++) $i = 77 } { print }' records/synthetic-1.csv > changed.csv
mkdir other && mv changed.csv other/synthetic-1.csv
sed 's/data_dir: records/data_dir: other/' run.yml > other.yml
ends 0 "$freshet" study other.yml --out unseen
same trained/study.csv unseen/study.csv
ends 0 "$freshet" study run.yml --out whole --all
has whole/study.html "the test period too"

# periods by site: those of the site, and nothing between them
printf '%s\n' synthetic-1,1981-10-01,1983-09-30 synthetic-1,1984-10-01,1986-09-30 > periods.csv
ends 0 "$freshet" study run.yml --out by-site --set per_basin_train_periods_file=periods.csv
n=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^q/) q = i; next }
    $q != "" && (($1 >= "1981-10-01" && $1 <= "1983-09-30") || ($1 >= "1984-10-01" && $1 <= "1986-09-30"))' records/synthetic-1.csv | wc -l)
grep -q "^synthetic-1,describe,year,n,$n," by-site/study.csv || fail "$n: $(grep describe,year,n by-site/study.csv)"

# a run's page has it: of the training period alone, again from what lies packed in its folder
part() { sed -n '/<section id="study">/,/<\/section>/p' "$1/report.html" | sed 's/\bf[0-9]*[td]\b//g'; } # without the numbers of figures
more=(--quiet --set 'forecasters=[persistence, climatology]' --set seq_length=30)
ends 0 "$freshet" run run.yml --out ran "${more[@]}"
part ran > study.part
has study.part "1981-10-01 to 1986-09-30" "<svg" "baseflow_index"
[ -s ran/figures/study-6.svg ] || fail "the study's figures are not saved"
lacks study.part "NaN" "Extremes</h3>"
cp ran/report.html before.html
ends 0 "$freshet" report ran --quiet
part ran > again.part
same study.part again.part
[ ! -e ran/forecast.nc ] || same before.html ran/report.html # without it the page has no forecasts
ends 0 "$freshet" run other.yml --out blind "${more[@]}"
part blind | cmp -s - study.part || fail "the page's study saw the test period"
rm ran/data.frs
ends 0 "$freshet" report ran
lacks ran/report.html 'id="study"'
has err.txt "no study of the training period"

# a broken question
refused "season 'winter'" -- "$freshet" study run.yml --out bad --set 'seasons=[winter]'
refused "which variable is the flow" "target_variables" -- "$freshet" study records/synthetic-1.csv --out bad --set 'target_variables=[none]'
refused "nothing.csv" -- "$freshet" study nothing.csv --out bad
printf 'date,q\n2001-01-01,\n2001-01-02,\n' > empty.csv
ends 0 "$freshet" study empty.csv --out empty
has err.txt "warning" "no value of q"

# Russian, with a decimal comma in the page and a point in the files
if [ -f "$FRS_BUILD/locale/ru/LC_MESSAGES/freshet.mo" ]; then
    FRS_LOCALEDIR=$FRS_BUILD/locale ends 0 "$freshet" study records/synthetic-1.csv --out ru --lang ru
    has ru/study.html 'lang="ru"' "Кривые продолжительности"
    same study/synthetic-1/acf.csv ru/synthetic-1/acf.csv
fi
