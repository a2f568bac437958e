#!/usr/bin/python3
"""Golden values of layers and operators without state, made by PyTorch in double: tests/golden/layers/*.bin.

tests/unit/golden_layers.c builds the same; parameters, in the engine's order, are number(0, ..), number(1, ..), the
target of the squared loss is number(1000, ..). A file has y and grad.0, grad.1, .. of the parameters.
Made with Debian 12's python3-torch (1.13.0).
"""
import math
import os

import torch
from golden_torch import number, write_records

F = torch.nn.functional


def keys(B, S):
    """Which keys there are, [B, S]: fewer in each row."""
    return torch.arange(S)[None] < S - 1 - 2 * torch.arange(B)[:, None]


def attention(p, heads, mask=None, causal=False):
    """p: q, k, v, then in_proj_weight, in_proj_bias, out_proj.weight, out_proj.bias"""
    E = p[0].shape[-1]
    m = torch.nn.MultiheadAttention(E, heads, batch_first=True).double()
    own = torch.full((p[0].shape[1], p[1].shape[1]), causal).triu(1)
    names = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
    gone = None if mask is None else ~mask
    return torch.nn.utils.stateless.functional_call(
        m, dict(zip(names, p[3:])), (p[0], p[1], p[2]),
        dict(key_padding_mask=gone, attn_mask=own, need_weights=False))[0]


def encoder(x, p, names, heads, first, mask=None):
    """p of torch's encoder layer, named in the engine's order"""
    m = torch.nn.TransformerEncoderLayer(x.shape[-1], heads, 7, 0, batch_first=True, norm_first=first).double()
    gone = None if mask is None else ~mask
    return torch.nn.utils.stateless.functional_call(m, dict(zip(names, p)), (x,), dict(src_key_padding_mask=gone))


ATTN = ["self_attn." + n for n in ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")]
NORM1, NORM2, FORWARD = [[f"{n}.{w}" for n in names for w in ("weight", "bias")]
                         for names in (["norm1"], ["norm2"], ["linear1", "linear2"])]
NORMED = [(6,), (6,)]
DENSE = [(7, 6), (7,), (6, 7), (6,)]


def additive(q, k, v, w, u, s, mask):
    scores = (torch.tanh((q @ w.T)[:, :, None] + (k @ u.T)[:, None]) @ s.T)[..., 0]
    return torch.softmax(scores.masked_fill(~mask[:, None], -math.inf), -1) @ v


def channels_first(f):
    """f on x [B, .., C], which torch has as [B, C, ..]"""
    return lambda x: f(x.movedim(-1, 1)).movedim(1, -1)


def resized(size, mode, **more):
    return channels_first(lambda x: F.interpolate(x, size, mode=mode, **more))


def projections(E):
    return [(3 * E, E), (3 * E,), (E, E), (E,)]


X = (2, 5, 6)
CASES = {
    "attention_self": ([X] + projections(6), lambda x, *p: attention((x, x, x) + p, 3)),
    "attention_masked": ([X] + projections(6), lambda x, *p: attention((x, x, x) + p, 2, keys(2, 5))),
    "attention_causal": ([X] + projections(6), lambda x, *p: attention((x, x, x) + p, 1, keys(2, 5), True)),
    "attention_cross": ([(2, 4, 6), X, X] + projections(6), lambda *p: attention(p, 6, keys(2, 5))),
    "encoder": ([X] + projections(6) + NORMED + DENSE + NORMED,
                lambda x, *p: encoder(x, p, ATTN + NORM1 + FORWARD + NORM2, 2, False, keys(2, 5))),
    "encoder_first": ([X] + NORMED + projections(6) + NORMED + DENSE,
                      lambda x, *p: encoder(x, p, NORM1 + ATTN + NORM2 + FORWARD, 3, True)),
    "additive": ([(2, 3, 4), (2, 5, 3), (2, 5, 2), (6, 4), (6, 3), (1, 6)], lambda *p: additive(*p, keys(2, 5))),
    "nearest": ([(2, 3, 4, 3)], resized((7, 5), "nearest")),
    "nearest_exact": ([(2, 3, 4, 3)], resized((7, 5), "nearest-exact")),
    "bilinear": ([(2, 3, 4, 3)], resized((7, 3), "bilinear")),
    "bilinear_corners": ([(2, 3, 4, 3)], resized((7, 3), "bilinear", align_corners=True)),
    "linear": ([(2, 5, 3)], resized(8, "linear")),
    "trilinear": ([(1, 2, 3, 4, 3)], resized((4, 3, 9), "trilinear")),
    "upsample": ([(2, 3, 4, 3)], channels_first(torch.nn.Upsample(scale_factor=2, mode="bilinear"))),
    "upsample_nearest": ([(2, 3, 4, 3)], channels_first(torch.nn.Upsample(scale_factor=3))),
    "pad_reflect": ([(2, 4, 5, 3)], channels_first(lambda x: F.pad(x, (1, 2, 3, 0), mode="reflect"))),
    "pad_edge": ([(2, 4, 5, 3)], channels_first(lambda x: F.pad(x, (1, 2, 3, 0), mode="replicate"))),
    "log_softmax": ([(2, 4, 5)], lambda x: torch.log_softmax(x, 1)),
    "softmax": ([(2, 4, 5)], lambda x: torch.softmax(x, 0)),
    "batch_product": ([(2, 1, 3, 4), (5, 2, 4)], lambda x, y: x @ y.transpose(-1, -2)),
    "vector_product": ([(2, 3, 4), (4,)], lambda x, y: x @ y),
    "product_of_vector": ([(4,), (2, 4, 3)], lambda x, y: x @ y),
}


def main():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/golden/layers")
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    for name, (shapes, f) in CASES.items():
        p = [torch.tensor(number(i, math.prod(s)).reshape(s), requires_grad=True) for i, s in enumerate(shapes)]
        y = f(*p)
        target = torch.tensor(number(1000, y.numel()).reshape(y.shape))
        ((y - target) ** 2).mean().backward()
        records = {"y": y.detach().numpy()}
        records.update({f"grad.{i}": t.grad.numpy() for i, t in enumerate(p)})
        write_records(os.path.join(folder, name + ".bin"), records)


if __name__ == "__main__":
    main()
