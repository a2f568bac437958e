#!/usr/bin/python3
"""Golden values of the scores: records with what makes scores hard, and what numpy and scipy say of them.

    tools/golden_scores.py [--neuralhydrology DIR]

writes tests/golden/scores/*.txt. Needs numpy and scipy. With DIR, a checkout of NeuralHydrology, every value
that it has too is compared with NeuralHydrology's own function, and nothing is written if one differs. Where
NeuralHydrology divides by zero, ours is "undefined" (docs/scores.md).
"""
import argparse
import importlib
import pathlib
import sys
import types

import numpy as np
import scipy
from scipy.signal import find_peaks, peak_prominences

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "tests" / "golden" / "scores"
SEED = 20240229


# ---- scores: obs, sim in double without gaps; x(where) is the step in the record; None is undefined

def ratio(a, b):
    return a / b if b != 0 else None


def constant(x):
    return bool(np.all(x == x[0]))


def correlation(sim, obs):
    return None if constant(sim) or constant(obs) else float(np.corrcoef(sim, obs)[0, 1])


def kling_gupta(sim, obs, coefficients_of_variation):
    r = correlation(sim, obs)
    if r is None or obs.mean() == 0:
        return None
    alpha, beta = sim.std() / obs.std(), sim.mean() / obs.mean()
    spread = alpha / beta if coefficients_of_variation else alpha
    return 1 - np.sqrt((r - 1) ** 2 + (spread - 1) ** 2 + (beta - 1) ** 2)


def log_nse(sim, obs):
    eps = obs.mean() / 100
    if eps > 0:
        a, b = np.log(np.maximum(sim, 0) + eps), np.log(np.maximum(obs, 0) + eps)
    else:
        there = (sim > 0) & (obs > 0)
        if there.sum() < 2:
            return "nodata"
        a, b = np.log(sim[there]), np.log(obs[there])
    return None if constant(b) else 1 - np.sum((a - b) ** 2) / np.sum((b - b.mean()) ** 2)


def pair_scores(sim, obs):
    e = sim - obs
    flat = constant(obs)
    return {
        "NSE": None if flat else 1 - np.sum(e ** 2) / np.sum((obs - obs.mean()) ** 2),
        "KGE": kling_gupta(sim, obs, False),
        "KGE'": kling_gupta(sim, obs, True),
        "MSE": np.mean(e ** 2),
        "RMSE": np.sqrt(np.mean(e ** 2)),
        "MAE": np.mean(np.abs(e)),
        "PBIAS": ratio(100 * e.sum(), obs.sum()),
        "log-NSE": log_nse(sim, obs),
        "Pearson-r": correlation(sim, obs),
        "Alpha-NSE": None if flat else sim.std() / obs.std(),
        "Beta-NSE": None if flat else e.mean() / obs.std(),
        "Beta-KGE": ratio(sim.mean(), obs.mean()),
    }


def duration_curves(sim, obs):
    return np.sort(sim)[::-1], np.sort(obs)[::-1]


def no_zeros(sim, obs):
    return np.where(sim <= 0, 1e-6, sim), np.where(obs == 0, 1e-6, obs)


def fhv(sim, obs):
    n = int(np.round(0.02 * len(obs)))
    if n == 0:
        return "nodata"
    s, o = (x[:n] for x in duration_curves(sim, obs))
    return ratio(100 * np.sum(s - o), np.sum(o))


def fms(sim, obs):
    s, o = no_zeros(*duration_curves(sim, obs))
    at = [int(np.round(p * len(o))) for p in (0.2, 0.7)]
    if np.any(o[at] < 0) or o[at[0]] == o[at[1]]:
        return None
    slope_sim, slope_obs = (-np.diff(np.log(x[at]))[0] for x in (s, o))
    return 100 * (slope_sim - slope_obs) / (slope_obs + 1e-6)


def flv(sim, obs):
    n = int(np.round(0.3 * len(obs)))
    if n == 0:
        return None
    s, o = no_zeros(*(x[-n:] for x in duration_curves(sim, obs)))
    if np.any(o < 0) or constant(o):
        return None
    low_sim, low_obs = (np.sum(np.log(x) - np.log(x).min()) for x in (s, o))
    return -100 * (low_sim - low_obs) / (low_obs + 1e-6)


def whole(where, i, w):
    return i >= w and i + w < len(where) and where[i + w] - where[i - w] == 2 * w


def peaks(x, distance, height=-np.inf, prominence=-np.inf):
    """scipy.signal.find_peaks(x, distance=, height=, prominence=), but of equally high tops the later removes the
    others: find_peaks leaves that to numpy's unstable argsort."""
    tops = find_peaks(x)[0]
    tops = tops[x[tops] >= height]
    left = set(tops)
    for top in tops[np.argsort(x[tops], kind="stable")][::-1]:
        if top in left:
            left -= {t for t in left if 0 < abs(t - top) < distance}
    tops = np.array(sorted(left), dtype=int)
    return tops[peak_prominences(x, tops)[0] >= prominence]


def equal_tops(x):
    heights = x[find_peaks(x)[0]]
    return len(np.unique(heights)) < len(heights)


def prominent(obs):
    return peaks(obs, 100, prominence=np.std(obs))


def peak_timing(sim, obs, where, steps_per_day):
    w = max(int(steps_per_day / 2), 3)
    late = []
    for i in prominent(obs):
        if not whole(where, i, w):
            continue
        top_here = sim[i] > max(sim[i - 1], sim[i + 1])
        late.append(0 if top_here else abs(int(np.argmax(sim[i - w:i + w + 1])) - w))
    return np.mean(late) if late else None


def missed_peaks(sim, obs, where, steps_per_day):
    w = max(int(steps_per_day / 2), 1)
    high = [peaks(x, 30, height=np.percentile(x, 80)) for x in (sim, obs)]
    missed = [whole(where, i, w) and not np.any(np.abs(high[0] - i) <= w) for i in high[1]]
    return np.mean(missed) if missed else None


def peak_mape(sim, obs):
    i = prominent(obs)
    return None if len(i) == 0 or np.any(obs[i] == 0) else 100 * np.mean(np.abs((sim[i] - obs[i]) / obs[i]))


def all_scores(sim, obs, steps_per_day):
    where = np.flatnonzero(~np.isnan(sim) & ~np.isnan(obs))
    sim, obs = (x[where].astype(float) for x in (sim, obs))
    values = pair_scores(sim, obs)
    values.update({
        "FHV": fhv(sim, obs), "FMS": fms(sim, obs), "FLV": flv(sim, obs),
        "Peak-Timing": peak_timing(sim, obs, where, steps_per_day),
        "Missed-Peaks": missed_peaks(sim, obs, where, steps_per_day),
        "Peak-MAPE": peak_mape(sim, obs),
    })
    return values


# ---- records: name -> (what it is, steps per day, sim, obs)

def skewed(rng, n):
    """Flow-like: lognormal, with memory; a simulation with errors in height and time."""
    x = np.empty(n)
    x[0] = 0
    for i in range(1, n):
        x[i] = 0.93 * x[i - 1] + 0.4 * rng.normal()
    obs = np.exp(x)
    sim = 0.9 * np.roll(obs, 1) ** 0.95 * np.exp(0.15 * rng.normal(size=n))
    return sim, obs


def rounded(x, digits=4):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.array([float(f"{v:.{digits}g}") for v in x], dtype=np.float32)


def holes(rng, x, share):
    x = x.copy()
    for _ in range(int(share * len(x) / 20)):
        start = rng.integers(len(x))
        x[start:start + rng.integers(1, 40)] = np.nan
    return x


def records():
    rng = np.random.default_rng(SEED)
    sim, obs = skewed(rng, 1400)
    yield "skewed", "daily flow, four years", 1, sim, obs
    sim, obs = skewed(rng, 1600)
    yield "holes", "gaps on both sides", 1, holes(rng, sim, 0.1), holes(rng, obs, 0.2)
    sim, obs = skewed(rng, 1200)
    yield "intermittent", "no flow on many days; the simulation goes below zero", 1, sim - 0.4, np.maximum(obs - 0.5, 0)
    sim, obs = skewed(rng, 1000)
    yield "mostly_dry", "the lowest 30 % are all zero", 1, sim, np.where(obs < np.median(obs), 0, obs)
    sim, obs = skewed(rng, 2600)
    yield "hourly", "hourly flow, gaps", 24, np.roll(sim, 3), holes(rng, obs, 0.05)
    sim, obs = skewed(rng, 1500)
    yield "coarse", "readings in steps of a half: flat tops, equal values", 1, np.round(2 * sim) / 2, np.round(2 * obs) / 2
    sim, obs = skewed(rng, 31)
    yield "month", "31 days", 1, sim, obs
    sim, obs = skewed(rng, 20)
    yield "short", "20 days: 2 % are not one value", 1, sim, obs
    sim, obs = skewed(rng, 300)
    yield "constant_obs", "a stuck gauge", 1, sim, np.full(300, 0.7)
    yield "constant_sim", "a forecast that never changes", 1, np.full(300, 0.7), obs
    yield "rising", "no peak in the observations", 1, sim[:200], np.linspace(1, 9, 200)
    yield "stage", "small changes on a large offset, as water level above sea", 1, 1000 + sim, 1000 + obs
    t = np.arange(900)
    sim, obs = (10 * np.sin(2 * np.pi * (t - d) / 365) + rng.normal(size=900) for d in (3, 0))
    yield "temperature", "values of both signs around zero", 1, sim, obs


# ---- NeuralHydrology's own functions

def their_metrics(folder):
    """Its metrics.py alone: the packages' __init__ files would want all that training needs."""
    root = pathlib.Path(folder) / "neuralhydrology"
    for name in ("", ".evaluation", ".datautils", ".utils"):
        package = types.ModuleType("neuralhydrology" + name)
        package.__path__ = [str(root / name[1:])]
        sys.modules.setdefault(package.__name__, package)
    return importlib.import_module("neuralhydrology.evaluation.metrics")


def check(metrics, name, sim, obs, steps_per_day, values):
    import pandas as pd
    import xarray as xr
    freq = {1: "1D", 24: "1H"}[steps_per_day]
    date = pd.date_range("2001-01-01", periods=len(obs), freq=freq)
    o, s = (xr.DataArray(x.astype(float), dims="date", coords={"date": date}) for x in (obs, sim))
    bad = 0
    for metric in metrics.get_available_metrics():
        with np.errstate(all="ignore"):
            theirs = metrics.calculate_metrics(o, s, [metric], resolution=freq)[metric]
        ours = values[metric]
        if ours is None or isinstance(ours, str):
            print(f"{name}: {metric} is not defined; NeuralHydrology: {theirs:.6g}")
        elif not abs(ours - theirs) <= 1e-9 * (1 + abs(theirs)):
            tie = "Peak" in metric and (equal_tops(obs) or equal_tops(sim))
            print(f"{name}: {metric} {ours!r}, NeuralHydrology {theirs!r}:",
                  "equally high peaks, either may stay" if tie else "DIFFERENT")
            bad += not tie
    return bad


def text(v):
    return "undefined" if v is None else v if isinstance(v, str) else repr(float(v))


def rows(key, x):
    return [" ".join([key, *(str(v) for v in x[i:i + 12])]) for i in range(0, len(x), 12)]


def write(name, what, steps_per_day, sim, obs, values):
    lines = [f"# tools/golden_scores.py, numpy {np.__version__}, scipy {scipy.__version__}", f"case {what}",
             f"steps_per_day {steps_per_day}", "tolerance 1e-9", *rows("obs", obs), *rows("sim", sim)]
    lines += [f"score {k} {text(v)}" for k, v in values.items()]
    (OUT / f"{name}.txt").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--neuralhydrology", metavar="DIR")
    folder = parser.parse_args().neuralhydrology
    made = []
    for name, what, steps_per_day, sim, obs in records():
        sim, obs = (rounded(x, 7 if name == "stage" else 4) for x in (sim, obs))
        made.append((name, what, steps_per_day, sim, obs, all_scores(sim, obs, steps_per_day)))
    theirs = their_metrics(folder) if folder else None
    if theirs and sum(check(theirs, m[0], m[3], m[4], m[2], m[5]) for m in made):
        sys.exit(1)
    OUT.mkdir(parents=True, exist_ok=True)
    for m in made:
        write(*m)


if __name__ == "__main__":
    main()
