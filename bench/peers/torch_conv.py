"""The steps of bench/bench_conv.c in PyTorch: the same lines of CSV.

usage: torch_conv.py THREADS JOBS FORMAT [REPEATS]      JOBS as 0123; FORMAT first or last: where the channels stand in memory
"""
import os
import sys
import time

# OpenBLAS knows few processors by name and takes slow kernels on the others.
if "avx512f" in open("/proc/cpuinfo").read():
    os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
os.environ["OMP_NUM_THREADS"] = sys.argv[1]
import torch
import torch.nn as nn
import torch.nn.functional as F

THREADS, WANTED, LAST = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "last"
FORMAT = torch.channels_last if LAST else torch.contiguous_format


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def alexnet():
    relu, pool = nn.ReLU(inplace=True), nn.MaxPool2d(3, 2)
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, 4, 2), relu, pool, nn.Conv2d(64, 192, 5, padding=2), relu, pool,
        nn.Conv2d(192, 384, 3, padding=1), relu, nn.Conv2d(384, 256, 3, padding=1), relu,
        nn.Conv2d(256, 256, 3, padding=1), relu, pool,
        nn.Flatten(), nn.Linear(9216, 4096), relu, nn.Linear(4096, 4096), relu, nn.Linear(4096, 1000))


class Residual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.a, self.a_norm = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.c, self.c_norm = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.shortcut = None
        if stride > 1 or i != o:
            self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.c_norm(self.c(F.relu(self.a_norm(self.a(x)), inplace=True)))
        return F.relu(y + (self.shortcut(x) if self.shortcut else x), inplace=True)


def resnet18():
    sizes = (64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2), (512, 512, 1)
    return nn.Sequential(
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1),
        *[Residual(*s) for s in sizes], nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


def twice(i, o):
    relu = nn.ReLU(inplace=True)
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), relu, nn.Conv2d(o, o, 3, padding=1), relu)


class RainNet(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = 4, 64, 128, 256, 512
        self.down = nn.ModuleList(twice(sizes[i], sizes[i + 1]) for i in range(4))
        self.bottom = twice(512, 1024)
        self.up = nn.ModuleList(twice(3 * n, n) for n in (512, 256, 128, 64))
        self.two, self.one = nn.Conv2d(64, 2, 3, padding=1), nn.Conv2d(2, 1, 1)

    def forward(self, x):
        skip = []
        for part in self.down:
            skip.append(part(x))
            x = F.max_pool2d(skip[-1], 2)
        x = self.bottom(x)
        for part in self.up:
            x = part(torch.cat([F.interpolate(x, scale_factor=2, mode="nearest"), skip.pop()], 1))
        return self.one(F.relu(self.two(x), inplace=True))


JOBS = [  # net, what it is, batch, rows, channels, classes, training, repeats: as in bench_conv.c
    ("LeNet-5", lenet, 128, 28, 1, 10, True, 49), ("AlexNet", alexnet, 1, 224, 3, 1000, False, 15),
    ("AlexNet", alexnet, 16, 224, 3, 1000, False, 5), ("AlexNet", alexnet, 16, 224, 3, 1000, True, 3),
    ("ResNet-18", resnet18, 1, 224, 3, 1000, False, 15), ("ResNet-18", resnet18, 16, 224, 3, 1000, False, 3),
    ("ResNet-18", resnet18, 16, 224, 3, 1000, True, 3), ("RainNet 256", RainNet, 1, 256, 4, 0, False, 5),
    ("RainNet 928", RainNet, 1, 928, 4, 0, False, 1), ("RainNet 256", RainNet, 2, 256, 4, 0, True, 3),
]


def loss_of(y, target, classes):
    if classes:
        return F.cross_entropy(y, target)
    d = (y - target).abs()  # log cosh d = d + softplus(-2 d) - log 2, which does not overflow
    return (d + F.softplus(-2 * d) - 0.6931471805599453).mean()


def step(net, optimiser, x, target, classes):
    if optimiser is None:
        with torch.inference_mode():
            net(x)
        return
    optimiser.zero_grad(set_to_none=True)
    loss_of(net(x), target, classes).backward()
    optimiser.step()


def most_mb():
    return next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM")) / 1024


def run(name, make, batch, rows, channels, classes, training, repeats):
    net = make().to(memory_format=FORMAT).train(training)
    x = torch.randn(batch, channels, rows, rows).to(memory_format=FORMAT)
    target = torch.randint(0, classes, (batch,)) if classes else torch.randn(batch, 1, rows, rows)
    optimiser = None
    if training:
        optimiser = torch.optim.SGD(net.parameters(), 0.01) if classes else torch.optim.Adam(net.parameters(), 1e-4)
    times = []
    for i in range(repeats + 1):
        if i == 1:
            used = time.process_time()
        start = time.perf_counter()
        step(net, optimiser, x, target, classes)
        times.append(time.perf_counter() - start)
    used = (time.process_time() - used) / repeats
    times = sorted(times[1:])
    print(f"torch {torch.__version__} channels {sys.argv[3]},{name},{'train' if training else 'infer'},,{THREADS},{batch},"
          f"{times[repeats // 2] * 1e3:.4f},{times[0] * 1e3:.4f},,,{most_mb():.1f},{used * 1e3:.4f}", flush=True)


torch.manual_seed(0)
torch.set_num_threads(THREADS)
torch.set_flush_denormal(True)
for k, job in enumerate(JOBS):
    if str(k) in WANTED:
        run(*job[:-1], int(sys.argv[4]) if len(sys.argv) > 4 else job[-1])
