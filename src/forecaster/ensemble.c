/* The net that `model` names, trained from ensemble_members seeds (seed, seed + 1, ...); the
 * forecast is the mean of the members, which are put out too. Hansen & Salamon (1990),
 * doi:10.1109/34.58871 */
#include "forecaster/ensemble.h"
#include "data/data.h"
#include "forecaster/blob.h"
#include "forecaster/forecaster.h"
#include <math.h>
#include <string.h>

enum { MAX_MEMBERS = 50, MAX_LEADS = 366 };
typedef struct ensemble {
    frs_forecaster base;
    int64_t n;
    frs_forecaster *member[MAX_MEMBERS];
} ensemble;
extern const frs_forecaster_def frs__ensemble;

int64_t frs__ensemble_members(const frs_forecaster *f) {
    return f->def == &frs__ensemble ? ((const ensemble *)f)->n : 0;
}

frs_forecaster *frs__ensemble_member(const frs_forecaster *f, int64_t i) {
    return ((const ensemble *)f)->member[i];
}

static bool serves(const frs_task *t) {
    (void)t;
    return true;
}

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    ensemble *f = (ensemble *)base;
    for (int64_t i = 0; f && i < f->n; i++) frs_forecaster_free(ctx, f->member[i]);
    frs__free(ctx, f);
}

/* ---- fit */

static frs_status fit_members(frs_ctx *ctx, const frs_fit_args *a, int64_t n, ensemble *f) {
    const frs_candidate model = frs__candidate_model(a->config);
    if (!model.def->serves(&f->base.task))
        return frs__fail(ctx, FRS_E_INPUT, _("%s does not serve this task"), _(model.def->title));
    for (int64_t i = 0; i < n; i++) {
        frs_fit_args own = *a;
        own.seed = a->seed + (uint64_t)i;
        own.run_dir = NULL; /* a checkpoint of one name cannot serve several members */
        frs__log(ctx, FRS_LOG_INFO, _("ensemble: member %lld of %lld"), (long long)i + 1,
                 (long long)n);
        FRS_TRY(frs__candidate_fit(ctx, model, &own, &f->member[i]));
        f->n = i + 1;
    }
    return FRS_OK;
}

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    const int64_t n = frs_config_int(a->config, "ensemble_members");
    if (n < 2)
        return frs__fail(ctx, FRS_E_INPUT, _("an ensemble needs ensemble_members: 2 or more"));
    ensemble *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    f->base = (frs_forecaster){&frs__ensemble, *frs_samples_task(a->training)};
    const frs_status s = fit_members(ctx, a, n < MAX_MEMBERS ? n : MAX_MEMBERS, f);
    if (s == FRS_OK)
        *out = &f->base;
    else
        free_it(ctx, &f->base);
    return s;
}

/* ---- predict: each member handed on, and summed in an archive */

typedef struct summing {
    const frs_sink *to;
    frs_archive *sum;
    int64_t member;
} summing;

static frs_status put(void *arg, const frs_forecast_slice *s) {
    const summing *m = arg;
    frs_archive *a = m->sum;
    frs_forecast_slice member = *s;
    member.kind = FRS_MEMBER;
    member.level = (double)m->member;
    if (s->kind != FRS_VALUE) return FRS_OK;
    const int64_t issue = frs__step_index(a->step, a->first_issue_s, s->issue_s);
    const int64_t lead = a->simulation ? 0 : s->lead - 1;
    for (int64_t i = 0; i < s->n; i++) {
        float *at = a->values + ((s->first + i) * a->n_issues + issue) * a->n_leads + lead;
        *at = m->member == 1 ? s->values[i] : *at + s->values[i];
    }
    return m->to->put(m->to->arg, &member);
}

static frs_status put_means(const ensemble *f, const frs_samples *s, const frs_archive *sum,
                            const frs_sink *sink) {
    float q[MAX_LEADS];
    for (int64_t i = 0; i < frs_samples_count(s); i++) {
        const frs_sample_id id = frs_samples_id(s, i);
        const int64_t issue = frs__step_index(sum->step, sum->first_issue_s, id.issue_s);
        const float *from = sum->values + (id.site * sum->n_issues + issue) * sum->n_leads;
        for (int64_t l = 0; l < sum->n_leads; l++) q[l] = from[l] / (float)f->n;
        FRS_TRY(frs__put_forecast(&f->base.task, id, q, sink));
    }
    return FRS_OK;
}

static frs_status predict(frs_ctx *ctx, const frs_forecaster *base, const frs_samples *s,
                          const frs_sink *sink) {
    const ensemble *f = (const ensemble *)base;
    frs_archive sum;
    FRS_TRY(frs_archive_new(ctx, s, &sum));
    summing m = {.to = sink, .sum = &sum};
    const frs_sink own = {put, &m};
    frs_status st = FRS_OK;
    for (int64_t i = 0; i < f->n && st == FRS_OK; i++) {
        m.member = i + 1;
        st = f->member[i]->def->predict(ctx, f->member[i], s, &own);
    }
    if (st == FRS_OK) st = put_means(f, s, &sum, sink);
    frs_archive_free(ctx, &sum);
    return st;
}

/* ---- files */

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const ensemble *f = (const ensemble *)base;
    frs_blob b;
    frs_status s = FRS_OK;
    frs__blob_start(ctx, base, &b);
    frs__blob_put_int(&b, f->n);
    for (int64_t i = 0; i < f->n && s == FRS_OK; i++)
        s = frs__blob_put_inner(&b, f->member[i], path);
    if (s == FRS_OK) return frs__blob_save(&b, path);
    frs__buf_free(&b.buf);
    return s;
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    frs_blob_in b;
    FRS_TRY(frs__blob_open(ctx, path, &b));
    ensemble *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) {
        frs__blob_close(&b);
        return FRS_E_NOMEM;
    }
    f->base = (frs_forecaster){&frs__ensemble, b.task};
    const int64_t n = frs__blob_get_int(&b, 1, MAX_MEMBERS);
    frs_status s = FRS_OK;
    for (int64_t i = 0; i < n && s == FRS_OK && !b.failed; i++) {
        s = frs__blob_get_inner(&b, &f->member[i]);
        if (f->member[i]) f->n = i + 1;
    }
    if (s == FRS_OK)
        s = frs__blob_end(&b);
    else
        frs__blob_close(&b);
    for (int64_t i = 0; i < f->n && s == FRS_OK; i++)
        if (f->member[i]->def == &frs__ensemble ||
            memcmp(&f->member[i]->task, &f->base.task, sizeof f->base.task) != 0)
            s = frs__fail(ctx, FRS_E_FORMAT, _("%s: a member is of another task"), path);
    if (s == FRS_OK)
        *out = &f->base;
    else
        free_it(ctx, &f->base);
    return s;
}

static frs_status describe(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const ensemble *f = (const ensemble *)base;
    *text = frs__asprintf(
        ctx, _("The mean of %lld nets of one kind (%s), trained from different seeds."),
        (long long)f->n, frs_forecaster_title(f->member[0]));
    return *text ? FRS_OK : FRS_E_NOMEM;
}

/* ---- streaming: the members' states behind each other, each at a multiple of 16 bytes */

static size_t member_size(const ensemble *f, int64_t i) {
    return (f->member[i]->def->state_size(f->member[i]) + 15) & ~(size_t)15;
}

static size_t state_size(const frs_forecaster *base) {
    const ensemble *f = (const ensemble *)base;
    size_t size = sizeof(frs_state_header);
    for (int64_t i = 0; i < f->n; i++) size += member_size(f, i);
    return size;
}

static frs_status state_init(frs_ctx *ctx, const frs_forecaster *base, const char *site,
                             const float *statics, void *blob) {
    const ensemble *f = (const ensemble *)base;
    char *at = (char *)blob + sizeof(frs_state_header);
    uint64_t hash = 0;
    frs__state_start(blob, state_size(base), 0);
    for (int64_t i = 0; i < f->n; at += member_size(f, i), i++) {
        FRS_TRY(f->member[i]->def->state_init(ctx, f->member[i], site, statics, at));
        hash = frs__hash64(at, sizeof(frs_state_header), hash); /* it has the member's own */
    }
    ((frs_state_header *)blob)->model_hash = hash;
    return FRS_OK;
}

static frs_status state_step(frs_ctx *ctx, const frs_forecaster *base, void *blob, int64_t time_s,
                             const float *weather, float target) {
    const ensemble *f = (const ensemble *)base;
    char *at = (char *)blob + sizeof(frs_state_header);
    for (int64_t i = 0; i < f->n; at += member_size(f, i), i++)
        FRS_TRY(f->member[i]->def->state_step(ctx, f->member[i], at, time_s, weather, target));
    return FRS_OK;
}

static frs_status state_predict(frs_ctx *ctx, const frs_forecaster *base, const void *blob,
                                const float *future, float *out) {
    const ensemble *f = (const ensemble *)base;
    const char *at = (const char *)blob + sizeof(frs_state_header);
    const int64_t L = frs__n_leads(&base->task);
    float q[MAX_LEADS];
    for (int64_t i = 0; i < f->n; at += member_size(f, i), i++) {
        FRS_TRY(f->member[i]->def->state_predict(ctx, f->member[i], at, future, q));
        for (int64_t l = 0; l < L; l++) out[l] = i ? out[l] + q[l] : q[l];
    }
    for (int64_t l = 0; l < L; l++) out[l] /= (float)f->n;
    return FRS_OK;
}

const frs_forecaster_def frs__ensemble = {
    .name = "ensemble",
    .title = N_("Ensemble"),
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
