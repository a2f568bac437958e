/* precipitation.csv: precipitation at the issue times of the test period, for the hydrographs of
 * the page. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/csv.h"
#include "report/files.h"
#include "report/view.h"

frs_status frs__write_precipitation(frs_ctx *ctx, const frs_report *r, const char *path) {
    frs_view v;
    FRS_TRY(frs__view_new(ctx, r, &v));
    const frs_archive *o = &r->observed;
    frs_buf b = {.ctx = ctx};
    frs__csv_text(&b, true, FRS_PRECIPITATION_HEADER);
    for (int64_t k = 0; k < v.n_shown; k++) frs__csv_text(&b, false, r->sites[v.shown[k]]);
    frs__csv_end(&b);
    for (int64_t i = 0; i < o->n_issues; i++) {
        char t[40];
        frs__csv_text(&b, true, frs_date_format(frs_step_add(o->step, o->first_issue_s, i), t));
        for (int64_t k = 0; k < v.n_shown; k++) {
            const float p = r->precipitation[v.shown[k] * o->n_issues + i];
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

/* The header's sites, as indices; a site that run.json does not know is an error. */
static frs_status header(frs_csv *c, const frs_report *r, int64_t *site, int *n) {
    char *f[FRS_MAX_SHOWN + 1];
    bool more;
    FRS_TRY(frs__csv_row_any(c, f, FRS_MAX_SHOWN + 1, n, &more));
    for (int k = 1; k < *n; k++) {
        site[k] = frs__find_site(r, f[k], k - 1);
        if (site[k] < 0)
            return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:1: site \"%.40s\" is not in run.json"),
                             c->path, f[k]);
    }
    return FRS_OK;
}

static frs_status rows(frs_csv *c, const frs_report *r, const int64_t *site, int n, float *out) {
    char *f[FRS_MAX_SHOWN + 1];
    bool more;
    for (int64_t i = 0; i < r->observed.n_issues; i++) {
        FRS_TRY(frs__csv_row(c, f, n, &more));
        if (!more)
            return frs__fail(c->ctx, FRS_E_FORMAT, _("%s: %lld rows, expected %lld"), c->path,
                             (long long)i, (long long)r->observed.n_issues);
        const int64_t time_s = frs_step_add(r->observed.step, r->observed.first_issue_s, i);
        int64_t found_s;
        char t[32];
        if (frs_date_parse(f[0], strlen(f[0]), &found_s) != FRS_OK || found_s != time_s)
            return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: date \"%.40s\", expected %s"),
                             c->path, (long long)c->line, f[0], frs_date_format(time_s, t));
        for (int k = 1; k < n; k++) {
            double v;
            FRS_TRY(frs__csv_get_number(c, f[k], &v));
            out[site[k] * r->observed.n_issues + i] = (float)v;
        }
    }
    return FRS_OK;
}

frs_status frs__read_precipitation(frs_ctx *ctx, frs_report_memory *m, const char *path,
                                   frs_report *r) {
    const int64_t n_values = r->n_sites * r->observed.n_issues;
    int64_t site[FRS_MAX_SHOWN + 1];
    frs_csv c;
    bool there;
    int n;
    if (!r->observed.values) return FRS_OK;
    FRS_TRY(frs__csv_open(ctx, path, FRS_PRECIPITATION_HEADER, &there, &c));
    if (!there) return FRS_OK;
    float *out = frs__arena_alloc(&m->arena, n_values + 1, sizeof *out);
    frs_status s = out ? header(&c, r, site, &n) : FRS_E_NOMEM;
    for (int64_t i = 0; out && i < n_values; i++) out[i] = NAN;
    if (s == FRS_OK) s = rows(&c, r, site, n, out);
    if (s == FRS_OK) r->precipitation = out;
    frs__csv_close(&c);
    return s;
}
