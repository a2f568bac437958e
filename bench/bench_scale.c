/* Does a data set of thousands of catchments cost more a step than one of a few?
 *     bench_scale STORE SITES YEARS    makes STORE when it is missing (5 inputs and flow, made-up
 * weather) Prints CSV: sites, years, file MB, ms to open, s to find the samples, samples, s to fit
 * the scaling, ms a training step (batch 256, 365 days, hidden 64), MB of resident memory that is
 * not the page cache's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "freshet/forecaster.h"

enum { VARS = 6, STEPS = 60 };
static const char *const names[VARS] = {"prcp", "srad", "tmax", "tmin", "vp", "q"};

static frs_status one_site(frs_store_writer *w, frs_series *s, int64_t site) {
    snprintf(s->site, sizeof s->site, "%08d", (int)site);
    for (int64_t t = 0; t < s->n; t++) {
        const frs_rng r = {1, FRS_RNG_TEST, (uint64_t)site};
        const double u = frs__rng_uniform(r, (uint64_t)t),
                     season = sin(2 * 3.14159265 * (double)t / 365.25);
        const double v[VARS] = {u > 0.7 ? 30 * (u - 0.7) : 0, 200 + 100 * season,
                                15 + 12 * season + u,         5 + 12 * season + u,
                                800 + 400 * season,           1 + u + season * season};
        for (int k = 0; k < VARS; k++) s->values[k][t] = (float)v[k];
    }
    return frs_store_add(w, s);
}

static frs_status make(frs_ctx *ctx, const char *path, int64_t sites, int64_t years) {
    frs_series s;
    frs_store_writer *w;
    const frs_step day = {.count = FRS_DAY_S, .unit = FRS_STEP_SECOND};
    FRS_TRY(frs_series_new(ctx, "0", 0, day, years * 365, VARS, &s));
    for (int k = 0; k < VARS; k++) snprintf(s.vars[k].name, sizeof s.vars[k].name, "%s", names[k]);
    frs_status st = frs_store_create(ctx, path, NULL, &w);
    for (int64_t i = 0; i < sites && st == FRS_OK; i++) st = one_site(w, &s, i);
    frs_series_free(ctx, &s);
    return st == FRS_OK ? frs_store_finish(w) : st;
}

/* Resident memory that no file backs. */
static double own_mb(void) {
    char line[200];
    double kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f)) sscanf(line, "RssAnon: %lf kB", &kb);
    if (f) fclose(f);
    return kb / 1024;
}

static frs_task task(void) {
    frs_task t = {.kind = FRS_SIMULATION,
                  .n_inputs = VARS - 1,
                  .target = "q",
                  .seq_length = 365,
                  .predict_last_n = 1};
    for (int k = 0; k < VARS - 1; k++) snprintf(t.inputs[k], sizeof t.inputs[k], "%s", names[k]);
    return t;
}

static frs_status run(frs_ctx *ctx, const frs_store *store, double open_ms, const char *path) {
    const char *sets[] = {"hidden_size=64", "epochs=2", "batch_size=256",
                          "max_updates_per_epoch=60", "validate_every=0"};
    const frs_store_info info = frs_store_get_info(store);
    const frs_store_site last = frs_store_get_site(store, info.n_sites - 1);
    const frs_task t = task();
    struct stat file;
    frs_config *c;
    frs_samples *s = NULL;
    frs_forecaster *f = NULL;
    int64_t *sites = frs__alloc(ctx, info.n_sites, sizeof *sites);
    if (!sites || stat(path, &file)) return FRS_E_IO;
    for (int64_t i = 0; i < info.n_sites; i++) sites[i] = i;
    const frs_samples_opts o = {.store = store,
                                .task = &t,
                                .period = {last.start_s, last.start_s + last.n * FRS_DAY_S},
                                .sites = sites,
                                .n_sites = info.n_sites,
                                .for_training = true};
    frs_status st = frs_config_load(ctx, NULL, sets, FRS_LEN(sets), &c);
    if (st != FRS_OK) return st;
    const double start = frs__now_s();
    st = frs_samples_new(ctx, &o, &s);
    const double found = frs__now_s();
    if (st == FRS_OK)
        st = frs_forecaster_find("lstm")->fit(
            ctx, &(frs_fit_args){.training = s, .config = c, .seed = 1}, &f);
    if (st == FRS_OK) {
        const frs_history *h = f->def->history(f);
        const double all = frs__now_s() - found,
                     training = h->items[0].seconds + h->items[1].seconds;
        printf("%lld,%.1f,%.0f,%.2f,%.2f,%lld,%.1f,%.2f,%.0f\n", (long long)info.n_sites,
               (double)last.n / 365.25, (double)file.st_size * 1e-6, open_ms, found - start,
               (long long)frs_samples_count(s), all - training, h->items[1].seconds * 1e3 / STEPS,
               own_mb());
    }
    frs_forecaster_free(ctx, f);
    frs_samples_free(s);
    frs_config_free(c);
    frs__free(ctx, sites);
    return st;
}

int main(int argc, char **argv) {
    frs_ctx *ctx;
    frs_store *store = NULL;
    if (argc != 4 || frs_ctx_new(NULL, &ctx)) return 2;
    frs_status s =
        frs__exists(argv[1]) ? FRS_OK : make(ctx, argv[1], atoll(argv[2]), atoll(argv[3]));
    const double start = frs__now_s();
    if (s == FRS_OK) s = frs_store_open(ctx, argv[1], &store);
    const double open_ms = (frs__now_s() - start) * 1e3;
    if (s == FRS_OK) s = run(ctx, store, open_ms, argv[1]);
    if (s != FRS_OK) fprintf(stderr, "%s\n", frs_message(ctx));
    frs_store_close(store);
    frs_ctx_free(ctx);
    return s != FRS_OK;
}
