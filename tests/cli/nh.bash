# Sourced after lib.bash by the tests of NeuralHydrology's run folders.
if "$freshet" version | grep -qF 'pytorch (built without'; then
    echo "skipped: built without libzip"
    exit 0
fi
python=/usr/bin/python3
can() { $python -c "import $1" 2> /dev/null; }

# scored FOLDER: NSE and KGE of each site as in its test_metrics.csv, to 4 digits.
scored() {
    awk -F, -v folder="$1" '
        FNR == NR { if (FNR > 1) { nse[$1] = $2; kge[$1] = $3; n++ } next }
        $4 == "test" && $5 != "" && ($6 == "NSE" || $6 == "KGE") {
            d = $7 - ($6 == "NSE" ? nse[$1] : kge[$1])
            if (!($1 in nse) || $7 == "" || d > 5e-5 || d < -5e-5) { print folder ": " $1 " " $6 " " $7; bad = 1 }
            seen++ }
        END { if (seen != 2 * n || n == 0) { print folder ": " seen " scores of " n " sites"; bad = 1 } exit bad }
    ' "$1/test_metrics.csv" <(awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        at["subset"] == "" || $at["subset"] == "" { print $at["site"], "", "", $at["period"], $at["model"], $at["metric"], $at["value"] }' "$1/scores.csv") ||
        fail "$1: not its scores"
}

# predicted FOLDER: forecast.nc holds its test_predictions.csv within 1e-4, missing where they are missing.
predicted() {
    [ -e "$1/forecast.nc" ] && can xarray && can pandas || { echo "skipped: $1/forecast.nc not compared"; return 0; }
    $python - "$1" << 'END' || fail "$1: not its predictions"
import os, sys, numpy, pandas, xarray
run = sys.argv[1]
path = run + "/test_predictions.csv"
theirs = pandas.read_csv(path if os.path.exists(path) else path + ".gz", dtype={"basin": str}, parse_dates=["date"])
ours = xarray.open_dataset(run + "/forecast.nc", decode_timedelta=False)
sites = [str(s) for s in ours["site"].values]
worst = 0
for basin, t in theirs.groupby("basin"):
    own = ours["forecast"][0, sites.index(basin), :, 0].to_series().reindex(t["date"]).values
    sim = t["q_sim"].where(~(t["q_sim"] < 0), 0).values  # its config clips what is scored
    if (numpy.isnan(own) != numpy.isnan(sim)).any():
        sys.exit(f"{basin}: other days are missing")
    worst = max(worst, numpy.nanmax(abs(own - sim)))
print(f"{run}: {len(theirs)} days, largest difference {worst:.2g}")
sys.exit(not worst <= 1e-4)
END
}
