#!/usr/bin/env python3
"""What bfloat16 products in training do to scores and times: writes docs/bfloat16.md.

    tools/results/precision.py PROGRAM DATA PEERS OUT      needs a processor with AMX
"""
import csv, os, shutil, statistics, subprocess, sys

program, data, peers, out = [os.path.abspath(a) for a in sys.argv[1:5]]
work = os.path.join(os.path.dirname(program), "precision-work")


def freshet(*args):
    subprocess.run([program, "--quiet", *args], check=True, stdout=subprocess.DEVNULL, cwd=os.path.dirname(peers))


def run(config, name, seed, precision, *more):
    """-> NSE of each catchment in the test period, median seconds an epoch."""
    folder = os.path.join(work, name, f"{precision}-{seed}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    freshet("run", os.path.join(peers, config), "--out", folder, "--seed", str(seed), "--set", "data_dir=" + generic,
            "--set", "forecasters=[lstm]", "--set", "precision=" + precision, *more)
    with open(os.path.join(folder, "scores.csv")) as f:
        nse = [float(r["value"]) for r in csv.DictReader(f)
               if r["period"] == "test" and r["metric"] == "NSE" and not r["subset"]]
    with open(os.path.join(folder, "learning.csv")) as f:
        return nse, statistics.median(float(r["seconds"]) for r in csv.DictReader(f))


generic = os.path.join(work, "mopex")
shutil.rmtree(generic, ignore_errors=True)
freshet("convert", os.path.join(data, "mopex"), "--to", "netcdf", "--out", generic,
        "--attributes", os.path.join(data, "mopex", "attributes.csv"))
lines = ["# bfloat16 in training\n",
         "Made by tools/results/precision.py. `precision: bfloat16` rounds what enters the products of the recurrent "
         "layer, and what is kept for the gradient, to 8 bits of significand; weights, sums and the optimiser stay in "
         "float, and predictions are made in float. Test NSE, 1990-2000:\n",
         "| | float32 | bfloat16 | difference, mean and its standard error | s an epoch, float32 | bfloat16 |",
         "|---|---|---|---|---|---|"]


def row(title, a, b, ta, tb):
    d = [y - x for x, y in zip(a, b)]
    lines.append(f"| {title} | {statistics.median(a):.3f} | {statistics.median(b):.3f} | {statistics.mean(d):+.4f} ± "
                 f"{statistics.stdev(d) / len(d) ** 0.5:.4f} | {ta:.2f} | {tb:.2f} |")
    print(lines[-1], flush=True)


one = {p: [run("neuralhydrology_one.yml", "one", s, p) for s in range(1, 11)] for p in ("float32", "bfloat16")}
row("one catchment, hidden 20: median of 10 seeds, differences by seed", *([n[0] for n, _ in one[p]] for p in one),
    *(statistics.median(t for _, t in one[p]) for p in one))
regional = {p: run("neuralhydrology_regional.yml", "regional", 1, p, "--set", "epochs=3") for p in ("float32", "bfloat16")}
row("41 catchments, hidden 64, 3 epochs: median of catchments, differences by catchment", *(regional[p][0] for p in regional),
    *(regional[p][1] for p in regional))
with open(out, "w") as f:
    f.write("\n".join(lines) + "\n")
