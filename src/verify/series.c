/* The steps where both sides are there; flow duration curves. */
#include "verify/series.h"
#include "verify/sort.h"
#include <math.h>

frs_status frs__joint_new(frs_ctx *ctx, const frs_score_series *d, frs__joint *j) {
    *j = (frs__joint){.sim = frs__alloc(ctx, d->n, sizeof(float)),
                      .obs = frs__alloc(ctx, d->n, sizeof(float)),
                      .at = frs__alloc(ctx, d->n, sizeof(int64_t))};
    if (!j->sim || !j->obs || !j->at) {
        frs__joint_free(ctx, j);
        return FRS_E_NOMEM;
    }
    for (int64_t i = 0; i < d->n; i++) {
        if (isnan(d->sim[i]) || isnan(d->obs[i])) continue;
        j->sim[j->n] = d->sim[i];
        j->obs[j->n] = d->obs[i];
        j->at[j->n++] = i;
    }
    return FRS_OK;
}

void frs__joint_free(frs_ctx *ctx, frs__joint *j) {
    frs__free(ctx, j->sim);
    frs__free(ctx, j->obs);
    frs__free(ctx, j->at);
    *j = (frs__joint){0};
}

static frs_status sort_high_to_low(frs_ctx *ctx, float *v, int64_t n) {
    uint64_t *a = frs__alloc(ctx, 2 * n, sizeof *a);
    if (!a) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) a[i] = (uint64_t)frs__float_key(v[i]) << 32;
    const uint64_t *sorted = frs__radix_sort(a, a + n, n);
    for (int64_t i = 0; i < n; i++) v[i] = frs__key_float((uint32_t)(sorted[n - 1 - i] >> 32));
    frs__free(ctx, a);
    return FRS_OK;
}

frs_status frs__fdc_new(frs_ctx *ctx, const frs_score_series *d, frs__joint *j) {
    FRS_TRY(frs__joint_new(ctx, d, j));
    frs_status s = sort_high_to_low(ctx, j->sim, j->n);
    if (s == FRS_OK) s = sort_high_to_low(ctx, j->obs, j->n);
    if (s != FRS_OK) frs__joint_free(ctx, j);
    return s;
}

static const double nothing = 1e-6;

double frs__log_sim(float v) {
    return log(v <= 0 ? nothing : (double)v);
}

double frs__log_obs(float v) {
    return v < 0 ? (double)NAN : log(v == 0 ? nothing : (double)v);
}
