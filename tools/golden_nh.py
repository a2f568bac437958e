#!/usr/bin/python3
"""usage: tools/golden_nh.py SOURCE: makes tests/golden/nh, small run folders trained and evaluated by NeuralHydrology.

SOURCE is a checkout of neuralhydrology/neuralhydrology (made with 1.11.0, commit 76d0850, torch 1.13, xarray, pandas
1.5.3, NumPy 1.24.2, ruamel.yaml 0.17.21). Two catchments of made-up weather, three of the four models on them; missing
inputs, flows and attributes as a test of which days count. TensorBoard is not needed and stands empty here.
"""
import pickle
import shutil
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import xarray

tensorboard = types.ModuleType("torch.utils.tensorboard")
tensorboard.SummaryWriter = None
sys.modules["torch.utils.tensorboard"] = tensorboard
sys.path.insert(0, sys.argv[1])
from neuralhydrology.nh_run import eval_run, start_run  # noqa: E402

OUT = Path(__file__).resolve().parent.parent / "tests/golden/nh"
WORK = Path("/tmp/golden_nh")
RUNS = {
    "cudalstm": {"model": "cudalstm", "static_attributes": ["slope", "area"], "loss": "NSE"},
    "customlstm": {"model": "customlstm", "output_activation": "softplus"},
    "gru": {"model": "gru", "static_attributes": ["slope", "area"], "predict_last_n": 3},
    "ealstm": {"model": "ealstm", "static_attributes": ["slope", "area"], "output_activation": "relu"},
}


def catchment(seed, area):
    """Rain by chance, temperature by season, flow of a linear store: numbers of 4 digits, as the CSV files hold them."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2000-01-01", "2001-03-31", name="date")
    rain = np.where(rng.random(len(days)) < 0.3, rng.exponential(8, len(days)), 0)
    warm = 10 - 12 * np.cos(2 * np.pi * days.dayofyear / 365.25) + rng.normal(0, 2, len(days))
    flow, store = [], 5.0
    for p, t in zip(rain, warm):
        store += p * (0.9 if t > 0 else 0.3) * (0.5 + area / 1000)
        flow.append(0.2 * store)
        store *= 0.8
    return pd.DataFrame({"prcp": rain, "temp": warm, "q": flow}, index=days).round(4)


def make_data():
    frames = {"a": catchment(1, 100), "b": catchment(2, 300)}
    frames["a"].loc["2001-02-10", "temp"] = np.nan  # ten days without a prediction
    frames["a"].loc["2001-03-05":"2001-03-08", "q"] = np.nan  # predicted, not scored
    frames["b"].loc["2000-05-01":"2000-05-03", "prcp"] = np.nan  # in training
    for folder in (OUT / "data/time_series", OUT / "data/attributes", WORK / "data/time_series", WORK / "data/attributes"):
        folder.mkdir(parents=True)
    for name, frame in frames.items():
        frame.to_csv(OUT / f"data/time_series/{name}.csv")
        xarray.Dataset.from_dataframe(frame).to_netcdf(WORK / f"data/time_series/{name}.nc")
    table = "site,area,slope\na,100,0.02\nb,300,0.05\n"
    for folder in (OUT, WORK):
        (folder / "data/attributes/attributes.csv").write_text(table)
    (WORK / "two.txt").write_text("b\na\n")


def config(name, own):
    base = {
        "experiment_name": name, "run_dir": str(WORK / "runs"), "data_dir": str(WORK / "data"), "dataset": "generic",
        "train_basin_file": str(WORK / "two.txt"), "validation_basin_file": str(WORK / "two.txt"),
        "test_basin_file": str(WORK / "two.txt"), "train_start_date": "15/01/2000", "train_end_date": "31/10/2000",
        "validation_start_date": "01/11/2000", "validation_end_date": "31/12/2000", "test_start_date": "01/01/2001",
        "test_end_date": "31/03/2001", "dynamic_inputs": ["temp", "prcp"], "target_variables": ["q"],
        "clip_targets_to_zero": ["q"], "head": "regression", "hidden_size": 4, "initial_forget_bias": 3,
        "output_dropout": 0.1, "output_activation": "linear", "optimizer": "Adam", "loss": "MSE", "learning_rate": {0: 0.02},
        "batch_size": 32, "epochs": 2, "seq_length": 10, "predict_last_n": 1, "clip_gradient_norm": 1,
        "validate_every": 5, "validate_n_random_basins": 1, "metrics": ["NSE", "KGE"], "seed": 42, "device": "cpu",
        "num_workers": 0, "save_weights_every": 1, "log_interval": 5, "log_tensorboard": False, "log_n_figures": 0,
    }
    from ruamel.yaml import YAML
    path = WORK / f"{name}.yml"
    with path.open("w") as f:
        YAML().dump({**base, **own}, f)
    return path


def take(name):
    run = next((WORK / "runs").glob(f"{name}_*"))
    eval_run(run, period="test")
    to = OUT / name
    (to / "train_data").mkdir(parents=True)
    text = (run / "config.yml").read_text().replace(str(run), "RUN_DIR").replace(str(WORK / "data"), "DATA_DIR")
    (to / "config.yml").write_text(text.replace(str(WORK / "two.txt"), "two.txt").replace(str(WORK / "runs"), "RUNS"))
    shutil.copy(WORK / "two.txt", to)
    shutil.copy(run / "train_data/train_data_scaler.yml", to / "train_data")
    for weights in run.glob("model_epoch*.pt"):
        shutil.copy(weights, to)
    shutil.copy(run / "test/model_epoch002/test_metrics.csv", to)
    with (run / "test/model_epoch002/test_results.p").open("rb") as f:
        results = pickle.load(f)
    with (to / "test_predictions.csv").open("w") as f:
        f.write("basin,date,q_obs,q_sim\n")
        for basin in sorted(results):
            x = results[basin]["1D"]["xr"].isel(time_step=-1)
            for date, obs, sim in zip(x["date"].values, x["q_obs"].values, x["q_sim"].values):
                cells = ["" if np.isnan(v) else f"{v:.7g}" for v in (obs, sim)]
                f.write(f"{basin},{str(date)[:10]},{cells[0]},{cells[1]}\n")


def make_hostile():
    """What torch.load would run: a pickle that asks for os.system."""
    with zipfile.ZipFile(OUT / "hostile.pt", "w") as z:
        z.writestr(zipfile.ZipInfo("model/data.pkl"), b"\x80\x02cos\nsystem\nX\x0d\x00\x00\x00touch hostile\x85R.")
        z.writestr(zipfile.ZipInfo("model/version"), b"3\n")


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.rmtree(OUT, ignore_errors=True)
    torch.set_num_threads(1)
    make_data()
    make_hostile()
    for name, own in RUNS.items():
        start_run(config_file=config(name, own))
        take(name)


main()
