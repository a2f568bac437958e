#!/usr/bin/python3
"""Golden values of src/stats: records, and what statsmodels, SciPy and numpy say of them.

    tools/golden_stats.py [--neuralhydrology DIR]

writes tests/golden/stats/*.txt. Needs numpy, scipy, pandas, statsmodels, mpmath. What these do not have (Mann-Kendall
with Hamed & Rao's variance, Pettitt, SNHT, L-moments, Kritsky-Menkel, the baseflow filter, the signatures, the
tests on records with gaps) is written here a second time, from the papers and apart from the C. With DIR, a
checkout of NeuralHydrology, the signatures are compared with its own functions, and nothing is written if one
differs by more than 1e-9.
"""
import argparse
import math
import pathlib
import sys
import types
import warnings

import mpmath
import numpy as np
import pandas as pd
import scipy
import statsmodels
from scipy import optimize, signal, special, stats
from statsmodels.tsa.seasonal import STL
from statsmodels.tsa.stattools import acf, adfuller, ccf, kpss, pacf, pacf_burg

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "tests" / "golden" / "stats"
SEED = 20261126
VERSIONS = (f"numpy {np.__version__}, scipy {scipy.__version__}, pandas {pd.__version__}, "
            f"statsmodels {statsmodels.__version__}")


def text(v):
    if isinstance(v, float) and math.isnan(v):
        return "nan"
    return repr(float(v))


class Case:
    def __init__(self, title):
        self.lines = [f"case {title}"]

    def data(self, side, values):
        values = [text(v) for v in values]
        for i in range(0, len(values), 12):
            self.lines.append(f"{side} " + " ".join(values[i:i + 12]))

    def add(self, line):
        self.lines.append(line)

    def check(self, what, value):
        self.lines.append(f"check {what} {text(value)}")


def write(name, cases):
    OUT.mkdir(parents=True, exist_ok=True)
    with open(OUT / f"{name}.txt", "w") as f:
        f.write(f"# made by tools/golden_stats.py with {VERSIONS}\n")
        for c in cases:
            f.write("\n" + "\n".join(c.lines) + "\n")


# ---- records

def river(rng, start, n):
    """Daily flow and precipitation with a season, floods and a recession."""
    dates = pd.date_range(start, periods=n, freq="D")
    season = 1 + 0.6 * np.sin(2 * np.pi * (dates.dayofyear.to_numpy() - 60) / 365.25)
    p = np.where(rng.random(n) < 0.35, rng.exponential(7, n) * season, 0)
    q, store = np.zeros(n), 30.0
    for i in range(n):
        quick = 0.25 * max(p[i] - 4, 0)
        store = 0.97 * store + 0.3 * (p[i] - quick)
        q[i] = 0.03 * store + quick
    return dates, np.round(q, 4), np.round(p, 2)


def holes(rng, x, share):
    x = x.copy()
    x[rng.random(len(x)) < share] = np.nan
    return x


# ---- second implementations

def acf_pairs(x, lags):
    n, e = len(x), x - np.nanmean(x)
    c = [np.nanmean(e[:n - k] * e[k:]) * (n - k) / n for k in range(lags + 1)]
    return np.array(c) / c[0]


def burg_gaps(x, lags):
    """Burg's recursion on each stretch without gaps, sums over all of them."""
    e = x - np.nanmean(x)
    runs = [r for r in np.split(e, np.where(np.isnan(e))[0]) for r in [r[~np.isnan(r)]] if len(r) > 1]
    fs, bs, out = [r.copy() for r in runs], [r.copy() for r in runs], [1.0]
    for _ in range(lags):
        pairs = [(f[1:], b[:-1]) for f, b in zip(fs, bs) if len(f) > 1]
        phi = 2 * sum(np.dot(f, b) for f, b in pairs) / sum(np.dot(f, f) + np.dot(b, b) for f, b in pairs)
        fs, bs = [f - phi * b for f, b in pairs], [b - phi * f for f, b in pairs]
        out.append(phi)
    return out


def ccf_pairs(x, y, lags):
    n, a, b = len(x), x - np.nanmean(x), y - np.nanmean(y)
    return np.array([np.nanmean(a[:n - k] * b[k:]) * (n - k) / n for k in range(lags + 1)]) / (np.nanstd(x) * np.nanstd(y))


def adf_rows(x):
    """Complete rows only: AIC over the rows of all lags, then again with the best number of lags."""
    most = min(int(np.ceil(12 * (len(x) / 100) ** 0.25)), len(x) // 2 - 2)
    dx = np.diff(x)

    def fit(lags, rows):
        y, cols = [], []
        for t in rows:
            y.append(dx[t])
            cols.append([x[t], 1.0] + [dx[t - i] for i in range(1, lags + 1)])
        y, X = np.array(y), np.array(cols)
        beta, *_ = np.linalg.lstsq(X, y, rcond=None)
        rss = float(np.sum((y - X @ beta) ** 2))
        se = math.sqrt(rss / (len(y) - X.shape[1]) * np.linalg.inv(X.T @ X)[0, 0])
        return len(y) * math.log(rss / len(y)) + 2 * X.shape[1], beta[0] / se, len(y)

    def complete(lags):
        return [t for t in range(lags, len(dx)) if np.isfinite(x[t - lags:t + 2]).all()]

    rows = complete(most)
    best = min(range(most + 1), key=lambda k: fit(k, rows)[0])
    _, statistic, n = fit(best, complete(best))
    return statistic, best, n


def kpss_gaps(x):
    there = np.isfinite(x)
    n = there.sum()
    e = np.where(there, x - np.nanmean(x), 0)
    s = np.cumsum(e)
    covlags = int(n ** (2 / 9))
    s0, s1 = np.sum(e ** 2) / n, 0.0
    for i in range(1, covlags + 1):
        c = np.dot(e[i:], e[:-i]) / (n / 2)
        s0, s1 = s0 + c, s1 + i * c
    lags = min(int(1.1447 * ((s1 / s0) ** 2) ** (1 / 3) * n ** (1 / 3)), n - 1)
    v = np.sum(e ** 2) + 2 * sum((1 - i / (lags + 1)) * np.dot(e[i:], e[:-i]) for i in range(1, lags + 1))
    return np.sum(s[there] ** 2) / n ** 2 / (v / n), lags


def mann_kendall(x):
    """Hamed & Rao (1998); x may have NaN."""
    t = np.arange(len(x))[np.isfinite(x)]
    v = x[np.isfinite(x)]
    n = len(v)
    s = sum(np.sign(v[j] - v[i]) for i in range(n) for j in range(i + 1, n))
    _, counts = np.unique(v, return_counts=True)
    var = (n * (n - 1) * (2 * n + 5) - sum(c * (c - 1) * (2 * c + 5) for c in counts)) / 18
    slope = stats.theilslopes(v, t)[0]
    ranks = np.full(len(x), np.nan)
    ranks[t] = stats.rankdata(v - slope * t)
    rho = acf_pairs(ranks, len(x) - 1)
    bound = 1.959963984540054 / math.sqrt(n)
    total = sum((n - k) * (n - k - 1) * (n - k - 2) * rho[k] for k in range(1, min(len(x), n)) if abs(rho[k]) > bound)
    correction = 1 + 2 / (n * (n - 1) * (n - 2)) * total
    z = (s - np.sign(s)) / math.sqrt(var * max(1, correction))  # never below the plain variance
    return s, z, 2 * stats.norm.sf(abs(z)), correction


def pettitt(v):
    n = len(v)
    u = [sum(np.sign(v[i] - v[j]) for i in range(t) for j in range(t, n)) for t in range(1, n)]
    k = int(np.argmax(np.abs(u)))
    most = abs(u[k])
    return most, k + 1, min(1, 2 * math.exp(-6 * most ** 2 / (n ** 2 + n ** 3)))


def snht(v):
    z = (v - v.mean()) / v.std(ddof=1)
    t = [k * z[:k].mean() ** 2 + (len(v) - k) * z[k:].mean() ** 2 for k in range(1, len(v))]
    return max(t), int(np.argmax(t)) + 1


def l_moments(x):
    """By their definition: means over all subsamples of two, three and four (as combinations of ranks)."""
    x = np.sort(x)
    n = len(x)
    comb = special.comb
    def of(r):
        total = 0.0
        for i in range(n):
            for j in range(r):  # x_i is the (r - j)-th smallest of its subsample
                total += (-1) ** j * comb(r - 1, j) * comb(i, r - 1 - j) * comb(n - 1 - i, j) * x[i]
        return total / comb(n, r) / r
    l = [of(r) for r in range(1, 5)]
    return l[0], l[1], l[2] / l[1], l[3] / l[1]


def gev(x):
    l1, l2, t3, _ = l_moments(x)
    k = optimize.brentq(lambda k: 2 * (1 - 3.0 ** -k) / (1 - 2.0 ** -k) - 3 - t3, -0.9 if t3 > 0.16 else 1e-6, 5 if t3 < 0.16 else -1e-9,
                        xtol=1e-14)
    alpha = l2 * k / ((1 - 2 ** -k) * special.gamma(1 + k))
    return l1 - alpha * (1 - special.gamma(1 + k)) / k, alpha, k


def pearson3(x):
    l1, l2, t3, _ = l_moments(x)
    a = optimize.brentq(lambda la: 6 * special.betainc(math.exp(la), 2 * math.exp(la), 1 / 3) - 3 - abs(t3), -10, 15, xtol=1e-13)
    a = math.exp(a)
    return l1, l2 * math.sqrt(math.pi * a) * special.gamma(a) / special.gamma(a + 0.5), 2 / math.sqrt(a) * np.sign(t3)


def kritsky_menkel(x):
    k = x / x.mean()
    l2, l3 = np.sum(np.log(k)) / (len(k) - 1), np.sum(k * np.log(k)) / (len(k) - 1)
    def f(v):
        g, b = np.exp(v)
        c = special.gammaln(g) - special.gammaln(g + b)
        return [c + b * special.digamma(g) - l2, c + b * special.digamma(g + b) - l3]
    if l2 + l3 < 0:
        s = optimize.root(f, [math.log(1 / np.var(k)), 0.0], tol=1e-14)
        g, b = np.exp(s.x)
    else:  # more skewed than lognormal: b < 0, and g + b > 0
        def minus(v):
            h, b = np.exp(v)
            c = special.gammaln(h + b) - special.gammaln(h)
            return [c - b * special.digamma(h + b) - l2, c - b * special.digamma(h) - l3]
        s = optimize.root(minus, [math.log(2 / np.var(k)), 0.0], tol=1e-14)
        b = -math.exp(s.x[1])
        g = math.exp(s.x[0]) - b
    assert s.success, s.message
    return x.mean(), g, b


def kritsky_menkel_quantile(par, p):
    m, g, b = par
    z = stats.gamma.ppf(p, g) if b > 0 else stats.gamma.isf(p, g)
    return m * np.exp(special.gammaln(g) - special.gammaln(g + b)) * z ** b


def kritsky_menkel_by_integrals(g, b):
    """Cv, Cs, E ln k and E k ln k of k = x / mean = c Z^b, with Z's density integrated; c by the mean of Z^b."""
    with mpmath.workdps(30):
        g, b = mpmath.mpf(g), mpmath.mpf(b)

        def mean(f):  # over u = ln z
            cuts = [mpmath.log(g) + d / mpmath.sqrt(g) for d in (-900, -300, -100, -40, -20, -10, -5, -2, 0, 2, 5, 10, 20)]
            return mpmath.quad(lambda u: mpmath.exp(g * u - mpmath.exp(u) - mpmath.loggamma(g)) * f(u), cuts)
        assert abs(mean(lambda u: 1) - 1) < 1e-20
        ln_c = -mpmath.log(mean(lambda u: mpmath.exp(b * u)))
        m2, m3 = (mean(lambda u: (mpmath.exp(ln_c + b * u) - 1) ** i) for i in (2, 3))
        l2 = mean(lambda u: ln_c + b * u)
        l3 = mean(lambda u: mpmath.exp(ln_c + b * u) * (ln_c + b * u))
        return [float(v) for v in (mpmath.sqrt(m2), m3 / m2 ** 1.5, l2, l3, ln_c)]


def kritsky_menkel_sample(g, b, l2, l3, n=12):
    """n values whose statistics are what those of the distribution are expected to be."""
    u = np.log(kritsky_menkel_quantile((1, g, b), (np.arange(n) + 0.5) / n))

    def values(v):
        k = np.exp(v[0] * u + v[1] * u * u)
        return k / k.mean()

    def off(v):
        k = values(v)
        return [np.sum(np.log(k)) / (n - 1) - l2, np.sum(k * np.log(k)) / (n - 1) - l3]
    s = optimize.root(off, [1.0, 0.0], tol=1e-14)
    assert np.max(np.abs(off(s.x))) < 1e-13, s.message
    return 100 * values(s.x)


def baseflow(q, alpha, passes=3, mirror=30, all_quick=False):
    """all_quick: NeuralHydrology's start of each pass; else half of the flow is quick in the first, nothing later."""
    out = np.full(len(q), np.nan)
    runs = np.split(np.arange(len(q)), np.where(np.diff(np.isfinite(q).astype(int)) != 0)[0] + 1)
    for run in runs:
        if not np.isfinite(q[run[0]]) or len(run) <= mirror:
            continue
        v = q[run]
        b = np.concatenate([v[mirror:0:-1], v, v[-2:-mirror - 2:-1]])
        for k in range(passes):
            f = b[0] if all_quick else b[0] / 2 if k == 0 else 0.0
            new = np.zeros_like(b)
            new[0] = b[0] - f
            for i in range(1, len(b)):
                f = alpha * f + (1 + alpha) / 2 * (b[i] - b[i - 1])
                new[i] = b[i] - max(f, 0)
            b = new[::-1]
        out[run] = new[mirror:-mirror]  # as the last pass left it; it went forward
    there = np.isfinite(out)
    return out, np.sum(out[there]) / np.sum(q[there])


def signatures(dates, q, p):
    s = pd.Series(q, dates)
    P = pd.Series(p, dates)
    median, mean = s.median(), s.mean()

    def runs(mask):
        m = mask.to_numpy().astype(int)
        starts = np.sum(np.diff(np.concatenate([[0], m])) == 1)
        return m.sum() / starts if starts else float("nan")

    def years(month):
        for y in range(dates[0].year, dates[-1].year + 1):
            a, b = pd.Timestamp(y, month, 1), pd.Timestamp(y + 1, month, 1)
            if a >= dates[0] and b - pd.Timedelta(seconds=1) < dates[-1]:
                yield a, b - pd.Timedelta(days=1)

    v = {"high_q_freq": np.mean([(s[a:b] > 9 * median).sum() for a, b in years(1)]),
         "high_q_dur": runs(s > 9 * median),
         "low_q_freq": np.mean([(s[a:b] < 0.2 * mean).sum() for a, b in years(1)]),
         "low_q_dur": runs(s < 0.2 * mean),
         "zero_q_freq": (s == 0).mean(), "q95": s.quantile(0.95), "q5": s.quantile(0.05), "q_mean": mean}
    half = []
    for a, b in years(10):
        c = s[a:b].cumsum()
        half.append(int(np.argmax(c.to_numpy() > s[a:b].sum() / 2)))
    v["hfd_mean"] = np.mean(half)
    v["baseflow_index"] = baseflow(q, 0.98, all_quick=True)[1]
    down = np.sort(q)[::-1]
    lo, hi = np.log(down[int(np.round(0.33 * len(q)))] + 1e-8), np.log(down[int(np.round(0.66 * len(q)))] + 1e-8)
    v["slope_fdc"] = (lo - hi) / 0.33
    v["stream_elas"] = np.median([(s[a:b].mean() - mean) / (P[a:b].mean() - P.mean()) * P.mean() / mean for a, b in years(10)])
    v["runoff_ratio"] = mean / P.mean()
    return v


def compare_with_neuralhydrology(folder, dates, q, p, ours):
    stub = types.ModuleType("numba")
    stub.njit = lambda f: f
    sys.modules.setdefault("numba", stub)
    utils = types.ModuleType("neuralhydrology.data.utils")
    utils.infer_frequency = lambda index: "1D"
    utils.infer_datetime_coord = lambda da: "date"
    for name in ("neuralhydrology", "neuralhydrology.data", "neuralhydrology.datautils"):
        sys.modules[name] = types.ModuleType(name)
    for name in ("neuralhydrology.data", "neuralhydrology.datautils"):  # of today and of versions before
        sys.modules[name].utils = sys.modules[name + ".utils"] = utils
    import importlib.util
    import xarray as xr
    path = pathlib.Path(folder) / "neuralhydrology" / "evaluation" / "signatures.py"
    spec = importlib.util.spec_from_file_location("signatures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    da = xr.DataArray(q, coords={"date": dates}, dims=["date"])
    pr = xr.DataArray(p, coords={"date": dates}, dims=["date"])
    theirs = module.calculate_all_signatures(da, pr)
    for name, value in theirs.items():
        if not abs(float(value) - ours[name]) <= 1e-9 * (1 + abs(ours[name])):
            if not (np.isnan(value) and np.isnan(ours[name])):
                sys.exit(f"{name}: NeuralHydrology {float(value)}, here {ours[name]}")
    print(f"{len(theirs)} signatures equal NeuralHydrology's")


# ---- files

def dependence(rng):
    cases = []
    n = 500
    x = np.zeros(n)
    e = rng.normal(size=n)
    for i in range(1, n):
        x[i] = 0.7 * x[i - 1] + e[i]
    x = np.round(x, 4)
    y = np.round(np.roll(x, 3) * 0.8 + rng.normal(size=n) * 0.4, 4)
    walk = np.round(np.cumsum(rng.normal(size=300)), 4)
    c = Case("an autoregressive record")
    c.data("x", x)
    c.data("y", y)
    c.add("tolerance 1e-10")
    r, bounds = acf(x, nlags=20, adjusted=False, fft=False, alpha=0.05)
    for k in (1, 2, 5, 20):
        c.check(f"acf {k}", r[k])
        c.check(f"acf_bound {k}", bounds[k][1] - r[k])
        c.check(f"pacf {k}", pacf(x, nlags=20, method="ldbiased")[k])
        c.check(f"ccf {k}", ccf(y, x, adjusted=False)[k])
    c.check("response 10", float(np.argmax(ccf(y, x, adjusted=False)[:11])))
    c.add("tolerance 1e-8")
    a = adfuller(x)
    c.check("adf statistic", a[0]), c.check("adf p", a[1]), c.check("adf lags", a[2]), c.check("adf n", a[3])
    c.check("adf critical", a[4]["5%"])
    k = kpss(x)
    c.check("kpss statistic", k[0]), c.check("kpss p", k[1]), c.check("kpss lags", k[2])
    f, p = signal.periodogram(x, nfft=512, detrend="constant")
    for i in (1, 17, 100, 256):
        c.check(f"frequency {i}", f[i])
        c.check(f"power {i}", p[i])
    cases.append(c)
    c = Case("a random walk")
    c.data("x", walk)
    c.add("tolerance 1e-8")
    a = adfuller(walk)
    c.check("adf statistic", a[0]), c.check("adf p", a[1]), c.check("adf lags", a[2])
    k = kpss(walk)
    c.check("kpss statistic", k[0]), c.check("kpss p", k[1]), c.check("kpss lags", k[2])
    cases.append(c)
    hx, hy = holes(rng, x[:350], 0.1), holes(rng, y[:350], 0.1)
    hx[120:150] = np.nan
    c = Case("the same with gaps")
    c.data("x", hx)
    c.data("y", hy)
    c.add("tolerance 1e-9")
    r = acf_pairs(hx, 10)
    for k in (1, 3, 10):
        c.check(f"acf {k}", r[k])
        c.check(f"ccf {k}", ccf_pairs(hx, hy, 10)[k])
        c.check(f"pacf {k}", burg_gaps(hx, 10)[k])
    assert np.abs(np.array(burg_gaps(x, 10)) - pacf_burg(x, nlags=10)[0]).max() < 1e-12
    sparse = x[:350].copy()
    sparse[[40, 41, 150, 260]] = np.nan
    c2 = Case("few gaps, for the tests of stationarity")
    c2.data("x", sparse)
    c2.add("tolerance 1e-8")
    s, lags, m = adf_rows(sparse)
    c2.check("adf statistic", s), c2.check("adf lags", lags), c2.check("adf n", m)
    s, lags = kpss_gaps(sparse)
    c2.check("kpss statistic", s), c2.check("kpss lags", lags)
    # the second implementation is statsmodels' where nothing is missing
    assert abs(adf_rows(x)[0] - adfuller(x)[0]) < 1e-9 and abs(kpss_gaps(x)[0] - kpss(x)[0]) < 1e-12
    cases += [c, c2]
    write("dependence", cases)


def moments(rng):
    x = np.round(rng.lognormal(0.3, 0.9, 200), 4)
    c = Case("a skewed record")
    c.data("x", x)
    c.add("tolerance 1e-12")
    c.check("describe mean", x.mean()), c.check("describe sd", x.std(ddof=1))
    c.check("describe skew", stats.skew(x, bias=False))
    for q, name in ((0.05, "q05"), (0.25, "q25"), (0.5, "median"), (0.95, "q95")):
        c.check(f"describe {name}", np.quantile(x, q))
    for share in (0.01, 0.1, 0.5, 0.95):
        c.check(f"duration {share}", np.quantile(x, 1 - share))
    c.add("tolerance 1e-6")
    lam = stats.boxcox_normmax(x, method="mle")
    c.check("boxcox lambda", lam)
    c.add("tolerance 1e-9")
    c.check("boxcox likelihood", stats.boxcox_llf(lam, x))
    write("moments", [c])


def trends(rng):
    n = 45
    e = rng.normal(size=n)
    for i in range(1, n):
        e[i] += 0.5 * e[i - 1]
    x = np.round(100 + 0.4 * np.arange(n) + 8 * e, 0)  # whole numbers: ties
    gaps = x.copy()
    gaps[[3, 20, 21, 22, 40]] = np.nan
    step = np.round(np.concatenate([rng.normal(10, 1, 20), rng.normal(12, 1, 25)]), 3)
    cases = []
    for title, v in (("a trend with ties and memory", x), ("the same with missing years", gaps), ("a step", step)):
        c = Case(title)
        c.data("x", v)
        c.add("tolerance 1e-10")
        there = np.isfinite(v)
        s, z, p, correction = mann_kendall(v)
        c.check("kendall s", s), c.check("kendall z", z), c.check("kendall p", p), c.check("kendall correction", correction)
        t = stats.theilslopes(v[there], np.arange(n)[there])
        c.check("sen slope", t[0]), c.check("sen low", t[2]), c.check("sen high", t[3]), c.check("sen intercept", t[1])
        k, at, p = pettitt(v[there])
        c.check("pettitt statistic", k), c.check("pettitt at", np.arange(n)[there][at]), c.check("pettitt p", p)
        t0, at = snht(v[there])
        c.check("snht statistic", t0), c.check("snht at", np.arange(n)[there][at])
        cases.append(c)
    write("trends", cases)


def decomposition(rng):
    n = 120
    t = np.arange(n)
    x = np.round(10 + 0.05 * t + 3 * np.sin(2 * np.pi * t / 12) + rng.normal(0, 0.5, n), 3)
    x[[30, 77]] += 12
    cases = []
    for robust in (False, True):
        c = Case("monthly, robust" if robust else "monthly")
        c.data("x", x)
        c.add("tolerance 1e-9")
        r = STL(x, period=12, robust=robust).fit()
        for i in (0, 5, 30, 60, 77, 119):
            c.check(f"{'stl_robust' if robust else 'stl'} season {i}", r.seasonal[i])
            c.check(f"{'stl_robust' if robust else 'stl'} trend {i}", r.trend[i])
            c.check(f"{'stl_robust' if robust else 'stl'} weight {i}", r.weights[i])
        cases.append(c)
    write("decomposition", cases)


def extremes(rng):
    x = np.round(stats.genextreme.rvs(-0.15, loc=100, scale=35, size=40, random_state=rng), 1)
    low = np.round(stats.gamma.rvs(20, scale=0.3, size=30, random_state=rng), 3)
    cases = []
    for title, v in (("yearly maxima", x), ("yearly minima, slightly skewed", low)):
        c = Case(title)
        c.data("x", v)
        c.add("tolerance 1e-10")
        for i, l in enumerate(l_moments(v)):
            c.check(f"lmoment {i}", l)
        g = gev(v)
        c.add("tolerance 1e-8")
        for i in range(3):
            c.check(f"par gev {i}", g[i])
        _, l2, _, _ = l_moments(v)
        alpha = l2 / math.log(2)
        xi = v.mean() - 0.5772156649015329 * alpha
        logs = np.log10(v)
        lp = (logs.mean(), logs.std(ddof=1), stats.skew(logs, bias=False))
        km = kritsky_menkel(v)
        for i in range(3):
            c.check(f"par log_pearson3 {i}", lp[i])
            c.check(f"par kritsky_menkel {i}", km[i])
        for p in (0.01, 0.2, 0.5, 0.9, 0.99):
            c.check(f"quantile gev {p}", stats.genextreme.ppf(p, g[2], loc=g[0], scale=g[1]))
            c.check(f"quantile gumbel {p}", stats.gumbel_r.ppf(p, loc=xi, scale=alpha))
            c.check(f"quantile log_pearson3 {p}", 10 ** stats.pearson3.ppf(p, lp[2], loc=lp[0], scale=lp[1]))
            c.check(f"quantile kritsky_menkel {p}", kritsky_menkel_quantile(km, p))
        c.add("tolerance 1e-4   # Hosking & Wallis's approximation of the skewness")
        p3 = pearson3(v)
        for i in range(3):
            c.check(f"par pearson3 {i}", p3[i])
        for p in (0.01, 0.5, 0.99):
            c.check(f"quantile pearson3 {p}", stats.pearson3.ppf(p, p3[2], loc=p3[0], scale=p3[1]))
        cases.append(c)
    c = Case("special functions")
    c.data("x", [1, 2])
    c.add("tolerance 1e-12")
    for a, p in ((0.05, 0.5), (0.3, 0.01), (1, 0.9), (2.5, 1e-6), (40, 0.999), (3000, 0.3), (0.7, 0.9999)):
        c.check(f"gamma_quantile {a} {p}", special.gammaincinv(a, p))
    for a, v in ((0.5, 0.1), (3, 9), (100, 80), (5000, 5100)):
        c.check(f"gamma_p {a} {v}", special.gammainc(a, v))
    for p in (1e-9, 0.02, 0.5, 0.8, 0.999999):
        c.check(f"normal_quantile {p}", stats.norm.ppf(p))
    for v in (0.01, 0.5, 1, 7.3, 50):
        c.check(f"digamma {v}", special.digamma(v))
    cases.append(c)
    write("extremes", cases)


def kritsky_menkel_cases():
    cases = []
    for g, b in ((4, 1), (1.4085336337, 0.4551657700), (2.2, 1.6), (27.1, -2.3), (9.2, -1.5)):
        cv, cs, l2, l3, ln_c = kritsky_menkel_by_integrals(g, b)
        c = Case(f"Kritsky-Menkel, shape {g}, exponent {b}: Cv {cv:.4f}, Cs/Cv {cs / cv:.4f}")
        c.data("x", kritsky_menkel_sample(g, b, l2, l3))
        c.add("tolerance 1e-11")
        c.check(f"km {g} {b} cv", cv), c.check(f"km {g} {b} cs", cs)
        for p in (0.001, 0.05, 0.5, 0.9, 0.99, 0.9999):
            with mpmath.workdps(30):  # the root of the distribution function
                q = p if b > 0 else 1 - mpmath.mpf(p)
                z = mpmath.findroot(lambda z: mpmath.gammainc(g, 0, z, regularized=True) - q,
                                    stats.gamma.ppf(float(q), g))
                c.check(f"km {g} {b} {p}", float(mpmath.exp(ln_c + b * mpmath.log(z))))
        c.add("tolerance 1e-8")
        c.check("par kritsky_menkel 1", g), c.check("par kritsky_menkel 2", b)
        cases.append(c)
    write("kritsky_menkel", cases)


def hydrology(rng, nh):
    dates, q, p = river(rng, "1990-03-05", 1900)
    q[700:720] = 0
    v = signatures(dates, q, p)
    if nh:
        compare_with_neuralhydrology(nh, dates, q, p, v)
    c = Case("five years of a river")
    c.add("start 1990-03-05")
    c.data("x", q)
    c.data("y", p)
    c.add("tolerance 1e-10")
    for name, value in v.items():
        c.check(f"signature {name}", value)
    for alpha in (0.98, 0.925):
        base, index = baseflow(q, alpha)
        c.check(f"baseflow_index {alpha}", index)
        for i in (0, 100, 1000, 1899):
            c.check(f"baseflow {alpha} {i}", base[i])
    s = pd.Series(q, dates)
    for y in (1991, 1993):
        whole = s[f"{y - 1}-10-01":f"{y}-09-30"]
        c.check(f"yearly mean 10 12 {y}", whole.mean())
        c.check(f"yearly max 10 12 {y}", whole.max())
        c.check(f"yearly min7 10 12 {y}", whole.rolling(7).mean().min())
        winter = s[f"{y - 1}-12-01":f"{y}-02-28"]
        c.check(f"yearly mean 12 3 {y}", winter.mean())
    t = (dates - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=365.2425)
    X = np.column_stack([np.ones(len(q))] + [f(2 * np.pi * j * t) for j in range(1, 5) for f in (np.cos, np.sin)])
    fit = X @ np.linalg.lstsq(X, q, rcond=None)[0]
    for i in (0, 400, 1899):
        c.check(f"cycle {i}", fit[i])
    c.check("cycle_share 0", 1 - np.var(q - fit) / np.var(q))
    gaps = q.copy()
    gaps[300:310] = gaps[640:700] = np.nan
    c2 = Case("baseflow beside gaps")
    c2.add("start 1990-03-05")
    c2.data("x", gaps[:760])
    base, index = baseflow(gaps[:760], 0.925)
    c2.add("tolerance 1e-10")
    c2.check("baseflow_index 0.925", index)
    for i in (299, 310, 639, 700):
        c2.check(f"baseflow 0.925 {i}", base[i])
    write("hydrology", [c, c2])


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--neuralhydrology")
    nh = args.parse_args().neuralhydrology
    for i, make in enumerate((dependence, moments, trends, decomposition, extremes)):
        make(np.random.default_rng(SEED + i))
    hydrology(np.random.default_rng(SEED + 9), nh)
    kritsky_menkel_cases()


main()
