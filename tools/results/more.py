"""Tuning that is killed and taken up again; the sample of CAMELS-US."""
import os, signal, subprocess, time
from common import by_site, data, freshet, fresh_dir, program, records, say, table, twin

TUNING = """experiment_name: tuning
data_dir: {data}
sites: ["01567000"]
train_start_date: 01/10/{first}
train_end_date: 30/09/1985
validation_start_date: 01/10/1985
validation_end_date: 30/09/1990
test_start_date: 01/10/1990
test_end_date: 30/09/2000
dynamic_inputs: [prcp, pet, tmax, tmin]
target_variables: [q]
clip_targets_to_zero: [q]
initial_forget_bias: 3
clip_gradient_norm: 1
loss: NSE
epochs: {epochs}
forecasters: [climatology, ridge, lstm]
tune:
  trials: {trials}
  search:
    hidden_size: [8, 16, 20, 32]
    learning_rate: {{log: [1e-3, 3e-2]}}
    output_dropout: {{uniform: [0, 0.5]}}
    batch_size: [64, 128, 256]
    seq_length: {{int: [90, 365]}}
"""
CAMELS = """experiment_name: camels
data_dir: {data}
dataset: camels_us
forcings: [daymet]
train_basin_file: {data}/4_basins_test_set.txt
train_start_date: 01/10/2000
train_end_date: 30/09/2002
test_start_date: 01/10/2002
test_end_date: 30/09/2003
dynamic_inputs: ["prcp(mm/day)", "srad(W/m2)", "tmax(C)", "tmin(C)", "vp(Pa)"]
target_variables: ["QObs(mm/d)"]
clip_targets_to_zero: ["QObs(mm/d)"]
static_attributes: [elev_mean, slope_mean, frac_forest, soil_porosity]
seq_length: 180
hidden_size: 16
initial_forget_bias: 3
output_dropout: 0.2
learning_rate: 5e-3
clip_gradient_norm: 1
epochs: {epochs}
loss: NSE
forecasters: [climatology, ridge, lstm]
seed: 1
"""


def done(folder):
    try:
        return sum(r["status"] == "done" for r in table(folder, "trials.csv"))
    except OSError:
        return 0


def killed_search(config, folder, after):
    """Runs the search, kills all its processes when so many trials have a checkpoint, goes on to the end."""
    p = subprocess.Popen([program, "--quiet", "tune", config, "--out", folder, "--jobs", "2"], stdout=subprocess.DEVNULL,
                         start_new_session=True)
    trials = os.path.join(folder, "trials")
    while p.poll() is None and not (os.path.isdir(trials) and len(os.listdir(trials)) >= after):
        time.sleep(0.02)
    os.killpg(p.pid, signal.SIGKILL)
    p.wait()
    begun = len(os.listdir(trials))
    freshet("tune", "--resume", folder, "--jobs", "2")
    return begun


def tuning():
    say("## Tuning, killed and taken up again\n")
    config = fresh_dir("tuning.yml")
    trials = 4 if twin else 30
    with open(config, "w") as f:
        f.write(TUNING.format(data=records(), first=1983 if twin else 1970, epochs=1 if twin else 6, trials=trials))
    whole, killed = fresh_dir("tuning-whole"), fresh_dir("tuning-killed")
    t, _ = freshet("tune", config, "--out", whole, "--jobs", "2")
    begun = killed_search(config, killed, trials // 2)
    same = [[{k: r[k] for k in r if k != "seconds"} for r in table(f, "trials.csv")] for f in (whole, killed)]
    models = [open(os.path.join(f, "winner", "models", "lstm.frs"), "rb").read() for f in (whole, killed)]
    best = max((r for r in same[0] if r["status"] == "done"), key=lambda r: float(r["score"]))
    nse = by_site(os.path.join(whole, "winner"), period="test", model="lstm", metric="NSE")["01567000"]
    say(f"MOPEX 01567000, {trials} trials of {1 if twin else 6} epochs, two processes: {t:.0f} s. The same search, all its processes "
        f"killed (SIGKILL) when trial {begun} had begun, then `freshet tune --resume`. All trials' values and scores are "
        f"{'the same' if same[0] == same[1] else 'NOT THE SAME'} to the last digit, the winner's model is "
        f"{'the same' if models[0] == models[1] else 'NOT THE SAME'} byte by byte. Winner: trial {best['trial']}, validation NSE "
        f"{float(best['score']):.3f}, test NSE {nse:.3f}.\n")


def camels():
    say("## The sample of CAMELS-US\n")
    source = os.path.join(data, "camels_us")
    config = fresh_dir("camels.yml")
    with open(config, "w") as f:
        f.write(CAMELS.format(data=source, epochs=1 if twin else 30))
    folder = fresh_dir("camels")
    freshet("run", config, "--out", folder)
    say("Four catchments, Daymet, two years of training and one of test: it shows that the layout is read, checked and joined with "
        "the attributes; four years are too few for a result. Test NSE:\n")
    models = ("climatology", "ridge", "lstm")
    say("| catchment | " + " | ".join(models) + " |")
    say("|---" * 4 + "|")
    nse = {m: by_site(folder, period="test", model=m, metric="NSE") for m in models}
    for site in sorted(nse["ridge"]):
        say(f"| {site} | " + " | ".join(f"{nse[m].get(site, float('nan')):.3f}" for m in models) + " |")
    found = table(folder, "findings.csv")
    say(f"\n`freshet check`: {len(found)} findings, among them: {found[0]['text'] if found else 'none'}.\n")
