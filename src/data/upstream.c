/* Flow of gauges upstream on a site's own time axis. A gauge's record may begin and end elsewhere:
 * what it does not cover is missing. */
#include "data/prepare.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The gauge's row at the site's first time. */
static frs_status first_row(frs_ctx *ctx, const frs_series *g, const frs_series *s, int64_t *row) {
    const bool same = g->step.unit == s->step.unit && g->step.count == s->step.count;
    *row = frs__step_index(s->step, g->start_s, s->start_s);
    if (same && frs_step_add(s->step, g->start_s, *row) == s->start_s) return FRS_OK;
    return frs__fail(ctx, FRS_E_INPUT,
                     _("gauge %s, upstream of %s: its time steps are not those of %s"), g->site,
                     s->site, s->site);
}

/* Which variable of the gauge is flow, in the site's unit. */
static frs_status flow_of(frs_ctx *ctx, const char *target, const frs_series *g,
                          const frs_series *s, int *v) {
    const int own = frs_series_var(s, target);
    *v = frs_series_var(g, target);
    if (*v < 0)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("gauge %s, upstream of %s: no variable '%s' in its record"), g->site,
                         s->site, target);
    if (own < 0 || strcmp(s->vars[own].unit, g->vars[*v].unit) == 0) return FRS_OK;
    return frs__fail(ctx, FRS_E_INPUT,
                     _("gauge %s, upstream of %s: %s is in '%s' there and in '%s' here; the key "
                       "units brings both to one"),
                     g->site, s->site, target, g->vars[*v].unit, s->vars[own].unit);
}

static frs_status column(frs_ctx *ctx, const frs_upstream *u, int i, frs_series *s) {
    const frs_series *g = i < u->n_gauges ? &u->gauges[i] : NULL;
    const int own = frs_series_var(s, u->target);
    frs_var like = own < 0 ? (frs_var){.kind = FRS_VAR_UNKNOWN} : s->vars[own];
    char name[64];
    int64_t first = 0;
    int v = -1;
    float *to;
    if (g) FRS_TRY(first_row(ctx, g, s, &first));
    if (g) FRS_TRY(flow_of(ctx, u->target, g, s, &v));
    snprintf(name, sizeof name, FRS_UPSTREAM "%d", i + 1);
    FRS_TRY(frs__add_variable(ctx, s, name, &like, &to));
    for (int64_t t = 0; g && t < s->n; t++) {
        const int64_t from = first + t - u->lag;
        if (from >= 0 && from < g->n) to[t] = g->values[v][from];
    }
    return FRS_OK;
}

frs_status frs_prepare_upstream(frs_ctx *ctx, const frs_upstream *u, frs_series *s) {
    if (u->lag < 0 || u->n_gauges > u->n_columns || u->n_columns > FRS_MAX_VARS)
        return frs__fail(ctx, FRS_E_ARG, _("a negative count"));
    for (int i = 0; i < u->n_columns; i++) FRS_TRY(column(ctx, u, i, s));
    return FRS_OK;
}
