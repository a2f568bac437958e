/* Seasonal-trend decomposition by loess, x = season + trend + remainder.
 * Inner round: 1 take the trend away; 2 smooth each place of the period (its cycle subseries) by
 * loess, one step beyond both ends; 3 low-pass that: moving means of `period`, `period` and 3, then
 * loess; 4 season = 2 - 3; 5, 6 trend = loess of x - season. Outer round: bisquare weights of the
 * remainders. Loess is of degree 1 and evaluated at every step.
 * source: Cleveland, Cleveland, McRae & Terpenning (1990), J. Off. Stat. 6(1), 3-73
 * Where values are missing, loess takes the nearest that are there: with none missing this is
 * Cleveland's program. */
#include "stats/stats.h"
#include <math.h>

/* Points at ascending places; w NULL: all 1. */
typedef struct points {
    double *at, *y, *w;
    int64_t n;
    bool weighted;
} points;

typedef struct stl {
    const double *x;
    int64_t n;
    frs_stl_opts o;
    points p;                        /* [n] */
    double *season, *trend, *weight; /* [n] */
    double *cycle, *low, *again;     /* [n + 2 period] */
    bool robust_now;
} stl;

/* Local line at x through points left..right. */
static double local_line(const points *p, int64_t length, double x, int64_t left, int64_t right) {
    double h = fmax(x - p->at[left], p->at[right] - x), sum = 0, mean = 0, spread = 0, y = 0;
    if (length > p->n) h += (double)((length - p->n) / 2);
    for (int pass = 0; pass < 3; pass++) { /* sum of weights; their spread; the value */
        const double range = p->at[p->n - 1] - p->at[0];
        const bool slope = pass == 2 && h > 0 && sqrt(spread / sum) > 0.001 * range;
        for (int64_t j = left; j <= right; j++) {
            const double r = fabs(p->at[j] - x), t = r / h;
            if (r > 0.999 * h) continue;
            double w = r <= 0.001 * h ? 1 : (1 - t * t * t) * (1 - t * t * t) * (1 - t * t * t);
            if (p->weighted) w *= p->w[j];
            if (pass == 0) {
                sum += w;
                mean += w * p->at[j];
            } else if (pass == 1)
                spread += w * (p->at[j] - mean) * (p->at[j] - mean);
            else
                y += w / sum * (slope ? 1 + (x - mean) * (p->at[j] - mean) / (spread / sum) : 1) *
                     p->y[j];
        }
        if (pass == 0 && !(sum > 0)) { /* all outliers: the nearest point */
            const int64_t k = x - p->at[left] < p->at[right] - x ? left : right;
            return p->y[k];
        }
        if (pass == 0) mean /= sum;
    }
    return y;
}

/* out[i] at first, first + 1, ...; each from its `length` nearest points. */
static void loess(const points *p, int64_t length, double first, int64_t count, double *out) {
    int64_t left = 0, right = (length < p->n ? length : p->n) - 1;
    for (int64_t i = 0; i < count; i++) {
        const double x = first + (double)i;
        while (right + 1 < p->n && p->at[right + 1] - x < x - p->at[left]) {
            left++;
            right++;
        }
        out[i] = local_line(p, length, x, left, right);
    }
}

static void smooth_cycles(stl *s) {
    const int64_t period = s->o.period;
    points *p = &s->p;
    for (int64_t j = 0; j < period; j++) {
        const int64_t k = (s->n - j - 1) / period + 1;
        p->n = 0;
        for (int64_t i = 0; i < k; i++) {
            const int64_t at = i * period + j;
            if (!isfinite(s->x[at])) continue;
            p->at[p->n] = (double)i;
            p->y[p->n] = s->x[at] - s->trend[at];
            p->w[p->n++] = s->weight[at];
        }
        p->weighted = s->robust_now;
        loess(p, s->o.seasonal, -1, k + 2, s->again);
        for (int64_t i = 0; i < k + 2; i++) s->cycle[i * period + j] = s->again[i];
    }
}

static void moving_mean(const double *x, int64_t n, int64_t length, double *out) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += x[i];
        if (i >= length) sum -= x[i - length];
        if (i >= length - 1) out[i - length + 1] = sum / (double)length;
    }
}

static void low_pass(stl *s) {
    const int64_t all = s->n + 2 * s->o.period, period = s->o.period;
    moving_mean(s->cycle, all, period, s->low);
    moving_mean(s->low, all - period + 1, period, s->again);
    moving_mean(s->again, all - 2 * period + 2, 3, s->low);
    points *p = &s->p;
    p->n = s->n;
    p->weighted = false;
    for (int64_t i = 0; i < s->n; i++) {
        p->at[i] = (double)i;
        p->y[i] = s->low[i];
    }
    loess(p, s->o.low_pass, 0, s->n, s->low);
}

static void smooth_trend(stl *s) {
    points *p = &s->p;
    p->n = 0;
    for (int64_t i = 0; i < s->n; i++) {
        if (!isfinite(s->x[i])) continue;
        p->at[p->n] = (double)i;
        p->y[p->n] = s->x[i] - s->season[i];
        p->w[p->n++] = s->weight[i];
    }
    p->weighted = s->robust_now;
    loess(p, s->o.trend, 0, s->n, s->trend);
}

/* Bisquare of |remainder| / (6 median). */
static void weigh(stl *s) {
    double *r = s->again;
    int64_t m = 0;
    for (int64_t i = 0; i < s->n; i++)
        if (isfinite(s->x[i])) r[m++] = fabs(s->x[i] - s->season[i] - s->trend[i]);
    frs__ascending(r, m);
    const double h = 6 * frs__order_quantile(r, m, 0.5);
    for (int64_t i = 0; i < s->n; i++) {
        const double a = fabs(s->x[i] - s->season[i] - s->trend[i]), t = a / h;
        s->weight[i] = a <= 0.001 * h ? 1 : a <= 0.999 * h ? (1 - t * t) * (1 - t * t) : 0;
    }
    s->robust_now = true;
}

static void decompose(stl *s) {
    for (int outer = 0; outer <= s->o.outer; outer++) {
        if (outer > 0) weigh(s);
        for (int inner = 0; inner < s->o.inner; inner++) {
            smooth_cycles(s);
            low_pass(s);
            for (int64_t i = 0; i < s->n; i++) s->season[i] = s->cycle[s->o.period + i] - s->low[i];
            smooth_trend(s);
        }
    }
}

static frs_status fill_opts(frs_ctx *ctx, const double *x, int64_t n, frs_stl_opts *o) {
    if (o->seasonal == 0) o->seasonal = 7;
    if (o->trend == 0)
        o->trend = (int64_t)ceil(1.5 * (double)o->period / (1 - 1.5 / (double)o->seasonal)) | 1;
    if (o->low_pass == 0) o->low_pass = (o->period + 1) | 1;
    if (o->inner == 0) {
        o->inner = o->robust ? 2 : 5;
        o->outer = o->robust ? 15 : 0;
    }
    if (o->period < 2 || o->seasonal < 3 || o->seasonal % 2 == 0 || o->trend < 3 ||
        o->trend % 2 == 0 || o->low_pass < 3 || o->low_pass % 2 == 0)
        return frs__fail(ctx, FRS_E_ARG,
                         _("STL: a period of 2 or more and odd lengths of 3 or more are expected"));
    if (n < 2 * o->period) return frs__fail(ctx, FRS_E_NODATA, _("STL: fewer than two periods"));
    for (int64_t j = 0; j < o->period; j++) {
        bool any = false;
        for (int64_t i = j; i < n; i += o->period) any |= isfinite(x[i]) != 0;
        if (!any) return frs__fail(ctx, FRS_E_NODATA, _("STL: a place of the period has no value"));
    }
    return FRS_OK;
}

frs_status frs_stl(frs_ctx *ctx, const double *x, int64_t n, const frs_stl_opts *o,
                   frs_stl_parts out) {
    stl s = {.x = x, .n = n, .o = *o, .season = out.season, .trend = out.trend};
    for (int64_t i = 0; i < n; i++) out.season[i] = out.trend[i] = NAN;
    FRS_TRY(fill_opts(ctx, x, n, &s.o));
    const int64_t all = n + 2 * s.o.period;
    double *work = frs__alloc(ctx, 4 * n + 3 * all, sizeof *work);
    if (!work) return FRS_E_NOMEM;
    s.p = (points){.at = work, .y = work + n, .w = work + 2 * n};
    s.weight = work + 3 * n;
    s.cycle = work + 4 * n;
    s.low = s.cycle + all;
    s.again = s.low + all;
    for (int64_t i = 0; i < n; i++) {
        s.weight[i] = 1;
        out.trend[i] = out.season[i] = 0;
    }
    decompose(&s);
    for (int64_t i = 0; out.weight && i < n; i++)
        out.weight[i] = isfinite(x[i]) ? s.weight[i] : NAN;
    frs__free(ctx, work);
    return FRS_OK;
}
