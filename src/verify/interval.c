/* Interval of a pair score by drawing whole water years anew. Models scored on the same days get
 * the same years (paired). source: block bootstrap of Kuensch (1989), doi:10.1214/aos/1176347265 */
#include "verify/years.h"
#include <math.h>

enum { RESAMPLES = 1000, MIN_YEARS = 3, MIN_DEFINED = 900 };
static const double lower = 0.025, upper = 0.975;

frs_status frs__score_intervals(frs_ctx *ctx, const frs_score_series *d, const frs_score_years *y,
                                frs__interval *out, int64_t n_out) {
    for (int64_t k = 0; k < n_out; k++) out[k].low = out[k].high = (double)NAN;
    frs_pairs *years = NULL;
    int64_t n_years = 0;
    frs_status s = frs__years_gather(ctx, d, y, &years, &n_years);
    double *values = s == FRS_OK ? frs__alloc(ctx, n_out * RESAMPLES, sizeof *values) : NULL;
    if (s == FRS_OK && !values)
        s = FRS_E_NOMEM;
    else if (s == FRS_OK && n_years < MIN_YEARS)
        s = FRS_E_NODATA;
    for (int64_t r = 0; r < RESAMPLES && s == FRS_OK; r++) {
        const frs_pairs p = frs__years_draw(years, n_years, y->seed, r);
        for (int64_t k = 0; k < n_out; k++)
            if (out[k].score->pair(&p, &values[k * RESAMPLES + out[k].defined]) == FRS_OK)
                out[k].defined++;
    }
    for (int64_t k = 0; k < n_out && s == FRS_OK; k++) {
        if (out[k].defined < MIN_DEFINED) continue;
        out[k].low = frs__quantile_of(values + k * RESAMPLES, out[k].defined, lower);
        out[k].high = frs__quantile_of(values + k * RESAMPLES, out[k].defined, upper);
    }
    frs__free(ctx, years);
    frs__free(ctx, values);
    return s;
}

frs_status frs_score_interval(frs_ctx *ctx, const frs_score *s, const frs_score_series *d,
                              const frs_score_years *years, double *low, double *high) {
    *low = *high = (double)NAN;
    if (s->kind != FRS_SCORE_PAIR)
        return frs__fail(ctx, FRS_E_ARG, _("%s is not a score of pairs: it has no interval"),
                         s->name);
    frs__interval i = {.score = s};
    const frs_status status = frs__score_intervals(ctx, d, years, &i, 1);
    if (status == FRS_E_NODATA)
        return frs__fail(ctx, status, _("%s: an interval needs %d water years with data"), s->name,
                         MIN_YEARS);
    FRS_TRY(status);
    *low = i.low;
    *high = i.high;
    if (!isnan(i.low)) return FRS_OK;
    return frs__fail(ctx, FRS_E_UNDEFINED, _("%s is not defined for too many draws of water years"),
                     s->name);
}
