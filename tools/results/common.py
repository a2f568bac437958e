"""What the parts of `make results` share: running the program, reading its scores, writing Markdown."""
import csv, os, shutil, statistics, subprocess, sys, time
import numpy as np

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


def table(run, name):
    with open(os.path.join(run, name)) as f:
        return list(csv.DictReader(f))


def scores(run, **want):
    want = {"subset": "", **want}  # the whole period, not a season or a class of flow
    return [r for r in table(run, "scores.csv") if all(r[k] == v for k, v in want.items())]


def value(rows):
    return [float(r["value"]) for r in rows if r["value"] != ""]


def by_site(run, **want):
    return {r["site"]: float(r["value"]) for r in scores(run, **want) if r["value"] != ""}


def t95(df):
    """One-sided 95 % quantile of Student's t (table, linear in 1/df)."""
    quantile = [(1, 6.314), (2, 2.920), (3, 2.353), (4, 2.132), (5, 2.015), (6, 1.943), (7, 1.895),
                (8, 1.860), (10, 1.812), (15, 1.753), (30, 1.697), (1e9, 1.645)]
    return float(np.interp(-1 / df, [-1 / d for d, _ in quantile], [q for _, q in quantile]))


def lower_bound(ours, theirs):
    """Of the difference of means, one-sided 95 % (Welch)."""
    va, vb = statistics.variance(ours) / len(ours), statistics.variance(theirs) / len(theirs)
    df = (va + vb) ** 2 / (va ** 2 / (len(ours) - 1) + vb ** 2 / (len(theirs) - 1))
    return statistics.mean(ours) - statistics.mean(theirs) - t95(df) * (va + vb) ** 0.5


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
