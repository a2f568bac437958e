#!/usr/bin/python3
"""Golden values of pooling and normalisation, made by PyTorch in double: tests/golden/norm/*.bin.

tests/unit/golden_norm.c builds the same layers with the engine, channels last, and compares values,
gradients of sum(w y) and, of batch norm, the running values after STEPS steps and what inference
makes of them. Inputs are computed on both sides by number(); the format is golden_torch.py's.
"""
import os

import numpy as np
import torch
from torch import nn

from golden_torch import number, write_records

STEPS = 3
# name: layer, shape of x with channels last
POOL = {
    "max": (nn.MaxPool2d(2), (3, 6, 9, 4)),
    "max_ceil": (nn.MaxPool2d(3, 2, 1, ceil_mode=True), (2, 8, 7, 3)),
    "max_dilated": (nn.MaxPool2d((2, 3), (1, 2), dilation=(3, 1)), (2, 7, 8, 1)),
    "max_volume": (nn.MaxPool3d(2, 2, 1), (2, 4, 5, 3, 2)),
    "avg_counted": (nn.AvgPool2d(3, 2, 1, ceil_mode=True), (2, 8, 6, 5)),
    "avg": (nn.AvgPool2d((3, 2), (2, 1), (1, 0), count_include_pad=False), (2, 7, 6, 17)),
    "avg_series": (nn.AvgPool1d(4, 3, ceil_mode=True), (3, 12, 6)),
    "adaptive_avg": (nn.AdaptiveAvgPool2d((3, 4)), (2, 7, 10, 3)),
    "adaptive_max": (nn.AdaptiveMaxPool2d((4, 2)), (2, 6, 5, 3)),
    "global_avg": (nn.AdaptiveAvgPool3d(1), (2, 3, 4, 5, 6)),
}
NORM = {
    "batch": (nn.BatchNorm2d(5), (3, 4, 6, 5)),
    "batch_relu": (nn.Sequential(nn.BatchNorm1d(3, eps=1e-3, momentum=0.3), nn.ReLU()), (4, 7, 3)),
    "layer": (nn.LayerNorm((4, 6)), (3, 5, 4, 6)),
    "group": (nn.GroupNorm(3, 12), (2, 3, 5, 12)),
    "instance": (nn.InstanceNorm2d(7), (2, 3, 5, 7)),
    "lrn": (nn.LocalResponseNorm(5, 0.5, 0.75, 2), (2, 3, 4, 19)),
    "lrn_even": (nn.LocalResponseNorm(4, 0.3, 0.6), (2, 5, 7)),
}


def to_first(x):
    return torch.movedim(x, -1, 1)


def to_last(x):
    return torch.movedim(x, 1, -1)


def records(name, layer, shape):
    last = isinstance(layer, nn.LayerNorm)  # knows nothing of channels
    x = torch.tensor(number(0, int(np.prod(shape))).reshape(shape), requires_grad=True)
    layer = layer.double()
    for i, p in enumerate(layer.parameters()):  # weight, bias
        p.data = torch.tensor(number(1 + i, p.numel()).reshape(p.shape) + (1.5 if i == 0 else 0))
    for _ in range(STEPS):
        x.grad = None
        layer.zero_grad()
        y = layer(x) if last else to_last(layer(to_first(x)))
        (y * torch.tensor(number(9, y.numel()).reshape(y.shape))).sum().backward()
    out = {"y": y, "x": x.grad}
    for key, p in layer.named_parameters():
        out[key.split(".")[-1]] = p.grad
    for key, v in layer.named_buffers():
        if v.dim():  # not the count of batches
            out[key.split(".")[-1]] = v
    if "running_mean" in out:
        out["infer"] = to_last(layer.eval()(to_first(x)))
    return {f"{name}.{k}": v.detach().numpy().ravel() for k, v in out.items()}


def main():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/golden/norm")
    os.makedirs(folder, exist_ok=True)
    for file, cases in (("pool", POOL), ("norm", NORM)):
        every = {}
        for name, (layer, shape) in cases.items():
            every.update(records(name, layer, shape))
        write_records(os.path.join(folder, file + ".bin"), every)
        print(file, len(every), "records; PyTorch", torch.__version__)


if __name__ == "__main__":
    main()
