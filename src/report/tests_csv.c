/* tests.csv: the winner of the validation period against each reference, a comparison a line. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/csv.h"
#include "report/files.h"
#include "report/verdict.h"

static const char *const methods[] = {[FRS_BOOTSTRAP_YEARS] = "bootstrap",
                                      [FRS_WILCOXON] = "wilcoxon",
                                      [FRS_DIEBOLD_MARIANO] = "diebold-mariano"},
                         *const verdicts[] = {[FRS_UNTESTED] = "untested",
                                              [FRS_UNPROVEN] = "unproven",
                                              [FRS_BETTER] = "better",
                                              [FRS_WORSE] = "worse"},
                         *const notes[] = {[FRS_NOTE_NONE] = "",
                                           [FRS_NOTE_FEW_YEARS] = "few_years",
                                           [FRS_NOTE_FEW_CATCHMENTS] = "few_catchments",
                                           [FRS_NOTE_FEW_STEPS] = "few_steps",
                                           [FRS_NOTE_UNDEFINED] = "undefined"};
enum { COLUMNS = 15 };

const char *frs__method_name(frs_test_method m) {
    return methods[m];
}

const char *frs__verdict_name(frs_verdict v) {
    return verdicts[v];
}

static void put_row(frs_buf *b, const frs_report *r, const frs_report_test *t) {
    const double values[] = {t->difference, t->low, t->high, t->statistic, t->p, t->p_holm};
    frs__csv_text(b, true, t->site < 0 ? "all" : r->sites[t->site]);
    frs__csv_int(b, t->lead);
    frs__csv_text(b, false, r->models[t->winner].name);
    frs__csv_text(b, false, r->models[t->reference].name);
    frs__csv_text(b, false, methods[t->method]);
    frs__csv_text(b, false, t->metric);
    for (int64_t i = 0; i < FRS_LEN(values); i++) frs__csv_number(b, values[i]);
    frs__csv_int(b, t->n);
    frs__csv_text(b, false, verdicts[t->verdict]);
    frs__csv_text(b, false, notes[t->note]);
    frs__csv_end(b);
}

frs_status frs_report_write_tests(frs_ctx *ctx, const frs_report *r, const char *path) {
    frs_buf b = {.ctx = ctx};
    frs__buf_add(&b, FRS_TESTS_HEADER "\n");
    for (int64_t i = 0; i < r->n_tests; i++) put_row(&b, r, &r->tests[i]);
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK) s = frs__write_file(ctx, path, b.data, b.n);
    frs__buf_free(&b);
    return s;
}

static frs_status word(const frs_csv *c, const char *field, const char *const *of, int64_t n,
                       int *k) {
    for (*k = 0; *k < n; (*k)++)
        if (strcmp(of[*k], field) == 0) return FRS_OK;
    return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: \"%.40s\" is not known here"), c->path,
                     (long long)c->line, field);
}

static frs_status model(const frs_csv *c, const frs_report *r, const char *name, int64_t *m) {
    *m = frs__find_model(r, name);
    if (*m >= 0) return FRS_OK;
    return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: model \"%.40s\" is not in run.json"),
                     c->path, (long long)c->line, name);
}

/* Signed ranks are of all sites, whatever a site may be called; the rest of one. */
static frs_status parse_row(const frs_csv *c, const frs_report *r, char **f, frs_report_test *t) {
    double *const values[] = {&t->difference, &t->low, &t->high, &t->statistic, &t->p, &t->p_holm};
    int method, verdict, note;
    FRS_TRY(word(c, f[4], methods, FRS_LEN(methods), &method));
    t->site = method == FRS_WILCOXON ? -1 : frs__find_site(r, f[0], -1);
    if (t->site < 0 && method != FRS_WILCOXON)
        return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: site \"%.40s\" is not in run.json"),
                         c->path, (long long)c->line, f[0]);
    FRS_TRY(frs__csv_get_int(c, f[1], &t->lead));
    FRS_TRY(model(c, r, f[2], &t->winner));
    FRS_TRY(model(c, r, f[3], &t->reference));
    snprintf(t->metric, sizeof t->metric, "%.31s", f[5]);
    for (int64_t i = 0; i < FRS_LEN(values); i++)
        FRS_TRY(frs__csv_get_number(c, f[6 + i], values[i]));
    FRS_TRY(frs__csv_get_int(c, f[12], &t->n));
    FRS_TRY(word(c, f[13], verdicts, FRS_LEN(verdicts), &verdict));
    FRS_TRY(word(c, f[14], notes, FRS_LEN(notes), &note));
    t->method = (frs_test_method)method;
    t->verdict = (frs_verdict)verdict;
    t->note = (frs_test_note)note;
    return FRS_OK;
}

frs_status frs__read_tests(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r) {
    frs_csv c;
    bool there, more = true;
    FRS_TRY(frs__csv_open(ctx, path, FRS_TESTS_HEADER, &there, &c));
    if (!there) return FRS_OK; /* a run of an older version */
    char *f[COLUMNS];
    int64_t rows = 0;
    for (const char *p = c.text; *p; p++) rows += *p == '\n';
    frs_report_test *all = frs__arena_alloc(&m->arena, rows + 1, sizeof *all);
    frs_status s = all ? frs__csv_row(&c, f, COLUMNS, &more) : FRS_E_NOMEM;
    r->tests = all;
    while (s == FRS_OK && more) {
        s = frs__csv_row(&c, f, COLUMNS, &more);
        if (s != FRS_OK || !more) break;
        s = parse_row(&c, r, f, &all[r->n_tests]);
        r->n_tests += s == FRS_OK;
    }
    frs__csv_close(&c);
    return s;
}
