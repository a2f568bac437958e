/* findings.csv: what `check` found in the data and what is done about it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/csv.h"
#include "report/files.h"

static const char *const severities[] = {
    [FRS_NOTE] = "note", [FRS_WARNING] = "warning", [FRS_HARD] = "hard"};

frs_status frs_report_write_findings(frs_ctx *ctx, const frs_report *r, const char *path) {
    frs_buf b = {.ctx = ctx};
    frs__buf_add(&b, FRS_FINDINGS_HEADER "\n");
    for (int64_t i = 0; i < r->findings.n; i++) {
        const frs_finding *x = &r->findings.items[i];
        char t[32];
        const int k = (int)x->severity;
        frs__csv_text(&b, true,
                      k >= 0 && k < FRS_LEN(severities) ? severities[k] : severities[FRS_NOTE]);
        frs__csv_text(&b, false, x->site);
        frs__csv_text(&b, false, x->var);
        frs__csv_text(&b, false, x->code);
        frs__csv_int(&b, x->count);
        frs__csv_int(&b, x->longest);
        frs__csv_text(&b, false, x->first_s == INT64_MIN ? "" : frs_date_format(x->first_s, t));
        frs__csv_number(&b, x->value);
        frs__csv_text(&b, false, x->text);
        frs__csv_text(&b, false, x->action);
        frs__csv_end(&b);
    }
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK) s = frs__write_file(ctx, path, b.data, b.n);
    frs__buf_free(&b);
    return s;
}

/* Texts were written from fields of this size: only a file of another hand is cut. */
static void copy(char *to, size_t size, const char *from) {
    snprintf(to, size, "%.*s", (int)size - 1, from);
}

static frs_status parse_finding(const frs_csv *c, char **f, frs_finding *x) {
    int k = 0;
    while (k < FRS_LEN(severities) && strcmp(severities[k], f[0]) != 0) k++;
    if (k == FRS_LEN(severities))
        return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: severity \"%.20s\""), c->path,
                         (long long)c->line, f[0]);
    x->severity = (frs_severity)k;
    copy(x->site, sizeof x->site, f[1]);
    copy(x->var, sizeof x->var, f[2]);
    copy(x->code, sizeof x->code, f[3]);
    FRS_TRY(frs__csv_get_int(c, f[4], &x->count));
    FRS_TRY(frs__csv_get_int(c, f[5], &x->longest));
    x->first_s = INT64_MIN;
    if (*f[6] && frs_date_parse(f[6], strlen(f[6]), &x->first_s) != FRS_OK)
        return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: \"%.40s\" is not a date"), c->path,
                         (long long)c->line, f[6]);
    FRS_TRY(frs__csv_get_number(c, f[7], &x->value));
    copy(x->text, sizeof x->text, f[8]);
    copy(x->action, sizeof x->action, f[9]);
    return FRS_OK;
}

frs_status frs__read_findings(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r) {
    frs_csv c;
    bool there, more = true;
    FRS_TRY(frs__csv_open(ctx, path, FRS_FINDINGS_HEADER, &there, &c));
    if (!there) return FRS_OK;
    char *f[10];
    int64_t rows = 0;
    for (const char *p = c.text; *p; p++) rows += *p == '\n';
    frs_finding *all = frs__arena_alloc(&m->arena, rows + 1, sizeof *all);
    frs_status s = all ? frs__csv_row(&c, f, 10, &more) : FRS_E_NOMEM;
    r->findings = (frs_findings){.items = all};
    while (s == FRS_OK && more) {
        s = frs__csv_row(&c, f, 10, &more);
        if (s != FRS_OK || !more) break;
        s = parse_finding(&c, f, &all[r->findings.n++]);
    }
    frs__csv_close(&c);
    return s;
}
