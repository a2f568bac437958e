#!/usr/bin/env python3
"""NeuralHydrology's one-catchment run in plain PyTorch, without the package: same data, scaling, net, loss,
optimiser and last-epoch weights as its `cudalstm` with peers/neuralhydrology_one.yml.

    peer_torch.py MOPEX_FILE SEEDS [THREADS]     e.g. 01567000.dly 1-5

Prints a line a seed: seed, test NSE, seconds.
"""
import os, sys, time

# The peer at its best: OpenBLAS knows few processors by name and takes slow kernels on the others, and numbers
# that vanish over 365 steps cost Intel processors most of their time.
if "avx512f" in open("/proc/cpuinfo").read():
    os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
if len(sys.argv) > 3:
    os.environ["OMP_NUM_THREADS"] = sys.argv[3]
import numpy as np
import torch

torch.set_flush_denormal(True)

T, HIDDEN, BATCH, EPOCHS = 365, 20, 256, 20


def read(path):
    """-> days (datetime64), x [n, 4] = prcp pet tmax tmin, q [n]; -99 is missing."""
    days, rows = [], []
    for line in open(path):
        y, m, d = int(line[0:4]), int(line[4:6]), int(line[6:8])
        days.append(np.datetime64(f"{y:04d}-{m:02d}-{d:02d}"))
        rows.append([float(v) for v in line[8:].split()])
    a = np.array(rows)
    a[a == -99] = np.nan
    return np.array(days), a[:, [0, 1, 3, 4]], a[:, 2]


def period(days, first, last):
    return np.flatnonzero((days >= np.datetime64(first)) & (days <= np.datetime64(last)))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(4, HIDDEN, batch_first=True)
        self.lstm.bias_hh_l0.data[HIDDEN:2 * HIDDEN] = 3
        self.dropout = torch.nn.Dropout(0.4)
        self.head = torch.nn.Linear(HIDDEN, 1)

    def forward(self, x):
        return self.head(self.dropout(self.lstm(x)[0][:, -1]))[:, 0]


def run(path, seed):
    days, x, q = read(path)
    train, test = period(days, "1970-10-01", "1985-09-30"), period(days, "1990-10-01", "2000-09-30")
    warm = np.arange(train[0] - T + 1, train[-1] + 1)  # the inputs' scaling includes the warm-up
    x = torch.tensor((x - np.nanmean(x[warm], 0)) / np.nanstd(x[warm], 0), dtype=torch.float32)
    mean, std = np.nanmean(q[train]), np.nanstd(q[train])
    y = torch.tensor((q - mean) / std, dtype=torch.float32)
    window = lambda rows: torch.stack([x[r - T + 1:r + 1] for r in rows])
    torch.manual_seed(seed)
    net = Net()
    adam = torch.optim.Adam(net.parameters(), lr=1e-2)
    train = train[~np.isnan(q[train])]
    for _ in range(EPOCHS):
        for rows in torch.tensor(train)[torch.randperm(len(train))].split(BATCH):
            loss = 0.5 * torch.mean((net(window(rows.tolist())) - y[rows]) ** 2)
            adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1)
            adam.step()
    net.eval()
    with torch.no_grad():
        sim = torch.cat([net(window(r)) for r in np.array_split(test, 20)]).numpy() * std + mean
    sim, obs = np.maximum(sim, 0), q[test]
    good = ~np.isnan(obs)
    return 1 - ((sim - obs)[good] ** 2).sum() / ((obs[good] - obs[good].mean()) ** 2).sum()


first, _, last = sys.argv[2].partition("-")
if len(sys.argv) > 3:
    torch.set_num_threads(int(sys.argv[3]))
for seed in range(int(first), int(last or first) + 1):
    start = time.time()
    print(f"{seed} {run(sys.argv[1], seed):.6f} {time.time() - start:.1f}", flush=True)
