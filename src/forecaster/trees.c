/* Gradient-boosted trees on the lags that ridge regression sees, by libxgboost: one model a lead,
 * on one thread. Chen & Guestrin (2016), doi:10.1145/2939672.2939785. The number of trees is
 * chosen, every 10 of them, on the validation period; without one it is trees_rounds. Only samples
 * with every lead observed take part in the fit. */
#include "forecaster/lagged.h"
#include "forecaster/xgboost_lib.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LEADS = 366, EVERY = 10 };
typedef struct trees {
    lagged base;
    frs__xgb xgb;
    void *booster[MAX_LEADS];
    int64_t rounds[MAX_LEADS]; /* trees in use */
} trees;
extern const frs_forecaster_def frs__trees;

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    trees *f = (trees *)base;
    if (!f) return;
    for (int l = 0; l < MAX_LEADS; l++)
        if (f->booster[l]) f->xgb.BoosterFree(f->booster[l]);
    frs_scaler_free(ctx, &f->base.scaler);
    frs__free(ctx, f);
}

static frs_status predict_matrix(frs_ctx *ctx, const trees *f, int64_t lead, void *matrix,
                                 const float **out) {
    uint64_t n = 0;
    return frs__xgb_check(
        ctx, &f->xgb,
        f->xgb.BoosterPredict(f->booster[lead], matrix, 0, (unsigned)f->rounds[lead], 0, &n, out));
}

static frs_status flow(frs_ctx *ctx, const lagged *base, const float *z, int64_t n, float *q) {
    const trees *f = (const trees *)base;
    void *matrix = NULL;
    FRS_TRY(frs__xgb_check(
        ctx, &f->xgb,
        f->xgb.DMatrixCreateFromMat(z, (uint64_t)n, (uint64_t)base->n_features, NAN, &matrix)));
    frs_status s = FRS_OK;
    for (int64_t l = 0; l < base->n_leads && s == FRS_OK; l++) {
        const float *of_lead;
        s = predict_matrix(ctx, f, l, matrix, &of_lead);
        for (int64_t i = 0; i < n && s == FRS_OK; i++) q[i * base->n_leads + l] = of_lead[i];
    }
    f->xgb.DMatrixFree(matrix);
    return s;
}

/* ---- fit */

/* Samples with every lead observed: features [n][p], targets [n_leads][n] (columns of `cap`). */
typedef struct table {
    int64_t n, cap;
    float *z, *y;
    void *matrix;
} table;

static void table_free(frs_ctx *ctx, const trees *f, table *t) {
    if (t->matrix) f->xgb.DMatrixFree(t->matrix);
    frs__free(ctx, t->z);
    frs__free(ctx, t->y);
}

static void keep_complete(const lagged_gather *g, table *t) {
    const lagged *f = g->f;
    const int64_t K = frs_samples_n_targets(g->s), L = f->n_leads, p = f->n_features;
    for (int64_t i = 0; i < g->n; i++) {
        const float *y = g->y + i * K + (K - L);
        bool all = true;
        for (int64_t l = 0; l < L; l++) all &= !isnan(y[l]);
        if (!all) continue;
        memcpy(t->z + t->n * p, g->z + i * p, sizeof *y * (size_t)p);
        for (int64_t l = 0; l < L; l++) t->y[l * t->cap + t->n] = y[l];
        t->n++;
    }
}

static frs_status table_new(frs_ctx *ctx, const trees *f, const frs_samples *s, table *t) {
    const lagged *base = &f->base;
    lagged_gather g;
    t->cap = frs_samples_count(s);
    t->z = frs__alloc(ctx, t->cap * base->n_features, sizeof *t->z);
    t->y = frs__alloc(ctx, t->cap * base->n_leads, sizeof *t->y);
    frs_status st = frs__lagged_gather_new(ctx, base, s, true, true, &g);
    if (!t->z || !t->y) st = FRS_E_NOMEM;
    while (st == FRS_OK && frs__lagged_gather_next(ctx, &g)) keep_complete(&g, t);
    frs__lagged_gather_free(ctx, &g, true);
    if (st == FRS_OK && t->n > 0)
        st = frs__xgb_check(ctx, &f->xgb,
                            f->xgb.DMatrixCreateFromMat(
                                t->z, (uint64_t)t->n, (uint64_t)base->n_features, NAN, &t->matrix));
    frs__free(ctx, t->z); /* the matrix has its own copy */
    t->z = NULL;
    return st;
}

static frs_status set(frs_ctx *ctx, const trees *f, int64_t lead, const char *name,
                      const char *value) {
    return frs__xgb_check(ctx, &f->xgb, f->xgb.BoosterSetParam(f->booster[lead], name, value));
}

static frs_status settings(frs_ctx *ctx, const trees *f, int64_t lead, const frs_config *c) {
    char depth[24], rate[40];
    snprintf(depth, sizeof depth, "%lld", (long long)frs_config_int(c, "trees_depth"));
    frs__format_double(frs_config_real(c, "trees_learning_rate"), rate);
    FRS_TRY(set(ctx, f, lead, "nthread", "1"));
    FRS_TRY(set(ctx, f, lead, "tree_method", "hist"));
    FRS_TRY(set(ctx, f, lead, "max_depth", depth));
    return set(ctx, f, lead, "eta", rate);
}

static frs_status error_of(frs_ctx *ctx, const trees *f, int64_t lead, const table *judge,
                           double *sum) {
    const float *q;
    FRS_TRY(predict_matrix(ctx, f, lead, judge->matrix, &q));
    *sum = 0;
    for (int64_t i = 0; i < judge->n; i++) {
        const double d = (double)q[i] - (double)judge->y[lead * judge->cap + i];
        *sum += d * d;
    }
    return FRS_OK;
}

static frs_status grow(frs_ctx *ctx, trees *f, int64_t lead, const table *t, const table *judge,
                       int64_t rounds) {
    double least = INFINITY;
    int64_t best = rounds;
    for (int64_t k = 0; k < rounds; k++) {
        if (frs__cancelled(ctx)) return frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"));
        FRS_TRY(frs__xgb_check(ctx, &f->xgb,
                               f->xgb.BoosterUpdateOneIter(f->booster[lead], (int)k, t->matrix)));
        if (judge->n == 0 || (k + 1) % EVERY) continue;
        double e = 0;
        f->rounds[lead] = k + 1;
        FRS_TRY(error_of(ctx, f, lead, judge, &e));
        if (e < least) least = e, best = k + 1;
    }
    f->rounds[lead] = best;
    return FRS_OK;
}

static frs_status fit_leads(frs_ctx *ctx, const frs_config *c, trees *f, table *t,
                            const table *judge) {
    if (t->n == 0)
        return frs__fail(ctx, FRS_E_NODATA,
                         _("boosted trees: no training sample has all its targets observed"));
    for (int64_t l = 0; l < f->base.n_leads; l++) {
        FRS_TRY(frs__xgb_check(
            ctx, &f->xgb,
            f->xgb.DMatrixSetFloatInfo(t->matrix, "label", t->y + l * t->cap, (uint64_t)t->n)));
        FRS_TRY(frs__xgb_check(ctx, &f->xgb, f->xgb.BoosterCreate(&t->matrix, 1, &f->booster[l])));
        FRS_TRY(settings(ctx, f, l, c));
        FRS_TRY(grow(ctx, f, l, t, judge, frs_config_int(c, "trees_rounds")));
        frs__progress(ctx, &(frs_progress_info){.stage = _("fitting: boosted trees"),
                                                .done = l + 1,
                                                .total = f->base.n_leads,
                                                .value = NAN,
                                                .eta_s = NAN});
    }
    return FRS_OK;
}

static frs_status new_trees(frs_ctx *ctx, const frs_task *t, trees **out) {
    if (frs__n_leads(t) > MAX_LEADS)
        return frs__fail(ctx, FRS_E_INPUT, _("at most %d leads or predict_last_n are supported"),
                         MAX_LEADS);
    trees *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    frs__lagged_init(&f->base, &frs__trees, t);
    f->base.predict = flow;
    const frs_status s = frs__xgb_begin(ctx, &f->xgb);
    if (s == FRS_OK)
        *out = f;
    else
        frs__free(ctx, f);
    return s;
}

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    trees *f = NULL;
    table t = {0}, judge = {0};
    FRS_TRY(new_trees(ctx, frs_samples_task(a->training), &f));
    frs_status s = frs_scaler_fit(ctx, a->training, &f->base.scaler);
    if (s == FRS_OK) s = table_new(ctx, f, a->training, &t);
    if (s == FRS_OK && a->validation) s = table_new(ctx, f, a->validation, &judge);
    if (s == FRS_OK) s = fit_leads(ctx, a->config, f, &t, &judge);
    table_free(ctx, f, &t);
    table_free(ctx, f, &judge);
    f->base.hash = a->seed ^ (uint64_t)f->rounds[0];
    if (s == FRS_OK)
        *out = &f->base.base;
    else
        free_it(ctx, &f->base.base);
    return s;
}

/* ---- files: each booster as the bytes that xgboost makes of it */

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const trees *f = (const trees *)base;
    frs_blob b;
    frs_status s = FRS_OK;
    frs__blob_start(ctx, base, &b);
    frs__lagged_put(&b, &f->base);
    frs__blob_put_int(&b, (int64_t)f->base.hash);
    for (int64_t l = 0; l < f->base.n_leads && s == FRS_OK; l++) {
        uint64_t n = 0;
        const char *bytes = NULL;
        s = frs__xgb_check(
            ctx, &f->xgb,
            f->xgb.BoosterSaveModelToBuffer(f->booster[l], "{\"format\": \"ubj\"}", &n, &bytes));
        if (s != FRS_OK) break;
        frs__blob_put_int(&b, f->rounds[l]);
        frs__blob_put_int(&b, (int64_t)n);
        frs__blob_put(&b, bytes, (int64_t)n);
    }
    if (s == FRS_OK) return frs__blob_save(&b, path);
    frs__buf_free(&b.buf);
    return s;
}

static frs_status load_booster(frs_blob_in *b, trees *f, int64_t lead) {
    f->rounds[lead] = frs__blob_get_int(b, 1, INT32_MAX);
    const int64_t n = frs__blob_get_int(b, 1, INT64_MAX);
    char *bytes = frs__blob_get_block(b, n, 1);
    if (!bytes) return FRS_OK; /* told at the end of the file */
    frs_status s =
        frs__xgb_check(b->ctx, &f->xgb, f->xgb.BoosterCreate(NULL, 0, &f->booster[lead]));
    if (s == FRS_OK)
        s = frs__xgb_check(b->ctx, &f->xgb,
                           f->xgb.BoosterLoadModelFromBuffer(f->booster[lead], bytes, (uint64_t)n));
    if (s == FRS_OK) s = set(b->ctx, f, lead, "nthread", "1");
    frs__free(b->ctx, bytes);
    return s;
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    frs_blob_in b;
    trees *f = NULL;
    FRS_TRY(frs__blob_open(ctx, path, &b));
    frs_status s = new_trees(ctx, &b.task, &f);
    if (s != FRS_OK) {
        frs__blob_close(&b);
        return s;
    }
    frs__lagged_get(&b, &f->base);
    f->base.hash = (uint64_t)frs__blob_get_int(&b, INT64_MIN, INT64_MAX);
    for (int64_t l = 0; l < f->base.n_leads && s == FRS_OK && !b.failed; l++)
        s = load_booster(&b, f, l);
    if (s == FRS_OK)
        s = frs__blob_end(&b);
    else
        frs__blob_close(&b);
    if (s == FRS_OK)
        *out = &f->base.base;
    else
        free_it(ctx, &f->base.base);
    return s;
}

static frs_status describe(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const trees *f = (const trees *)base;
    *text = frs__asprintf(ctx,
                          _("Gradient-boosted trees (XGBoost) on the %lld features of ridge "
                            "regression, a model a lead: %lld trees at the first lead, %lld at the "
                            "last, chosen outside the test period."),
                          (long long)f->base.n_features, (long long)f->rounds[0],
                          (long long)f->rounds[f->base.n_leads - 1]);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

const frs_forecaster_def frs__trees = {
    .name = "trees",
    .title = N_("Boosted trees"),
    .serves = frs__lagged_serves,
    .fit = fit,
    .predict = frs__lagged_predict,
    .save = save,
    .load = load,
    .describe = describe,
    .state_size = frs__lagged_state_size,
    .state_init = frs__lagged_state_init,
    .state_step = frs__lagged_state_step,
    .state_predict = frs__lagged_state_predict,
    .free = free_it,
};
