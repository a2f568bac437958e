/* sites.csv: where the catchments are. */
#include <math.h>

#include "report/csv.h"
#include "report/files.h"

frs_status frs__write_sites_csv(frs_ctx *ctx, const frs_report *r, const char *path) {
    frs_buf b = {.ctx = ctx};
    frs__buf_add(&b, FRS_SITES_HEADER "\n");
    for (int64_t i = 0; i < r->n_sites; i++) {
        frs__csv_text(&b, true, r->sites[i]);
        frs__csv_number(&b, r->places[i].latitude);
        frs__csv_number(&b, r->places[i].longitude);
        frs__csv_end(&b);
    }
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK) s = frs__write_file(ctx, path, b.data, b.n);
    frs__buf_free(&b);
    return s;
}

static frs_status row(const frs_csv *c, const frs_report *r, char **f, int64_t likely,
                      frs_report_place *places) {
    const int64_t site = frs__find_site(r, f[0], likely);
    if (site < 0)
        return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: site \"%.40s\" is not in run.json"),
                         c->path, (long long)c->line, f[0]);
    frs_report_place *x = &places[site];
    FRS_TRY(frs__csv_get_number(c, f[1], &x->latitude));
    FRS_TRY(frs__csv_get_number(c, f[2], &x->longitude));
    if (fabs(x->latitude) > 90 || fabs(x->longitude) > 360)
        return frs__fail(c->ctx, FRS_E_FORMAT,
                         _("%s:%lld: %s, %s is no latitude and longitude in degrees"), c->path,
                         (long long)c->line, f[1], f[2]);
    return FRS_OK;
}

frs_status frs__read_sites_csv(frs_ctx *ctx, frs_report_memory *m, const char *path,
                               frs_report *r) {
    frs_csv c;
    bool there, more = true;
    char *f[3];
    FRS_TRY(frs__csv_open(ctx, path, FRS_SITES_HEADER, &there, &c));
    if (!there) return FRS_OK;
    frs_report_place *places = frs__arena_alloc(&m->arena, r->n_sites + 1, sizeof *places);
    frs_status s = places ? frs__csv_row(&c, f, 3, &more) : FRS_E_NOMEM;
    for (int64_t i = 0; places && i < r->n_sites; i++) places[i] = (frs_report_place){NAN, NAN};
    for (int64_t i = 0; s == FRS_OK && more; i++) {
        s = frs__csv_row(&c, f, 3, &more);
        if (s == FRS_OK && more) s = row(&c, r, f, i, places);
    }
    if (s == FRS_OK) r->places = places;
    frs__csv_close(&c);
    return s;
}
