/* demo: a synthetic catchment, the whole workflow on it, and the truth beside the models. */
#include "cmd/cmd.h"
#include "freshet/run.h"
#include "freshet/verify.h"
#include <math.h>
#include <string.h>

static const char site[] = "demo-river";
static const char test_start[] = "1993-10-01", test_end[] = "1996-09-30";

/* 16 years of days: enough to learn from, few enough for a minute on two cores. */
static const char config_text[] =
    "# A simulation of daily flow from weather; `freshet run demo.yml` runs it again.\n"
    "experiment_name: demo\n"
    "task: simulation\n"
    "data_dir: records\n"
    "run_dir: %s\n"
    "dynamic_inputs: [prcp, temp, pet]\n"
    "target_variables: [q]\n"
    "clip_targets_to_zero: [q]\n"
    "train_start_date: 1982-10-01\n"
    "train_end_date: 1991-09-30\n"
    "validation_start_date: 1991-10-01\n"
    "validation_end_date: 1993-09-30\n"
    "test_start_date: %s\n"
    "test_end_date: %s\n"
    "seq_length: %d\n"
    "hidden_size: %d\n"
    "initial_forget_bias: 3\n"
    "loss: NSE\n"
    "learning_rate: {0: 1e-2, %d: 3e-3}\n"
    "clip_gradient_norm: 1\n"
    "batch_size: 128\n"
    "epochs: %d\n"
    "seed: %lld\n";

static frs_status write_config(cmd *c, const char *path, const char *runs) {
    const bool quick = c->o->quick;
    char *text = frs__asprintf(c->ctx, config_text, runs, test_start, test_end, quick ? 60 : 365,
                               quick ? 8 : 32, quick ? 1 : 14, quick ? 2 : 20,
                               (long long)(c->o->seed < 0 ? 0 : c->o->seed));
    if (!text) return FRS_E_NOMEM;
    const frs_status s = frs__write_file(c->ctx, path, text, (int64_t)strlen(text));
    frs__free(c->ctx, text);
    return s;
}

/* What a perfect model would get against the noisy gauge. */
static frs_status tell_truth(cmd *c, const cmd_truth *k) {
    const frs_step step = k->record.step;
    int64_t first, last;
    char value[40];
    double nse;
    frs_pairs pairs = {0};
    frs_date_parse(test_start, strlen(test_start), &first);
    frs_date_parse(test_end, strlen(test_end), &last);
    const int64_t from = (first - k->record.start_s) / step.count;
    const int64_t n = (last - first) / step.count + 1;
    const int q = frs_series_var(&k->record, "q"), truth = frs_series_var(&k->truth, "q_true");
    frs_pairs_add(&pairs, k->truth.values[truth] + from, k->record.values[q] + from, n);
    FRS_TRY(frs_score_find("NSE")->pair(&pairs, &nse));
    const term_fact facts[] = {
        {"nse_of_truth", _("NSE of the true flow against the gauge"), term_number(nse, 3, value)}};
    term_facts(&c->t, "truth", facts, 1);
    return FRS_OK;
}

static frs_status run_config(cmd *c, const char *path, char **folder) {
    frs_config *config = NULL;
    FRS_TRY(frs_config_load(c->ctx, path, NULL, 0, &config));
    const frs_run_opts o = {.config = config, .stages = FRS_STAGE_ALL, .command = c->line};
    const frs_status s = frs_run(c->ctx, &o, folder);
    frs_config_free(config);
    return s;
}

static frs_status show(cmd *c, const char *folder, const char *config, const cmd_truth *k) {
    FRS_TRY(cmd_leaderboard(c, folder));
    FRS_TRY(tell_truth(c, k));
    char *page = frs__path_join(c->ctx, folder, "report.html");
    if (!page) return FRS_E_NOMEM;
    const term_fact facts[] = {{"config", _("Config"), config},
                               {"run", _("Run folder"), folder},
                               {"report", _("Report"), page}};
    term_facts(&c->t, "done", facts, 3);
    frs__free(c->ctx, page);
    return FRS_OK;
}

static frs_status demo(cmd *c, const char *out, const char *config, const char *runs,
                       cmd_truth *k) {
    char *records = frs__path_join(c->ctx, out, "records");
    char *folder = NULL;
    const frs_synth_opts so = {.seed = c->o->seed < 0 ? 0 : (uint64_t)c->o->seed, .years = 16};
    frs_status s = records ? cmd_synth_write(c, &so, records, site, k) : FRS_E_NOMEM;
    frs__free(c->ctx, records);
    if (s == FRS_OK) s = write_config(c, config, runs);
    if (s == FRS_OK) s = run_config(c, config, &folder);
    if (s == FRS_E_CANCELLED && folder) s = cmd_interrupted_in(c, folder);
    if (s == FRS_OK) s = show(c, folder, config, k);
    frs_text_free(c->ctx, folder);
    return s;
}

frs_status cmd_demo(cmd *c) {
    const char *out = c->o->out ? c->o->out : "demo";
    char *config = frs__path_join(c->ctx, out, "demo.yml");
    char *runs = frs__path_join(c->ctx, out, "runs");
    cmd_truth k = {0};
    const frs_status s = config && runs ? demo(c, out, config, runs, &k) : FRS_E_NOMEM;
    frs_series_free(c->ctx, &k.record);
    frs_series_free(c->ctx, &k.truth);
    frs__free(c->ctx, config);
    frs__free(c->ctx, runs);
    return s;
}
