/* Variables made of others: copies, values of earlier or later steps, holes made at random, the
 * season. */
#include "data/prepare.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static frs_status find(const frs__preparing *k, const char *name, int *v) {
    *v = frs_series_var(k->s, name);
    if (*v >= 0) return FRS_OK;
    frs_buf b = {.ctx = k->ctx};
    for (int i = 0; i < k->s->n_vars; i++)
        frs__buf_printf(&b, "%s%s", i ? ", " : "", k->s->vars[i].name);
    const frs_status s =
        frs__fail(k->ctx, FRS_E_INPUT, _("site %s: no variable '%s' in the record, which has: %s"),
                  k->s->site, name, b.data ? b.data : "");
    frs__buf_free(&b);
    return s;
}

frs_status frs__add_variable(frs_ctx *ctx, frs_series *s, const char *name, const frs_var *like,
                             float **to) {
    const int64_t n = s->n_vars;
    frs_var var = *like;
    FRS_TRY(frs__name_copy(ctx, var.name, sizeof var.name, name));
    if (frs_series_var(s, name) >= 0)
        return frs__fail(ctx, FRS_E_INPUT, _("site %s: the record has a variable %s already"),
                         s->site, name);
    void *vars = frs__realloc(ctx, s->vars, n, n + 1, sizeof *s->vars);
    if (!vars) return FRS_E_NOMEM;
    s->vars = vars;
    void *values = frs__realloc(ctx, s->values, n, n + 1, sizeof *s->values);
    if (!values) return FRS_E_NOMEM;
    s->values = values;
    *to = frs__alloc(ctx, s->n, sizeof **to);
    if (!*to) return FRS_E_NOMEM;
    for (int64_t t = 0; t < s->n; t++) (*to)[t] = NAN;
    s->vars[n] = var;
    s->values[n] = *to;
    s->n_vars++;
    return FRS_OK;
}

static frs_status copy(const frs__preparing *k, const frs_copies *c) {
    char name[96];
    int from;
    float *to;
    FRS_TRY(find(k, c->name, &from));
    for (int64_t i = 1; i <= c->n; i++) {
        snprintf(name, sizeof name, "%s_copy%" PRId64, c->name, i);
        const frs_var like = k->s->vars[from];
        FRS_TRY(frs__add_variable(k->ctx, k->s, name, &like, &to));
        memcpy(to, k->s->values[from], (size_t)k->s->n * sizeof *to);
    }
    return FRS_OK;
}

frs_status frs__copies(const frs__preparing *k) {
    for (int64_t i = 0; i < k->p->n_copies; i++) FRS_TRY(copy(k, &k->p->copies[i]));
    return FRS_OK;
}

frs_status frs__lags(const frs__preparing *k) {
    const frs_series *s = k->s;
    char name[96];
    int from;
    float *to;
    for (int64_t i = 0; i < k->p->n_lags; i++) {
        const frs_lag *lag = &k->p->lags[i];
        FRS_TRY(find(k, lag->name, &from));
        snprintf(name, sizeof name, "%s_shift%" PRId64, lag->name, lag->steps);
        const frs_var like = s->vars[from];
        FRS_TRY(frs__add_variable(k->ctx, k->s, name, &like, &to));
        for (int64_t t = 0; t < s->n; t++)
            if (t - lag->steps >= 0 && t - lag->steps < s->n)
                to[t] = s->values[from][t - lag->steps];
    }
    return FRS_OK;
}

frs__origin frs__origin_of(const frs_prepare *p, const char *name) {
    frs__origin o = {.lag = 0};
    char made[96];
    snprintf(o.name, sizeof o.name, "%s", name);
    for (int64_t i = 0; p && i < p->n_lags; i++) {
        snprintf(made, sizeof made, "%s_shift%" PRId64, p->lags[i].name, p->lags[i].steps);
        if (strcmp(made, o.name) != 0) continue;
        memcpy(o.name, p->lags[i].name, sizeof o.name);
        o.lag = p->lags[i].steps;
        break;
    }
    for (int64_t i = 0; p && i < p->n_copies; i++)
        for (int64_t k = 1; k <= p->copies[i].n; k++) {
            snprintf(made, sizeof made, "%s_copy%" PRId64, p->copies[i].name, k);
            if (strcmp(made, o.name) == 0) memcpy(o.name, p->copies[i].name, sizeof o.name);
        }
    return o;
}

/* Two states with a chance at each step to pass from one to the other: those that give the share
 * and the mean length in the long run. The first step stays. */
static void hold_out(const frs__preparing *k, const frs_holdout *h, float *v) {
    const char *site = k->s->site;
    const uint64_t of_site = frs__hash64(site, (int64_t)strlen(site), k->p->seed);
    const frs_rng rng = {frs__hash64(h->name, (int64_t)strlen(h->name), of_site), FRS_RNG_HOLDOUT,
                         0};
    const double ends = 1 / h->mean_length, begins = ends * h->share / (1 - h->share);
    bool out = h->share >= 1;
    for (int64_t t = out ? 0 : 1; t < k->s->n; t++) {
        const double u = frs__rng_uniform(rng, (uint64_t)t);
        if (h->share < 1) out = out ? u >= ends : u < begins;
        if (out) v[t] = NAN;
    }
}

frs_status frs__holdouts(const frs__preparing *k) {
    for (int64_t i = 0; i < k->p->n_holdouts; i++) {
        int v;
        FRS_TRY(find(k, k->p->holdouts[i].name, &v));
        if (k->p->holdouts[i].share > 0) hold_out(k, &k->p->holdouts[i], k->s->values[v]);
    }
    return FRS_OK;
}

void frs_calendar(int64_t time_s, float *sine, float *cosine) {
    const int year = frs_civil_from_time(time_s).year;
    const int64_t first = frs_time_from_civil((frs_civil){.year = year, .month = 1, .day = 1});
    const int64_t next = frs_time_from_civil((frs_civil){.year = year + 1, .month = 1, .day = 1});
    const double angle =
        6.283185307179586476925 * (double)(time_s - first) / (double)(next - first);
    *sine = (float)sin(angle);
    *cosine = (float)cos(angle);
}

frs_status frs__calendar(const frs__preparing *k) {
    const frs_var like = {.unit = "1", .kind = FRS_VAR_INSTANT};
    float *sine, *cosine;
    if (!k->p->calendar) return FRS_OK;
    FRS_TRY(frs__add_variable(k->ctx, k->s, FRS_CALENDAR_SIN, &like, &sine));
    FRS_TRY(frs__add_variable(k->ctx, k->s, FRS_CALENDAR_COS, &like, &cosine));
    for (int64_t t = 0; t < k->s->n; t++)
        frs_calendar(frs_step_add(k->s->step, k->s->start_s, t), &sine[t], &cosine[t]);
    return FRS_OK;
}
