#!/usr/bin/python3
"""Golden values of the comparisons of two models: what SciPy and statsmodels say of them.

    tools/golden_comparisons.py

writes tests/golden/comparisons/cases.txt: lines "word values...", a case from "case" to the next one.
    wilcoxon STATISTIC P     of the differences d; SciPy's exact test where there is neither 0 nor a tie, its normal
                             approximation beyond 50 differences; with ties among few, all 2^n choices of signs
    holm P..                 of p, by statsmodels' multipletests
    dm LEAD DIFFERENCE STATISTIC P   of the errors of a and b from obs: statsmodels' OLS on a constant with a Bartlett
                             HAC covariance, the correction of Harvey, Leybourne and Newbold put on it, SciPy's t
    quantile Q V             numpy
    student T V P            SciPy
Needs numpy, scipy and statsmodels.
"""
import itertools
import pathlib

import numpy as np
import scipy
import scipy.stats
import statsmodels
import statsmodels.api as sm
from statsmodels.stats.multitest import multipletests

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "comparisons" / "cases.txt"
rng = np.random.default_rng(20261126)
lines = []


def say(word, *values):
    lines.append(" ".join([word] + [v if isinstance(v, str) else repr(float(v)) for v in values]))


def all_signs(d):
    """Two-sided p over all choices of signs, given the ranks of |d|, which may be shared."""
    d = d[d != 0]
    ranks = scipy.stats.rankdata(abs(d))
    least = min(ranks[d > 0].sum(), ranks[d < 0].sum())
    below = sum(ranks[np.array(s, dtype=bool)].sum() <= least for s in itertools.product([0, 1], repeat=len(d)))
    return least, min(1.0, 2 * below / 2 ** len(d))


def wilcoxon(title, d):
    d = np.asarray(d, dtype=float)
    say("case", title)
    say("d", *d)
    there = d[~np.isnan(d)]
    kept = there[there != 0]
    if len(kept) <= 50 and len(np.unique(abs(kept))) == len(kept):
        r = scipy.stats.wilcoxon(kept, mode="exact")
        say("wilcoxon", r.statistic, r.pvalue)
    elif len(kept) > 50:
        r = scipy.stats.wilcoxon(kept, zero_method="wilcox", mode="approx", correction=False)
        say("wilcoxon", r.statistic, r.pvalue)
    else:
        say("wilcoxon", *all_signs(there))


wilcoxon("five, all above 0", [0.1, 0.2, 0.3, 0.4, 0.5])
wilcoxon("one", [0.3])
wilcoxon("a plain dozen", rng.normal(0.3, 1, 12).round(3))
wilcoxon("forty-one catchments", rng.normal(0.03, 0.1, 41))
wilcoxon("fifty", rng.normal(0.2, 1, 50))
wilcoxon("fifty-one", rng.normal(0.2, 1, 51))
wilcoxon("six hundred, rounded: many ties and zeros", rng.normal(0.01, 0.05, 600).round(2))
wilcoxon("ten with ties", [1, 1, -1, 2, 2, 3, -3, 4, 5, 5])
wilcoxon("twelve with zeros, ties and a gap", [0, 0.5, 0.5, -0.5, 1, float("nan"), 2, -2, 2, 3, 0, 4, -1])
wilcoxon("balanced", [1, -1, 2, -2])

for title, p in [("holm, five", [0.01, 0.04, 0.03, 0.005, 0.2]), ("holm, ties", [0.02, 0.02, 0.02, 0.9]),
                 ("holm, one", [0.03]), ("holm, thirty", rng.uniform(0, 0.02, 30))]:
    say("case", title)
    say("p", *p)
    say("holm", *multipletests(p, method="holm")[1])


def dm(title, a, b, obs, lead):
    a, b, obs = (np.asarray(v, dtype=np.float32) for v in (a, b, obs))
    say("case", title)
    for word, v in ("a", a), ("b", b), ("obs", obs):
        lines.append(" ".join([word] + [np.format_float_positional(x, unique=True, trim="-") if not np.isnan(x) else "nan"
                                        for x in v]))
    a, b, obs = (v.astype(float) for v in (a, b, obs))
    d = (a - obs) ** 2 - (b - obs) ** 2
    there = ~np.isnan(d)
    n, h = there.sum(), max(lead, 1)
    lag = max(h - 1, int(4 * (n / 100) ** (2 / 9)))
    mean = d[there].mean()
    if there.all():
        fit = sm.OLS(d, np.ones(len(d))).fit(cov_type="HAC", cov_kwds={"maxlags": lag, "use_correction": False})
        se = fit.bse[0]
    else:  # deviations of 0 where there is none
        x = np.where(there, d - mean, 0)
        s = (x ** 2).sum() + 2 * sum((1 - k / (lag + 1)) * (x[:-k] * x[k:]).sum() for k in range(1, lag + 1))
        se = np.sqrt(s) / n
    t = mean / se * np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    say("dm", str(lead), mean, t, 2 * scipy.stats.t.sf(abs(t), n - 1))


def record(n, lead):
    """Flow with memory, and two forecasts with errors that overlap as far as they reach."""
    q = np.exp(np.convolve(rng.normal(0, 0.5, n + 30), np.exp(-np.arange(31) / 8), "valid"))
    error = [np.convolve(rng.normal(0, s, n + lead), np.ones(lead + 1) / (lead + 1), "valid") for s in (0.8, 1)]
    return (q + error[0]).round(3), (q + error[1]).round(3), q.round(3)


dm("a day ahead", *record(300, 1), 1)
dm("ten days ahead: the lag follows the lead", *record(200, 10), 10)
dm("three hundred days, a simulation", *record(300, 1), 0)
a, b, obs = record(250, 3)
obs[40:75] = np.nan
a[100] = np.nan
dm("three days ahead, with gaps", a, b, obs, 3)

for t, v in [(0, 3), (0.5, 1), (2.5, 4), (1.96, 250), (-3.1, 19), (12, 9), (40, 3651), (1e-3, 7)]:
    say("case", f"Student's t, {t} with {v} degrees")
    say("student", t, v, 2 * scipy.stats.t.sf(abs(t), v))

flow = np.exp(rng.normal(0, 1, 101)).round(3).astype(np.float32)
flow[[3, 50]] = np.nan
say("case", "quantiles of a record with gaps")
lines.append("flow " + " ".join("nan" if np.isnan(x) else np.format_float_positional(x, unique=True, trim="-") for x in flow))
for q in (0.3, 0.7, 0.9, 0.98):
    say("quantile", q, np.quantile(flow[~np.isnan(flow)].astype(float), q))

head = [f"# tools/golden_comparisons.py: numpy {np.__version__}, scipy {scipy.__version__}, "
        f"statsmodels {statsmodels.__version__}"]
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text("\n".join(head + lines) + "\n")
