#!/usr/bin/python3
"""Nets that PyTorch wrote as ONNX, with inputs and outputs: tests/golden/onnx/NAME/, in the layout of ONNX's own
tests, for tests/exchange/onnx_suite.c.

What ONNX's tests of single operators do not show: the graphs that an exporter makes of whole nets, with shapes
computed from shapes. Made with Debian 12's python3-torch (1.13.0).
"""
import os
import shutil
import warnings

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "golden", "onnx")
TYPES = {np.float32: 1, np.int64: 7}


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def tensor_proto(t):
    """dims = 1, data_type = 2, raw_data = 9 of onnx.proto's TensorProto"""
    a = t.detach().numpy()
    raw = a.tobytes()
    dims = b"".join(b"\x08" + varint(d) for d in a.shape)
    return dims + b"\x10" + varint(TYPES[a.dtype.type]) + b"\x4a" + varint(len(raw)) + raw


class UNet(nn.Module):
    """Two levels; up by interpolation to the size that the way down had."""

    def __init__(self):
        super().__init__()

        def block(a, b):
            return nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(),
                                 nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU())
        self.down1, self.down2, self.bottom = block(2, 4), block(4, 8), block(8, 8)
        self.up = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.up2 = block(16, 4)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.up(self.bottom(F.max_pool2d(b, 2)))
        d = self.up2(torch.cat([c, b], 1))
        d = F.interpolate(d, size=a.shape[-2:], mode="bilinear", align_corners=False)
        return self.out(torch.cat([d, a], 1))


class ConvLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.gates = nn.Conv2d(2 + 3, 12, 3, padding=1)

    def forward(self, x):
        h = x.new_zeros(x.shape[0], 3, x.shape[3], x.shape[4])
        c = h
        for t in range(x.shape[1]):
            i, f, o, g = torch.chunk(self.gates(torch.cat([x[:, t], h], 1)), 4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        return h, c


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.layers = getattr(nn, kind)(5, 6, batch_first=True, **options)
        self.head = nn.Linear(12 if options.get("bidirectional") else 6, 2)

    def forward(self, x):
        y, _ = self.layers(x)
        return self.head(y[:, -1]), y


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 8)
        self.place = nn.Parameter(torch.randn(1, 16, 8))
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.body = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(8, 3)

    def forward(self, i):
        x = self.embed(i) + self.place[:, :i.shape[1]]
        mask = torch.triu(torch.full((i.shape[1],) * 2, float("-inf")), 1)
        return F.log_softmax(self.head(self.body(x, mask=mask)), -1)


class Residual(nn.Module):
    """Depthwise, grouped norms, weight norm, pooling to one pixel."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 5, 2, 2, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.deep, self.point = nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Conv2d(8, 8, 1)
        self.group, self.instance = nn.GroupNorm(2, 8), nn.InstanceNorm2d(8, affine=True)
        self.weighted = nn.utils.weight_norm(nn.Conv2d(8, 8, 3, padding=1))
        self.slope = nn.PReLU(8)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.stem(x))), 3, 2, 1)
        y = F.silu(self.group(self.point(self.deep(x))))
        x = self.slope(self.weighted(self.instance(F.hardswish(x + y))))
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1)).softmax(1)


def write(name, net, x, opset, free):
    folder = os.path.join(OUT, name)
    data = os.path.join(folder, "test_data_set_0")
    os.makedirs(data)
    net.eval()
    with torch.no_grad():
        y = net(x)
    torch.onnx.export(net, (x,), os.path.join(folder, "model.onnx"), opset_version=opset, input_names=["x"],
                      dynamic_axes={"x": free})
    with open(os.path.join(data, "input_0.pb"), "wb") as f:
        f.write(tensor_proto(x))
    for i, one in enumerate(y if isinstance(y, tuple) else (y,)):
        with open(os.path.join(data, f"output_{i}.pb"), "wb") as f:
            f.write(tensor_proto(one))


def main():
    warnings.filterwarnings("ignore")
    shutil.rmtree(OUT, ignore_errors=True)
    torch.manual_seed(1)
    write("unet", UNet(), torch.randn(2, 2, 16, 12), 13, {0: "batch", 2: "height", 3: "width"})
    write("convlstm", ConvLSTM(), torch.randn(2, 3, 2, 6, 7), 13, {0: "batch"})
    write("lstm", Recurrent("LSTM", num_layers=2, bidirectional=True), torch.randn(3, 7, 5), 16, {0: "batch", 1: "time"})
    write("gru", Recurrent("GRU", num_layers=2), torch.randn(3, 7, 5), 14, {0: "batch"})
    write("transformer", Transformer(), torch.randint(0, 11, (2, 9)), 16, {0: "batch", 1: "time"})
    write("residual", Residual(), torch.randn(2, 3, 21, 18), 15, {0: "batch"})


main()
