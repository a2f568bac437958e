/* Values far outside what the training period holds: below q01 - k (q50 - q01) or above
 * q99 + k (q99 - q50), with the quantiles of the site's own training values. The distance on each
 * side is its own, since rain and flow are skewed. A slip of the decimal point or a missing mark
 * that no reader knows lies out there, a flood hardly. */
#include "data/check.h"
#include "data/prepare.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENOUGH = 100 }; /* training values: a quantile of 1 % means something */

typedef struct bounds {
    double low, high;
} bounds;

static bool inside(const frs_series *s, frs_periods p, int64_t row) {
    const int64_t time = frs_step_add(s->step, s->start_s, row);
    for (int64_t i = 0; i < p.n; i++)
        if (time >= p.at[i].first_s && time <= p.at[i].last_s) return true;
    return false;
}

static int ascending(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Sorted v, linear between the values on both sides. */
static double quantile(const float *v, int64_t n, double p) {
    const double at = p * (double)(n - 1);
    const int64_t i = (int64_t)at;
    return i + 1 < n ? v[i] + (at - (double)i) * ((double)v[i + 1] - v[i]) : v[i];
}

/* Where more than half of the values are equal a side has no extent: nothing is said of it. */
static bounds bounds_of(float *v, int64_t n, double factor) {
    bounds b = {-INFINITY, INFINITY};
    if (n < ENOUGH) return b;
    qsort(v, (size_t)n, sizeof *v, ascending);
    const double q01 = quantile(v, n, 0.01), q50 = quantile(v, n, 0.5), q99 = quantile(v, n, 0.99);
    if (q50 > q01) b.low = q01 - factor * (q50 - q01);
    if (q99 > q50) b.high = q99 + factor * (q99 - q50);
    return b;
}

/* buf: 200 bytes. */
static const char *limits_of(bounds b, char *buf) {
    char low[40], high[40];
    frs__decimal(b.low, 2, low);
    frs__decimal(b.high, 2, high);
    if (isinf(b.low))
        snprintf(buf, 200, _("above %s"), high);
    else if (isinf(b.high))
        snprintf(buf, 200, _("below %s"), low);
    else
        snprintf(buf, 200, _("below %s or above %s"), low, high);
    return buf;
}

static frs_status tell(const frs__preparing *k, int v, bounds b, int64_t n, int64_t worst) {
    char limits[200], value[40], date[32];
    const frs_series *s = k->s;
    const char *name = s->vars[v].name;
    frs_finding *f = frs__finding_new(k->ctx, k->findings, FRS_WARNING, "outlier");
    if (!f) return FRS_E_NOMEM;
    memcpy(f->site, s->site, sizeof f->site);
    memcpy(f->var, name, sizeof f->var);
    f->count = n;
    f->first_s = frs_step_add(s->step, s->start_s, worst);
    f->value = s->values[v][worst];
    frs__finding_text(
        f,
        _("%s: values far outside the training period's (%s): %" PRId64 "; the furthest %s on %s"),
        name, limits_of(b, limits), n, frs__decimal(f->value, 2, value),
        frs_date_format(f->first_s, date));
    if (k->p->outliers != FRS_OUTLIERS_MISSING)
        frs__finding_action(f, _("used as they are; outliers: missing leaves them out"));
    else if (k->p->target && strcmp(k->p->target, name) == 0)
        frs__finding_action(f, _("counted as missing in the training period, and only there"));
    else
        frs__finding_action(f, _("counted as missing"));
    return FRS_OK;
}

/* v: scratch of the record's length. */
static frs_status look_at(const frs__preparing *k, int var, bool target, float *v) {
    frs_series *s = k->s;
    float *x = s->values[var];
    int64_t n = 0, beyond = 0, worst = 0;
    for (int64_t t = 0; t < s->n; t++)
        if (!isnan(x[t]) && inside(s, k->training, t)) v[n++] = x[t];
    const bounds b = bounds_of(v, n, k->p->outlier_factor);
    double furthest = 0;
    for (int64_t t = 0; t < s->n; t++) {
        if (!(x[t] < b.low || x[t] > b.high)) continue;
        const double by = x[t] < b.low ? b.low - x[t] : x[t] - b.high;
        if (beyond++ == 0 || by > furthest) furthest = by, worst = t;
    }
    if (beyond == 0) return FRS_OK;
    FRS_TRY(tell(k, var, b, beyond, worst));
    for (int64_t t = 0; t < s->n && k->p->outliers == FRS_OUTLIERS_MISSING; t++)
        if ((x[t] < b.low || x[t] > b.high) && (!target || inside(s, k->training, t))) x[t] = NAN;
    return FRS_OK;
}

frs_status frs__outliers(const frs__preparing *k) {
    if (k->p->outliers == FRS_OUTLIERS_LEAVE || k->training.n == 0) return FRS_OK;
    float *v = frs__alloc(k->ctx, k->s->n, sizeof *v);
    frs_status st = v ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; i < k->p->n_used && st == FRS_OK; i++) {
        const int var = frs_series_var(k->s, k->p->used[i]);
        const bool target = k->p->target && strcmp(k->p->target, k->p->used[i]) == 0;
        if (var >= 0 && (!target || k->target_too)) st = look_at(k, var, target, v);
    }
    frs__free(k->ctx, v);
    return st;
}
