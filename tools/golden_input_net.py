#!/usr/bin/python3
"""Golden values of the input layer before a recurrent net, made by PyTorch in double: tests/golden/input_net/*.bin.

tests/unit/input_net.c builds the same with the engine and compares. The layer is written after what NeuralHydrology's
InputLayer does (nan_handling_method, embeddings, positional encoding), with torch's own MultiheadAttention and nanmean:
inputs that are missing are NaN here, 0 with a flag there. Weights and inputs are computed on both sides by number().
Made with Debian 12's python3-torch (1.13.0).
"""
import math
import os
import sys

import numpy as np
import torch
from golden_torch import number, write_records

PLAIN, MEAN, ATTENTION = 0, 1, 2
TANH, SIGMOID, RELU, LINEAR = 0, 1, 2, 3
# What tests/unit/input_net.c reads back, in this order; lists take the places that their longest needs.
FIELDS = {"method": 0, "batch": 0, "steps": 0, "others": 0, "positions": 0, "span": 0, "statics": 0, "activation": 0,
          "missing": 0, "groups": 4, "dynamics": 3, "static_layers": 3}
CASES = {
    "mean_bare": dict(method=MEAN, groups=[2, 2], missing=0.4, others=1, statics=3, static_layers=[2]),
    "mean": dict(method=MEAN, groups=[2, 1, 3], missing=0.3, dynamics=[5, 4], positions=3, others=2),
    "mean_statics": dict(method=MEAN, groups=[1, 2], missing=0.5, dynamics=[4, 6, 3], activation=RELU, statics=3,
                         static_layers=[5, 2]),
    "attention": dict(method=ATTENTION, groups=[2, 1], missing=0.4, dynamics=[6, 4], activation=SIGMOID, statics=3,
                      static_layers=[5, 2], positions=3, others=1),
    "attention_flat": dict(method=ATTENTION, groups=[1, 3, 2], missing=0.4, dynamics=[5], statics=2),
    "replacing": dict(method=PLAIN, groups=[2, 1], missing=0.4, dynamics=[5, 3], activation=LINEAR, positions=2, others=2),
    "whole": dict(method=PLAIN, groups=[], dynamics=[5, 3], statics=3, static_layers=[4]),
}


class Net(torch.nn.Module):
    """Dense layers as a Sequential of linear, activation, dropout."""

    def __init__(self, features, units, activation):
        super().__init__()
        act = [torch.nn.Tanh, torch.nn.Sigmoid, torch.nn.ReLU, torch.nn.Identity][activation]
        layers = []
        for k, n in enumerate(units):
            layers.append(torch.nn.Linear(features, n))
            if k + 1 < len(units):
                layers += [act(), torch.nn.Dropout(0)]
            features = n
        self.net = torch.nn.Sequential(*layers)

    def forward(self, x):
        return self.net(x)


class Layer(torch.nn.Module):
    """Parameters are made in the engine's order."""

    def __init__(self, c):
        super().__init__()
        self.c = c
        E, P, S, act = c["dynamics"][-1] if c["dynamics"] else 0, c["positions"], c["statics"], c["activation"]
        if c["static_layers"]:
            self.statics_embedding = Net(S, c["static_layers"], act)
            S = c["static_layers"][-1]
        sizes = [n + P for n in c["groups"]]
        if c["method"] == ATTENTION:
            sizes = c["groups"]
        if c["method"] == PLAIN:
            sizes = [sum(c["groups"]) + len(c["groups"]) + P if c["groups"] else c["whole"]]
        if c["dynamics"]:
            self.dynamics_embeddings = torch.nn.ModuleList(Net(n, c["dynamics"], act) for n in sizes)
        if c["method"] == ATTENTION:
            self.query_embedding = Net(S + P + len(c["groups"]), c["dynamics"], act)
            self.attention = torch.nn.MultiheadAttention(E, 1)

    def embed(self, k, x):
        return self.dynamics_embeddings[k](x) if self.c["dynamics"] else x

    def forward(self, groups, others, statics):
        """groups [B, T, n] with NaN; -> layer [B, T, F], statics [B, S]"""
        c = self.c
        B, T = groups[0].shape[:2]
        s = self.statics_embedding(statics) if c["static_layers"] else statics
        place = position(c, T, B)
        gone = [g.isnan().any(-1, keepdim=True) for g in groups]
        filled = [torch.where(m, torch.zeros(()).double(), g) for g, m in zip(groups, gone)]
        if c["method"] == PLAIN:
            flags = [m.double() for m in gone] if c["groups"] else []
            y = self.embed(0, torch.cat(filled + flags + [place], -1))
        elif c["method"] == MEAN:
            e = [self.embed(k, torch.cat([g, place], -1)) for k, g in enumerate(filled)]
            e = torch.stack([torch.where(m, torch.full((), math.nan).double(), v) for v, m in zip(e, gone)])
            y = torch.nanmean(torch.where(e.isnan().all(0, keepdim=True), torch.zeros(()).double(), e), 0)
        else:
            q = self.query_embedding(torch.cat([s[:, None].expand(-1, T, -1), place, *[m.double() for m in gone]], -1))
            e = torch.stack([self.embed(k, g) for k, g in enumerate(filled)]).reshape(len(groups), B * T, -1)
            mask = torch.stack(gone).reshape(len(groups), B * T).T[:, None]
            y, _ = self.attention(q.reshape(1, B * T, -1), e, e, attn_mask=mask, need_weights=False)
            y = y.reshape(B, T, -1)
        return torch.cat([y, others], -1), s


def position(c, T, B):
    P = c["positions"]
    pe = torch.zeros(T, P + P % 2, dtype=torch.float64)
    rate = torch.exp(torch.arange(0, P, 2).double() * (-math.log(2 * c["span"]) / max(P, 1)))
    a = torch.arange(T).double()[:, None] * rate
    pe[:, 0::2], pe[:, 1::2] = torch.sin(a), torch.cos(a)
    return pe[None, :, :P].float().double().expand(B, -1, -1)  # as it is fed


def inputs(c):
    """x [B, T, weather], others, flags [B, T, groups] (1: missing), statics, targets by number()."""
    B, T, G = c["batch"], c["steps"], len(c["groups"])
    n = sum(c["groups"]) or c["whole"]
    x = number(1000, B * T * n).reshape(B, T, n)
    flags = (number(1001, B * T * G).reshape(B, T, G) < 2 * c["missing"] - 1).astype(float)
    if c["method"] == ATTENTION:  # torch makes NaN of a step without any
        flags[..., 0][flags.all(-1)] = 0
    others = number(1002, B * T * c["others"]).reshape(B, T, c["others"])
    statics = number(1003, B * c["statics"]).reshape(B, c["statics"])
    return x, flags, others, statics


def run(c):
    layer = Layer(c).double()
    names = [n for n, _ in layer.named_parameters()]
    for i, p in enumerate(layer.parameters()):
        p.data = torch.tensor(number(i, p.numel())).reshape(p.shape)
    x, flags, others, statics = inputs(c)
    at, groups = 0, []
    for k, n in enumerate(c["groups"] or [c["whole"]]):
        g = x[..., at:at + n].copy()
        if c["groups"]:
            g[flags[..., k] > 0] = np.nan
        groups.append(torch.tensor(g))
        at += n
    y, s = layer(groups, torch.tensor(others), torch.tensor(statics))
    target = torch.tensor(number(1004, y.numel())).reshape(y.shape)
    loss = ((y - target) ** 2).mean()
    if c["statics"]:
        loss = loss + ((s - torch.tensor(number(1005, s.numel())).reshape(s.shape)) ** 2).mean()
    loss.backward()
    out = {"y": y, "s": s, "loss": loss, **{"grad." + n: p.grad for n, p in zip(names, layer.parameters())}}
    return {k: v.detach().numpy().ravel() for k, v in out.items()}


def main():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/golden/input_net")
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    defaults = dict(batch=5, steps=7, others=0, positions=0, span=6, statics=0, activation=TANH, missing=0, groups=[], whole=4,
                    dynamics=[], static_layers=[])
    for name, given in CASES.items():
        c = {**defaults, **given}
        head = []
        for field, room in FIELDS.items():
            head += [float(v) for v in c[field] + [0] * (room - len(c[field]))] if room else [float(c[field])]
        write_records(os.path.join(folder, name + ".bin"), {"case": np.array(head), **run(c)})
    print("PyTorch", torch.__version__, "NumPy", np.__version__, "Python", sys.version.split()[0])


if __name__ == "__main__":
    main()
