#!/usr/bin/python3
"""Usage: compare_camels_us.py DATA_DIR CSV_DIR PRODUCT...

Reads CAMELS-US by pandas, as NeuralHydrology does, and compares every value and attribute with what
`freshet convert DATA_DIR --to csv --out CSV_DIR --forcings PRODUCT,...` wrote: equal as floats, or exit 1."""
import glob
import sys

import numpy as np
import pandas as pd

data, out, products = sys.argv[1], sys.argv[2], sys.argv[3:]


def dated(df, names):
    return pd.to_datetime(df[names].rename(columns=dict(zip(names, ["year", "month", "day"]))))


def one(pattern):
    return glob.glob(pattern, recursive=True)[0]


def expected(site):
    parts = []
    for product in products:
        with open(one(f"{data}/basin_mean_forcing/{product}/**/{site}_*_forcing_leap.txt")) as f:
            f.readline(), f.readline()
            area = int(f.readline())
            df = pd.read_csv(f, sep=r"\s+")
        df.index = dated(df, ["Year", "Mnth", "Day"])
        df = df.drop(columns=["Year", "Mnth", "Day", "Hr"])
        parts.append(df.add_suffix(f"_{product}") if len(products) > 1 else df)
    q = pd.read_csv(one(f"{data}/usgs_streamflow/**/{site}_streamflow_qc.txt"), sep=r"\s+", header=None,
                    names=["site", "Year", "Mnth", "Day", "q", "flag"])
    q.index = dated(q, ["Year", "Mnth", "Day"])
    q = 28316846.592 * q.q * 86400 / (area * 10**6)
    parts.append(q.where(q >= 0).rename("QObs(mm/d)"))
    return pd.concat(parts, axis=1)


count = 0
for path in sorted(glob.glob(f"{out}/*.csv")):
    site = path.split("/")[-1][:-4]
    want = expected(site)
    got = pd.read_csv(path, parse_dates=["date"], index_col="date")
    got.columns = [c.rsplit(" [", 1)[0] for c in got.columns]
    assert list(got.columns) == list(want.columns), (site, list(got.columns), list(want.columns))
    assert (got.index == want.index).all(), site
    a, b = want.to_numpy(np.float32), got.to_numpy(np.float32)
    assert ((a == b) | (np.isnan(a) & np.isnan(b))).all(), (site, np.nanmax(np.abs(a - b)))
    count += a.size
assert count > 0, out

tables = [pd.read_csv(f, sep=";", dtype={"gauge_id": str}).set_index("gauge_id")
          for f in sorted(glob.glob(f"{data}/camels_attributes_v2.0/camels_*.txt"))]
want = pd.concat(tables, axis=1).select_dtypes("number").astype(np.float32)
got = pd.read_csv(f"{out}/attributes/attributes.csv", dtype={0: str})
got = got.set_index(got.columns[0]).astype(np.float32)
assert sorted(got.columns) == sorted(want.columns) and len(got) == len(want)
want = want.loc[got.index, got.columns]
assert ((got == want) | (got.isna() & want.isna())).all().all()
print(f"{count} values and {got.size} attributes are equal")
