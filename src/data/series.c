/* The record of one site and its time step. */
#include "base/base.h"
#include "freshet/data.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* A month later is the same day and hour; a day that the month lacks becomes its last. */
static int64_t add_months(int64_t time_s, int64_t n) {
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    frs_civil c = frs_civil_from_time(time_s);
    int64_t months = INT64_C(12) * c.year + (c.month - 1) + n;
    int64_t year = months / 12 - (months % 12 < 0), month = months - 12 * year;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    int last = days[month] + (month == 1 && leap);
    c.year = (int)year;
    c.month = (int)month + 1;
    if (c.day > last) c.day = last;
    return frs_time_from_civil(c);
}

int64_t frs_step_add(frs_step s, int64_t time_s, int64_t n) {
    return s.unit == FRS_STEP_MONTH ? add_months(time_s, s.count * n) : time_s + s.count * n;
}

frs_status frs_series_new(frs_ctx *ctx, const char *site, int64_t start_s, frs_step step, int64_t n,
                          int n_vars, frs_series *s) {
    if (n < 0 || n_vars < 0 || step.count < 1)
        return frs__fail(ctx, FRS_E_ARG, _("series of %" PRId64 " steps, %d variables"), n, n_vars);
    if (strlen(site) >= sizeof s->site)
        return frs__fail(ctx, FRS_E_INPUT, _("site name of more than 63 bytes: %.70s"), site);
    frs_series r = {.start_s = start_s, .n = n, .step = step};
    memcpy(r.site, site, strlen(site));
    r.vars = frs__alloc(ctx, n_vars, sizeof *r.vars);
    r.values = r.vars ? frs__alloc(ctx, n_vars, sizeof *r.values) : NULL;
    if (!r.values) {
        frs_series_free(ctx, &r);
        return FRS_E_NOMEM;
    }
    for (; r.n_vars < n_vars; r.n_vars++) {
        float *v = frs__alloc(ctx, n, sizeof *v);
        if (!v) {
            frs_series_free(ctx, &r);
            return FRS_E_NOMEM;
        }
        for (int64_t t = 0; t < n; t++) v[t] = NAN;
        r.values[r.n_vars] = v;
    }
    *s = r;
    return FRS_OK;
}

void frs_series_free(frs_ctx *ctx, frs_series *s) {
    if (!s) return;
    for (int i = 0; s->values && i < s->n_vars; i++) frs__free(ctx, s->values[i]);
    frs__free(ctx, s->values);
    frs__free(ctx, s->vars);
    frs__free(ctx, s->source);
    *s = (frs_series){0};
}

int frs_series_var(const frs_series *s, const char *name) {
    for (int i = 0; i < s->n_vars; i++)
        if (strcmp(s->vars[i].name, name) == 0) return i;
    return -1;
}

void frs_statics_free(frs_ctx *ctx, frs_statics *s) {
    if (!s) return;
    frs__free(ctx, s->sites);
    frs__free(ctx, s->names);
    frs__free(ctx, s->values);
    frs__free(ctx, s->source);
    *s = (frs_statics){0};
}
