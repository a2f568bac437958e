# The sample of CAMELS-US, where it is: converted, compared with pandas where there is one, packed, checked, trained on
# with its attributes.
. "$(dirname "$0")/lib.bash"

data=${FRS_SHARED:-$FRS_SOURCE/../shared}/data/camels_us
if [ ! -d "$data" ]; then
    echo "skipped: no ../shared/data/camels_us"
    exit 0
fi
python=
for p in /usr/bin/python3 python3; do
    if [ -z "$python" ] && $p -c "import pandas" 2> err.txt; then python=$p; fi
done
[ -n "$python" ] || echo "skipped: no pandas to compare the values with"
for products in daymet maurer maurer_extended nldas daymet,maurer,nldas; do
    ends 0 "$freshet" convert "$data" --to csv --out "csv-$products" --forcings $products
    has out.txt "Sites written: 4"
    # shellcheck disable=SC2086 # one word a product
    [ -z "$python" ] || ends 0 "$python" "$FRS_SOURCE/tools/compare_camels_us.py" "$data" "csv-$products" ${products//,/ }
done

# by looking, by name, and from the store: the same record
ends 0 "$freshet" pack "$data" --out us.frs
ends 0 "$freshet" convert us.frs --to csv --out from-store
same csv-daymet/01022500.csv from-store/01022500.csv
ends 0 "$freshet" convert "$data" --format camels_us --to csv --out by-name
same csv-daymet/02064000.csv by-name/02064000.csv

small run.yml "data_dir: $data" "dataset: camels_us" "forcings: [daymet, nldas]" "target_variables: ['QObs(mm/d)']" \
    "dynamic_inputs: ['prcp(mm/day)_daymet', 'tmax(C)_daymet', 'PRCP(mm/day)_nldas']" \
    "static_attributes: [elev_mean, frac_forest]" "train_basin_file: $data/4_basins_test_set.txt" \
    "train_start_date: 2000-02-01" "train_end_date: 2001-09-30" "validation_start_date: 2001-10-01" \
    "validation_end_date: 2002-03-31" "test_start_date: 2002-04-01" "test_end_date: 2002-12-31"
ends 0 "$freshet" check run.yml
has out.txt "values marked as estimated: 225"
ends 0 "$freshet" run run.yml --out run --quiet
has run/scores.csv "03015500,simulation,0,test,lstm,NSE"
refused "static_attributes" "no attribute 'frac_forrest'" -- "$freshet" check run.yml --set "static_attributes=[frac_forrest]"
refused "no forcing product 'daymett'" -- "$freshet" check run.yml --set "forcings=[daymett]"
refused "has no record in" "09999999" -- "$freshet" check run.yml --set train_basin_file= --set "sites=['09999999']"
ends 0 "$freshet" check run.yml --set forcings=daymet --set "dynamic_inputs=[prcp(mm/day)]"
