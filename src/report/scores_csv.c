/* scores.csv: every score of the run, one a line. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/csv.h"
#include "report/files.h"

frs_status frs_report_write_scores(frs_ctx *ctx, const frs_report *r, const char *path) {
    frs_buf b = {.ctx = ctx};
    frs__buf_add(&b, FRS_SCORES_HEADER FRS_SUBSET_COLUMN "\n");
    for (int64_t i = 0; i < r->n_scores; i++) {
        const frs_report_score *s = &r->scores[i];
        if (s->site < 0 || s->site >= r->n_sites || s->model < 0 || s->model >= r->n_models)
            continue;
        frs__csv_text(&b, true, r->sites[s->site]);
        frs__csv_text(&b, false, r->task == FRS_FORECAST ? "forecast" : "simulation");
        frs__csv_int(&b, s->lead);
        frs__csv_text(&b, false, s->period);
        frs__csv_text(&b, false, r->models[s->model].name);
        frs__csv_text(&b, false, s->metric);
        frs__csv_number(&b, s->value);
        frs__csv_number(&b, s->low);
        frs__csv_number(&b, s->high);
        frs__csv_text(&b, false, s->subset);
        frs__csv_end(&b);
    }
    frs_status status = frs__buf_status(&b);
    if (status == FRS_OK) status = frs__write_file(ctx, path, b.data, b.n);
    frs__buf_free(&b);
    return status;
}

int64_t frs__find_model(const frs_report *r, const char *name) {
    for (int64_t i = 0; i < r->n_models; i++)
        if (!strcmp(r->models[i].name, name)) return i;
    return -1;
}

int64_t frs__find_site(const frs_report *r, const char *name, int64_t likely) {
    if (likely >= 0 && likely < r->n_sites && !strcmp(r->sites[likely], name)) return likely;
    for (int64_t i = 0; i < r->n_sites; i++)
        if (!strcmp(r->sites[i], name)) return i;
    return -1;
}

frs_status frs__scores_header(frs_csv *c, char **f, int *columns) {
    bool more;
    FRS_TRY(frs__csv_row_any(c, f, 10, columns, &more));
    const bool known = *columns == 9 || (*columns == 10 && strcmp(f[9], "subset") == 0);
    f[9] = NULL; /* of the rows, if they have it */
    if (known) return FRS_OK;
    return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:1: the header should be \"%s\""), c->path,
                     FRS_SCORES_HEADER FRS_SUBSET_COLUMN);
}

/* A row of a site or model that run.json does not know is an error: the folder is not of one run.
 */
static frs_status parse_score(const frs_csv *c, const frs_report *r, char **f,
                              frs_report_score *s) {
    const int64_t likely = s->site;
    s->site = frs__find_site(r, f[0], likely);
    s->model = frs__find_model(r, f[4]);
    if (s->site < 0)
        return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: site \"%.40s\" is not in run.json"),
                         c->path, (long long)c->line, f[0]);
    if (s->model < 0)
        return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: model \"%.40s\" is not in run.json"),
                         c->path, (long long)c->line, f[4]);
    FRS_TRY(frs__csv_get_int(c, f[2], &s->lead));
    snprintf(s->period, sizeof s->period, "%.23s", f[3]);
    snprintf(s->metric, sizeof s->metric, "%.31s", f[5]);
    FRS_TRY(frs__csv_get_number(c, f[6], &s->value));
    FRS_TRY(frs__csv_get_number(c, f[7], &s->low));
    snprintf(s->subset, sizeof s->subset, "%.23s", f[9] ? f[9] : "");
    return frs__csv_get_number(c, f[8], &s->high);
}

frs_status frs__read_scores(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r) {
    frs_csv c;
    bool there, more = true;
    FRS_TRY(frs__csv_open(ctx, path, FRS_SCORES_HEADER, &there, &c));
    if (!there) return FRS_OK;
    char *f[10] = {0};
    int columns = 9;
    int64_t rows = 0;
    for (const char *p = c.text; *p; p++) rows += *p == '\n';
    frs_report_score *all = frs__arena_alloc(&m->arena, rows + 1, sizeof *all);
    frs_status s = all ? frs__scores_header(&c, f, &columns) : FRS_E_NOMEM;
    for (int64_t n = 0; s == FRS_OK && more;) {
        s = frs__csv_row(&c, f, columns, &more);
        if (s != FRS_OK || !more) break;
        all[n].site = n > 0 ? all[n - 1].site : 0; /* rows come site by site */
        s = parse_score(&c, r, f, &all[n]);
        r->scores = all;
        r->n_scores = ++n;
    }
    frs__csv_close(&c);
    return s;
}
