"""41 catchments of MOPEX: the ladder of forecasters as simulation and as forecasts, with the whole record and with holes in
it; at sites that no model saw; by years of training. Training 1970-85, validation 1985-90, test 1990-2000."""
import os, shutil, statistics
import numpy as np
import netCDF4
from common import by_site, fresh_dir, freshet, lower_bound, peers, records, say, table, twin, work

SEEDS = 2 if twin else 5
SHOWN = (1, 3) if twin else (1, 3, 7)  # leads, days
CONFIG = {
    "experiment_name": "ladder", "dataset": "generic", "seed": 1,
    "train_start_date": "01/10/1980" if twin else "01/10/1970", "train_end_date": "30/09/1985",
    "validation_start_date": "01/10/1985", "validation_end_date": "30/09/1990",
    "test_start_date": "01/10/1990", "test_end_date": "30/09/1993" if twin else "30/09/2000",
    "dynamic_inputs": "[prcp, pet, tmax, tmin]", "target_variables": "[q]", "clip_targets_to_zero": "[q]",
    "static_attributes": "[area_km2, p_mean, pet_mean, aridity, temp_mean, frac_snow, p_high_freq, p_low_freq, "
                         "greenness_mean, greenness_range, porosity, wilting_point, k_sat, frac_sand, frac_clay, "
                         "frac_forest, frac_crop]",
    "hidden_size": 4 if twin else 32, "initial_forget_bias": 3, "output_dropout": 0.2, "loss": "NSE",
    "learning_rate": "5e-3", "learning_rate_decay": "cosine", "clip_gradient_norm": 1, "batch_size": 256,
    "epochs": 1 if twin else 6, "validate_every": 0, "ensemble_members": SEEDS,
    "trees_rounds": 5 if twin else 300,
}
TASKS = {
    "simulation": {"task": "simulation", "seq_length": 20 if twin else 270},
    "none": {"task": "forecast", "leads": 3 if twin else 7, "seq_length": 20 if twin else 180},
    "observed": {"task": "forecast", "leads": 3 if twin else 7, "seq_length": 20 if twin else 180, "future_weather": "observed"},
}
NETS = {"rnn": "rnn", "gru": "gru", "lstm": "cudalstm", "ealstm": "ealstm"}  # forecaster: its name as `model`
ONCE = {"simulation": ["climatology"], "none": ["persistence", "trend", "recession", "climatology"]}
ONCE["observed"] = ONCE["none"]


def basins():
    if not twin:
        return os.path.join(peers, "regional_basins.txt")
    path = os.path.join(work, "two.txt")
    with open(path, "w") as f:
        f.write("01371500\n01567000\n")
    return path


def run(name, generic, keys):
    """A run of CONFIG with these keys; one that is there, complete and of the same config, is not made again."""
    folder = os.path.join(work, "ladder", name)
    lists = ("train",) if "site_folds" in keys else ("train", "validation", "test")
    settings = {**CONFIG, "data_dir": generic, **{f"{p}_basin_file": basins() for p in lists}, **keys}
    text = "".join(f"{k}: {v}\n" for k, v in settings.items())
    config = folder + ".yml"
    if os.path.exists(os.path.join(folder, "scores.csv")) and os.path.exists(config):
        with open(config) as f:
            if f.read() == text:
                return folder
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with open(config, "w") as f:
        f.write(text)
    freshet("run", config, "--out", folder)
    return folder


def names(forecasters):
    return "[" + ", ".join(forecasters) + "]"


def quartiles(v):
    if not v:
        return "undefined"
    q = np.quantile(v, [0.25, 0.5, 0.75])
    return f"{q[1]:.3f} ({q[0]:.2f} ... {q[2]:.2f})"


def medians(folder, model, lead, metric="NSE"):
    """Of each seed of a net the median over catchments."""
    found = [by_site(folder, period="test", model=f"{model}_{i + 1}", lead=str(lead), metric=metric)
             for i in range(SEEDS)]
    return [statistics.median(f.values()) for f in found]


class Rung:
    """A row of a ladder's table: where its scores are, under which name."""
    def __init__(self, title, folder, model):
        self.title, self.folder, self.model = title, folder, model

    def at(self, lead, metric="NSE"):
        return by_site(self.folder, period="test", model=self.model, lead=str(lead), metric=metric)


def climb(name, task, generic, extra, nets):
    """Runs the ladder; returns (folder of the run whose tests count, its rungs, {net: folder})."""
    base = {**TASKS[task], **extra}
    once = ONCE[task] + ["ridge", "trees"]
    main = run(f"{name}-main", generic, {**base, "forecasters": names(once + ["mlp", "autoencoder", "ensemble"]),
                                         "references": names(once)})
    rungs = [Rung(m, main, m) for m in once + ["mlp", "autoencoder"]]
    folders = {"lstm": main}
    for net in nets:
        folders[net] = main if net == "lstm" else run(
            f"{name}-{net}", generic, {**base, "model": NETS[net], "forecasters": "[ensemble]"})
        rungs.append(Rung(f"{net}, mean of {SEEDS} seeds", folders[net], "members_mean"))
        rungs.append(Rung(f"{net}, mean forecast of the seeds", folders[net], "ensemble"))
    return main, rungs, folders


def ladder_table(rungs, leads):
    titles = [f"NSE, {k} d" for k in leads] if leads != [0] else ["NSE", "KGE", "lowest NSE"]
    say("| model | " + " | ".join(titles) + " |")
    say("|---" * (len(titles) + 1) + "|")
    for r in rungs:
        cells = [quartiles(list(r.at(k).values())) for k in leads]
        if leads == [0]:
            cells += [quartiles(list(r.at(0, "KGE").values())), f"{min(r.at(0).values(), default=float('nan')):.2f}"]
        say(f"| {r.title} | " + " | ".join(cells) + " |")
    say()


def seeds_table(folders, leads):
    say("| median NSE, mean and deviation over seeds | " + " | ".join(
        f"{k} d" if k else "simulation" for k in leads) + " |")
    say("|---" * (len(leads) + 1) + "|")
    for net, folder in folders.items():
        m = [medians(folder, net, k) for k in leads]
        say(f"| {net} | " + " | ".join(f"{statistics.mean(v):.3f} +- {statistics.stdev(v):.3f}" for v in m) + " |")
    others = [n for n in folders if n != "lstm"]
    for net in others:
        bounds = [f"{lower_bound(a, b):+.4f}, {-lower_bound(b, a):+.4f}" for a, b in
                  ((medians(folders[net], net, k), medians(folders["lstm"], "lstm", k)) for k in leads)]
        say(f"| {net} less lstm, 90 % of the mean difference | " + " | ".join(bounds) + " |")
    say()


def tests(main, leads):
    """What tests.csv of the run says: the winner on validation against each baseline."""
    rows = [r for r in table(main, "tests.csv") if r["method"] == "wilcoxon" and int(r["lead"]) in leads]
    if not rows:
        say("No test: too few catchments.\n")
        return
    say(f"Chosen on validation: {rows[0]['winner']}. Its test NSE against each baseline, Wilcoxon's signed ranks of the "
        "catchments, p corrected by Holm over all references and leads:\n")
    say("| reference | lead | median difference | p | |")
    say("|---|---|---|---|---|")
    for r in rows:
        p = float(r["p_holm"]) if r["p_holm"] else float("nan")
        say(f"| {r['reference']} | {r['lead']} d | {float(r['difference']):+.3f} | {p:.1g} | {r['verdict']} |")
    say()


def leads_of(task):
    return [0] if task == "simulation" else list(SHOWN)


def simulation():
    say("## The ladder as simulation\n")
    say(f"41 catchments, flow from the weather up to the day and the attributes; nets of hidden size {CONFIG['hidden_size']}, "
        f"{CONFIG['epochs']} epochs, windows of {TASKS['simulation']['seq_length']} days, {SEEDS} seeds. Median over catchments "
        "(quartiles), test 1990-2000.\n")
    main, rungs, folders = climb("simulation", "simulation", records(), {}, ["rnn", "gru", "lstm", "ealstm"])
    ladder_table(rungs, [0])
    seeds_table(folders, [0])
    tests(main, [0])


def forecasts():
    say("## The ladder as forecast, 1, 3 and 7 days ahead\n")
    say("The same catchments and years; past flow and weather of 180 days, attributes. `none`: nothing is known of the weather to "
        "come. `observed`: the weather that came is known, an upper bound of skill and no forecast.\n")
    for task in ("none", "observed"):
        say(f"### future_weather: {task}\n")
        main, rungs, folders = climb(task, task, records(), {}, ["rnn", "gru", "lstm"])
        ladder_table(rungs, SHOWN)
        seeds_table(folders, SHOWN)
        tests(main, SHOWN)


def holes():
    """The records with stretches of 20 % of the flow (10 days on average) and 5 % of each input (2 days) deleted."""
    whole, target = records(), fresh_dir("mopex-holes")
    os.makedirs(os.path.join(target, "time_series"))
    shutil.copytree(os.path.join(whole, "attributes"), os.path.join(target, "attributes"))
    for number, name in enumerate(sorted(os.listdir(os.path.join(whole, "time_series")))):
        path = os.path.join("time_series", name)
        with netCDF4.Dataset(os.path.join(whole, path)) as a, netCDF4.Dataset(os.path.join(target, path), "w") as b:
            copy_with_holes(a, b, number)
    return target


def copy_with_holes(a, b, number):
    b.createDimension("date", len(a.dimensions["date"]))
    for v, name in enumerate(sorted(a.variables)):
        values = a[name][:]
        if name != "date":
            share, length = (0.2, 10) if name == "q" else (0.05, 2)
            values = values.filled(np.nan)
            values[holes_of(len(values), share, length, [number, v])] = np.nan
        made = b.createVariable(name, values.dtype, ("date",))
        made.setncatts({k: a[name].getncattr(k) for k in a[name].ncattrs() if k != "_FillValue"})
        made[:] = values


def holes_of(n, share, length, seed):
    """A chain of two states: inside a hole it ends with 1 / length, outside one begins so that `share` is missing."""
    rng = np.random.default_rng(seed)
    start = share / (1 - share) / length
    inside, out = False, np.zeros(n, bool)
    for t, u in enumerate(rng.random(n)):
        inside = u >= 1 / length if inside else u < start
        out[t] = inside
    return out


def gaps():
    say("## The same with 20 % of the flow and 5 % of each input deleted\n")
    say("Deleted in stretches of 10 and 2 days on average, in all periods; `gap_policy: mask`: what is missing is 0 and flagged. "
        "Scored where an observation is left.\n")
    holed = holes()
    for task in TASKS:
        title = "Simulation" if task == "simulation" else f"Forecast, future_weather: {task}"
        say(f"### {title}\n")
        main, rungs, folders = climb(f"gaps-{task}", task, holed, {"gap_policy": "mask"}, ["lstm"])
        ladder_table(rungs, leads_of(task))
        seeds_table(folders, leads_of(task))
        tests(main, leads_of(task))


def ungauged():
    folds = 2 if twin else 5
    say(f"## Ungauged: {folds} folds over catchments\n")
    say("Each catchment is simulated, 1990-2000, by models that were trained on the other folds' catchments, 1970-85: split by "
        "site and by date.\n")
    folder = run("ungauged", records(), {**TASKS["simulation"], "site_folds": folds,
                                         "forecasters": "[ridge, trees, ensemble]"})
    rungs = [Rung(m, folder, m) for m in ("ridge", "trees")]
    rungs += [Rung(f"lstm, mean of {SEEDS} seeds", folder, "members_mean"),
              Rung("lstm, mean forecast of the seeds", folder, "ensemble")]
    ladder_table(rungs, [0])
    seeds_table({"lstm": folder}, [0])


def curve():
    years = (1, 2) if twin else (1, 2, 4, 8, 15)
    say("## Learning curve: years of training\n")
    say("Simulation as above, trained on the last years before October 1985, 41 catchments; fewer years are gone through more often "
        "(epochs below). Median test NSE over catchments.\n")
    say("| years | epochs | ridge | lstm, mean and deviation over seeds | mean forecast of the seeds |")
    say("|---|---|---|---|---|")
    for n in years:
        epochs = 1 if twin else round(6 * (15 / n) ** 0.5)
        folder = run(f"curve-{n}", records(), {**TASKS["simulation"], "forecasters": "[ridge, ensemble]", "epochs": epochs,
                                               "train_start_date": f"01/10/{1985 - n}"})
        seeds = medians(folder, "lstm", 0)
        rest = [statistics.median(Rung(m, folder, m).at(0).values()) for m in ("ridge", "ensemble")]
        say(f"| {n} | {epochs} | {rest[0]:.3f} | {statistics.mean(seeds):.3f} +- {statistics.stdev(seeds):.3f} | {rest[1]:.3f} |")
    say()
