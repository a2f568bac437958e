/* Means over days or months: the record on a coarser step. */
#include "stats/bins.h"
#include <math.h>

static const double least_share = 0.5;

static int64_t month_index(int64_t time_s) {
    const frs_civil c = frs_civil_from_time(time_s);
    return (int64_t)c.year * 12 + c.month - 1;
}

static int64_t floor_days(int64_t time_s) {
    return time_s >= 0 ? time_s / FRS_DAY_S : -((-time_s + FRS_DAY_S - 1) / FRS_DAY_S);
}

static int64_t bin_of(const frs_record *r, int64_t i, bool months) {
    const int64_t t = frs_step_add(r->step, r->start_s, i);
    return months ? month_index(t) : floor_days(t);
}

frs_status frs__bin(frs_ctx *ctx, const frs_record *r, bool months, frs_record *out, double **own) {
    const int64_t first = bin_of(r, 0, months), n = bin_of(r, r->n - 1, months) - first + 1;
    double *v = frs__alloc(ctx, n, sizeof *v);
    if (!v) return FRS_E_NOMEM;
    *own = v;
    *out = (frs_record){.x = v, .n = n, .start_s = first * FRS_DAY_S};
    out->step = months ? (frs_step){1, FRS_STEP_MONTH} : (frs_step){FRS_DAY_S, FRS_STEP_SECOND};
    if (months)
        out->start_s = frs_time_from_civil(
            (frs_civil){.year = (int)(first / 12), .month = (int)(first % 12) + 1, .day = 1});
    for (int64_t i = 0, j; i < r->n; i = j) {
        const int64_t bin = bin_of(r, i, months);
        double sum = 0;
        int64_t there = 0;
        for (j = i; j < r->n && bin_of(r, j, months) == bin; j++)
            if (isfinite(r->x[j])) {
                sum += r->x[j];
                there++;
            }
        /* Of a bin that the record only touches, what it has counts. */
        const bool enough = there > 0 && (double)there >= least_share * (double)(j - i);
        v[bin - first] = enough ? sum / (double)there : NAN;
    }
    return FRS_OK;
}
