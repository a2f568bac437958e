/* Persistence: the last flow known at the issue time, at every lead. What any forecast must beat at
 * short leads (e.g. Pappenberger et al. 2015, doi:10.1016/j.jhydrol.2015.01.024).
 * Looks back as far as the window (seq_length steps) reaches; NaN when no flow is known there. */
#include "forecaster/blob.h"
#include "forecaster/forecaster.h"
#include <math.h>
#include <string.h>

extern const frs_forecaster_def frs__persistence;

static frs_status new_forecaster(frs_ctx *ctx, const frs_task *t, frs_forecaster **f) {
    *f = frs__alloc(ctx, 1, sizeof **f);
    if (!*f) return FRS_E_NOMEM;
    **f = (frs_forecaster){&frs__persistence, *t};
    return FRS_OK;
}

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **f) {
    return new_forecaster(ctx, frs_samples_task(a->training), f);
}

static bool serves(const frs_task *t) {
    return t->kind == FRS_FORECAST;
}

/* x [W][C] in raw units: the flow is the channel after the weather. */
static float last_known(const frs_task *t, int64_t channels, const float *x) {
    for (int64_t w = t->seq_length - 1; w >= 0; w--) {
        const float q = x[w * channels + t->n_inputs];
        if (!isnan(q)) return q;
    }
    return NAN;
}

static frs_status predict(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s,
                          const frs_sink *sink) {
    const frs_task *t = &f->task;
    const int64_t C = frs_samples_channels(s), L = frs__n_leads(t);
    float *x = frs__alloc(ctx, frs_samples_window(s) * C, sizeof *x);
    float *q = frs__alloc(ctx, L, sizeof *q);
    frs_status st = x && q ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; st == FRS_OK && i < frs_samples_count(s); i++) {
        frs_samples_gather(s, NULL, &i, 1, &(frs_batch){.x = x});
        const float last = last_known(t, C, x);
        for (int64_t k = 0; k < L; k++) q[k] = last;
        st = frs__put_forecast(t, frs_samples_id(s, i), q, sink);
    }
    frs__free(ctx, x);
    frs__free(ctx, q);
    return st;
}

static frs_status save(frs_ctx *ctx, const frs_forecaster *f, const char *path) {
    frs_blob b;
    frs__blob_start(ctx, f, &b);
    return frs__blob_save(&b, path);
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **f) {
    frs_blob_in b;
    FRS_TRY(frs__blob_open(ctx, path, &b));
    const frs_task task = b.task;
    FRS_TRY(frs__blob_end(&b));
    return new_forecaster(ctx, &task, f);
}

static frs_status describe(frs_ctx *ctx, const frs_forecaster *f, char **text) {
    (void)f;
    *text = frs__strdup(ctx, _("The last flow known at the issue time, at every lead."));
    return *text ? FRS_OK : FRS_E_NOMEM;
}

static void free_it(frs_ctx *ctx, frs_forecaster *f) {
    frs__free(ctx, f);
}

/* ---- streaming: the last flow and how many steps ago it was read */

typedef struct state {
    frs_state_header header;
    float flow;
    int32_t pad;
    int64_t age;
} state;

static size_t state_size(const frs_forecaster *f) {
    (void)f;
    return sizeof(state);
}

static frs_status state_init(frs_ctx *ctx, const frs_forecaster *f, const char *site,
                             const float *statics, void *blob) {
    (void)ctx, (void)f, (void)site, (void)statics;
    frs__state_start(blob, sizeof(state), 0);
    ((state *)blob)->flow = NAN;
    return FRS_OK;
}

static frs_status state_step(frs_ctx *ctx, const frs_forecaster *f, void *blob, int64_t time_s,
                             const float *weather, float target) {
    (void)ctx, (void)time_s, (void)weather;
    state *s = blob;
    s->age++;
    if (!isnan(target)) {
        s->flow = target;
        s->age = 0;
    } else if (s->age >= f->task.seq_length) {
        s->flow = NAN;
    }
    return FRS_OK;
}

static frs_status state_predict(frs_ctx *ctx, const frs_forecaster *f, const void *blob,
                                const float *future, float *out) {
    (void)ctx, (void)future;
    const state *s = blob;
    for (int64_t k = 0; k < frs__n_leads(&f->task); k++) out[k] = frs__clip(&f->task, s->flow);
    return FRS_OK;
}

const frs_forecaster_def frs__persistence = {
    .name = "persistence",
    .title = N_("Persistence"),
    .baseline = true,
    .serves = serves,
    .fit = fit,
    .predict = predict,
    .save = save,
    .load = load,
    .describe = describe,
    .state_size = state_size,
    .state_init = state_init,
    .state_step = state_step,
    .state_predict = state_predict,
    .free = free_it,
};
