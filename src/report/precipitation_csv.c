/* precipitation.csv: precipitation at the issue times of the test period, for the hydrographs: of
 * every catchment, or of those in report.html alone where that would be too much. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/csv.h"
#include "report/files.h"
#include "report/view.h"

enum { MOST = 8 * 1000 * 1000 }; /* numbers, 40 MB */

bool frs__rain_everywhere(const frs_report *r) {
    return r->n_sites * r->observed.n_issues <= MOST;
}

static bool column_of(const frs_view *v, int64_t site) {
    if (frs__rain_everywhere(v->r)) return true;
    for (int64_t k = 0; k < v->n_shown; k++)
        if (v->shown[k] == site) return true;
    return false;
}

frs_status frs__write_precipitation(frs_ctx *ctx, const frs_report *r, const char *path) {
    frs_view v;
    FRS_TRY(frs__view_new(ctx, r, &v));
    const frs_archive *o = &r->observed;
    frs_buf b = {.ctx = ctx};
    frs__csv_text(&b, true, FRS_PRECIPITATION_HEADER);
    for (int64_t k = 0; k < r->n_sites; k++)
        if (column_of(&v, k)) frs__csv_text(&b, false, r->sites[k]);
    frs__csv_end(&b);
    for (int64_t i = 0; i < o->n_issues; i++) {
        char t[40];
        frs__csv_text(&b, true, frs_date_format(frs_step_add(o->step, o->first_issue_s, i), t));
        for (int64_t k = 0; k < r->n_sites; k++) {
            if (!column_of(&v, k)) continue;
            const float p = r->precipitation[k * o->n_issues + i];
            frs__csv_text(&b, false, isfinite(p) ? frs__format_float(p, t) : "");
        }
        frs__csv_end(&b);
    }
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK) s = frs__write_file(ctx, path, b.data, b.n);
    frs__buf_free(&b);
    frs__view_free(&v);
    return s;
}

/* A row's fields and whose they are. */
typedef struct columns {
    char **field;  /* [n] the date first */
    int64_t *site; /* [n] */
    int n;
} columns;

/* The header's sites, as indices; a site that run.json does not know is an error. */
static frs_status header(frs_csv *c, const frs_report *r, int max, columns *x) {
    bool more;
    FRS_TRY(frs__csv_row_any(c, x->field, max, &x->n, &more));
    for (int k = 1; k < x->n; k++) {
        x->site[k] = frs__find_site(r, x->field[k], k > 1 ? x->site[k - 1] + 1 : 0);
        if (x->site[k] < 0)
            return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:1: site \"%.40s\" is not in run.json"),
                             c->path, x->field[k]);
    }
    return FRS_OK;
}

static frs_status rows(frs_csv *c, const frs_report *r, const columns *x, float *out) {
    bool more;
    for (int64_t i = 0; i < r->observed.n_issues; i++) {
        FRS_TRY(frs__csv_row(c, x->field, x->n, &more));
        if (!more)
            return frs__fail(c->ctx, FRS_E_FORMAT, _("%s: %lld rows, expected %lld"), c->path,
                             (long long)i, (long long)r->observed.n_issues);
        const int64_t time_s = frs_step_add(r->observed.step, r->observed.first_issue_s, i);
        const char *date = x->field[0];
        int64_t found_s;
        char t[32];
        if (frs_date_parse(date, strlen(date), &found_s) != FRS_OK || found_s != time_s)
            return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: date \"%.40s\", expected %s"),
                             c->path, (long long)c->line, date, frs_date_format(time_s, t));
        for (int k = 1; k < x->n; k++) {
            double v;
            FRS_TRY(frs__csv_get_number(c, x->field[k], &v));
            out[x->site[k] * r->observed.n_issues + i] = (float)v;
        }
    }
    return FRS_OK;
}

frs_status frs__read_precipitation(frs_ctx *ctx, frs_report_memory *m, const char *path,
                                   frs_report *r) {
    const int64_t n_values = r->n_sites * r->observed.n_issues, max = r->n_sites + 1;
    frs_csv c;
    bool there;
    if (!r->observed.values) return FRS_OK;
    FRS_TRY(frs__csv_open(ctx, path, FRS_PRECIPITATION_HEADER, &there, &c));
    if (!there) return FRS_OK;
    columns x = {.field = frs__alloc(ctx, max, sizeof *x.field),
                 .site = frs__alloc(ctx, max, sizeof *x.site)};
    float *out = frs__arena_alloc(&m->arena, n_values + 1, sizeof *out);
    frs_status s = out && x.field && x.site ? header(&c, r, (int)max, &x) : FRS_E_NOMEM;
    for (int64_t i = 0; out && i < n_values; i++) out[i] = NAN;
    if (s == FRS_OK) s = rows(&c, r, &x, out);
    if (s == FRS_OK) r->precipitation = out;
    frs__free(ctx, x.field);
    frs__free(ctx, x.site);
    frs__csv_close(&c);
    return s;
}
