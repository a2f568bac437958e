#!/usr/bin/env python3
"""Steps of an LSTM beside PyTorch's on this machine: appends to a CSV and prints one table.

    bench/run.py BUILD CSV [--ours] [--only=67]     BUILD: the folder with bench_train and bench_peak

A step of each kind is run by us and by the peer in turn, three times over; medians. The peer gets its best of one
thread and all, a BLAS told which processor this is, and vanishing numbers as 0; beside it, as it comes. A quiet machine
is a condition: the load before the run is in the CSV. Peak resident memory is a process's of its own with that step
alone, less what the same process takes for a step of one day.
"""
import csv, os, statistics, subprocess, sys, time

build, table = sys.argv[1:3]
here = os.path.dirname(os.path.abspath(__file__))
threads = os.cpu_count()
ONLY = next((a[len("--only="):] for a in sys.argv if a.startswith("--only=")), "01234567")
NAMES = ["training, hidden 20, 5 inputs", "training, hidden 64, 5 inputs", "training, hidden 128, 32 inputs",
         "training, hidden 256, 32 inputs", "inference, hidden 64", "inference, hidden 256",
         "inference, one series, hidden 64", "one step of one series, hidden 64"]
HEAD = "time commit cpu load who what isa threads batch steps features hidden ms gflops arena_mb".split()


def lines(command):
    p = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    return [l.split(",") for l in p.stdout.splitlines()] if p.returncode == 0 else []


def ours(job):
    return lines([os.path.join(build, "bench_train"), str(threads), str(job)])


def peer(job, n, flush):
    return lines(["/usr/bin/python3", os.path.join(here, "peer_torch.py"), str(n), str(job), flush])


def peak_mb(command):
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    return os.wait4(p.pid, 0)[2].ru_maxrss / 1024


def median(rows):
    return statistics.median(float(r[8]) for r in rows) if rows else None


has_peer = "--ours" not in sys.argv and \
    subprocess.run(["/usr/bin/python3", "-c", "import torch"], stderr=subprocess.DEVNULL).returncode == 0
cpu = next((l.split(":")[1].strip().replace(",", " ") for l in open("/proc/cpuinfo") if l.startswith("model name")), "")
commit = subprocess.run(["git", "-C", here, "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, text=True).stdout.strip()
load = open("/proc/loadavg").read().split()[0]
peak = float(lines([os.path.join(build, "bench_peak"), str(threads)])[0][0])
print(f"{cpu}, {threads} threads, load {load}; oneDNN sgemm 2048: {peak:.0f} GF/s\n")
print("| step (batch 256, 365 days unless one series) | ms | GF/s | of the peak | kept for the gradient, GB/s | PyTorch ms | times | as it comes ms |")
print("|---|---|---|---|---|---|---|---|")
all_rows = []
for job, name in enumerate(NAMES):
    if str(job) not in ONLY:
        continue
    mine, best, comes = [], {}, []
    for _ in range(3):
        mine += ours(job)
        for n in ([1, threads] if has_peer else []):
            best.setdefault(n, []).extend(peer(job, n, "1"))
    if has_peer and job in (0, 1, 4):
        comes = peer(job, 1, "0")
    all_rows += mine + [r for rows in best.values() for r in rows] + comes
    ms = median(mine)
    b, t, h = (int(mine[0][i]) for i in (4, 5, 7))
    moved = f"{2 * 4 * b * t * 5 * h / ms * 1e-6:.1f}" if mine[0][1] == "train" else ""
    gf = statistics.median(float(r[9]) for r in mine)
    there = min((m for m in (median(r) for r in best.values()) if m), default=None)
    print(f"| {name} | {ms:.4g} | {gf:.0f} | {100 * gf / peak:.0f} % | {moved} | " +
          (f"{there:.4g} | {there / ms:.1f} | " if there else "| | ") + (f"{median(comes):.4g} |" if comes else "|"),
          flush=True)
if has_peer:
    print("\n| training, memory of a step, MB | ours | PyTorch |\n|---|---|---|")
    for job in (j for j in range(4) if str(j) in ONLY):
        mine = peak_mb([os.path.join(build, "bench_train"), str(threads), str(job)]) - \
            peak_mb([os.path.join(build, "bench_train"), str(threads), "7"])
        there = peak_mb(["/usr/bin/python3", os.path.join(here, "peer_torch.py"), str(threads), str(job), "1"]) - \
            peak_mb(["/usr/bin/python3", os.path.join(here, "peer_torch.py"), str(threads), "7", "1"])
        print(f"| {NAMES[job]} | {mine:.0f} | {there:.0f} |", flush=True)
new = not os.path.exists(table) or os.path.getsize(table) == 0
with open(table, "a", newline="") as f:
    out = csv.writer(f)
    if new:
        out.writerow(HEAD)
    stamp = [time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime()), commit, cpu, load]
    out.writerow(stamp + ["onednn", "sgemm 2048", "", threads, "", "", "", "", "", peak, ""])
    out.writerows(stamp + r for r in all_rows)
