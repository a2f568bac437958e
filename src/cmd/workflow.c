/* run, train, evaluate, report: the workflow of freshet/run.h, and what to tell after it. */
#include "cmd/cmd.h"
#include "freshet/run.h"
#include <string.h>

/* --seed is a key of the config like any other. The list lives in memory. */
frs_status cmd_load_config(cmd *c, const char *path, frs_config **config) {
    const cmd_options *o = c->o;
    const char **sets = frs__arena_alloc(o->memory, o->set.n + 1, sizeof *sets);
    char seed[40];
    int64_t n = 0;
    if (!sets) return frs__fail(c->ctx, FRS_E_NOMEM, _("out of memory"));
    for (; n < o->set.n; n++) sets[n] = o->set.at[n];
    if (o->seed >= 0) {
        snprintf(seed, sizeof seed, "seed=%lld", (long long)o->seed);
        sets[n++] = seed;
    }
    return frs_config_load(c->ctx, path, sets, n, config);
}

static frs_status usage_of_run(cmd *c) {
    const cmd_options *o = c->o;
    const char *verb = cmd_verbs[o->verb].name;
    if (o->args.n == 0 && !o->resume)
        return frs__fail(
            c->ctx, FRS_E_ARG,
            _("freshet %s: which config? `freshet %s CONFIG` starts a run, `freshet %s "
              "--resume FOLDER` goes on with one, `freshet demo` shows how it looks"),
            verb, verb, verb);
    if (o->resume && (o->args.n || o->out || o->set.n || o->seed >= 0))
        return frs__fail(
            c->ctx, FRS_E_ARG,
            _("--resume takes everything from its folder: leave out the config, --out, "
              "--set and --seed"));
    return FRS_OK;
}

static frs_status tell_end(cmd *c, unsigned stages, const char *folder) {
    char *page = frs__path_join(c->ctx, folder, "report.html");
    if (!page) return FRS_E_NOMEM;
    const bool reported = (stages & FRS_STAGE_REPORT) && frs__exists(page);
    const term_fact facts[2] = {{"run", _("Run folder"), folder}, {"report", _("Report"), page}};
    term_facts(&c->t, "done", facts, reported ? 2 : 1);
    frs__free(c->ctx, page);
    return FRS_OK;
}

frs_status cmd_interrupted_in(cmd *c, const char *folder) {
    if (!frs__is_dir(folder)) return FRS_E_CANCELLED; /* nothing is kept before the first fit */
    return frs__fail(c->ctx, FRS_E_CANCELLED, _("interrupted; go on by: freshet %s --resume %s"),
                     c->o->verb == VERB_train ? "train" : "run", folder);
}

/* In the report stands how the whole run is made again, not how it was gone on with. */
static frs_status run_it(cmd *c, frs_run_opts o, char **folder) {
    char *again = NULL;
    if (!o.config) {
        again = frs__asprintf(c->ctx, "freshet run %s/config.yml", o.run_dir);
        if (!again) return FRS_E_NOMEM;
    }
    o.command = again ? again : c->line;
    const frs_status s = frs_run(c->ctx, &o, folder);
    frs__free(c->ctx, again);
    return s;
}

static frs_status work(cmd *c, const frs_run_opts *o) {
    char *folder = NULL;
    frs_status s = run_it(c, *o, &folder);
    if (s == FRS_E_CANCELLED && folder && (o->stages & FRS_STAGE_FIT))
        s = cmd_interrupted_in(c, folder);
    if (s == FRS_OK && c->o->explain) s = cmd_explain(c, folder);
    if (s == FRS_OK && (o->stages & FRS_STAGE_EVALUATE)) s = cmd_leaderboard(c, folder);
    if (s == FRS_OK) s = tell_end(c, o->stages, folder);
    frs_text_free(c->ctx, folder);
    return s;
}

static frs_status start_or_resume(cmd *c, unsigned stages) {
    frs_config *config = NULL;
    FRS_TRY(usage_of_run(c));
    if (!c->o->resume) FRS_TRY(cmd_load_config(c, c->o->args.at[0], &config));
    const frs_run_opts o = {.config = config,
                            .run_dir = c->o->resume ? c->o->resume : c->o->out,
                            .resume = c->o->resume != NULL,
                            .stages = stages};
    const frs_status s = work(c, &o);
    frs_config_free(config);
    return s;
}

frs_status cmd_run(cmd *c) {
    return start_or_resume(c, FRS_STAGE_ALL);
}

frs_status cmd_train(cmd *c) {
    return start_or_resume(c, FRS_STAGE_CHECK | FRS_STAGE_FIT);
}

frs_status cmd_evaluate(cmd *c) {
    return work(c,
                &(frs_run_opts){.run_dir = c->o->args.at[0],
                                .stages = FRS_STAGE_CHECK | FRS_STAGE_EVALUATE | FRS_STAGE_REPORT});
}

frs_status cmd_report(cmd *c) {
    return work(c, &(frs_run_opts){.run_dir = c->o->args.at[0], .stages = FRS_STAGE_REPORT});
}
