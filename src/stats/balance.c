/* Long-term water balance of the steps on which all that is given is there, and the place in
 * Budyko's diagram: expected E/P = sqrt(f tanh(1/f) (1 - exp(-f))), f = PE / P.
 * source: Budyko (1974), Climate and Life */
#include "stats/stats.h"
#include <math.h>

static const double days_a_year = 365.2425;

frs_status frs_water_balance(frs_ctx *ctx, const frs_record *q, const double *p, const double *pe,
                             frs_balance *b) {
    double sum[3] = {0};
    *b = (frs_balance){.p = NAN, .q = NAN, .pe = NAN, .runoff_ratio = NAN, .aridity = NAN};
    b->evaporation = b->budyko = NAN;
    for (int64_t i = 0; i < q->n; i++) {
        if (!isfinite(q->x[i]) || !isfinite(p[i]) || (pe && !isfinite(pe[i]))) continue;
        sum[0] += p[i];
        sum[1] += q->x[i];
        sum[2] += pe ? pe[i] : 0;
        b->n++;
    }
    if (b->n == 0) return frs__fail(ctx, FRS_E_NODATA, _("water balance: no step has all parts"));
    const double a_year = days_a_year * frs__steps_per_day(q->step) / (double)b->n;
    b->p = sum[0] * a_year;
    b->q = sum[1] * a_year;
    if (pe) b->pe = sum[2] * a_year;
    if (!(b->p > 0)) return frs__fail(ctx, FRS_E_UNDEFINED, _("water balance: no precipitation"));
    b->runoff_ratio = b->q / b->p;
    b->evaporation = 1 - b->runoff_ratio;
    if (!pe) return FRS_OK;
    const double f = b->aridity = b->pe / b->p;
    if (f > 0) b->budyko = sqrt(f * tanh(1 / f) * -expm1(-f));
    return FRS_OK;
}
