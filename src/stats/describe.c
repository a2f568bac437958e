/* Moments and quantiles, of the whole or of a season. Skewness is G1 = g1 sqrt(n (n-1)) / (n-2).
 * source: Joanes & Gill (1998), doi:10.1111/1467-9884.00122; Hyndman & Fan (1996),
 * doi:10.2307/2684934 */
#include "stats/stats.h"
#include <math.h>
#include <string.h>

static void moments(const double *v, int64_t n, frs_description *d) {
    const double k = (double)n;
    double m2 = 0, m3 = 0;
    d->mean = frs__mean(v, n);
    for (int64_t i = 0; i < n; i++) {
        const double e = v[i] - d->mean;
        m2 += e * e;
        m3 += e * e * e;
    }
    if (n < 2) return;
    d->sd = sqrt(m2 / (k - 1));
    if (d->mean != 0) d->cv = d->sd / d->mean;
    if (n < 3 || !(m2 > 0)) return;
    d->skew = (m3 / k) / pow(m2 / k, 1.5) * sqrt(k * (k - 1)) / (k - 2);
}

frs_status frs_describe(frs_ctx *ctx, const double *x, int64_t n, frs_description *d) {
    double *v = NULL;
    int64_t m = 0;
    *d = (frs_description){.n_missing = n, .mean = NAN, .sd = NAN, .cv = NAN, .skew = NAN};
    d->min = d->q05 = d->q25 = d->median = d->q75 = d->q95 = d->max = NAN;
    FRS_TRY(frs__present(ctx, x, n, true, &v, &m));
    if (m > 0) {
        d->n = m;
        d->n_missing = n - m;
        moments(v, m, d);
        d->min = v[0];
        d->q05 = frs__order_quantile(v, m, 0.05);
        d->q25 = frs__order_quantile(v, m, 0.25);
        d->median = frs__order_quantile(v, m, 0.5);
        d->q75 = frs__order_quantile(v, m, 0.75);
        d->q95 = frs__order_quantile(v, m, 0.95);
        d->max = v[m - 1];
    }
    frs__free(ctx, v);
    return m > 0 ? FRS_OK : frs__fail(ctx, FRS_E_NODATA, _("no value to describe"));
}

static bool month_of(const char *text, size_t n, int *month) {
    int64_t v;
    if (!frs__parse_int(text, n, &v) || v < 1 || v > 12) return false;
    *month = (int)v;
    return true;
}

frs_status frs_season_parse(frs_ctx *ctx, const char *text, frs_season *s) {
    const char *blank = strrchr(text, ' ');
    const char *months = blank ? blank + 1 : text;
    const char *dash = strchr(months, '-');
    int first, last;
    size_t n = blank ? (size_t)(blank - text) : strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == ':')) n--;
    const bool good = n > 0 && n < sizeof s->name &&
                      month_of(months, dash ? (size_t)(dash - months) : strlen(months), &first) &&
                      (dash ? month_of(dash + 1, strlen(dash + 1), &last) : (last = first, true));
    if (!good)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("season '%.80s': expected months, with or without a name, such as 'DJF "
                           "12-2' or '5-7'"),
                         text);
    *s = (frs_season){.first_month = first, .n_months = (last - first + 12) % 12 + 1};
    memcpy(s->name, text, n);
    return FRS_OK;
}

void frs_season_select(const frs_record *r, const frs_season *s, double *out) {
    for (int64_t i = 0; i < r->n; i++) {
        const int month = frs__month_at(r, i);
        out[i] = (month - s->first_month + 12) % 12 < s->n_months ? r->x[i] : NAN;
    }
}
