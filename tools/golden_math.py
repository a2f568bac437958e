#!/usr/bin/python3
"""Golden values of activations, elementwise operators and losses, made by PyTorch in double: tests/golden/math/*.bin.

tests/unit/math.c computes the same with the engine, values and gradients of sum(d y). Inputs are not stored: both sides
compute them by number(). What PyTorch has not is written after its source, which is named there.
Made with Debian 12's python3-torch (1.13.0).
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from golden_torch import number, write_records

N = 33
ACTIVATIONS = {  # of 4 number(1)
    "relu": F.relu,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
    "elu": F.elu,
    "celu": F.celu,
    "selu": F.selu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "hard_sigmoid": lambda x: torch.clamp(0.2 * x + 0.5, 0, 1),  # Keras 2
    "hard_swish": F.hardswish,
    "softsign": F.softsign,
    "softplus": F.softplus,
    "relu6": F.relu6,
    "thresholded_relu": lambda x: F.threshold(x, 1, 0),
    "shrink": F.hardshrink,
    "scaled_tanh": lambda x: 1.7159 * torch.tanh(2 / 3 * x),  # LeCun et al. (1998)
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}
# name: function, middle and half width of x
UNARY = {
    "sign": (torch.sign, 0, 2), "floor": (torch.floor, 0, 4), "ceil": (torch.ceil, 0, 4), "round": (torch.round, 0, 4),
    "reciprocal": (torch.reciprocal, 2, 1), "erf": (torch.erf, 0, 3), "log1p": (torch.log1p, 1, 1.5),
    "expm1": (torch.expm1, 0, 2), "sin": (torch.sin, 0, 4), "cos": (torch.cos, 0, 4), "tan": (torch.tan, 0, 1.25),
    "asin": (torch.asin, 0, 0.875), "acos": (torch.acos, 0, 0.875), "atan": (torch.atan, 0, 4), "sinh": (torch.sinh, 0, 3),
    "cosh": (torch.cosh, 0, 3), "asinh": (torch.asinh, 0, 4), "acosh": (torch.acosh, 3, 1.5),
    "atanh": (torch.atanh, 0, 0.875), "abs": (torch.abs, 0, 2), "exp": (torch.exp, 0, 4), "log": (torch.log, 2, 1.5),
    "sqrt": (torch.sqrt, 2, 1.5),
}
# of x and y alike
BINARY = {
    "min": (torch.minimum, 0, 2), "max": (torch.maximum, 0, 2), "pow": (torch.pow, 2, 1.5), "mod": (torch.remainder, 0, 4),
    "fmod": (torch.fmod, 0, 4),
    "prelu": (lambda x, y: torch.where(x < 0, x * y, x), 0, 2),  # He et al. (2015)
}
B, K = 11, 5


def focal_classes(x, t, weights, gamma):
    """Lin et al. (2017) of softmax; the mean is over rows."""
    log_p = F.log_softmax(x, 1)
    ce = -weights[t] * log_p.gather(1, t[:, None])[:, 0]
    return (ce * (1 - log_p.exp().gather(1, t[:, None])[:, 0]) ** gamma).mean()


def focal_binary(x, t, alpha, gamma):
    """As torchvision.ops.sigmoid_focal_loss."""
    p = torch.sigmoid(x)
    ce = F.binary_cross_entropy_with_logits(x, t, reduction="none")
    p_t = p * t + (1 - p) * (1 - t)
    return ((alpha * t + (1 - alpha) * (1 - t)) * ce * (1 - p_t) ** gamma).mean()


def hinge(x, t, power):
    """As keras.losses.hinge, targets 0 and 1."""
    return (torch.clamp(1 - (2 * t - 1) * x, min=0) ** power).mean()


def losses():
    """name: function of x [B, K]. Logits 4 number(11); probabilities sharing of them, or each by itself."""
    classes = torch.tensor(np.floor((number(12, B) + 1) / 2 * K).astype(np.int64))
    shares = torch.tensor((number(13, B * K) + 1) / 4).reshape(B, K)  # floats; their sum need not be 1
    yes = torch.tensor((number(14, B * K) > 0).astype(np.float64)).reshape(B, K)
    real = torch.tensor(number(15, B * K) * 4).reshape(B, K)
    w = torch.tensor(number(16, K) + 1)
    ignored = torch.where(torch.arange(B) % 3 == 1, -100, classes)
    return {
        "ce": lambda x: F.cross_entropy(x, classes),
        "ce_gaps": lambda x: F.cross_entropy(x, ignored, weight=w),
        "ce_smooth": lambda x: F.cross_entropy(x, classes, label_smoothing=0.125),
        "ce_smooth_weights": lambda x: F.cross_entropy(x, classes, weight=w, label_smoothing=0.125),
        "ce_shares": lambda x: F.cross_entropy(x, shares, weight=w, label_smoothing=0.125),
        "focal_classes": lambda x: focal_classes(x, classes, w, 2),
        "nll": lambda x: F.nll_loss(torch.log((x + 4.5) / 32), classes, weight=w),
        "kl": lambda x: F.kl_div(torch.log((x + 4.5) / 32), shares, reduction="batchmean"),
        "bce": lambda x: F.binary_cross_entropy((x + 4.5) / 32, yes),
        "bce_logits": lambda x: F.binary_cross_entropy_with_logits(x, yes, pos_weight=torch.tensor(2.5)),
        "focal_binary": lambda x: focal_binary(x, yes, 0.25, 2),
        "hinge": lambda x: hinge(x, yes, 1),
        "squared_hinge": lambda x: hinge(x, yes, 2),
        "mae": lambda x: F.l1_loss(x, real),
        "log_cosh": lambda x: torch.log(torch.cosh(x - real)).mean(),
    }


def leaf(values):
    return torch.tensor(values, requires_grad=True)


def main():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/golden/math")
    os.makedirs(folder, exist_ok=True)
    d = torch.tensor(number(3, N))
    out = {"activations": {}, "unary": {}, "binary": {}, "losses": {}}

    def keep(file, name, y, *leaves):
        (y * d if y.dim() else y).sum().backward()
        out[file][name] = y.detach().numpy().ravel()
        for axis, v in zip(["dx", "dy"], leaves):
            if v.grad.abs().sum() > 0:
                out[file][name + "." + axis] = v.grad.numpy().ravel()

    for name, f in ACTIVATIONS.items():
        x = leaf(4 * number(1, N))
        keep("activations", name, f(x), x)
    for name, (f, middle, half) in UNARY.items():
        x = leaf(middle + half * number(1, N))
        keep("unary", name, f(x), x)
    for name, (f, middle, half) in BINARY.items():
        x, y = leaf(middle + half * number(1, N)), leaf(middle + half * number(2, N))
        keep("binary", name, f(x, y), x, y)
    for name, f in losses().items():
        x = leaf(4 * number(11, B * K))
        keep("losses", name, f(x.reshape(B, K)), x)
    for file, records in out.items():
        write_records(os.path.join(folder, file + ".bin"), records)
        print(file, len(records), "records")
    print("PyTorch", torch.__version__, "NumPy", np.__version__, "Python", sys.version.split()[0])


if __name__ == "__main__":
    main()
