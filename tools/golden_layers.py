#!/usr/bin/python3
"""Golden values of layers and operators without state, made by PyTorch in double: tests/golden/layers/*.bin.

tests/unit/golden_layers.c and golden_conv.c build the same; parameters, in the engine's order, are number(0, ..), number(1, ..), the
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


# ---- convolutions: x, then the parameters in the engine's order
def conv(x, w, bias=None, before=None, behind=None, **how):
    """before, behind: padding of each spatial axis"""
    n = x.dim() - 2
    x = x.movedim(-1, 1)
    pads = [p for i in reversed(range(n)) for p in ((before or [0] * n)[i], (behind or [0] * n)[i])]
    return (F.conv1d, F.conv2d, F.conv3d)[n - 1](F.pad(x, pads), w, bias, **how).movedim(1, -1)


def transpose(x, w, bias, cut=None, **how):
    """cut: elements to drop at the end of each spatial axis"""
    n = x.dim() - 2
    y = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[n - 1](x.movedim(-1, 1), w, bias, **how)
    for i in range(n if cut else 0):
        y = y.narrow(2 + i, 0, y.shape[2 + i] - cut[i])
    return y.movedim(1, -1)


def separable(x, depth, point, bias):
    return conv(conv(x, depth, None, [1, 1], [1, 1], groups=x.shape[-1]), point, bias)


def hard(x):
    """Keras 2's hard_sigmoid"""
    return torch.clamp(0.2 * x + 0.5, 0, 1)


def plane(x, w, bias=None):
    """one gate's product, padding same, of an odd kernel"""
    return F.conv2d(x, w, bias, padding=[k // 2 for k in w.shape[2:]])


def conv_lstm(x, kernel, bias, recurrent, sequences=False, sigmoid=torch.sigmoid):
    """Keras' ConvLSTM2DCell.call, gate by gate; its kernels are i, f, c, o behind each other"""
    (k_i, k_f, k_c, k_o), (b_i, b_f, b_c, b_o) = kernel.chunk(4), bias.chunk(4)
    r_i, r_f, r_c, r_o = recurrent.chunk(4)
    h = c = torch.zeros(x.shape[:1] + r_i.shape[:1] + x.shape[2:4], dtype=x.dtype)
    all_h = []
    for t in range(x.shape[1]):
        now = x[:, t].movedim(-1, 1)
        i = sigmoid(plane(now, k_i, b_i) + plane(h, r_i))
        f = sigmoid(plane(now, k_f, b_f) + plane(h, r_f))
        c = f * c + i * torch.tanh(plane(now, k_c, b_c) + plane(h, r_c))
        o = sigmoid(plane(now, k_o, b_o) + plane(h, r_o))
        h = o * torch.tanh(c)
        all_h.append(h.movedim(1, -1))
    return torch.stack(all_h, 1) if sequences else all_h[-1]


def conv_gru(x, kernel, bias, recurrent, new, sequences=False):
    """Ballas et al. (2016), (3)-(6), with a bias in each gate"""
    (k_r, k_z, k_n), (b_r, b_z, b_n), (r_r, r_z) = kernel.chunk(3), bias.chunk(3), recurrent.chunk(2)
    h = torch.zeros(x.shape[:1] + r_r.shape[:1] + x.shape[2:4], dtype=x.dtype)
    all_h = []
    for t in range(x.shape[1]):
        now = x[:, t].movedim(-1, 1)
        r = torch.sigmoid(plane(now, k_r, b_r) + plane(h, r_r))
        z = torch.sigmoid(plane(now, k_z, b_z) + plane(h, r_z))
        n = torch.tanh(plane(now, k_n, b_n) + plane(r * h, new))
        h = (1 - z) * n + z * h
        all_h.append(h.movedim(1, -1))
    return torch.stack(all_h, 1) if sequences else all_h[-1]


def both(cell, n):
    """n parameters of each direction; the states after all steps, beside each other"""
    return lambda x, *p: torch.cat([cell(x, *p[:n]), cell(x.flip(1), *p[n:])], -1)


LSTM = [(12, 2, 3, 3), (12,), (12, 3, 3, 3)]
GRU = [(9, 2, 3, 3), (9,), (6, 3, 3, 3), (3, 3, 3, 3)]
MOVIE = (2, 3, 4, 5, 2)


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
    "conv1d": ([(2, 11, 3), (4, 3, 4), (4,)], lambda *p: conv(*p, stride=2, dilation=2)),
    "conv_same": ([(2, 7, 6, 3), (4, 3, 3, 3), (4,)], lambda *p: conv(*p, [1, 0], [1, 1], stride=2)),
    "conv_explicit": ([(2, 5, 6, 2), (3, 2, 3, 2), (3,)], lambda *p: conv(*p, [2, 0], [0, 1], stride=(2, 1))),
    "conv_groups": ([(1, 8, 7, 4), (6, 2, 3, 3)], lambda *p: conv(*p, groups=2, dilation=(2, 1))),
    "conv3d": ([(1, 4, 5, 3, 2), (3, 2, 2, 3, 2), (3,)], lambda *p: conv(*p, [1] * 3, [1] * 3, stride=(1, 2, 1))),
    "depthwise": ([(2, 6, 5, 3), (6, 1, 3, 3), (6,)], lambda *p: conv(*p, [1] * 2, [1] * 2, groups=3)),
    "separable": ([(2, 6, 5, 3), (3, 1, 3, 3), (5, 3, 1, 1), (5,)], separable),
    "transpose": ([(2, 3, 4, 4), (4, 3, 3, 3), (6,)], lambda *p: transpose(*p, stride=2, padding=1, groups=2)),
    "transpose_same": ([(2, 3, 4, 2), (2, 3, 3, 3), (3,)], lambda *p: transpose(*p, [1, 1], stride=2)),
    "transpose1d": ([(2, 5, 3), (3, 2, 3), (2,)], lambda *p: transpose(*p, stride=3, dilation=2)),
    "transpose3d": ([(1, 2, 3, 2, 2), (2, 3, 2, 2, 2), (3,)], lambda *p: transpose(*p, stride=2)),
    "conv_lstm": ([MOVIE] + LSTM, lambda *p: conv_lstm(*p, sequences=True)),
    "conv_lstm_hard": ([MOVIE] + LSTM, lambda *p: conv_lstm(*p, sigmoid=hard)),
    "conv_lstm_both": ([MOVIE] + LSTM + LSTM, both(conv_lstm, 3)),
    "conv_gru": ([MOVIE] + GRU, lambda *p: conv_gru(*p, sequences=True)),
    "conv_gru_both": ([MOVIE] + GRU + GRU, both(conv_gru, 4)),
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
