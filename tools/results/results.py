#!/usr/bin/env python3
"""Skill on real data beside NeuralHydrology: runs the program and writes docs/results.md.

    tools/results/results.py PROGRAM DATA PEERS OUT [--twin] [--only=PART]

DATA holds mopex/, russia/, nh_runs/ (not part of the project); PEERS the NeuralHydrology configs that were run
there. --twin: two catchments, two epochs, one river and two years, to check the script itself. --only:
that part anew (start-up, one, regional, simulation, forecasts, gaps, ungauged, curve, nets,
arctic, camels, tuning), the others of OUT as they are.
Needs python3-numpy, python3-netcdf4 and, for the peer, python3-torch with libopenblas0.
"""
import csv, json, os, re, statistics, subprocess, sys, time
from common import (data, fresh_dir, freshet, lines, lower_bound, out, peers, program, records, say, scores, twin, value,
                    work)
from arctic import arctic
from ladder import curve, forecasts, gaps, simulation, ungauged
from more import camels, tuning
from nets import nets

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
parts = {"start-up": start_up, "one": lambda: one(records()), "regional": lambda: regional(records()),
         "simulation": simulation, "forecasts": forecasts, "gaps": gaps, "ungauged": ungauged, "curve": curve,
         "nets": nets, "arctic": arctic, "camels": camels, "tuning": tuning}
if only:
    parts[only]()
    made = "\n".join(lines)
    title = made.split("\n")[0]
    with open(out) as f:
        old = sections(f.read())
    if not any(s.startswith(title) for s in old):
        old.append(title)
    text = "\n\n".join((made if s.startswith(title) else s).strip() for s in old)
else:
    start()
    for part in parts.values():
        part()
    text = "\n".join(lines)
with open(out, "w") as f:
    f.write(text.rstrip() + "\n")
