"""Nets of own layers beside the LSTM on catchments of MOPEX: same inputs, split, loss, epochs and early stopping; the learning
rate of each kind, and the epoch of each training, are chosen on the validation years. Test 1990-2000.
    python3 tools/results/nets.py PROGRAM DATA PEERS OUT [--twin]"""
import json, os, re, shutil, statistics
from common import data, freshet, lower_bound, out, say, scores, twin, value, work

SITES = ("01567000",)
SEEDS, EPOCHS = (2, 1) if twin else (5, 10)
RATES = ("5e-3",) if twin else ("5e-3",)
TASKS = {"simulation": {"task": "simulation", "seq_length": 24 if twin else 180},
         "forecast": {"task": "forecast", "leads": 3 if twin else 7, "seq_length": 24 if twin else 180}}
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
# {s}: all steps in a forecast, whose leads are the last of them
LSTM = "{{type: lstm, units: hidden_size, forget_bias: 3{s}}}"
ENCODER = """
    - {{type: attention, heads: 2, rate: 0.1}}
    - {{type: add, from: [{before}, attention_{n}]}}
    - {{type: layer_norm, name: seen_{n}}}
    - {{type: dense, units: 32, activation: relu}}
    - {{type: dense, units: 16}}
    - {{type: add, from: [seen_{n}, dense_{twice}]}}
    - {{type: layer_norm, name: encoded_{n}}}"""
NETS = {
    "CNN": """
    - {{type: conv, filters: 16, kernel: 8, stride: 2, activation: relu}}
    - {{type: conv, filters: 16, kernel: 8, stride: 2, activation: relu}}
    - {{type: conv, filters: 16, kernel: 8, stride: 2, activation: relu}}
    - {{type: flatten}}""" if not twin else "\n    - {{type: conv, filters: 4, kernel: 8}}\n    - {{type: flatten}}",
    "CNN and LSTM": f"""
    - {{{{type: conv, filters: 16, kernel: 5, padding: same, activation: relu}}}}
    - {LSTM}""",
    # a token for each eight days, two layers of the encoder
    "transformer": """
    - {{type: conv, filters: 16, kernel: 8, stride: 8}}
    - {{type: positional_encoding, name: tokens}}""" + ENCODER.format(before="tokens", n=1, twice=2)
                   .replace("{", "{{").replace("}", "}}") + ENCODER.format(before="encoded_1", n=2, twice=4)
                   .replace("{", "{{").replace("}", "}}") + "\n    - {{type: flatten}}",
}


def run(task, site, kind, rate):
    """Five seeds of one kind with one rate; kind None: the forecaster lstm."""
    steps = ", sequences: true" if task == "forecast" else ""
    settings = {**CONFIG, **TASKS[task], "sites": f"['{site}']", "learning_rate": rate}
    text = "".join(f"{k}: {v}\n" for k, v in settings.items())
    if kind:
        text += "model: own\nnets:\n  own:" + NETS[kind].format(s=steps) + "\n"
    folder = os.path.join(work, "nets", f"{task}-{site}-{(kind or 'lstm').replace(' ', '_')}-{rate}")
    if os.path.exists(os.path.join(folder, "scores.csv")) and os.path.exists(folder + ".yml"):
        with open(folder + ".yml") as f:
            if f.read() == text:
                return folder
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(folder + ".yml", "w") as f:
        f.write(text)
    freshet("run", folder + ".yml", "--out", folder, "--threads", "1")
    return folder


def weights(folder):
    with open(os.path.join(folder, "run.json")) as f:
        told = [m.get("describe") for m in json.load(f)["forecasters"] if " weights" in (m.get("describe") or "")]
    return re.search(r"(\d+) weights", told[0]).group(1)


def of_members(folder, period, kind, lead):
    name = "own" if kind else "lstm"
    return [value(scores(folder, period=period, model=f"{name}_{i + 1}", lead=str(lead), metric="NSE"))[0]
            for i in range(SEEDS)]


def chosen(task, site, kind, leads):
    """The rate whose trainings are best in the validation years, mean over leads and seeds."""
    runs = [(rate, run(task, site, kind, rate)) for rate in RATES]

    def validated(r):
        return statistics.mean(v for lead in leads for v in of_members(r[1], "validation", kind, lead))
    return max(runs, key=validated)


def row(title, task, site, kind, leads, beside):
    rate, folder = chosen(task, site, kind, leads)
    cells = []
    for lead in leads:
        test = of_members(folder, "test", kind, lead)
        mean = value(scores(folder, period="test", model="ensemble", lead=str(lead), metric="NSE"))[0]
        cells.append(f"{statistics.mean(test):.3f} ± {statistics.stdev(test):.3f}, {mean:.3f}")
        if not kind:
            beside[lead] = test
        elif lead == leads[0] and len(test) > 1:
            ours = statistics.mean(test) - statistics.mean(beside[lead])
            sure = lower_bound(test, beside[lead]) > 0, lower_bound(beside[lead], test) > 0
            verdict = "better" if sure[0] else "worse" if sure[1] else "no difference shown"
            cells[-1] += f" ({ours:+.3f}: {verdict})"
    say(f"| {site} | {title} | {weights(folder)} | {rate} | " + " | ".join(cells) + " |")


def nets():
    say("## Nets of own layers beside the LSTM")
    say()
    say(f"Catchment {', '.join(SITES)} of MOPEX by itself; no attributes. The layers are in `tools/results/nets.py`: a CNN of "
        "three strided convolutions, a convolution before an LSTM of 20, and two layers of a transformer's encoder on tokens of eight "
        f"days. Same inputs, training 1970-85, {EPOCHS} epochs, weights of the best validation (1985-90); of each kind the learning rate "
        f"({', '.join(RATES)}) that is best in the validation years. NSE of the test years 1990-2000: mean and standard deviation of "
        f"{SEEDS} seeds, then the score of their mean forecast; in brackets the difference of the means to the LSTM and whether it "
        "is beyond chance of the seeds (Welch, one-sided 95 % each way).")
    say()
    for task, keys in TASKS.items():
        leads = [0] if task == "simulation" else [1, keys["leads"]]
        say(f"| {task} | | weights | rate | " + " | ".join("NSE" if lead == 0 else f"NSE, day {lead}" for lead in leads) + " |")
        say("|---|---|---|---|" + "---|" * len(leads))
        for site in SITES:
            beside = {}
            for title, kind in (("lstm", None), *((k, k) for k in NETS)):
                row(title, task, site, kind, leads, beside)
        say()


if __name__ == "__main__":
    from common import lines
    nets()
    with open(out, "w") as f:
        f.write("\n".join(lines) + "\n")
