# Gauges upstream as inputs: a river whose flow is that of two others, a day or two later, plus noise.
. "$(dirname "$0")/lib.bash"

mkdir records
for i in 1 2 3; do
    "$freshet" synth --quiet --years 5 --seed $i --out seed-$i > /dev/null
done
cp seed-1/synthetic-1.csv records/up1.csv
cp seed-2/synthetic-1.csv records/up2.csv
# column 5 is q: (up1 of the day before + up2 of two days before) / 2, give or take 5 %; the weather is the third river's
paste -d, records/up1.csv records/up2.csv seed-3/synthetic-1.csv | awk -F, -v OFS=, '
    NR == 1 { print $11, $12, $13, $14, $15; next }
    { u1[NR] = $5; u2[NR] = $10; a = u1[NR - 1]; b = u2[NR - 2]
      seed = (seed * 1103515245 + 12345) % 2147483648
      print $11, $12, $13, $14, a == "" || b == "" ? "" : (a + b) / 2 * (0.95 + 0.1 * seed / 2147483648) }' > records/down.csv

# score RUN MODEL LEAD: the test NSE of site down
score() { awk -F, -v m="$2" -v l="$3" '$1 == "down" && $4 == "test" && $5 == m && $6 == "NSE" && $3 == l { print $7; exit }' "$1/scores.csv"; }
# better A B BY: by so much at least
better() { awk -v a="$1" -v b="$2" -v by="$3" 'BEGIN { exit !(a != "" && b != "" && a > b + by) }' || fail "$1 is not better than $2 by $3"; }

small run.yml "sites: [down]" "gap_policy: linear" "gap_max_steps: 10"
small up.yml "sites: [down]" "gap_policy: linear" "gap_max_steps: 10"
cat >> up.yml << END
upstream_gauges:
  down: [up1, up2]
END

# simulation: shown a day late, which is the newest that a simulation may see
ends 0 "$freshet" run run.yml --out without --quiet --set "forecasters=[ridge, lstm]"
ends 0 "$freshet" run up.yml --out with --quiet --set "forecasters=[ridge, lstm]"
better "$(score with ridge 0)" "$(score without ridge 0)" 0.2
better "$(score with ridge 0)" 0.85 0
cmp -s with/models/lstm.frs without/models/lstm.frs && fail "the net sees nothing of it"
[ "$("$freshet" forecast with --csv --model ridge | grep -c '^down,')" = 1 ] || fail "a forecast of the sites alone"
# later still, and it helps less
ends 0 "$freshet" run up.yml --out late --quiet --set upstream_lag=4 --set forecasters=[ridge]
better "$(score with ridge 0)" "$(score late ridge 0)" 0.02

# forecast: known up to the issue time, so the first lead gains; whatever the weather of the leads is
for future in none observed; do
    f=(--set task=forecast --set leads=3 --set future_weather=$future --set "forecasters=[ridge, gru]" --set epochs=1 --quiet)
    ends 0 "$freshet" run run.yml --out f-$future "${f[@]}"
    ends 0 "$freshet" run up.yml --out u-$future "${f[@]}"
    better "$(score u-$future ridge 1)" "$(score f-$future ridge 1)" 0.01
done
# evaluated again from the run's own store; forecast from newer data, and from a packed store
cp u-none/scores.csv before.csv
ends 0 "$freshet" evaluate u-none --quiet
same before.csv u-none/scores.csv
ends 0 "$freshet" forecast u-none --csv
cp out.txt own.txt
ends 0 "$freshet" forecast u-none --data records --csv
same own.txt out.txt
ends 0 "$freshet" pack records --out all.frs
ends 0 "$freshet" forecast u-none --data all.frs --csv
same own.txt out.txt
# `newer`: the last day's flow upstream is another, and so is the forecast; flow after the issue time is nothing to it
cp -r records newer
awk -F, -v OFS=, '$1 == "1985-12-31" { $5 = 99 } { print }' records/up1.csv > newer/up1.csv
ends 0 "$freshet" forecast u-none --data newer --csv --model ridge
grep ridge own.txt > ridge.txt
! grep -qxFf ridge.txt out.txt || fail "the newest flow upstream changes nothing"
ends 0 "$freshet" forecast u-none --data records --csv --model ridge --issue 1985-12-30
cp out.txt earlier.txt
ends 0 "$freshet" forecast u-none --data newer --csv --model ridge --issue 1985-12-30
same earlier.txt out.txt
awk -F, -v OFS=, 'NR > 1 && $1 > "1985-12-10" { $5 = "" } { print }' records/up2.csv > newer/up2.csv
refused "down: no forecast on 1985-12-31: upstream_2 is missing on 1985-12-11" -- "$freshet" forecast u-none --data newer
rm newer/up2.csv
refused "config.yml:" "upstream_gauges: gauge up2, upstream of down, has no record in newer" -- "$freshet" forecast u-none --data newer

# a site with fewer gauges than another: masked, or said
small two.yml "sites: [down, up1]"
cp two.yml three.yml
cat >> two.yml << END
upstream_gauges:
  up1: up2
  down:
  - up1
  - up2
END
refused "two.yml:" "upstream_gauges: gauges upstream of site up1: 1, of another site: 2;" "gap_policy: mask" -- "$freshet" run two.yml --out refused --set gap_policy=linear
refused "gauges upstream of site up2: 0, of another site: 2;" -- "$freshet" run two.yml --out refused --set sites=[up2]
ends 0 "$freshet" run three.yml --out plain --quiet --set gap_policy=mask --set forecasters=[ridge]
for masked in gap_policy=mask nan_handling_method=input_replacing; do
    ends 0 "$freshet" run two.yml --out ${masked#*=} --quiet --set $masked --set "forecasters=[ridge, lstm]"
    better "$(score ${masked#*=} ridge 0)" "$(score plain ridge 0)" 0.1
    grep -q '^up1,simulation,0,test,lstm,NSE,[-0-9]' ${masked#*=}/scores.csv || fail "no score of up1"
done
ends 0 "$freshet" check two.yml --set gap_policy=mask

# what makes no sense, with file and line
wrong() { # wrong TEXT VALUE...: upstream_gauges as these lines
    cp three.yml wrong.yml
    printf '%s\n' "upstream_gauges:" "${@:2}" >> wrong.yml
    refused "$1" -- "$freshet" run wrong.yml --out refused
}
line() { echo $(($(wc -l < three.yml) + 1 + $1)); }
wrong "wrong.yml:$(line 1): upstream_gauges: gauge up9, upstream of down, has no record in " "  down: [up1, up9]"
wrong "wrong.yml:$(line 2): upstream_gauges: site dawn has no record in " "  down: up1" "  dawn: up2"
wrong "wrong.yml:$(line 1): upstream_gauges: site down cannot be upstream of itself" "  down: [up1, down]"
wrong "wrong.yml:$(line 1): upstream_gauges: site down: gauge up1 stands twice" "  down: [up1, up1]"
wrong "wrong.yml:$(line 2): upstream_gauges: site down stands twice" "  down: up1" "  down: up2"
wrong "upstream_gauges: a cycle: gauge " "  down: up1" "  up1: [up2]" "  up2: [up1]"
wrong "upstream_gauges: expected {site: [gauge, ...]}" "  - up1"
wrong "upstream_gauges: expected {site: [gauge, ...]}" "  down: {up1: 3}"
wrong "upstream_gauges: expected {site: [gauge, ...]}" "  down: [[up1]]"
wrong "upstream_gauges: an empty name" "  down:"
refused "dynamic_inputs: upstream_1 is added by upstream_gauges" -- "$freshet" run up.yml --out refused --set 'dynamic_inputs=[prcp, upstream_1]'
refused "evolving_attributes: upstream_2 is added by upstream_gauges" -- "$freshet" run up.yml --out refused --set 'evolving_attributes=[upstream_2]'
refused "upstream_lag: expected at least 1 in a simulation, found 0" -- "$freshet" run up.yml --out refused --set upstream_lag=0
refused "no variable 'upstream_1' in the record" -- "$freshet" run up.yml --out refused --set 'lagged_features={upstream_1: 1}'
# other steps, another unit, no flow
mv records/up2.csv kept.csv
awk -F, -v OFS=, 'NR == 1 { print; next } { print $1 " 00:00", $2, $3, $4, $5; print $1 " 12:00", $2, $3, $4, $5 }' kept.csv > records/up2.csv
refused "gauge up2, upstream of down: its time steps are not those of down" -- "$freshet" run up.yml --out refused
cut -d, -f1-4 kept.csv > records/up2.csv
refused "gauge up2, upstream of down: no variable 'q' in its record" -- "$freshet" run up.yml --out refused
sed '1s/q \[mm\]/q [cm]/' kept.csv > records/up2.csv
refused "gauge up2, upstream of down: q is in 'cm' there and in 'mm' here; the key units brings both to one" -- "$freshet" run up.yml --out refused
"$freshet" check up.yml --set units=[q=mm] > out.txt 2> err.txt || has err.txt "built without UDUNITS"
[ ! -e refused ] || [ "$(ls refused)" = findings.csv ] || fail "a refused run left its folder"
