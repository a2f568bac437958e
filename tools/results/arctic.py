"""Rivers of the Russian Arctic, forecast from flow alone; one hydrological year left out at a time."""
import csv, os, shutil, statistics
import numpy as np
import netCDF4
from common import data, fresh_dir, freshet, say, twin, work

LEADS = 7
SEEDS = 2 if twin else 5
CONFIG = """experiment_name: {river}
data_dir: {data}
task: forecast
leads: 7
forecasters: [persistence, trend, recession, climatology, ridge, ensemble]
ensemble_members: {seeds}
target_variables: [q]
clip_targets_to_zero: [q]
dynamic_inputs: []
sites: [{river}]
train_start_date: {first}
train_end_date: {last}
test_start_date: {start}
test_end_date: {end}
exclude_periods: ["{start}/{end}"]
seq_length: 60
hidden_size: 24
initial_forget_bias: 3
output_dropout: 0.2
learning_rate: {{0: 5e-3, 8: 1e-3}}
clip_gradient_norm: 1
batch_size: 256
epochs: {epochs}
loss: MSE
seed: {seed}
"""
PARTS = (("whole year", "01-01", "12-31"), ("open water", "06-01", "10-15"), ("May-July", "05-01", "07-31"))
ROWS = ("persistence", "trend", "recession", "climatology", "ridge")


def river_years(river):
    """One run a hydrological year, that year held out: {(model, lead): [(days, sim, obs) of each year]}."""
    source = os.path.join(work, "arctic", river)
    shutil.rmtree(source, ignore_errors=True)
    os.makedirs(os.path.join(source, "data"))
    shutil.copy(os.path.join(data, "russia", river + ".csv"), os.path.join(source, "data"))
    with open(os.path.join(data, "russia", river + ".csv")) as f:
        days = [r for r in csv.reader(f)]
    have = {d for d, q, *_ in days if q.strip()}
    first, last = days[0][0], days[-1][0]
    pooled, used = {}, 0
    for year in range(int(first[:4]), int(last[:4])):
        start, end = f"{year}-10-01", f"{year + 1}-09-30"
        if sum(start <= d <= end for d in have) < 60 or (twin and used == 2):
            continue
        config = os.path.join(source, f"{year}.yml")
        with open(config, "w") as f:
            f.write(CONFIG.format(river=river, data=os.path.join(source, "data"), first=first, last=last, start=start,
                                  end=end, seeds=SEEDS, epochs=1 if twin else 12, seed=1))
        run = fresh_dir("arctic", river, f"run-{year}")
        freshet("run", config, "--out", run)
        collect(run, pooled)
        used += 1
    return pooled


def collect(run, pooled):
    with netCDF4.Dataset(os.path.join(run, "forecast.nc")) as nc:
        nc.set_auto_mask(False)
        models = [str(m) for m in nc["model"][:]]
        issue = netCDF4.num2date(nc["issue_time"][:], nc["issue_time"].units,
                                 only_use_cftime_datetimes=False, only_use_python_datetimes=True)
        leads = nc["lead"][:].astype(float)
        per_day = 1 if "day" in nc["lead"].units else 24 if "hour" in nc["lead"].units else 86400
        obs = nc["observed"][:][0]
        sim = nc["forecast"][:]
        for k in range(len(leads)):
            days = np.array([np.datetime64(t, "D") + int(round(leads[k] / per_day)) for t in issue])
            good = np.isfinite(obs[:, k])
            for m in range(len(models)):
                good &= np.isfinite(sim[m, 0, :, k])
            for m, name in enumerate(models):
                pooled.setdefault((name, k + 1), []).append(
                    (days[good], sim[m, 0, good, k].astype(float), obs[good, k].astype(float)))


def sums(years, first, last):
    """Of each year the sums that NSE is made of, over days of the year from MM-DD first to last: [year][4]."""
    rows = []
    for days, sim, obs in years:
        md = np.array([str(d)[5:] for d in days])
        part = (md >= first) & (md <= last)
        s, o = sim[part], obs[part]
        rows.append([part.sum(), o.sum(), (o * o).sum(), ((s - o) ** 2).sum()])
    return np.array(rows)


def nse(rows):
    n, o, oo, e = rows.sum(axis=-2).T
    return 1 - e / (oo - o * o / n)


def interval(a, b):
    """95 % of NSE(a) - NSE(b), whole years drawn anew, the same ones for both."""
    draw = np.random.default_rng(1).integers(0, len(a), (2000, len(a)))
    return np.quantile(nse(a[draw]) - nse(b[draw]), [0.025, 0.975])


def part_table(pooled, title, first, last):
    def of(model):
        return [sums(pooled[model, k], first, last) for k in range(1, LEADS + 1)]

    seeds = [of(f"lstm_{i + 1}") for i in range(SEEDS)]
    per_seed = [[float(nse(s[k])) for s in seeds] for k in range(LEADS)]
    rows = {m: [float(nse(r)) for r in of(m)] for m in ROWS}
    rows[f"lstm, mean of {SEEDS} seeds"] = [statistics.mean(v) for v in per_seed]
    rows["their mean forecast"] = [float(nse(r)) for r in of("ensemble")]
    best = [max(rows, key=lambda m: rows[m][k]) for k in range(LEADS)]
    say(f"**{title}**, {int(of('ridge')[0][:, 0].sum())} days at lead 1\n")
    say("| model | " + " | ".join(f"{k} d" for k in range(1, LEADS + 1)) + " |")
    say("|---" * (LEADS + 1) + "|")
    for m, values in rows.items():
        say(f"| {m} | " + " | ".join(f"**{v:.3f}**" if best[k] == m else f"{v:.3f}" for k, v in enumerate(values)) + " |")
    say("| deviation over seeds | " + " | ".join(f"{statistics.stdev(v):.3f}" for v in per_seed) + " |")
    gaps = [interval(a, b) for a, b in zip(of("ensemble"), of("ridge"))]
    say("| mean forecast less ridge, 95 % | " + " | ".join(f"{lo:+.3f} ... {hi:+.3f}" for lo, hi in gaps) + " |")
    say()


def arctic():
    say("## Arctic rivers, 1-7 days ahead from flow alone\n")
    say("Leave one hydrological year out: each year is forecast by models fitted on all the others, then the "
        "years are pooled. The winter record of these rivers is interpolated (20-27 % of days lie on a straight "
        "line, and linear extrapolation, `trend`, sees through it), so open water (1 June - 15 October) and the flood "
        f"(May - July) are scored apart. The LSTM is trained from {SEEDS} seeds for every year. Intervals are of the "
        "difference in NSE, whole years drawn anew. NSE:\n")
    for river in ["nadym"] if twin else ["taz", "pur", "nadym"]:
        pooled = river_years(river)
        years = len(pooled["ridge", 1])
        for title, first, last in PARTS:
            part_table(pooled, f"{river.capitalize()}, {years} years, {title}", first, last)
