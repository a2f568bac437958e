"""Nets of own layers beside the LSTM on a catchment of MOPEX: same inputs, split, loss, rate, epochs, early stopping. Nothing is
chosen but the epoch of each training, on the validation years. Part of results.py (--only=nets)."""
import json, os, re, shutil, statistics
from common import data, freshet, lower_bound, say, scores, twin, value, work

SITE, RATE = "01567000", "5e-3"
SEEDS, EPOCHS = (2, 1) if twin else (5, 30)
STEPS = 24 if twin else 180
TASKS = {"simulation": {"task": "simulation", "seq_length": STEPS},
         "forecast": {"task": "forecast", "leads": 3 if twin else 7, "seq_length": STEPS}}
CONFIG = {
    "experiment_name": "nets", "dataset": "mopex", "seed": 1, "data_dir": os.path.join(data, "mopex"),
    "train_start_date": "01/10/1980" if twin else "01/10/1970", "train_end_date": "30/09/1985",
    "validation_start_date": "01/10/1985", "validation_end_date": "30/09/1990",
    "test_start_date": "01/10/1990", "test_end_date": "30/09/1993" if twin else "30/09/2000",
    "dynamic_inputs": "[prcp, pet, tmax, tmin]", "target_variables": "[q]", "clip_targets_to_zero": "[q]",
    "hidden_size": 20, "initial_forget_bias": 3, "output_dropout": 0.2, "loss": "MSE", "learning_rate_decay": "cosine",
    "clip_gradient_norm": 1, "batch_size": 256, "epochs": EPOCHS, "early_stopping": "true",
    "patience_early_stopping": 20, "forecasters": "[ensemble]", "ensemble_members": SEEDS,
}
# ALL: in a forecast every step is put out, and the leads are the last of them.
CNN = """
    - {type: conv, filters: 16, kernel: 8, stride: 2, activation: relu}
    - {type: conv, filters: 16, kernel: 8, stride: 2, activation: relu}
    - {type: conv, filters: 16, kernel: 8, stride: 2, activation: relu}
    - {type: flatten}"""
SMALL_CNN = """
    - {type: conv, filters: 4, kernel: 8}
    - {type: flatten}"""
CNN_LSTM = """
    - {type: conv, filters: 16, kernel: 5, padding: same, activation: relu}
    - {type: lstm, units: hidden_size, forget_bias: 3ALL}"""
# A token for each eight days, two layers of the encoder.
ENCODER = """
    - {type: attention, heads: 2, rate: 0.1}
    - {type: add, from: [BEFORE, attention_1]}
    - {type: layer_norm, name: seen_1}
    - {type: dense, units: 32, activation: relu}
    - {type: dense, units: 16}
    - {type: add, from: [seen_1, dense_2]}
    - {type: layer_norm, name: encoded_1}"""
TRANSFORMER = """
    - {type: conv, filters: 16, kernel: 8, stride: 8}
    - {type: positional_encoding, name: tokens}""" + ENCODER.replace("BEFORE", "tokens") + ENCODER.replace(
        "_2", "_4").replace("_1", "_2").replace("BEFORE", "encoded_1") + """
    - {type: flatten}"""
NETS = {"LSTM": None, "CNN": SMALL_CNN if twin else CNN, "CNN and LSTM": CNN_LSTM, "transformer": TRANSFORMER}


def run(task, kind):
    """All seeds of one kind; what is there, complete and of the same config, is not made again."""
    settings = {**CONFIG, **TASKS[task], "sites": f"['{SITE}']", "learning_rate": RATE}
    text = "".join(f"{k}: {v}\n" for k, v in settings.items())
    if NETS[kind]:
        text += "model: own\nnets:\n  own:" + NETS[kind].replace("ALL", ", sequences: true" if task == "forecast" else "") + "\n"
    folder = os.path.join(work, "nets", f"{task}-{kind.replace(' ', '_')}")
    if os.path.exists(os.path.join(folder, "scores.csv")) and os.path.exists(folder + ".yml"):
        with open(folder + ".yml") as f:
            if f.read() == text:
                return folder
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".yml", "w") as f:
        f.write(text)
    freshet("run", folder + ".yml", "--out", folder)
    return folder


def weights(folder):
    with open(os.path.join(folder, "run.json")) as f:
        told = [m["describe"] for m in json.load(f)["forecasters"] if " weights" in (m.get("describe") or "")]
    return re.search(r"(\d+) weights", told[0]).group(1)


def row(task, kind, leads, beside):
    folder = run(task, kind)
    cells = []
    for lead in leads:
        name = "own" if NETS[kind] else "lstm"
        test = [value(scores(folder, period="test", model=f"{name}_{i + 1}", lead=str(lead), metric="NSE"))[0]
                for i in range(SEEDS)]
        mean = value(scores(folder, period="test", model="ensemble", lead=str(lead), metric="NSE"))[0]
        cells.append(f"{statistics.mean(test):.3f} ± {statistics.stdev(test):.3f}, {mean:.3f}")
        lstm = beside.setdefault(lead, test)
        if lstm is not test:
            verdict = ("better" if lower_bound(test, lstm) > 0 else
                       "worse" if lower_bound(lstm, test) > 0 else "no difference shown")
            cells[-1] += f" ({statistics.mean(test) - statistics.mean(lstm):+.3f}: {verdict})"
    say(f"| {kind} | {weights(folder)} | " + " | ".join(cells) + " |")


def nets():
    say("## Nets of own layers beside the LSTM\n")
    say(f"Catchment {SITE} of MOPEX, no attributes. The layers are in `tools/results/nets.py`: three strided convolutions; a "
        "convolution before an LSTM of 20; two layers of a transformer's encoder on tokens of eight days. The same for all: windows "
        f"of {STEPS} days, training 1970-85, {EPOCHS} epochs, learning rate {RATE} falling to 0, the weights of the "
        f"best validation (1985-90). NSE of the test years 1990-2000: mean and standard deviation of {SEEDS} seeds, then the score of "
        "their mean forecast; in brackets the difference of the means to the LSTM's, and whether it is beyond the chance of the seeds "
        "(Welch, one-sided 95 % each way).\n")
    for task, keys in TASKS.items():
        leads = [0] if task == "simulation" else [1, 3, keys["leads"]] if not twin else [1, 3]
        say(f"| {task} | weights | " + " | ".join("NSE" if lead == 0 else f"NSE, day {lead}" for lead in leads) + " |")
        say("|---|---|" + "---|" * len(leads))
        beside = {}
        for kind in NETS:
            row(task, kind, leads, beside)
        say()
