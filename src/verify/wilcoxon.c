/* Wilcoxon signed-rank test of paired differences, two-sided. Differences of 0 are dropped; equal
 * ones share the mean of their ranks. Up to 50 the distribution of the rank sum is exact, given the
 * ranks (all 2^n choices of signs alike); beyond, normal with the correction for ties. W+ = sum of
 * ranks of d > 0, W- of d < 0; statistic min(W+, W-); p = 2 P(W <= min), at most 1 source: Wilcoxon
 * (1945), doi:10.2307/3001968; ties: Pratt & Gibbons (1981), doi:10.1007/978-1-4612-5931-2 */
#include "verify/score.h"
#include <math.h>
#include <stdlib.h>

enum { MAX_EXACT = 50 };

static int by_size(const void *a, const void *b) {
    const double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x > y) - (x < y);
}

/* Twice the ranks, whole numbers also where ranks are shared, and what the signs make of them. */
typedef struct ranks {
    int64_t n, *twice;
    double plus, minus; /* rank sums */
    double ties;        /* sum of t^3 - t over the groups of t equal ones */
} ranks;

static void rank(const double *d, ranks *r) {
    for (int64_t i = 0, end; i < r->n; i = end) {
        for (end = i + 1; end < r->n && !(fabs(d[end]) > fabs(d[i]));) end++;
        const double t = (double)(end - i);
        r->ties += t * t * t - t;
        for (int64_t k = i; k < end; k++) {
            r->twice[k] = i + 1 + end;
            *(d[k] > 0 ? &r->plus : &r->minus) += (double)r->twice[k] / 2;
        }
    }
}

/* ways[s]: share of the choices of signs whose doubled rank sum is s. */
static double exact(const ranks *r, double *ways) {
    const int64_t least = (int64_t)(2 * fmin(r->plus, r->minus));
    int64_t top = 0;
    double below = 0;
    ways[0] = 1;
    for (int64_t i = 0; i < r->n; i++) {
        for (int64_t s = top + r->twice[i]; s >= 0; s--) {
            const double with = s >= r->twice[i] ? ways[s - r->twice[i]] : 0;
            ways[s] = (ways[s] + with) / 2;
        }
        top += r->twice[i];
    }
    for (int64_t s = 0; s <= least; s++) below += ways[s];
    return fmin(1, 2 * below);
}

static double normal(const ranks *r) {
    const double n = (double)r->n, mean = n * (n + 1) / 4,
                 var = (n * (n + 1) * (2 * n + 1) - r->ties / 2) / 24;
    return erfc(fabs(fmin(r->plus, r->minus) - mean) / sqrt(2 * var));
}

/* d [n]: without 0. */
static frs_status test(frs_ctx *ctx, double *d, int64_t n, frs_test *t) {
    ranks r = {.n = n, .twice = frs__alloc(ctx, n, sizeof(int64_t))};
    const bool small = n <= MAX_EXACT;
    double *ways = frs__alloc(ctx, small ? n * (n + 1) + 1 : 1, sizeof *ways);
    const bool ready = r.twice && ways;
    if (ready) {
        qsort(d, (size_t)n, sizeof *d, by_size);
        rank(d, &r);
        t->statistic = fmin(r.plus, r.minus);
        t->p = small ? exact(&r, ways) : normal(&r);
    }
    frs__free(ctx, r.twice);
    frs__free(ctx, ways);
    return ready ? FRS_OK : FRS_E_NOMEM;
}

frs_status frs_wilcoxon(frs_ctx *ctx, const double *difference, int64_t n, frs_test *t) {
    *t = FRS_NO_TEST;
    double *d = frs__alloc(ctx, n, sizeof *d);
    if (!d) return FRS_E_NOMEM;
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++) {
        if (isnan(difference[i])) continue;
        t->n++;
        if (fabs(difference[i]) > 0) d[kept++] = difference[i];
    }
    frs_status s = FRS_OK;
    if (t->n == 0)
        s = frs__fail(ctx, FRS_E_NODATA, _("a signed-rank test of no difference at all"));
    else if (kept == 0)
        s = frs__fail(ctx, FRS_E_UNDEFINED, _("a signed-rank test of differences that are all 0"));
    else
        s = test(ctx, d, kept, t);
    frs__free(ctx, d);
    return s;
}
