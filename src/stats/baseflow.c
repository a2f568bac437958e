/* Baseflow by Lyne & Hollick's recursive filter, quickflow f and baseflow b:
 *     f_t = alpha f_t-1 + (1 + alpha) / 2 (q_t - q_t-1)
 *     b_t = q_t - f_t where f_t > 0, else q_t
 * forward, backward, forward, each pass on the baseflow of the one before, the ends mirrored. Half
 * of the flow is quickflow to begin with, nothing of the baseflow in later passes. all_quick is
 * NeuralHydrology's rule: each pass begins with a baseflow of 0. As 30 mirrored days do not forget
 * that (0.98^30 = 0.55), the baseflow is then too low for weeks after each gap.
 * source: Lyne & Hollick (1979); Nathan & McMahon (1990), doi:10.1029/WR026i007p01465; Ladson et
 * al. (2013), doi:10.7158/13241583.2013.11465417 */
#include "stats/stats.h"
#include <math.h>
#include <string.h>

/* One pass in place over q [n], forward or backward; quickflow is `f` to begin with. */
static void pass(double *q, int64_t n, bool forward, double alpha, double f) {
    double *at = forward ? q : q + n - 1;
    const int64_t step = forward ? 1 : -1;
    double before = *at;
    *at -= f;
    for (int64_t i = 1; i < n; i++) {
        at += step;
        f = alpha * f + (1 + alpha) / 2 * (*at - before);
        before = *at;
        if (f > 0) *at -= f;
    }
}

/* A stretch without gaps, longer than the mirror. */
static void separate(const double *x, int64_t n, const frs_baseflow_opts *o, double *work,
                     double *base) {
    const int64_t w = o->mirror;
    for (int64_t i = 0; i < w; i++) {
        work[i] = x[w - i];
        work[w + n + i] = x[n - 2 - i];
    }
    memcpy(work + w, x, (size_t)n * sizeof *x);
    for (int k = 0; k < o->passes; k++) {
        const bool forward = k % 2 == 0;
        const double first = forward ? work[0] : work[n + 2 * w - 1];
        pass(work, n + 2 * w, forward, o->alpha, o->all_quick ? first : k == 0 ? first / 2 : 0);
    }
    memcpy(base, work + w, (size_t)n * sizeof *x);
}

frs_status frs_baseflow(frs_ctx *ctx, const double *x, int64_t n, const frs_baseflow_opts *o,
                        double *base, double *index) {
    frs_baseflow_opts f = *o;
    if (f.alpha == 0) f.alpha = 0.98;
    if (f.passes == 0) f.passes = 3;
    if (f.mirror == 0) f.mirror = 30;
    *index = NAN;
    for (int64_t i = 0; i < n; i++) base[i] = NAN;
    if (!(f.alpha > 0 && f.alpha < 1) || f.passes < 1 || f.passes % 2 == 0 || f.mirror < 1)
        return frs__fail(ctx, FRS_E_ARG,
                         _("baseflow: alpha between 0 and 1 and an odd number of passes expected"));
    double *work = frs__alloc(ctx, n + 2 * (int64_t)f.mirror, sizeof *work);
    if (!work) return FRS_E_NOMEM;
    double flow = 0, sum = 0;
    for (int64_t i = 0, j; i < n; i = j + 1) {
        for (j = i; j < n && isfinite(x[j]); j++) continue;
        if (j - i <= f.mirror) continue;
        separate(x + i, j - i, &f, work, base + i);
        for (int64_t k = i; k < j; k++) {
            flow += x[k];
            sum += base[k];
        }
    }
    frs__free(ctx, work);
    if (flow > 0) *index = sum / flow;
    return flow > 0 ? FRS_OK
                    : frs__fail(ctx, FRS_E_NODATA,
                                _("baseflow: no stretch of flow longer than %d steps"), f.mirror);
}
