/* Difference of a pair score between two models by drawing whole water years anew, the same years
 * for both (paired). p = 2 (1 + min(#{d* <= 0}, #{d* >= 0})) / (1 + B), at most 1, over the B
 * differences d* drawn source: block bootstrap of Kuensch (1989), doi:10.1214/aos/1176347265; p:
 * Davison & Hinkley (1997), doi:10.1017/CBO9780511802843, section 4.2.3 */
#include "verify/years.h"
#include <math.h>

/* Fewer than 8 years: an interval would be too narrow by far to claim anything from. */
enum { RESAMPLES = 10000, BLOCK = 250, MIN_YEARS = 8, MIN_DEFINED = 9000 };

typedef struct sides {
    frs_pairs *a, *b;
    int64_t n;
} sides; /* sums of the same years */

static void keep_common(const frs_rivals *r, float *a, float *b) {
    for (int64_t i = 0; i < r->n; i++) {
        const bool both = !isnan(r->a[i]) && !isnan(r->b[i]);
        a[i] = both ? r->a[i] : NAN;
        b[i] = both ? r->b[i] : NAN;
    }
}

static frs_status gather(frs_ctx *ctx, const frs_rivals *r, const frs_score_years *y, sides *s) {
    int64_t n_b;
    float *a = frs__alloc(ctx, 2 * r->n, sizeof *a);
    if (!a) return FRS_E_NOMEM;
    float *b = a + r->n;
    keep_common(r, a, b);
    frs_status status =
        frs__years_gather(ctx, &(frs_score_series){a, r->obs, r->n, 1}, y, &s->a, &s->n);
    if (status == FRS_OK)
        status = frs__years_gather(ctx, &(frs_score_series){b, r->obs, r->n, 1}, y, &s->b, &n_b);
    frs__free(ctx, a);
    return status;
}

static double difference_of(const frs_score *s, const frs_pairs *a, const frs_pairs *b) {
    double x, y;
    return s->pair(a, &x) == FRS_OK && s->pair(b, &y) == FRS_OK ? x - y : (double)NAN;
}

typedef struct drawing {
    const frs_score *score;
    const sides *sides;
    uint64_t seed;
    double *d;
} drawing;

static void draw_block(void *arg, int64_t block, int worker) {
    const drawing *w = arg;
    const sides *s = w->sides;
    (void)worker;
    for (int64_t k = block * BLOCK; k < (block + 1) * BLOCK; k++) {
        const frs_pairs a = frs__years_draw(s->a, s->n, w->seed, k),
                        b = frs__years_draw(s->b, s->n, w->seed, k);
        w->d[k] = difference_of(w->score, &a, &b);
    }
}

/* Differences of all draws that have one, into d; how many. */
static int64_t draw_all(frs_ctx *ctx, drawing *w) {
    int64_t n = 0;
    frs__parallel(ctx, RESAMPLES / BLOCK, draw_block, w);
    for (int64_t k = 0; k < RESAMPLES; k++)
        if (!isnan(w->d[k])) w->d[n++] = w->d[k];
    return n;
}

static double p_value(const double *d, int64_t n) {
    int64_t below = 0, above = 0;
    for (int64_t i = 0; i < n; i++) {
        below += d[i] <= 0;
        above += d[i] >= 0;
    }
    return fmin(1, 2 * (1 + (double)(below < above ? below : above)) / (1 + (double)n));
}

static frs_status whole(const frs_score *score, const sides *s, frs_test *t) {
    frs_pairs a = {0}, b = {0};
    for (int64_t i = 0; i < s->n; i++) {
        frs_pairs_merge(&a, &s->a[i]);
        frs_pairs_merge(&b, &s->b[i]);
    }
    t->n = s->n;
    t->difference = difference_of(score, &a, &b);
    return s->n < 1 ? FRS_E_NODATA : isnan(t->difference) ? FRS_E_UNDEFINED : FRS_OK;
}

static frs_status test(frs_ctx *ctx, const frs_score *score, const sides *s, uint64_t seed,
                       frs_test *t) {
    FRS_TRY(whole(score, s, t));
    if (s->n < MIN_YEARS) return FRS_E_NODATA;
    double *d = frs__alloc(ctx, RESAMPLES, sizeof *d);
    if (!d) return FRS_E_NOMEM;
    const int64_t n = draw_all(ctx, &(drawing){score, s, seed, d});
    if (n >= MIN_DEFINED) {
        t->statistic = t->difference;
        t->p = p_value(d, n);
        t->low = frs__quantile_of(d, n, 0.025);
        t->high = frs__quantile_of(d, n, 0.975);
    }
    frs__free(ctx, d);
    return n >= MIN_DEFINED ? FRS_OK : FRS_E_UNDEFINED;
}

frs_status frs_score_difference(frs_ctx *ctx, const frs_score *score, const frs_rivals *r,
                                const frs_score_years *years, frs_test *t) {
    *t = FRS_NO_TEST;
    if (score->kind != FRS_SCORE_PAIR)
        return frs__fail(ctx, FRS_E_ARG, _("%s is not a score of pairs: it has no interval"),
                         score->name);
    sides s = {0};
    frs_status status = gather(ctx, r, years, &s);
    if (status == FRS_OK) status = test(ctx, score, &s, years->seed, t);
    frs__free(ctx, s.a);
    frs__free(ctx, s.b);
    if (status == FRS_E_NODATA)
        return frs__fail(
            ctx, status,
            _("too few: %lld water years with data; the difference of two models needs %d"),
            (long long)t->n, MIN_YEARS);
    if (status == FRS_E_UNDEFINED)
        return frs__fail(ctx, status, _("%s is not defined for too many draws of water years"),
                         score->name);
    return status;
}
