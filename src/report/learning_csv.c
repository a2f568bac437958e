/* learning.csv: the loss of every model that learns by epochs. */
#include <math.h>
#include <string.h>

#include "report/csv.h"
#include "report/files.h"

frs_status frs_report_write_learning(frs_ctx *ctx, const frs_report *r, const char *path) {
    frs_buf b = {.ctx = ctx};
    frs__buf_add(&b, FRS_LEARNING_HEADER "\n");
    for (int64_t m = 0; m < r->n_models; m++)
        for (int64_t i = 0; i < r->models[m].n_epochs; i++) {
            const frs_epoch *e = &r->models[m].epochs[i];
            frs__csv_text(&b, true, r->models[m].name);
            frs__csv_int(&b, e->epoch);
            frs__csv_number(&b, e->training_loss);
            frs__csv_number(&b, e->validation_loss);
            frs__csv_number(&b, e->seconds);
            frs__csv_number(&b, e->learning_rate);
            frs__csv_end(&b);
        }
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK) s = frs__write_file(ctx, path, b.data, b.n);
    frs__buf_free(&b);
    return s;
}

static frs_status parse_epoch(const frs_csv *c, char **f, frs_epoch *e) {
    FRS_TRY(frs__csv_get_int(c, f[1], &e->epoch));
    FRS_TRY(frs__csv_get_number(c, f[2], &e->training_loss));
    FRS_TRY(frs__csv_get_number(c, f[3], &e->validation_loss));
    FRS_TRY(frs__csv_get_number(c, f[4], &e->seconds));
    return frs__csv_get_number(c, f[5], &e->learning_rate);
}

/* Rows of one model stand together, so a model's epochs are a piece of one array. */
frs_status frs__read_learning(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r) {
    frs_csv c;
    bool there, more = true;
    FRS_TRY(frs__csv_open(ctx, path, FRS_LEARNING_HEADER, &there, &c));
    if (!there) return FRS_OK;
    char *f[6];
    int64_t rows = 0, last = -1;
    for (const char *p = c.text; *p; p++) rows += *p == '\n';
    frs_epoch *all = frs__arena_alloc(&m->arena, rows + 1, sizeof *all);
    frs_report_model *models =
        (frs_report_model *)r->models; /* load made them: they are ours to fill */
    frs_status s = all ? frs__csv_row(&c, f, 6, &more) : FRS_E_NOMEM;
    for (int64_t n = 0; s == FRS_OK && more; n++) {
        s = frs__csv_row(&c, f, 6, &more);
        if (s != FRS_OK || !more) break;
        const int64_t k = frs__find_model(r, f[0]);
        if (k < 0 || (k != last && models[k].n_epochs > 0))
            s = frs__fail(
                ctx, FRS_E_FORMAT,
                _("%s:%lld: model \"%.40s\" is not in run.json, or its rows are not together"),
                path, (long long)c.line, f[0]);
        else
            s = parse_epoch(&c, f, &all[n]);
        if (s != FRS_OK) break;
        if (k != last) models[k].epochs = &all[n];
        models[k].n_epochs++;
        last = k;
    }
    frs__csv_close(&c);
    return s;
}
