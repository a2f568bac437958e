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
enum { CHUNK = 4096, SAMPLES_A_BLOCK = 64 };

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    ridge *f = (ridge *)base;
    if (!f) return;
    frs_scaler_free(ctx, &f->scaler);
    frs__free(ctx, f->coef);
    frs__free(ctx, f);
}

static bool serves(const frs_task *t) {
    (void)t;
    return true;
}

/* ---- features of many samples at once: windows [worker][W][C] are scratch */

typedef struct gather_arg {
    const ridge *f;
    const frs_samples *s;
    int64_t first, n;
    float *window, *z, *y; /* y [n][K] or NULL */
} gather_arg;

static void gather_block(void *arg, int64_t block, int worker) {
    const gather_arg *a = arg;
    const int64_t C = frs_samples_channels(a->s), size = frs_samples_window(a->s) * C;
    const int64_t K = frs_samples_n_targets(a->s);
    float *x = a->window + worker * size, statics[FRS_MAX_STATICS];
    for (int64_t i = block * SAMPLES_A_BLOCK; i < a->n && i < (block + 1) * SAMPLES_A_BLOCK; i++) {
        const int64_t index = a->first + i;
        const frs_batch to = {.x = x, .statics = statics, .y = a->y ? a->y + i * K : NULL};
        frs_samples_gather(a->s, &a->f->scaler, &index, 1, &to);
        frs__ridge_features(&a->f->base.task, C, x, statics, a->z + i * a->f->n_features);
    }
}

static frs_status gather_new(frs_ctx *ctx, const ridge *f, const frs_samples *s, bool targets,
                             gather_arg *a) {
    *a = (gather_arg){.f = f, .s = s};
    a->window =
        frs__alloc(ctx, frs_ctx_threads(ctx),
                   (size_t)(frs_samples_window(s) * frs_samples_channels(s)) * sizeof(float));
    a->z = frs__alloc(ctx, CHUNK * f->n_features, sizeof(float));
    if (targets) a->y = frs__alloc(ctx, CHUNK * frs_samples_n_targets(s), sizeof(float));
    return a->window && a->z && (a->y || !targets) ? FRS_OK : FRS_E_NOMEM;
}

static void gather_free(frs_ctx *ctx, gather_arg *a) {
    frs__free(ctx, a->window);
    frs__free(ctx, a->z);
    frs__free(ctx, a->y);
}

/* The next chunk; false when there is no more. */
static bool gather_next(frs_ctx *ctx, gather_arg *a) {
    const int64_t left = frs_samples_count(a->s) - (a->first + a->n);
    a->first += a->n;
    a->n = left < CHUNK ? left : CHUNK;
    if (a->n > 0)
        frs__parallel(ctx, (a->n + SAMPLES_A_BLOCK - 1) / SAMPLES_A_BLOCK, gather_block, a);
    return a->n > 0;
}

/* ---- fit */

static bool held_out(const frs_samples *s, int64_t i) {
    return frs_civil_from_time(frs_samples_id(s, i).issue_s).year % 5 == 4;
}

/* Keeps the samples of one part with every lead observed, moved to the front; returns how many.
 * z [n][p] is compacted with them, y becomes [n][n_leads]. */
static int64_t compact(gather_arg *a, int part) {
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

/* part 0: all but the held-out years, 1: the held-out years, -1: all. */
static frs_status add_samples(frs_ctx *ctx, const ridge *f, const frs_samples *s, int part,
                              ridge_sums *sums) {
    gather_arg a;
    frs_status st = gather_new(ctx, f, s, true, &a);
    while (st == FRS_OK && gather_next(ctx, &a)) {
        frs__ridge_sums_add(ctx, sums, a.z, a.y, compact(&a, part));
        frs__progress(ctx, &(frs_progress_info){.stage = _("fitting: ridge regression"),
                                                .done = a.first + a.n,
                                                .total = frs_samples_count(s),
                                                .value = NAN,
                                                .eta_s = NAN});
        if (frs__cancelled(ctx)) st = frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"));
    }
    gather_free(ctx, &a);
    return st;
}

/* The penalty with the least error on `judge`; the strongest if there is nothing to judge by. */
static void choose_penalty(frs_ctx *ctx, const ridge_sums *sums, const ridge_sums *judge, ridge *f,
                           double *coef, double *work) {
    double least = INFINITY;
    f->penalty = penalties[FRS_LEN(penalties) - 1];
    if (judge->n == 0 || sums->n == 0) return;
    for (int64_t i = 0; i < FRS_LEN(penalties); i++) {
        if (!frs__ridge_solve(ctx, sums, penalties[i], coef, work)) continue;
        const double e = frs__ridge_error(judge, coef);
        if (e < least) least = e, f->penalty = penalties[i];
    }
}

static frs_status solve(frs_ctx *ctx, ridge_sums *sums, const ridge_sums *judge, bool merge,
                        ridge *f) {
    const int64_t p = f->n_features, n = f->n_leads * p;
    double *work = frs__alloc(ctx, p * p, sizeof *work), *coef = frs__alloc(ctx, n, sizeof *coef);
    frs_status s = work && coef ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) {
        choose_penalty(ctx, sums, judge, f, coef, work);
        if (merge) frs__ridge_sums_merge(sums, judge);
        if (sums->n == 0)
            s = frs__fail(ctx, FRS_E_NODATA,
                          _("ridge regression: no training sample has all its targets observed"));
        else if (!frs__ridge_solve(ctx, sums, f->penalty, coef, work))
            s = frs__fail(ctx, FRS_E_DIVERGED,
                          _("ridge regression: the equations have no solution"));
    }
    for (int64_t i = 0; s == FRS_OK && i < n; i++) f->coef[i] = (float)coef[i];
    frs__free(ctx, work);
    frs__free(ctx, coef);
    return s;
}

static frs_status fit_all(frs_ctx *ctx, const frs_fit_args *a, ridge *f) {
    const bool validated = a->validation && frs_samples_count(a->validation) > 0;
    ridge_sums sums = {0}, judge = {0};
    FRS_TRY(frs_scaler_fit(ctx, a->training, &f->scaler));
    f->coef = frs__alloc(ctx, f->n_leads * f->n_features, sizeof *f->coef);
    frs_status s = f->coef ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__ridge_sums_new(ctx, f->n_features, f->n_leads, &sums);
    if (s == FRS_OK) s = frs__ridge_sums_new(ctx, f->n_features, f->n_leads, &judge);
    if (s == FRS_OK) s = add_samples(ctx, f, a->training, validated ? -1 : 0, &sums);
    if (s == FRS_OK)
        s = add_samples(ctx, f, validated ? a->validation : a->training, validated ? -1 : 1,
                        &judge);
    if (s == FRS_OK) s = solve(ctx, &sums, &judge, !validated, f);
    frs__ridge_sums_free(ctx, &sums);
    frs__ridge_sums_free(ctx, &judge);
    return s;
}

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    ridge *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    f->base = (frs_forecaster){&frs__ridge, *frs_samples_task(a->training)};
    f->n_features = frs__ridge_n_features(&f->base.task);
    f->n_leads = frs__n_leads(&f->base.task);
    const frs_status s = fit_all(ctx, a, f);
    if (s == FRS_OK)
        *out = &f->base;
    else
        free_it(ctx, &f->base);
    return s;
}

/* ---- predict */

static frs_status predict(frs_ctx *ctx, const frs_forecaster *base, const frs_samples *s,
                          const frs_sink *sink) {
    const ridge *f = (const ridge *)base;
    if (frs__ridge_n_features(frs_samples_task(s)) != f->n_features)
        return frs__fail(ctx, FRS_E_ARG,
                         _("ridge regression: the samples are of another task than the model's"));
    gather_arg a;
    frs_status st = gather_new(ctx, f, s, false, &a);
    float *q = frs__alloc(ctx, f->n_leads, sizeof *q);
    if (!q) st = FRS_E_NOMEM;
    while (st == FRS_OK && gather_next(ctx, &a))
        for (int64_t i = 0; i < a.n && st == FRS_OK; i++) {
            frs__ridge_flow(f, a.z + i * f->n_features, q);
            st = frs__put_forecast(&base->task, frs_samples_id(s, a.first + i), q, sink);
        }
    frs__free(ctx, q);
    gather_free(ctx, &a);
    return st;
}

/* ---- files */

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const ridge *f = (const ridge *)base;
    frs_blob b;
    frs__blob_start(ctx, base, &b);
    frs__blob_put_scaler(&b, &f->scaler);
    frs__blob_put_real(&b, f->penalty);
    frs__blob_put_int(&b, f->n_leads);
    frs__blob_put_int(&b, f->n_features);
    frs__blob_put(&b, f->coef, f->n_leads * f->n_features * (int64_t)sizeof *f->coef);
    return frs__blob_save(&b, path);
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    frs_blob_in b;
    FRS_TRY(frs__blob_open(ctx, path, &b));
    ridge *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) {
        frs__blob_close(&b);
        return FRS_E_NOMEM;
    }
    f->base = (frs_forecaster){&frs__ridge, b.task};
    const int64_t leads = frs__n_leads(&b.task), p = frs__ridge_n_features(&b.task);
    frs__blob_get_scaler(&b, &f->scaler);
    f->penalty = frs__blob_get_real(&b);
    f->n_leads = frs__blob_get_int(&b, leads, leads);
    f->n_features = frs__blob_get_int(&b, p, p);
    f->coef = frs__blob_get_block(&b, f->n_leads * f->n_features, sizeof *f->coef);
    if (f->scaler.n_inputs != b.task.n_inputs ||
        f->scaler.n_statics != b.task.n_statics - b.task.n_codes)
        b.failed = true;
    const frs_status s = frs__blob_end(&b);
    if (s == FRS_OK)
        *out = &f->base;
    else
        free_it(ctx, &f->base);
    return s;
}

static frs_status describe(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const ridge *f = (const ridge *)base;
    *text = frs__asprintf(ctx,
                          _("Ridge regression on %lld features (lags 0 to 30 and means over 60, "
                            "90, 180 and 365 steps "
                            "of each input); relative penalty %g, chosen outside the test period."),
                          (long long)f->n_features, f->penalty);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

const frs_forecaster_def frs__ridge = {
    .name = "ridge",
    .title = N_("Ridge regression"),
    .serves = serves,
    .fit = fit,
    .predict = predict,
    .save = save,
    .load = load,
    .describe = describe,
    .state_size = frs__ridge_state_size,
    .state_init = frs__ridge_state_init,
    .state_step = frs__ridge_state_step,
    .state_predict = frs__ridge_state_predict,
    .free = free_it,
};
