/* Rain against runoff: more water out than in, and flow that rises before the rain. */
#include "data/check.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const int64_t ENOUGH_STEPS = 365; /* below that storage, not error, decides the ratio */

/* Both are depths over the same step (or nobody says what they are). */
static bool comparable(const frs_var *rain, const frs_var *flow) {
    bool known = rain->unit[0] && flow->unit[0];
    return !known || (strstr(rain->unit, "mm") && strstr(flow->unit, "mm"));
}

static frs_status check_ratio(const frs__checked *c, const frs__column *rain,
                              const frs__column *flow) {
    double p = 0, q = 0;
    int64_t n = 0;
    for (int64_t r = c->rows.lo; r <= c->rows.hi; r++) {
        float a = frs__value(c, rain->index, r), b = frs__value(c, flow->index, r);
        if (isnan(a) || isnan(b)) continue;
        p += a;
        q += b;
        n++;
    }
    if (n < ENOUGH_STEPS || !(q > p) || !comparable(&rain->var, &flow->var)) return FRS_OK;
    char a[40], b[40], ratio[40];
    frs_finding *f = frs__site_finding(c, flow->var.name, FRS_WARNING, "runoff_ratio");
    if (!f) return FRS_E_NOMEM;
    f->count = n;
    f->value = p > 0 ? q / p : INFINITY;
    frs__finding_text(f, _("more runoff than precipitation: %s of %s for %s of %s (ratio %s)"),
                      frs__decimal(q, 0, b), flow->var.name, frs__decimal(p, 0, a), rain->var.name,
                      frs__decimal(f->value, 2, ratio));
    frs__finding_action(
        f, _("used as it is; check the units, the catchment area and the rain gauges"));
    return FRS_OK;
}

/* r of the flow's rise at t with the rain at t - lag. */
static double lag_correlation(const frs__checked *c, int rain, int flow, int64_t lag, int64_t *n) {
    double sp = 0, sq = 0, spp = 0, sqq = 0, spq = 0;
    *n = 0;
    for (int64_t t = c->rows.lo + 1; t <= c->rows.hi; t++) {
        if (t - lag < c->rows.lo || t - lag > c->rows.hi) continue;
        double p = frs__value(c, rain, t - lag);
        double d = (double)frs__value(c, flow, t) - (double)frs__value(c, flow, t - 1);
        if (isnan(p) || isnan(d)) continue;
        sp += p, sq += d, spp += p * p, sqq += d * d, spq += p * d;
        ++*n;
    }
    double m = (double)*n, vp = spp - sp * sp / m, vq = sqq - sq * sq / m;
    return vp > 0 && vq > 0 ? (spq - sp * sq / m) / sqrt(vp * vq) : NAN;
}

static frs_status check_lag(const frs__checked *c, const frs__column *rain,
                            const frs__column *flow) {
    double r[3];
    int64_t n = 0;
    for (int64_t lag = -1; lag <= 1; lag++)
        r[lag + 1] = lag_correlation(c, rain->index, flow->index, lag, &n);
    const double clear = 0.1; /* a correlation worth a word, some ten standard errors of 30 years */
    bool early = n >= ENOUGH_STEPS && r[0] > clear && r[0] > r[1] && r[0] > r[2];
    if (!early) return FRS_OK;
    char a[40], b[40];
    frs_finding *f = frs__site_finding(c, flow->var.name, FRS_WARNING, "lag");
    if (!f) return FRS_E_NOMEM;
    f->count = n;
    f->value = -1;
    frs__finding_text(f,
                      _("%s rises one step before %s falls: correlation %s one step early, %s on "
                        "the same step"),
                      flow->var.name, rain->var.name, frs__decimal(r[0], 2, a),
                      frs__decimal(r[1], 2, b));
    frs__finding_action(f, _("used as it is; check which day the dates of both stand for"));
    return FRS_OK;
}

frs_status frs__check_water(const frs__checked *c, const frs__column *rain,
                            const frs__column *flow) {
    FRS_TRY(check_ratio(c, rain, flow));
    return check_lag(c, rain, flow);
}
