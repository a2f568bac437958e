#!/usr/bin/env python3
"""Nets of convolutions beside PyTorch's on this machine: prints a table of times and of peak memory.

    bench/run_conv.py BUILD [ROUNDS [JOBS]]     BUILD: the folder with bench_conv and bench_peak; ROUNDS: 3; JOBS as 0369

A job is run by us and by the peer in turn, each run a process of its own; medians over the rounds of each process's
median, of the least, and of the processor time of all threads, which other programs disturb less. The peer gets its best of channels first and last (and for LeNet of one thread and all), a
BLAS told which processor this is, and vanishing numbers as 0. Memory is the most that a process held (VmHWM), libraries
and all.
"""
import os, statistics, subprocess, sys

build, here = sys.argv[1], os.path.dirname(os.path.abspath(__file__))
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
wanted = sys.argv[3] if len(sys.argv) > 3 else "0123456789"
threads = os.cpu_count()


def line(command):
    p = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    return p.stdout.strip().split(",") if p.returncode == 0 else None


def ours(job):
    return line([os.path.join(build, "bench_conv"), str(threads), job])


def peer(job, n, channels):
    return line(["/usr/bin/python3", os.path.join(here, "peers", "torch_conv.py"), str(n), job, channels])


def middle(rows, column):
    return statistics.median(float(r[column]) for r in rows)


has_peer = subprocess.run(["/usr/bin/python3", "-c", "import torch"], stderr=subprocess.DEVNULL).returncode == 0
if not has_peer:
    print("no PyTorch in /usr/bin/python3: ours alone")
peak = float(line([os.path.join(build, "bench_peak"), str(threads)])[0])
print(f"{threads} threads, load {open('/proc/loadavg').read().split()[0]}; oneDNN sgemm 2048: {peak:.0f} GF/s\n")
print("| step | images | ms | GF/s | of the peak | PyTorch ms | times | by the least | by processor time | MB | PyTorch MB | of it |")
print("|---|---|---|---|---|---|---|---|---|---|---|---|")
for job in wanted:
    mine, theirs, peaks = [], {}, []
    ways = [(n, c) for n in ([1, threads] if job == "0" else [threads]) for c in ("first", "last")] if has_peer else []
    for _ in range(rounds):
        peaks.append(float(line([os.path.join(build, "bench_peak"), str(threads)])[0]))
        for way in ways:
            mine.append(ours(job))
            theirs.setdefault(way, []).append(peer(job, *way))
        if not ways:
            mine.append(ours(job))
    ms, gflops = middle(mine, 6), middle(mine, 8)
    text = f"| {mine[0][1]}, {mine[0][2]} | {mine[0][5]} | {ms:.4g} | {gflops:.0f} | {100 * gflops / max(peaks):.0f} % |"
    if theirs:
        best, least, used = (min(middle(rows, k) for rows in theirs.values()) for k in (6, 7, 11))
        memory, peer_memory = middle(mine, 10), min(middle(rows, 10) for rows in theirs.values())
        text += f" {best:.4g} | {best / ms:.2f} | {least / middle(mine, 7):.2f} | {used / middle(mine, 11):.2f} |"
        text += f" {memory:.0f} | {peer_memory:.0f} | {memory / peer_memory:.2f} |"
    print(text, flush=True)
