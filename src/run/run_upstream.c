/* Gauges upstream: which they are, and their flow beside a site's record. */
#include "data/data.h"
#include "freshet/io.h"
#include "run/run_data.h"
#include <stdio.h>
#include <string.h>

static const char key[] = "upstream_gauges";

/* "run.yml:12: upstream_gauges", of the line that names a site; part NULL: of the key. buf: 512. */
static const char *where_of(const frs_config *c, const frs_part *part, char *buf) {
    if (!part || frs_part_line(part) == 0) return frs_config_where(c, key, buf);
    snprintf(buf, 512, "%.400s:%lld: %s", frs_config_file(c), (long long)frs_part_line(part), key);
    return buf;
}

int64_t frs__upstream_columns(const frs_config *c) {
    const frs_part *all = frs_config_part(c, key);
    int64_t most = 0;
    for (int64_t i = 0; all && frs_part_form(all) == FRS_FORM_MAP && i < frs_part_count(all); i++)
        if (frs_part_count(frs_part_at(all, i)) > most) most = frs_part_count(frs_part_at(all, i));
    return most;
}

/* The number of a site among those that have gauges; -1: none. */
static int64_t find(const frs_part *all, const char *site) {
    for (int64_t i = 0; i < frs_part_count(all); i++)
        if (strcmp(frs_part_name(all, i), site) == 0) return i;
    return -1;
}

/* ---- what the config says */

static frs_status check_gauge(frs_ctx *ctx, const frs_config *c, const frs_part *all, int64_t site,
                              int64_t k) {
    const frs_part *gauges = frs_part_at(all, site), *gauge = frs_part_at(gauges, k);
    const char *name = frs_part_text(gauge), *of = frs_part_name(all, site);
    char where[512], copy[64];
    where_of(c, gauges, where);
    if (frs_part_form(gauge) != FRS_FORM_SCALAR)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: expected {site: [gauge, ...]}, found '%.80s'"),
                         where, name);
    FRS_TRY(frs__run_name(ctx, c, key, name, copy));
    if (strcmp(name, of) == 0)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: site %s cannot be upstream of itself"), where,
                         of);
    for (int64_t i = 0; i < k; i++)
        if (strcmp(frs_part_text(frs_part_at(gauges, i)), name) == 0)
            return frs__fail(ctx, FRS_E_INPUT, _("%s: site %s: gauge %s stands twice"), where, of,
                             name);
    return FRS_OK;
}

static frs_status check_sites(frs_ctx *ctx, const frs_config *c, const frs_part *all) {
    char where[512], copy[64];
    if (frs_part_form(all) != FRS_FORM_MAP)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: expected {site: [gauge, ...]}, found '%.80s'"),
                         where_of(c, all, where), frs_part_text(all));
    for (int64_t i = 0; i < frs_part_count(all); i++) {
        const frs_part *gauges = frs_part_at(all, i);
        FRS_TRY(frs__run_name(ctx, c, key, frs_part_name(all, i), copy));
        if (find(all, copy) < i)
            return frs__fail(ctx, FRS_E_INPUT, _("%s: site %s stands twice"),
                             where_of(c, gauges, where), copy);
        if (frs_part_form(gauges) == FRS_FORM_MAP)
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s: expected {site: [gauge, ...]}, found '%.80s'"),
                             where_of(c, gauges, where), frs_part_text(gauges));
        for (int64_t k = 0; k < frs_part_count(gauges); k++)
            FRS_TRY(check_gauge(ctx, c, all, i, k));
    }
    return FRS_OK;
}

/* A gauge of site i that still has gauges of its own to be looked at; -1: none. */
static int64_t open_gauge(const frs_part *all, const bool *closed, int64_t i) {
    const frs_part *gauges = frs_part_at(all, i);
    for (int64_t k = 0; k < frs_part_count(gauges); k++) {
        const int64_t at = find(all, frs_part_text(frs_part_at(gauges, k)));
        if (at >= 0 && !closed[at]) return at;
    }
    return -1;
}

/* Water that flows in a circle is a slip of the pen. Sites all of whose gauges are headwaters are
 * closed until none is left, or those on a circle and below one are. */
static frs_status no_cycle(frs_ctx *ctx, const frs_config *c, const frs_part *all) {
    const int64_t n = frs_part_count(all);
    bool *closed = frs__alloc(ctx, n, sizeof *closed), more = true;
    int64_t at = -1;
    char where[512];
    if (!closed) return FRS_E_NOMEM;
    while (more) {
        more = false;
        at = -1;
        for (int64_t i = 0; i < n; i++) {
            if (closed[i]) continue;
            closed[i] = open_gauge(all, closed, i) < 0;
            more |= closed[i];
            if (!closed[i]) at = i;
        }
    }
    frs_status s = FRS_OK;
    if (at >= 0) {
        for (int64_t i = 0; i < n; i++) at = open_gauge(all, closed, at); /* onto the circle */
        const int64_t from = open_gauge(all, closed, at);
        s = frs__fail(ctx, FRS_E_INPUT,
                      _("%s: a cycle: gauge %s is upstream of site %s, and %s is upstream of %s"),
                      where_of(c, frs_part_at(all, at), where), frs_part_name(all, from),
                      frs_part_name(all, at), frs_part_name(all, at), frs_part_name(all, from));
    }
    frs__free(ctx, closed);
    return s;
}

/* The columns are appended to the inputs, which is where their rules hold. */
static frs_status named_by_hand(frs_ctx *ctx, const frs_config *c, const frs_task *t) {
    char where[512];
    for (int k = 0; k < t->n_upstream; k++) {
        const char *name = t->inputs[frs__n_weather(t) + k], *in = NULL;
        for (int i = 0; i < frs__n_weather(t); i++)
            if (strcmp(t->inputs[i], name) == 0) in = "dynamic_inputs";
        for (int i = 0; i < t->n_evolving; i++)
            if (strcmp(t->statics[frs__n_attrs(t) + i], name) == 0) in = "evolving_attributes";
        if (in)
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s: %s is added by upstream_gauges: leave it out here"),
                             frs_config_where(c, in, where), name);
    }
    return FRS_OK;
}

frs_status frs__upstream_read(frs_ctx *ctx, const frs_config *c, const frs_task *t,
                              frs__upstream *u) {
    char where[512];
    const int64_t least = t->kind == FRS_SIMULATION;
    *u = (frs__upstream){.all = frs_config_part(c, key),
                         .n_columns = t->n_upstream,
                         .masked = t->mask != FRS_MASK_NONE,
                         .lag = least};
    if (!u->all) return FRS_OK;
    FRS_TRY(check_sites(ctx, c, u->all));
    FRS_TRY(no_cycle(ctx, c, u->all));
    FRS_TRY(named_by_hand(ctx, c, t));
    if (frs_config_has(c, "upstream_lag")) u->lag = frs_config_int(c, "upstream_lag");
    if (u->lag >= least) return FRS_OK;
    return frs__fail(ctx, FRS_E_INPUT,
                     _("%s: expected at least 1 in a simulation, found %lld: the flow of a day is "
                       "known when it is over"),
                     frs_config_where(c, "upstream_lag", where), (long long)u->lag);
}

/* ---- their records */

static int64_t in_dataset(const frs_dataset *ds, const char *site) {
    for (int64_t i = 0; i < frs_dataset_n_sites(ds); i++)
        if (strcmp(frs_dataset_site(ds, i), site) == 0) return i;
    return -1;
}

frs_status frs__upstream_known(frs_ctx *ctx, const frs_config *c, const frs__upstream *u,
                               const frs_dataset *ds, const char *dir) {
    char where[512];
    for (int64_t i = 0; u->all && i < frs_part_count(u->all); i++) {
        const frs_part *gauges = frs_part_at(u->all, i);
        const char *site = frs_part_name(u->all, i);
        if (in_dataset(ds, site) < 0)
            return frs__fail(ctx, FRS_E_INPUT, _("%s: site %s has no record in %s"),
                             where_of(c, gauges, where), site, dir);
        for (int64_t k = 0; k < frs_part_count(gauges); k++) {
            const char *gauge = frs_part_text(frs_part_at(gauges, k));
            if (in_dataset(ds, gauge) < 0)
                return frs__fail(ctx, FRS_E_INPUT,
                                 _("%s: gauge %s, upstream of %s, has no record in %s"),
                                 where_of(c, gauges, where), gauge, site, dir);
        }
    }
    return FRS_OK;
}

/* Of a gauge nothing is made but what an input is made of: its step, its outliers. */
static frs_status read_gauge(frs_ctx *ctx, const frs__upstream_args *a, const char *name,
                             frs_series *g) {
    const char(*flow)[64] = NULL;
    for (int64_t i = 0; i < a->p->n_used; i++)
        if (strcmp(a->p->used[i], a->p->target) == 0) flow = &a->p->used[i];
    const frs_prepare p = {.resample = a->p->resample,
                           .missing_share = a->p->missing_share,
                           .kinds = a->p->kinds,
                           .n_kinds = a->p->n_kinds,
                           .outliers = a->p->outliers,
                           .outlier_factor = a->p->outlier_factor,
                           .used = flow,
                           .n_used = flow != NULL};
    const int64_t at = in_dataset(a->ds, name);
    frs_findings again = {0}, *findings = a->told[at] ? &again : a->findings;
    frs_status s = frs_dataset_read(a->ds, at, g);
    if (s == FRS_OK) s = frs_check_series(ctx, g, a->mend_dates, findings);
    if (s == FRS_OK) s = frs_prepare_series(ctx, &p, a->training, false, g, findings);
    a->told[at] = true;
    frs_findings_free(ctx, &again);
    return s;
}

static frs_status too_few(frs_ctx *ctx, const frs__upstream_args *a, const char *site, int n) {
    char where[512];
    const int64_t at = find(a->u->all, site);
    return frs__fail(
        ctx, FRS_E_INPUT,
        _("%s: gauges upstream of site %s: %d, of another site: %d; the models need each of "
          "upstream_1 to upstream_%d: set gap_policy: mask or nan_handling_method: input_replacing "
          "(a missing gauge is told to them), give the site more gauges, or leave it out"),
        where_of(a->c, at < 0 ? NULL : frs_part_at(a->u->all, at), where), site, n, a->u->n_columns,
        a->u->n_columns);
}

frs_status frs__upstream_add(frs_ctx *ctx, const frs__upstream_args *a, frs_series *s) {
    const frs__upstream *u = a->u;
    const int64_t at = u->all ? find(u->all, s->site) : -1;
    const frs_part *gauges = at < 0 ? NULL : frs_part_at(u->all, at);
    const int n = gauges ? (int)frs_part_count(gauges) : 0;
    if (u->n_columns == 0) return FRS_OK;
    if (n < u->n_columns && !u->masked) return too_few(ctx, a, s->site, n);
    frs_series *g = frs__alloc(ctx, n, sizeof *g);
    frs_status st = g ? FRS_OK : FRS_E_NOMEM;
    for (int i = 0; i < n && st == FRS_OK; i++)
        st = read_gauge(ctx, a, frs_part_text(frs_part_at(gauges, i)), &g[i]);
    const frs_upstream add = {.target = a->p->target,
                              .lag = u->lag,
                              .n_columns = u->n_columns,
                              .n_gauges = n,
                              .gauges = g};
    if (st == FRS_OK) st = frs_prepare_upstream(ctx, &add, s);
    for (int i = 0; g && i < n; i++) frs_series_free(ctx, &g[i]);
    frs__free(ctx, g);
    return st;
}
