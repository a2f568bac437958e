#!/usr/bin/python3
"""Golden values of nets, losses and optimisers, made by PyTorch in double: tests/golden/torch/*.bin.

tests/unit/golden.c builds the same nets with the engine and compares, in float and in double.
Weights and inputs are not stored: both sides compute them by number() from integers, exactly.
A file is records: 48 bytes name, i64 bytes an element (4 or 8), i64 count, then the values.
Made with Debian 12's python3-torch (1.13.0); run it from anywhere, it writes beside the tests;
names of cases as arguments: these alone.
"""
import os
import struct
import sys

import numpy as np
import torch

STEPS = 10
# What tests/unit/golden.c reads back, in this order.
FIELDS = ["layers", "hidden", "features", "steps", "batch", "outputs", "loss", "optimiser",
          "momentum", "clip", "forget_bias", "missing", "amplitude", "cell", "both", "statics"]
EXTRA = ["net", "last_flow", "code"]  # of the nets on lags: behind these
RECURRENT, MLP, AUTOENCODER = 0, 1, 2
MSE, RMSE, NSE = 0, 1, 2
SGD, ADAM, ADAMW, RMSPROP = 0, 1, 2, 3
LSTM, GRU, RNN_TANH, RNN_RELU, EALSTM = 0, 1, 2, 3, 4
FALLING = [0.02] * 4 + [0.01] * 4 + [0.002] * 2
CASES = {
    # layers 0: two dense layers with a ReLU between, on the last step of x
    "dense_adam": dict(layers=0, hidden=7, features=5, steps=1, batch=11, outputs=1, optimiser=ADAM),
    "dense_sgd": dict(layers=0, hidden=16, features=3, steps=1, batch=4, outputs=1, loss=RMSE,
                      clip=0.1),
    "lstm_1": dict(layers=1, hidden=1, features=1, steps=3, batch=2, outputs=1, optimiser=ADAM),
    "lstm_5": dict(layers=1, hidden=5, features=3, steps=7, batch=5, outputs=3, loss=RMSE,
                   clip=0.05, rates=FALLING),
    "lstm_20": dict(layers=1, hidden=20, features=5, steps=30, batch=16, outputs=1, loss=NSE,
                    optimiser=ADAM, clip=0.5, forget_bias=3, missing=0.2, rates=FALLING, amplitude=0.25),
    "lstm_20_two": dict(layers=2, hidden=20, features=4, steps=12, batch=7, outputs=4,
                        momentum=0.9, clip=1, amplitude=0.25),
    "lstm_5_two": dict(layers=2, hidden=5, features=2, steps=9, batch=17, outputs=9, loss=NSE,
                       forget_bias=1.5, missing=0.5, rates=FALLING),
    "lstm_64": dict(layers=1, hidden=64, features=5, steps=10, batch=9, outputs=2, optimiser=ADAM, clip=1,
                    missing=0.3, amplitude=0.125),
    "gru_1": dict(layers=1, hidden=1, features=2, steps=4, batch=3, outputs=1, cell=GRU),
    "gru_20": dict(layers=1, hidden=20, features=5, steps=20, batch=18, outputs=1, loss=NSE,
                   cell=GRU, optimiser=ADAMW, clip=0.5, missing=0.2, amplitude=0.25),
    "gru_7_both": dict(layers=2, hidden=7, features=3, steps=9, batch=5, outputs=9, cell=GRU,
                       both=1, optimiser=RMSPROP, rates=FALLING),
    "rnn_tanh": dict(layers=2, hidden=9, features=4, steps=8, batch=17, outputs=3, cell=RNN_TANH,
                     optimiser=RMSPROP, momentum=0.5, clip=0.2, rates=[0.002] * STEPS),
    "rnn_relu": dict(layers=1, hidden=12, features=3, steps=6, batch=6, outputs=1, cell=RNN_RELU,
                     optimiser=ADAM, amplitude=0.25),
    "lstm_6_both": dict(layers=1, hidden=6, features=4, steps=7, batch=19, outputs=1, both=1,
                        optimiser=ADAM, clip=1),
    "ealstm_20": dict(layers=1, hidden=20, features=4, steps=15, batch=16, outputs=2, cell=EALSTM,
                      statics=5, loss=NSE, optimiser=ADAM, forget_bias=3, clip=1, missing=0.2,
                      amplitude=0.25),
    # of the forecasters mlp and autoencoder
    "mlp_adam": dict(net=MLP, features=9, hidden=7, batch=11, outputs=3, last_flow=4, optimiser=ADAM,
                     missing=0.2),
    "mlp_sgd": dict(net=MLP, features=40, hidden=16, batch=20, outputs=1, loss=RMSE, momentum=0.9,
                    clip=0.1, amplitude=0.25),
    "mlp_nse": dict(net=MLP, features=23, hidden=12, batch=17, outputs=7, last_flow=0, loss=NSE,
                    optimiser=ADAMW, clip=0.5, missing=0.3, rates=FALLING, amplitude=0.25),
    "autoencoder_adam": dict(net=AUTOENCODER, features=12, hidden=9, code=3, batch=13,
                             optimiser=ADAM),
    "autoencoder_rmsprop": dict(net=AUTOENCODER, features=35, hidden=20, code=5, batch=32, clip=1,
                                optimiser=RMSPROP, rates=[0.002] * STEPS, amplitude=0.25),
}


def number(key, n):
    """n numbers in [-1, 1), each a multiple of 2^-23: the same in float, double, C and here."""
    m = (1 << 64) - 1
    z = np.arange(n, dtype=np.uint64) + np.uint64(key << 32 & m)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1


class EaLstm(torch.nn.Module):
    """Kratzert et al. (2019): the input gate comes from static attributes; gates f g o."""

    def __init__(self, features, hidden, statics):
        super().__init__()
        self.input_gate = torch.nn.Linear(statics, hidden)
        self.weight_ih_l0 = torch.nn.Parameter(torch.empty(3 * hidden, features))
        self.weight_hh_l0 = torch.nn.Parameter(torch.empty(3 * hidden, hidden))
        self.bias_ih_l0 = torch.nn.Parameter(torch.empty(3 * hidden))
        self.bias_hh_l0 = torch.nn.Parameter(torch.empty(3 * hidden))

    def forward(self, x, statics):
        i = torch.sigmoid(self.input_gate(statics))
        h = c = torch.zeros_like(i)
        y = []
        for t in range(x.shape[1]):
            a = (x[:, t] @ self.weight_ih_l0.T + self.bias_ih_l0 + h @ self.weight_hh_l0.T
                 + self.bias_hh_l0)
            f, g, o = a.chunk(3, 1)
            c = torch.sigmoid(f) * c + i * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            y.append(h)
        return torch.stack(y, 1), (h[None], c[None])


class Net(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        F, H, both = c["features"], c["hidden"], bool(c["both"])
        common = dict(num_layers=c["layers"], batch_first=True, bidirectional=both)
        if not c["layers"]:
            self.first = torch.nn.Linear(F, H)
        elif c["cell"] == LSTM:
            self.lstm = torch.nn.LSTM(F, H, **common)
        elif c["cell"] == GRU:
            self.lstm = torch.nn.GRU(F, H, **common)
        elif c["cell"] == EALSTM:
            self.lstm = EaLstm(F, H, c["statics"])
        else:
            kind = "tanh" if c["cell"] == RNN_TANH else "relu"
            self.lstm = torch.nn.RNN(F, H, nonlinearity=kind, **common)
        self.head = torch.nn.Linear(2 * H if both else H, 1)

    def parameters_in_order(self):
        """As the engine makes them: an input gate first."""
        return sorted(self.named_parameters(), key=lambda p: "input_gate" not in p[0])

    def forward(self, x, statics):
        """-> sim, and the states that the net has."""
        if not self.c["layers"]:
            return {"sim": self.head(torch.relu(self.first(x[:, -1])))}
        h, state = self.lstm(x, statics) if self.c["cell"] == EALSTM else self.lstm(x)
        h_n, c_n = state if isinstance(state, tuple) else (state, None)
        if self.c["both"] and self.c["outputs"] == 1:  # each direction after all its steps
            last = torch.cat([h_n[-2], h_n[-1]], 1)[:, None]
        else:
            last = h[:, -self.c["outputs"]:]
        out = {"sim": self.head(last).squeeze(-1), "h_n": h_n, "c_n": c_n}
        return {k: v for k, v in out.items() if v is not None}


class Ordered(torch.nn.Module):
    def parameters_in_order(self):
        return list(self.named_parameters())


class Mlp(Ordered):
    """Two hidden layers; a forecast starts from the last flow."""

    def __init__(self, c):
        super().__init__()
        self.last_flow = c["last_flow"]
        self.hidden1 = torch.nn.Linear(c["features"], c["hidden"])
        self.hidden2 = torch.nn.Linear(c["hidden"], c["hidden"])
        self.head = torch.nn.Linear(c["hidden"], c["outputs"])

    def forward(self, x, statics):
        z = x[:, 0]
        sim = self.head(torch.relu(self.hidden2(torch.relu(self.hidden1(z)))))
        if self.last_flow >= 0:
            sim = sim + z[:, self.last_flow:self.last_flow + 1]
        return {"sim": sim}


class Autoencoder(Ordered):
    def __init__(self, c):
        super().__init__()
        self.encoder = torch.nn.Linear(c["features"], c["hidden"])
        self.code = torch.nn.Linear(c["hidden"], c["code"])
        self.decoder = torch.nn.Linear(c["code"], c["hidden"])
        self.back = torch.nn.Linear(c["hidden"], c["features"])

    def forward(self, x, statics):
        code = self.code(torch.relu(self.encoder(x[:, 0])))
        return {"code": code, "back": self.back(torch.relu(self.decoder(code)))}


def net_loss(c, x, out, obs, std):
    if c["net"] == AUTOENCODER:
        return torch.nn.functional.mse_loss(out["back"], x[:, 0])
    loss = loss_of(c, out["sim"], obs, std)
    if c["net"] == MLP:  # NeuralHydrology's factor 1/2 under the root and outside
        loss = loss * {MSE: 0.5, RMSE: 0.5 ** 0.5, NSE: 1}[c["loss"]]
    return loss


def loss_of(c, sim, obs, std):
    there = ~torch.isnan(obs)
    weight = (1 / (std + 0.1) ** 2)[:, None].expand_as(obs) if c["loss"] == NSE else torch.ones_like(obs)
    mean = (weight[there] * (sim[there] - obs[there]) ** 2).mean()
    return torch.sqrt(mean) if c["loss"] == RMSE else mean


def batch(c, step, dtype):
    B, T, F, K = c["batch"], c["steps"], c["features"], c["outputs"]
    x = number(1000 + step, B * T * F).reshape(B, T, F)
    y = number(2000 + step, B * K).reshape(B, K)
    y[number(3000 + step, B * K).reshape(B, K) < 2 * c["missing"] - 1] = np.nan
    std = number(4000 + step, B) + 1
    statics = number(5000 + step, B * c["statics"]).reshape(B, c["statics"])
    return [torch.tensor(a, dtype=dtype) for a in (x, y, std, statics)]


def run(c, dtype):
    """All records of a case: outputs and gradients of the first step, losses and last weights."""
    net = {RECURRENT: Net, MLP: Mlp, AUTOENCODER: Autoencoder}[c["net"]](c).to(dtype)
    for i, (name, p) in enumerate(net.parameters_in_order()):
        p.data = torch.tensor(number(i, p.numel()) * c["amplitude"], dtype=dtype).reshape(p.shape)
        if c["forget_bias"] and name.startswith("lstm.bias_hh"):
            first = 0 if c["cell"] == EALSTM else c["hidden"]
            p.data[first:first + c["hidden"]] = c["forget_bias"]
    optim = [lambda p: torch.optim.SGD(p, lr=1, momentum=c["momentum"]),
             lambda p: torch.optim.Adam(p, lr=1), lambda p: torch.optim.AdamW(p, lr=1),
             lambda p: torch.optim.RMSprop(p, lr=1, momentum=c["momentum"])
             ][c["optimiser"]](net.parameters())
    out, losses, norms = {}, [], []
    for step in range(STEPS):
        x, y, std, statics = batch(c, step, dtype)
        outputs = net(x, statics)
        loss = net_loss(c, x, outputs, y, std)
        optim.zero_grad()
        loss.backward()
        if step == 0:
            out.update(outputs)
            out.update({"grad." + n: p.grad.clone() for n, p in net.named_parameters()})
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), c["clip"] or float("inf"))
        for group in optim.param_groups:
            group["lr"] = c["rates"][step]
        optim.step()
        losses.append(float(loss))
        norms.append(float(norm))
    out["losses"] = torch.tensor(losses, dtype=torch.float64)
    out["norms"] = torch.tensor(norms, dtype=torch.float64)
    out.update({"last." + n: p for n, p in net.named_parameters()})
    return {k: v.detach().double().numpy().ravel() for k, v in out.items()}


def write(path, c, records):
    fields = FIELDS + (EXTRA if c["net"] else [])
    write_records(path, {"case": np.array([float(c[f]) for f in fields]), "rates": np.array(c["rates"]), **records})


def write_records(path, records):
    with open(path, "wb") as f:
        for name, values in records.items():
            # the weights after ten steps are compared in float alone
            values = np.ascontiguousarray(values, "<f4" if name.startswith("last.") else "<f8")
            f.write(struct.pack("<48sqq", name.encode(), values.itemsize, values.size))
            f.write(values.tobytes())


def main():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/golden/torch")
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    defaults = dict(loss=MSE, optimiser=SGD, momentum=0, clip=0, forget_bias=0, missing=0,
                    amplitude=0.5, rates=[0.01] * STEPS, cell=LSTM, both=0, statics=0, net=RECURRENT,
                    last_flow=-1, code=0, layers=0, steps=1, outputs=1)
    for name in sys.argv[1:] or CASES:
        given = CASES[name]
        c = {**defaults, **given}
        double, single = run(c, torch.float64), run(c, torch.float32)
        write(os.path.join(folder, name + ".bin"), c, double)
        far = max(np.linalg.norm(double[k] - single[k]) / np.linalg.norm(double[k]) for k in double)
        print(f"{name}: PyTorch in float is {far:.1e} from itself in double")
    print("PyTorch", torch.__version__, "NumPy", np.__version__, "Python", sys.version.split()[0])


if __name__ == "__main__":
    main()
