"""The steps of bench/bench_train.c in PyTorch: the same lines of CSV.

usage: peer_torch.py THREADS JOBS FLUSH      JOBS as 0123; FLUSH 1: vanishing numbers count as 0, as they do here
"""
import os
import sys
import time

# OpenBLAS knows few processors by name and takes slow kernels on the others.
if "avx512f" in open("/proc/cpuinfo").read():
    os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
os.environ["OMP_NUM_THREADS"] = sys.argv[1]
import torch

THREADS, WANTED, FLUSH = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "1"
JOBS = [  # batch, steps, features, hidden, training, repeats: as in bench_train.c
    (256, 365, 5, 20, True, 5), (256, 365, 5, 64, True, 3), (256, 365, 32, 128, True, 3),
    (256, 365, 32, 256, True, 2), (256, 365, 5, 64, False, 5), (256, 365, 32, 256, False, 3),
    (1, 365, 5, 64, False, 20), (1, 1, 5, 64, False, 200),
]


def step(lstm, head, optimiser, x, obs):
    if optimiser is None:
        with torch.no_grad():
            head(lstm(x)[0][:, -1])
        return
    optimiser.zero_grad()
    loss = ((head(lstm(x)[0][:, -1]) - obs) ** 2).mean()
    loss.backward()
    optimiser.step()


def run(batch, steps, features, hidden, training, repeats):
    lstm = torch.nn.LSTM(features, hidden, batch_first=True)
    head = torch.nn.Linear(hidden, 1)
    weights = list(lstm.parameters()) + list(head.parameters())
    optimiser = torch.optim.Adam(weights, 1e-3) if training else None
    x, obs = torch.randn(batch, steps, features), torch.randn(batch, 1)
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        step(lstm, head, optimiser, x, obs)
        times.append(time.perf_counter() - start)
    t = sorted(times[1:])[repeats // 2]
    flops = 2 * batch * steps * 4 * hidden * (features + hidden) * (3 if training else 1)
    who = f"torch {torch.__version__}" + ("" if FLUSH else " as it comes")
    print(f"{who},{'train' if training else 'infer'},,{THREADS},{batch},{steps},"
          f"{features},{hidden},{t * 1e3:.5f},{flops / t * 1e-9:.1f},", flush=True)


torch.manual_seed(0)
torch.set_num_threads(THREADS)
torch.set_flush_denormal(FLUSH)
for k, job in enumerate(JOBS):
    if str(k) in WANTED:
        run(*job)
