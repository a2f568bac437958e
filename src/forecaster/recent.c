#include "forecaster/recent.h"
#include "data/data.h"
#include <math.h>
#include <string.h>

bool frs__recent_serves(const frs_task *t) {
    return t->kind == FRS_FORECAST;
}

int64_t frs__recent_age(const float *flow, int64_t T) {
    for (int64_t age = 0; age < T; age++)
        if (!isnan(flow[T - 1 - age])) return age;
    return -1;
}

void frs__recent_flow(const frs_task *t, int64_t C, const float *x, float *flow) {
    for (int64_t w = 0; w < t->seq_length; w++) flow[w] = x[w * C + t->n_inputs];
}

/* One sample after another, as `fn` takes them. */
frs_status frs__recent_each(frs_ctx *ctx, const frs_samples *s,
                            void (*fn)(void *arg, const frs_recent_sample *r), void *arg) {
    const frs_task *t = frs_samples_task(s);
    const int64_t C = frs_samples_channels(s);
    float *x = frs__alloc(ctx, frs_samples_window(s) * C, sizeof *x);
    float *flow = frs__alloc(ctx, t->seq_length, sizeof *flow);
    float *y = frs__alloc(ctx, frs_samples_n_targets(s), sizeof *y);
    frs_status st = x && flow && y ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; st == FRS_OK && i < frs_samples_count(s); i++) {
        const frs_sample_id id = frs_samples_id(s, i);
        if (i % 4096 == 0 && frs__cancelled(ctx))
            st = frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"));
        frs_samples_gather(s, NULL, &i, 1, &(frs_batch){.x = x, .y = y});
        frs__recent_flow(t, C, x, flow);
        if (st == FRS_OK) fn(arg, &(frs_recent_sample){id.site, id.issue_s, flow, y});
    }
    frs__free(ctx, x);
    frs__free(ctx, flow);
    frs__free(ctx, y);
    return st;
}

typedef struct predicting {
    const recent *f;
    const frs_samples *s;
    const frs_sink *sink;
    float *q;
    frs_status status;
} predicting;

static void predict_one(void *arg, const frs_recent_sample *r) {
    predicting *p = arg;
    if (p->status != FRS_OK) return;
    p->f->flow(&p->f->base, frs_samples_site_name(p->s, r->site), r->issue_s, r->flow, p->q);
    const frs_sample_id id = {.site = r->site, .issue_s = r->issue_s};
    p->status = frs__put_forecast(&p->f->base.task, id, p->q, p->sink);
}

frs_status frs__recent_predict(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s,
                               const frs_sink *sink) {
    predicting p = {.f = (const recent *)f,
                    .s = s,
                    .sink = sink,
                    .q = frs__alloc(ctx, frs__n_leads(&f->task), sizeof(float))};
    frs_status st = p.q ? frs__recent_each(ctx, s, predict_one, &p) : FRS_E_NOMEM;
    frs__free(ctx, p.q);
    return st == FRS_OK ? p.status : st;
}

/* ---- streaming: the site, the last step's time, the window's flow */

typedef struct state {
    frs_state_header header;
    char site[64];
    int64_t time_s;
    float flow[]; /* [T] */
} state;

size_t frs__recent_state_size(const frs_forecaster *f) {
    return sizeof(state) + (size_t)f->task.seq_length * sizeof(float);
}

frs_status frs__recent_state_init(frs_ctx *ctx, const frs_forecaster *f, const char *site,
                                  const float *statics, void *blob) {
    (void)statics;
    state *s = blob;
    frs__state_start(s, frs__recent_state_size(f), ((const recent *)f)->hash);
    s->time_s = INT64_MIN;
    for (int64_t i = 0; i < f->task.seq_length; i++) s->flow[i] = NAN;
    return frs__name_copy(ctx, s->site, sizeof s->site, site);
}

frs_status frs__recent_state_step(frs_ctx *ctx, const frs_forecaster *f, void *blob, int64_t time_s,
                                  const float *weather, float target) {
    (void)ctx, (void)weather;
    state *s = blob;
    const int64_t T = f->task.seq_length;
    memmove(s->flow, s->flow + 1, sizeof(float) * (size_t)(T - 1));
    s->flow[T - 1] = target;
    s->time_s = time_s;
    return FRS_OK;
}

frs_status frs__recent_state_predict(frs_ctx *ctx, const frs_forecaster *f, const void *blob,
                                     const float *future, float *out) {
    (void)ctx, (void)future;
    const state *s = blob;
    ((const recent *)f)->flow(f, s->site, s->time_s, s->flow, out);
    for (int64_t k = 0; k < frs__n_leads(&f->task); k++) out[k] = frs__clip(&f->task, out[k]);
    return FRS_OK;
}
