/* Ridge regression on lagged weather (and flow): the linear model that a net must beat.
 * Hoerl & Kennard (1970), doi:10.1080/00401706.1970.10488634. One Gram matrix serves all leads, so
 * only samples with every lead observed take part in the fit. The penalty is chosen on the
 * validation period; without one, on every fifth calendar year of the training period, and the fit
 * is then made on all of it. */
#include "forecaster/ridge.h"
#include <math.h>
#include <string.h>

/* Relative penalties tried, each times a feature's own variance. */
static const double penalties[] = {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0};

typedef struct ridge {
    lagged base;
    ridge_fit fit;
} ridge;
extern const frs_forecaster_def frs__ridge;

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    ridge *f = (ridge *)base;
    if (!f) return;
    frs_scaler_free(ctx, &f->base.scaler);
    frs__free(ctx, f->fit.coef);
    frs__free(ctx, f);
}

/* ---- fit */

static bool held_out(const frs_samples *s, int64_t i) {
    return frs_civil_from_time(frs_samples_id(s, i).issue_s).year % 5 == 4;
}

/* Keeps the samples of one part with every lead observed, moved to the front; returns how many.
 * z [n][n_features] is compacted with them, y becomes [n][n_leads]. */
static int64_t compact(lagged_gather *a, int part) {
    const int64_t K = frs_samples_n_targets(a->s), L = a->f->n_leads, p = a->f->n_features;
    int64_t kept = 0;
    for (int64_t i = 0; i < a->n; i++) {
        const float *y = a->y + i * K + (K - L);
        bool all = part < 0 || held_out(a->s, a->first + i) == (part == 1);
        for (int64_t l = 0; l < L; l++) all &= !isnan(y[l]);
        if (!all) continue;
        memmove(a->y + kept * L, y, sizeof *y * (size_t)L);
        memmove(a->z + kept * p, a->z + i * p, sizeof *y * (size_t)p);
        kept++;
    }
    return kept;
}

typedef struct adding {
    const lagged *f;
    const ridge_fit *r;
    const frs_samples *s;
    int part; /* 0: all but the held-out years, 1: the held-out years, -1: all */
} adding;

static frs_status add_chunk(frs_ctx *ctx, const adding *d, lagged_gather *a, float *columns,
                            ridge_sums *sums) {
    const int64_t n = compact(a, d->part);
    if (d->r->columns && n > 0) FRS_TRY(d->r->columns(ctx, d->f, a->z, n, columns));
    frs__ridge_sums_add(ctx, sums, d->r->columns ? columns : a->z, a->y, n);
    frs__progress(ctx, &(frs_progress_info){.stage = _("fitting: ridge regression"),
                                            .done = a->first + a->n,
                                            .total = frs_samples_count(d->s),
                                            .value = NAN,
                                            .eta_s = NAN});
    return frs__cancelled(ctx) ? frs__fail(ctx, FRS_E_CANCELLED, _("interrupted")) : FRS_OK;
}

static frs_status add_samples(frs_ctx *ctx, const adding *d, ridge_sums *sums) {
    lagged_gather a;
    float *columns = NULL;
    frs_status st = frs__lagged_gather_new(ctx, d->f, d->s, true, true, &a);
    if (st == FRS_OK && d->r->columns) {
        columns = frs__alloc(ctx, LAGGED_CHUNK * d->r->p, sizeof *columns);
        if (!columns) st = FRS_E_NOMEM;
    }
    while (st == FRS_OK && frs__lagged_gather_next(ctx, &a))
        st = add_chunk(ctx, d, &a, columns, sums);
    frs__free(ctx, columns);
    frs__lagged_gather_free(ctx, &a, true);
    return st;
}

/* The penalty with the least error on `judge`; the strongest if there is nothing to judge by. */
static void choose_penalty(frs_ctx *ctx, const ridge_sums *sums, const ridge_sums *judge,
                           ridge_fit *r, double *coef, double *work) {
    double least = INFINITY;
    r->penalty = penalties[FRS_LEN(penalties) - 1];
    if (judge->n == 0 || sums->n == 0) return;
    for (int64_t i = 0; i < FRS_LEN(penalties); i++) {
        if (!frs__ridge_solve(ctx, sums, penalties[i], coef, work)) continue;
        const double e = frs__ridge_error(judge, coef);
        if (e < least) least = e, r->penalty = penalties[i];
    }
}

static frs_status solve(frs_ctx *ctx, ridge_sums *sums, const ridge_sums *judge, bool merge,
                        ridge_fit *r) {
    const int64_t p = sums->p, n = sums->n_leads * p;
    double *work = frs__alloc(ctx, p * p, sizeof *work), *coef = frs__alloc(ctx, n, sizeof *coef);
    frs_status s = work && coef ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) {
        choose_penalty(ctx, sums, judge, r, coef, work);
        if (merge) frs__ridge_sums_merge(sums, judge);
        if (sums->n == 0)
            s = frs__fail(ctx, FRS_E_NODATA,
                          _("ridge regression: no training sample has all its targets observed"));
        else if (!frs__ridge_solve(ctx, sums, r->penalty, coef, work))
            s = frs__fail(ctx, FRS_E_DIVERGED,
                          _("ridge regression: the equations have no solution"));
    }
    for (int64_t i = 0; s == FRS_OK && i < n; i++) r->coef[i] = (float)coef[i];
    frs__free(ctx, work);
    frs__free(ctx, coef);
    return s;
}

frs_status frs__ridge_fit(frs_ctx *ctx, const lagged *f, const frs_fit_args *a, ridge_fit *r) {
    const bool validated = a->validation && frs_samples_count(a->validation) > 0;
    ridge_sums sums = {0}, judge = {0};
    r->coef = frs__alloc(ctx, f->n_leads * r->p, sizeof *r->coef);
    frs_status s = r->coef ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__ridge_sums_new(ctx, r->p, f->n_leads, &sums);
    if (s == FRS_OK) s = frs__ridge_sums_new(ctx, r->p, f->n_leads, &judge);
    adding d = {f, r, a->training, validated ? -1 : 0};
    if (s == FRS_OK) s = add_samples(ctx, &d, &sums);
    d.s = validated ? a->validation : a->training;
    d.part = validated ? -1 : 1;
    if (s == FRS_OK) s = add_samples(ctx, &d, &judge);
    if (s == FRS_OK) s = solve(ctx, &sums, &judge, !validated, r);
    frs__ridge_sums_free(ctx, &sums);
    frs__ridge_sums_free(ctx, &judge);
    return s;
}

void frs__ridge_apply(const lagged *f, const ridge_fit *r, const float *columns, int64_t n,
                      float *q) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t l = 0; l < f->n_leads; l++) {
            const float *b = r->coef + l * r->p, *z = columns + i * r->p;
            double sum = 0;
            for (int64_t k = 0; k < r->p; k++) sum += (double)b[k] * z[k];
            q[i * f->n_leads + l] = (float)sum;
        }
}

static frs_status flow(frs_ctx *ctx, const lagged *base, const float *z, int64_t n, float *q) {
    (void)ctx;
    frs__ridge_apply(base, &((const ridge *)base)->fit, z, n, q);
    return FRS_OK;
}

static lagged *new_ridge(frs_ctx *ctx, const frs_task *t) {
    ridge *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return NULL;
    frs__lagged_init(&f->base, &frs__ridge, t);
    f->base.predict = flow;
    f->fit.p = f->base.n_features;
    return &f->base;
}

void frs__ridge_hash(lagged *f, const ridge_fit *r) {
    f->hash = frs__hash64(r->coef, f->n_leads * r->p * (int64_t)sizeof(float), 0);
}

static void set_hash(lagged *base) {
    frs__ridge_hash(base, &((const ridge *)base)->fit);
}

static frs_status load_rest(frs_ctx *ctx, frs_blob_in *b, lagged *base);
static const lagged_kind kind = {new_ridge, load_rest, set_hash};

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    ridge *f = (ridge *)new_ridge(ctx, frs_samples_task(a->training));
    if (!f) return FRS_E_NOMEM;
    frs_status s = frs_scaler_fit(ctx, a->training, &f->base.scaler);
    if (s == FRS_OK) s = frs__ridge_fit(ctx, &f->base, a, &f->fit);
    return frs__lagged_done(ctx, &kind, s, &f->base, out);
}

/* ---- files */

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const ridge *f = (const ridge *)base;
    frs_blob b;
    frs__blob_start(ctx, base, &b);
    frs__lagged_put(&b, &f->base);
    frs__blob_put_real(&b, f->fit.penalty);
    frs__blob_put(&b, f->fit.coef, f->base.n_leads * f->fit.p * (int64_t)sizeof(float));
    return frs__blob_save(&b, path);
}

static frs_status load_rest(frs_ctx *ctx, frs_blob_in *b, lagged *base) {
    (void)ctx;
    ridge *f = (ridge *)base;
    frs__lagged_get(b, base);
    f->fit.penalty = frs__blob_get_real(b);
    f->fit.coef = frs__blob_get_block(b, base->n_leads * f->fit.p, sizeof(float));
    return frs__blob_end(b);
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    return frs__lagged_load(ctx, path, &kind, out);
}

static frs_status describe(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const ridge *f = (const ridge *)base;
    *text = frs__asprintf(ctx,
                          _("Ridge regression on %lld features (lags 0 to 30 and means over 60, "
                            "90, 180 and 365 steps "
                            "of each input); relative penalty %g, chosen outside the test period."),
                          (long long)f->base.n_features, f->fit.penalty);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

const frs_forecaster_def frs__ridge = {
    .name = "ridge",
    .title = N_("Ridge regression"),
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
