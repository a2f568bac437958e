# NeuralHydrology's runs on real catchments, where they are: one catchment, and 41 with static attributes.
. "$(dirname "$0")/lib.bash"
. "$FRS_SOURCE/tests/cli/nh.bash"

shared=${FRS_SHARED:-$FRS_SOURCE/../shared}/data
if [ ! -d "$shared/nh_runs" ] || [ ! -d "$shared/mopex" ]; then
    echo "skipped: no ../shared"
    exit 0
fi
cp -r "$shared/nh_runs" large
chmod -R u+w large
for run in one regional; do # the test period alone: validation doubles the time and has nothing to be compared with
    ends 0 "$freshet" evaluate large/$run --data "$shared/mopex" --quiet --set validation_start_date= --set validation_end_date=
    scored large/$run
    predicted large/$run
done
