/* What mattered: how much of the variance of the scores' ranks one key explains alone. Ranks, since
 * a diverged trial can have any score; alone, since a search has too few trials for more. */
#include "run/tune_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct item {
    double x;
    int64_t index;
} item;

static int ascending(const void *a, const void *b) {
    const item *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return (p->index > q->index) - (p->index < q->index);
}

/* Upper tail of chi squared by the recursion over degrees of freedom: Abramowitz & Stegun (1964),
 * 26.4.4 and 26.4.5 written as one. */
static double chi_squared_tail(double x, int64_t df) {
    if (!(x > 0)) return 1;
    double q = df % 2 ? erfc(sqrt(x / 2)) : exp(-x / 2);
    for (int64_t k = df % 2 ? 1 : 2; k < df; k += 2)
        q += exp((double)k / 2 * log(x / 2) - x / 2 - lgamma((double)k / 2 + 1));
    return q < 1 ? q : 1;
}

/* Mean ranks of ties; rank [n]. */
static void ranks_of(item *order, int64_t n, double *rank) {
    qsort(order, (size_t)n, sizeof *order, ascending);
    for (int64_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && order[j].x == order[i].x;) j++;
        for (int64_t k = i; k < j; k++) rank[order[k].index] = (double)(i + j - 1) / 2;
    }
}

static void measure(const int64_t *group, const double *rank, double *sum, int64_t *count,
                    frs_importance *out) {
    const double mean = (double)(out->n - 1) / 2;
    double between = 0, total = 0;
    int64_t k = 0;
    for (int64_t i = 0; i < out->n; i++) {
        sum[group[i]] += rank[i] - mean;
        count[group[i]]++;
        total += (rank[i] - mean) * (rank[i] - mean);
    }
    for (int64_t g = 0; g < out->groups; g++) {
        if (count[g]) between += sum[g] * sum[g] / (double)count[g];
        k += count[g] > 0;
    }
    if (k < 2 || out->n - k < 2 || !(total > 0)) return;
    const double h = (double)(out->n - 1) * between / total;
    const double share = (h - (double)k + 1) / (double)(out->n - k);
    out->share = share > 0 ? share < 1 ? share : 1 : 0;
    out->p = chi_squared_tail(h, k - 1);
}

frs_status frs__importance(frs_ctx *ctx, const int64_t *group, int64_t groups, const double *good,
                           int64_t n, frs_importance *out) {
    *out = (frs_importance){.n = n, .groups = groups, .share = NAN, .p = NAN};
    item *order = frs__alloc(ctx, n, sizeof *order);
    double *rank = frs__alloc(ctx, n, sizeof *rank), *sum = frs__alloc(ctx, groups, sizeof *sum);
    int64_t *count = frs__alloc(ctx, groups, sizeof *count);
    const frs_status s = order && rank && sum && count ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) {
        for (int64_t i = 0; i < n; i++) order[i] = (item){isnan(good[i]) ? -INFINITY : good[i], i};
        ranks_of(order, n, rank);
        measure(group, rank, sum, count, out);
    }
    frs__free(ctx, order);
    frs__free(ctx, rank);
    frs__free(ctx, sum);
    frs__free(ctx, count);
    return s;
}

frs_status frs__equal_groups(frs_ctx *ctx, const double *x, int64_t n, int64_t *group,
                             int64_t *groups) {
    enum { MOST = 5, LEAST_IN_ONE = 4 };
    const int64_t k = n / LEAST_IN_ONE < MOST ? n / LEAST_IN_ONE : MOST;
    item *order = frs__alloc(ctx, n, sizeof *order);
    if (!order) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) order[i] = (item){x[i], i};
    qsort(order, (size_t)n, sizeof *order, ascending);
    *groups = 0;
    for (int64_t i = 0, part = -1; i < n; i++) {
        const bool tied = i > 0 && order[i].x == order[i - 1].x;
        if (!tied && i * k / n != part) part = i * k / n, ++*groups;
        group[order[i].index] = *groups - 1;
    }
    frs__free(ctx, order);
    return FRS_OK;
}
