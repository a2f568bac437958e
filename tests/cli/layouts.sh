# Published layouts by the program: found by looking, named by --format or dataset:, units, keys misspelt.
. "$(dirname "$0")/lib.bash"

mkdir -p gb/timeseries gb/attributes
{
    echo "date,precipitation,pet,temperature,discharge_spec,discharge_vol"
    for ((i = 0; i < 1200; i++)); do
        TZ=UTC printf '%(%Y-%m-%d)T,%d,1,5,%d,NaN\n' $((86400 * (4018 + i))) $((i * 7 % 13)) $((1 + i * 3 % 7))
    done
} > gb/timeseries/CAMELS_GB_hydromet_timeseries_10002_19701001-20150930.csv
echo "gauge_id,gauge_name,area
10002,Ugie,86.4" > gb/attributes/CAMELS_GB_topographic_attributes.csv

ends 0 "$freshet" convert gb --to csv --out plain -v
has err.txt "gb: read as camels_gb (CAMELS-GB)"
has plain/10002.csv "discharge_spec [mm/day]"
has plain/attributes/attributes.csv "10002,86.4"
ends 0 "$freshet" pack gb --out gb.frs --format camels_gb
refused "not there, but the layout caravan has it" -- "$freshet" pack gb --out x.frs --format caravan
refused "camels_us|" "found 'camels_usa'" -- "$freshet" pack gb --out x.frs --format camels_usa
ends 0 "$freshet" pack gb --out unused.frs --forcings daymet
has err.txt "gb: forcings are of CAMELS-US, not of the layout camels_gb: not used"
small run.yml "data_dir: gb" "dataset: camels_gb" "dynamic_inputs: [precipitation, temperature]" "target_variables: [discharge_spec]" \
    "static_attributes: []" "train_start_date: 1981-03-01" "train_end_date: 1982-06-30" "validation_start_date: 1982-07-01" \
    "validation_end_date: 1983-01-31" "test_start_date: 1983-02-01" "test_end_date: 1984-03-31"
ends 0 "$freshet" check run.yml
ends 0 "$freshet" run run.yml --quiet --out run
refused "expected one of auto|generic|csv" "found 'camels_uk'" -- "$freshet" check run.yml --set dataset=camels_uk
refused "unknown key 'forcing': did you mean 'forcings'?" -- "$freshet" check run.yml --set "forcing=[daymet]"

printf '# GRDC STATION DATA FILE\n# Catchment area (km2):      86.4\nYYYY-MM-DD;hh:mm; Value\n2000-01-01;--:--;  2.5\n2000-01-02;--:--; -999.000\n' \
    > 6335020_Q_Day.Cmd.txt
printf 'agency_cd\tsite_no\tdatetime\t1_00060_00003\n5s\t15s\t20d\t14n\nUSGS\t01\t2020-02-28\t5\n' > 01.txt
ends 0 "$freshet" convert 01.txt --format rdb --to csv --out rdb
has rdb/01.csv "discharge [ft3/s]" "2020-02-28,5"
ends 0 "$freshet" convert 6335020_Q_Day.Cmd.txt --to csv --out grdc
has grdc/6335020.csv "discharge [m3/s]" "2000-01-01,2.5"

# Broken files: told by file, line and what was found; nothing is left behind.
mkdir -p bad/basin_mean_forcing/daymet bad/usgs_streamflow
forcing=bad/basin_mean_forcing/daymet/01022500_lump_cida_forcing_leap.txt
printf ' 44.82\n 133\n 864000000\nYear Mnth Day Hr prcp(mm/day) tmax(C)\n2000 01 01 12\t1\t2\n2000 01 02 12\t1\t2\n' > $forcing
echo "01022500 2000 01 01 100 A" > bad/usgs_streamflow/01022500_streamflow_qc.txt
ends 0 "$freshet" convert bad --to csv --out us
has us/01022500.csv "date,prcp(mm/day) [mm/day],tmax(C) [C],QObs(mm/d) [mm/day]" "2000-01-01,1,2,0.28316846"
echo "01022500 2000 01 32 100 A" >> bad/usgs_streamflow/01022500_streamflow_qc.txt
refused "_qc.txt:2: expected a date" "2000 01 32" -- "$freshet" pack bad --out bad.frs
echo "01022500 2000 01 01 100 A" > bad/usgs_streamflow/01022500_streamflow_qc.txt
sed -i 's/864000000/-5/' $forcing
refused "leap.txt:3: expected the catchment's area in m2" "'-5'" -- "$freshet" pack bad --out bad.frs
rm $forcing
refused "no record of the layout camels_us in it (bad/basin_mean_forcing/daymet)" -- "$freshet" pack bad --out bad.frs
mkdir cl
printf 'date,1,2\n2000-01-01,1,2\n2000-01-02,1\n' > cl/q_mm_day.csv
refused "q_mm_day.csv:3: expected 3 columns" "found 2" -- "$freshet" pack cl --out bad.frs
printf 'agency_cd\tsite_no\tdatetime\ttz_cd\t1_00060\n5s\t15s\t20d\t6s\t14n\nUSGS\t1\t2020-01-01 00:00\tMARS\t5\n' > 2.rdb
refused "2.rdb:3: time zone 'MARS' is not known" -- "$freshet" pack 2.rdb --out bad.frs
printf '# GRDC STATION DATA FILE\nYYYY-MM-DD;hh:mm; Value\n2000-01-01;--:--;  much\n' > 3.txt
refused "3.txt:3: column 'Value': expected a number, found 'much'" -- "$freshet" pack 3.txt --out bad.frs
[ ! -e bad.frs ] || fail "a store of broken records"

if ! "$freshet" convert 01.txt --to csv --out metric --unit discharge=m3/s > out.txt 2> err.txt; then
    has err.txt "built without UDUNITS"
    echo "skipped: units, built without UDUNITS"
    exit 0
fi
has metric/01.csv "discharge [m3/s]" "0.14158"
refused "needs the catchment area" -- "$freshet" convert 01.txt --to csv --out depth --unit discharge=mm/day
ends 0 "$freshet" convert 6335020_Q_Day.Cmd.txt --to csv --out depth --unit discharge=mm/day
has depth/6335020.csv "discharge [mm/day]" "2000-01-01,2.5" # over 86.4 km2
refused "unknown unit" "discharge" -- "$freshet" convert 6335020_Q_Day.Cmd.txt --to csv --out depth2 --unit discharge=mm/dy
ends 0 "$freshet" run run.yml --quiet --out metric-run --set "units=[discharge_spec=m3/s]"
"$freshet" convert metric-run/data.frs --to csv --out back --quiet > out.txt
has back/10002.csv "discharge_spec [m3/s]" # 1 mm/day over 86.4 km2 is 1 m3/s
head -2 back/10002.csv | tail -1 > first.txt
has first.txt "1981-01-01,0,1,5,1,"
