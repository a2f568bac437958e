#!/usr/bin/python3
"""Makes tests/golden/nh_gaps: run folders as NeuralHydrology 1.12 writes them, of nets with embeddings and with inputs that
may be missing. NeuralHydrology itself is not needed: the nets are written after its InputLayer, CudaLSTM, GRU and EALSTM
(golden_input_net.py has the layer), have its names of weights, and are not trained. Records and scaler are those of
tests/golden/nh, 5 % of each input deleted but for the run `embedded`, whose windows must be whole. Made with Debian 12's python3-torch (1.13.0), pandas, PyYAML.
"""
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from golden_input_net import MEAN, ATTENTION, PLAIN, RELU, SIGMOID, TANH, Layer, position

OLD = Path(__file__).resolve().parent.parent / "tests/golden/nh"
OUT = OLD.parent / "nh_gaps"
HIDDEN = 4
NAMES = ["tanh", "sigmoid", "relu", "linear"]
# what the config says: activation of both embeddings alike
RUNS = {
    "mean": dict(model="cudalstm", nan_handling_method="masked_mean", dynamics=[4, 3], static_layers=[2], activation=TANH,
                 positions=2),
    "attention": dict(model="ealstm", nan_handling_method="attention", dynamics=[5, 3], activation=SIGMOID, positions=3),
    "embedded": dict(model="gru", dynamics=[3], static_layers=[4, 2], activation=RELU),
}


def make_data():
    rng = np.random.default_rng(5)
    (OUT / "data/time_series").mkdir(parents=True)
    shutil.copytree(OLD / "data/attributes", OUT / "data/attributes")
    for site in "ab":
        frame = pd.read_csv(OLD / f"data/time_series/{site}.csv", index_col=0).ffill()
        u = rng.random(len(frame))  # never both
        frame.loc[u < 0.05, "prcp"] = np.nan
        frame.loc[u > 0.95, "temp"] = np.nan
        frame.to_csv(OUT / f"data/time_series/{site}.csv")


class Run(torch.nn.Module):
    def __init__(self, c, model):
        super().__init__()
        self.model = model
        self.embedding_net = Layer(c)
        S = (c["static_layers"] or [2])[-1]
        F = c["dynamics"][-1]
        if model == "ealstm":
            self.input_gate = torch.nn.Linear(S, HIDDEN)
            self.dynamic_gates = torch.nn.ParameterDict({
                "weight_ih": torch.nn.Parameter(torch.randn(F, 3 * HIDDEN)),
                "weight_hh": torch.nn.Parameter(torch.randn(HIDDEN, 3 * HIDDEN)),
                "bias": torch.nn.Parameter(torch.randn(3 * HIDDEN))})
        elif model == "gru":
            self.gru = torch.nn.GRU(F + S, HIDDEN, batch_first=True)
        else:
            self.lstm = torch.nn.LSTM(F + S, HIDDEN, batch_first=True)
        self.head = torch.nn.Module()
        self.head.net = torch.nn.Sequential(torch.nn.Linear(HIDDEN, 1))

    def forward(self, groups, statics):
        x, s = self.embedding_net(groups, torch.zeros(*groups[0].shape[:2], 0), statics)
        if self.model == "ealstm":
            g, h = self.dynamic_gates, torch.zeros(len(x), HIDDEN, dtype=x.dtype)
            i, c = torch.sigmoid(self.input_gate(s)), h
            for t in range(x.shape[1]):
                f, o, a = (h @ g["weight_hh"] + x[:, t] @ g["weight_ih"] + g["bias"]).chunk(3, 1)
                c = torch.sigmoid(f) * c + i * torch.tanh(a)
                h = torch.sigmoid(o) * torch.tanh(c)
            return self.head.net(h)
        x = torch.cat([x, s[:, None].expand(-1, x.shape[1], -1)], -1)
        return self.head.net((self.gru if self.model == "gru" else self.lstm)(x)[0][:, -1])


def config(name, given):
    text = (OLD / "cudalstm/config.yml").read_text()
    c = yaml.safe_load(text.replace(": 01/", ": '01/").replace("/2000", "/2000'").replace("/2001", "/2001'")
                       .replace(": 15/", ": '15/").replace(": 31/", ": '31/"))
    act = NAMES[given["activation"]]
    c.update(experiment_name=name, model=given["model"], package_version="1.12.0",
             dynamics_embedding=dict(type="fc", hiddens=given["dynamics"], activation=act, dropout=0.1))
    if "static_layers" in given:
        c["statics_embedding"] = dict(type="fc", hiddens=given["static_layers"], activation=act, dropout=0.0)
    if "nan_handling_method" in given:
        c.update(nan_handling_method=given["nan_handling_method"], dynamic_inputs=[["temp"], ["prcp"]],
                 nan_handling_pos_encoding_size=given["positions"])
    return c


def standard():
    s = yaml.safe_load((OLD / "cudalstm/train_data/train_data_scaler.yml").read_text())
    at = lambda part, v: s[f"xarray_feature_{part}"]["data_vars"][v]["data"]
    statics = {"a": (100, 0.02), "b": (300, 0.05)}
    mean, std = s["attribute_means"], s["attribute_stds"]
    z = {k: [(v[0] - mean["area"]) / std["area"], (v[1] - mean["slope"]) / std["slope"]] for k, v in statics.items()}
    return at, z


def predict(net, c, method, out):
    T = c["span"]
    at, statics = standard()
    with out.open("w") as f:
        f.write("basin,date,q_obs,q_sim\n")
        for site in "ab":
            frame = pd.read_csv((OUT if method else OLD) / f"data/time_series/{site}.csv", index_col=0)
            x = [((frame[v] - at("center", v)) / at("scale", v)).to_numpy() for v in ("temp", "prcp")]
            for day in range(len(frame)):
                if frame.index[day] < "2001-01-01":
                    continue
                w = [torch.tensor(v[day - T + 1:day + 1])[None, :, None] for v in x]
                if method == PLAIN:
                    w = [torch.cat(w, -1)]
                sim = float(net(w, torch.tensor([statics[site]]).double())) * at("scale", "q") + at("center", "q")
                if method == PLAIN and bool(w[0].isnan().any()):
                    sim = np.nan
                obs = frame["q"].iloc[day]
                cells = ["" if np.isnan(v) else f"{v:.7g}" for v in (obs, sim)]
                f.write(f"{site},{frame.index[day]},{cells[0]},{cells[1]}\n")


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    make_data()
    torch.manual_seed(1)
    torch.set_num_threads(1)
    for name, given in RUNS.items():
        method = {"masked_mean": MEAN, "attention": ATTENTION}.get(given.get("nan_handling_method"), PLAIN)
        c = dict(dict(positions=0, span=10, statics=2, static_layers=[], groups=[1, 1] if method else [], whole=2,
                      method=method), **given)
        net = Run(c, given["model"]).double()
        to = OUT / name
        (to / "train_data").mkdir(parents=True)
        shutil.copy(OLD / "cudalstm/train_data/train_data_scaler.yml", to / "train_data")
        shutil.copy(OLD / "cudalstm/two.txt", to)
        (to / "config.yml").write_text(yaml.safe_dump(config(name, given)).replace("'", ""))
        weights = {k: v.float() for k, v in net.state_dict().items()}
        if c["positions"]:
            weights["embedding_net._pos_enc.pe"] = position(c, 10, 1).transpose(0, 1).float().contiguous()
        if method == PLAIN:  # as 1.11 called it
            weights = {k.replace("dynamics_embeddings.0.", "dynamics_embedding."): v for k, v in weights.items()}
        torch.save(weights, to / "model_epoch002.pt")
        for k, v in net.state_dict().items():
            v.copy_(v.float().double())
        with torch.no_grad():
            predict(net, c, method, to / "test_predictions.csv")


if __name__ == "__main__":
    main()
