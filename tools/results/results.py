#!/usr/bin/env python3
"""Skill on real data beside NeuralHydrology: runs the program and writes docs/results.md.

    tools/results/results.py PROGRAM DATA PEERS OUT [--twin] [--only=start-up|one|regional|arctic]

DATA holds mopex/, russia/, nh_runs/ (not part of the project); PEERS the NeuralHydrology configs that were run
there. --twin: two catchments, two epochs, one river and two years, to check the script itself. --only: that part anew, the others of OUT as they are.
Needs python3-numpy, python3-netcdf4 and, for the peer, python3-torch with libopenblas0.
"""
import csv, gzip, json, os, re, shutil, statistics, subprocess, sys, time
import numpy as np
import netCDF4

twin = "--twin" in sys.argv
program, data, peers, out = [os.path.abspath(a) for a in sys.argv[1:5]]
work = os.path.join(os.path.dirname(program), "results-work")
lines = []


def say(text=""):
    lines.append(text)
    print(text, flush=True)


def freshet(*args, **kw):
    """Runs the program; returns (seconds, peak resident MB)."""
    start = time.time()
    p = subprocess.Popen([program, "--quiet", *args], stdout=subprocess.DEVNULL, **kw)
    _, status, usage = os.wait4(p.pid, 0)
    if status != 0:
        sys.exit("failed: freshet " + " ".join(args))
    return time.time() - start, usage.ru_maxrss / 1024


def scores(run, **want):
    want = {"subset": "", **want}  # the whole period, not a season or a class of flow
    with open(os.path.join(run, "scores.csv")) as f:
        return [r for r in csv.DictReader(f) if all(r[k] == v for k, v in want.items())]


def value(rows):
    return [float(r["value"]) for r in rows if r["value"] != ""]


def t95(df):
    """One-sided 95 % quantile of Student's t (table, linear in 1/df)."""
    table = [(1, 6.314), (2, 2.920), (3, 2.353), (4, 2.132), (5, 2.015), (6, 1.943), (7, 1.895),
             (8, 1.860), (10, 1.812), (15, 1.753), (30, 1.697), (1e9, 1.645)]
    return float(np.interp(-1 / df, [-1 / d for d, _ in table], [q for _, q in table]))


def fresh_dir(*parts):
    path = os.path.join(work, *parts)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def records():
    """MOPEX as NeuralHydrology's generic layout, by freshet convert."""
    target = fresh_dir("mopex")
    freshet("convert", os.path.join(data, "mopex"), "--to", "netcdf", "--out", target,
            "--attributes", os.path.join(data, "mopex", "attributes.csv"))
    return target


PUBLISHED = [0.780, 0.788, 0.809, 0.814]  # NeuralHydrology 1.11 itself, four seeds


def peer(seeds):
    """Test NSE and seconds of the same run in plain PyTorch, a process a half of the seeds, one thread each."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer_torch.py")
    record = os.path.join(data, "mopex", "01567000.dly")
    middle = seeds // 2
    halves = [f"1-{middle}", f"{middle + 1}-{seeds}"]
    running = [subprocess.Popen([sys.executable, script, record, h, "1"], stdout=subprocess.PIPE, text=True)
               for h in halves]
    rows = [line.split() for p in running for line in p.communicate()[0].splitlines()]
    return [float(r[1]) for r in rows], [float(r[2]) for r in rows]


def lower_bound(ours, theirs):
    """Of the difference of means, one-sided 95 % (Welch)."""
    va, vb = statistics.variance(ours) / len(ours), statistics.variance(theirs) / len(theirs)
    df = (va + vb) ** 2 / (va ** 2 / (len(ours) - 1) + vb ** 2 / (len(theirs) - 1))
    return statistics.mean(ours) - statistics.mean(theirs) - t95(df) * (va + vb) ** 0.5


def one(generic):
    say("## One catchment, NeuralHydrology's config unchanged\n")
    config = os.path.join(peers, "neuralhydrology_one.yml")
    extra = ["--set", "epochs=2"] if twin else []
    ours, seconds, memory = [], [], []
    for seed in range(1, 3 if twin else 31):
        run = fresh_dir("one", str(seed))
        t, mb = freshet("run", config, "--out", run, "--seed", str(seed), "--set",
                        "data_dir=" + generic, "--set", "forecasters=[lstm]", *extra,
                        cwd=os.path.dirname(peers))
        ours += value(scores(run, period="test", model="lstm", metric="NSE"))
        seconds.append(t)
        memory.append(mb)
    replica, replica_s = ([], []) if twin else peer(16)
    theirs = PUBLISHED + replica

    def row(name, v, rest):
        say(f"| {name} | {len(v)} | {statistics.mean(v):.3f} | {statistics.stdev(v):.3f} | {min(v):.3f} | "
            f"{max(v):.3f} | {rest} |")

    say("MOPEX 01567000, `cudalstm`, hidden size 20, 20 epochs, test 1990-2000. Test NSE:\n")
    say("| | seeds | mean | sd | lowest | highest | whole process |")
    say("|---|---|---|---|---|---|---|")
    row("Freshet, seeds 1-5", ours[:5], f"{statistics.median(seconds[:5]):.1f} s, {max(memory):.0f} MB")
    row("Freshet, all seeds", ours, f"{statistics.median(seconds):.1f} s")
    row("NeuralHydrology 1.11", PUBLISHED, "58 s, measured once on a machine of this class")
    if replica:
        row("the same in plain PyTorch, run here", replica,
            f"{statistics.median(replica_s):.1f} s without imports, one thread")
    say(f"\nSeeds 1-5: {', '.join(f'{v:.3f}' for v in ours[:5])}; NeuralHydrology's: "
        f"{', '.join(f'{v:.3f}' for v in PUBLISHED)}.\n")
    say("| mean difference of Freshet to | seeds | difference | lower 95 % bound |")
    say("|---|---|---|---|")
    for name, a, b in (("NeuralHydrology's four seeds", ours[:5], PUBLISHED),
                       ("NeuralHydrology's four seeds", ours, PUBLISHED),
                       ("both, NeuralHydrology and PyTorch", ours, theirs)):
        say(f"| {name} | {len(a)}, {len(b)} | {statistics.mean(a) - statistics.mean(b):+.4f} | "
            f"{lower_bound(a, b):+.4f} |")
    say()


def regional(generic):
    say("## 41 catchments, static attributes\n")
    config = os.path.join(peers, "neuralhydrology_regional.yml")
    run = fresh_dir("regional")
    extra = []
    if twin:
        two = os.path.join(work, "two.txt")
        with open(two, "w") as f:
            f.write("01371500\n01567000\n")
        extra = ["--set", "epochs=2"] + sum((["--set", f"{p}_basin_file={two}"] for p in
                                             ("train", "validation", "test")), [])
    t, mb = freshet("run", config, "--out", run, "--seed", "1", "--set", "data_dir=" + generic,
                    "--set", "forecasters=[climatology, ridge, lstm]", *extra,
                    cwd=os.path.dirname(peers))
    with open(os.path.join(data, "nh_runs", "regional", "test_metrics.csv")) as f:
        theirs = {r["basin"]: r for r in csv.DictReader(f)}
    ours = {m: {(r["site"]): float(r["value"] or "nan") for r in
                scores(run, period="test", model="lstm", metric=m)} for m in ("NSE", "KGE")}
    with open(os.path.join(run, "learning.csv")) as f:
        epoch = statistics.median(float(r["seconds"]) for r in csv.DictReader(f))
    with open(os.path.join(run, "run.json")) as f:
        lstm = next(m for m in json.load(f)["forecasters"] if m["name"] == "lstm")
    ratio = "" if twin else (f" (NeuralHydrology 355 s on a machine of this class: {355 / epoch:.1f} times as long), "
                             f"the test period predicted in {lstm['predict_s']:.1f} s (79 s there: "
                             f"{79 / lstm['predict_s']:.0f} times)")
    say(f"`cudalstm`, hidden size 64, basin-weighted NSE loss, seed 1. Median epoch {epoch:.1f} s{ratio}, whole "
        f"run {t:.0f} s with ridge regression and the report, {mb:.0f} MB.\n")
    one_pass = lstm["stateful_pass"]
    say(f"Scores are of exact windows of 365 days. Carried through the record in one pass instead, the median NSE is "
        f"{one_pass['nse_pass']:.4f} in place of {one_pass['nse_windows']:.4f}; the predictions differ by "
        f"{one_pass['rms']:.3f} mm/day in the root mean square.\n")
    say("| median over catchments, test 1990-2000 | NSE | KGE |")
    say("|---|---|---|")
    for model in ("climatology", "ridge", "lstm"):
        med = [statistics.median(value(scores(run, period="test", model=model, metric=m)))
               for m in ("NSE", "KGE")]
        say(f"| Freshet {model} | {med[0]:.3f} | {med[1]:.3f} |")
    common = [s for s in ours["NSE"] if s in theirs]
    say("| NeuralHydrology 1.11 | " + " | ".join(
        f"{statistics.median(float(theirs[s][m]) for s in common):.3f}" for m in ("NSE", "KGE")) + " |")
    say(f"\nMean NSE {statistics.mean(ours['NSE'][s] for s in common):.3f} "
        f"(NeuralHydrology {statistics.mean(float(theirs[s]['NSE']) for s in common):.3f}), lowest "
        f"{min(ours['NSE'][s] for s in common):.3f} "
        f"({min(float(theirs[s]['NSE']) for s in common):.3f}).\n")
    say("| catchment | NSE | NSE there | KGE | KGE there |")
    say("|---|---|---|---|---|")
    for s in common:
        say(f"| {s} | {ours['NSE'][s]:.3f} | {float(theirs[s]['NSE']):.3f} | {ours['KGE'][s]:.3f} | "
            f"{float(theirs[s]['KGE']):.3f} |")
    say()


ARCTIC = """experiment_name: {river}
data_dir: {data}
task: forecast
leads: 7
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
seed: 1
"""


def river_years(river):
    """One run a hydrological year, that year held out; pooled (model, lead) -> valid day, sim, obs."""
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
            f.write(ARCTIC.format(river=river, data=os.path.join(source, "data"), first=first, last=last,
                                  start=start, end=end, epochs=1 if twin else 12))
        run = fresh_dir("arctic", river, f"run-{year}")
        freshet("run", config, "--out", run)
        collect(run, pooled)
        used += 1
    return pooled, used


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
                    (days[good], sim[m, 0, good, k], obs[good, k]))


def nse(days, sim, obs, first, last):
    """NSE over the days of the year from MM-DD first to last."""
    md = np.array([str(d)[5:] for d in days])
    part = (md >= first) & (md <= last)
    s, o = sim[part].astype(float), obs[part].astype(float)
    if part.sum() < 2:
        return float("nan"), 0
    return 1 - ((s - o) ** 2).sum() / ((o - o.mean()) ** 2).sum(), int(part.sum())


def arctic():
    say("## Arctic rivers, 1-7 days ahead from flow alone\n")
    say("Leave one hydrological year out: each year is forecast by models fitted on all the others, then the "
        "years are pooled. The winter record of these rivers is interpolated (20-27 % of days lie on a straight "
        "line), so open water (1 June - 15 October) and the flood (May - July) are scored apart. NSE:\n")
    for river in ["nadym"] if twin else ["taz", "pur", "nadym"]:
        pooled, years = river_years(river)
        whole = {k: [np.concatenate(c) for c in zip(*v)] for k, v in pooled.items()}
        models = sorted({m for m, _ in whole})
        for title, first, last in (("whole year", "01-01", "12-31"), ("open water", "06-01", "10-15"),
                                   ("May-July", "05-01", "07-31")):
            n = nse(*whole[(models[0], 1)], first, last)[1]
            say(f"**{river.capitalize()}**, {title}, {years} years, {n} days at lead 1\n")
            say("| model | " + " | ".join(f"{k} d" for k in range(1, 8)) + " |")
            say("|---" * 8 + "|")
            table = {m: [nse(*whole[(m, k)], first, last)[0] for k in range(1, 8)] for m in models}
            best = [max(models, key=lambda m: table[m][k]) for k in range(7)]
            for m in models:
                say(f"| {m} | " + " | ".join(
                    f"**{v:.3f}**" if best[k] == m else f"{v:.3f}" for k, v in enumerate(table[m])) + " |")
            say()


def start_up():
    say("## Start-up\n")
    times = []
    for _ in range(50):
        t = time.perf_counter()
        subprocess.run([program, "--version"], stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - t)
    say(f"`freshet --version`: median {1e3 * statistics.median(times):.1f} ms of 50, process start included.\n")


def start():
    say("# Results\n")
    say("Made by `make results`: every number here comes from that run, on the data it names, on a 2-core machine. "
        "Times of NeuralHydrology were measured once on a machine of the same class; machines of this kind are noisy, "
        "so read ratios.\n")


def sections(text):
    return re.split(r"^(?=## )", text, flags=re.M)


only = next((a[len("--only="):] for a in sys.argv if a.startswith("--only=")), None)
parts = {"start-up": start_up, "one": lambda: one(records()), "regional": lambda: regional(records()), "arctic": arctic}
if only:
    parts[only]()
    made = "\n".join(lines).rstrip() + "\n\n"
    title = made.split("\n")[0]
    with open(out) as f:
        old = sections(f.read())
    text = "".join(made if s.startswith(title) else s for s in old)
else:
    start()
    for part in parts.values():
        part()
    text = "\n".join(lines)
with open(out, "w") as f:
    f.write(text.rstrip() + "\n")
