/* Delimited text: any table with dates and numbers, its layout found by looking (text_layout.c). */
#include "io/text.h"
#include <math.h>
#include <string.h>

typedef struct table {
    frs_ctx *ctx;
    const char *path;
    const frs_read_opts *o;
    const char *text;
    int64_t n;
    frs__layout layout;
    frs__columns columns;
    frs__cell cells[FRS_TEXT_COLUMNS];
    char decimal;
    bool month_first;
    bool bad_date;           /* reading stopped at a date, */
    bool late_text;          /* or where a column empty so far turned out to be text */
    bool seen[FRS_MAX_VARS]; /* a number in this column */
    frs__file_rows rows;
} table;

static frs_status split(table *t, const frs__lines *l) {
    return frs__split_all(t->ctx, t->path, l, t->layout.delimiter, t->layout.n_columns, t->cells);
}

/* ---- rows */

/* Looks like a date: six digits or more and marks between them. */
static bool like_date(const frs__cell *c) {
    int64_t digits = 0;
    for (int64_t i = 0; i < c->n; i++) {
        if (!memchr("0123456789/.-: T", c->s[i], 16)) return false;
        digits += c->s[i] >= '0' && c->s[i] <= '9';
    }
    return digits >= 6;
}

static frs_status fail_date(table *t, const frs__lines *l) {
    const frs__layout *y = &t->layout;
    const int first = y->date >= 0 ? y->date : y->year;
    frs__cell c = t->cells[first];
    char buf[64];
    t->bad_date = true;
    if (y->date < 0) {
        const int last = y->day > first ? y->day : first;
        c.n = t->cells[last].s + t->cells[last].n - c.s;
    } else if (y->clock >= 0)
        c.n = t->cells[y->clock].s + t->cells[y->clock].n - c.s;
    if (y->date < 0 || like_date(&c))
        return frs__fail(t->ctx, FRS_E_FORMAT,
                         _("%s:%lld: column %d: the date '%s' does not exist"), t->path,
                         (long long)l->number, first + 1, frs__cell_text(&c, buf));
    return frs__fail(t->ctx, FRS_E_FORMAT,
                     _("%s:%lld: column %d: expected a date (as 2001-02-28), found '%s'"), t->path,
                     (long long)l->number, first + 1, frs__cell_text(&c, buf));
}

static frs_status fail_number(const table *t, const frs__lines *l, int var, const char *expected) {
    char buf[64];
    return frs__fail(t->ctx, FRS_E_FORMAT, _("%s:%lld: column '%s': expected %s, found '%s'"),
                     t->path, (long long)l->number, t->columns.var[var].name, expected,
                     frs__cell_text(&t->cells[t->columns.at[var]], buf));
}

static frs_status read_row(table *t, const frs__lines *l) {
    int64_t time_s;
    FRS_TRY(split(t, l));
    if (!frs__layout_time(&t->layout, t->cells, t->month_first, &time_s)) return fail_date(t, l);
    float *row = frs__file_rows_add(&t->rows, time_s, l->number);
    if (!row) return FRS_E_NOMEM;
    for (int i = 0; i < t->columns.n; i++) {
        double v;
        const frs__cell_kind k = frs__cell_read(&t->cells[t->columns.at[i]], &t->decimal, &v);
        if (k == FRS_CELL_TEXT) {
            t->late_text = t->layout.empty[t->columns.at[i]] && !t->seen[i];
            t->layout.text[t->columns.at[i]] |= t->late_text;
            return fail_number(t, l, i, _("a number"));
        }
        t->seen[i] |= k == FRS_CELL_NUMBER;
        if (k == FRS_CELL_MISSING || (t->o->has_missing && v == t->o->missing)) continue;
        if (isinf((float)v)) return fail_number(t, l, i, _("a number of at most 3.4e38"));
        row[i] = (float)v;
    }
    return FRS_OK;
}

static frs_status read_rows(table *t, bool month_first, int64_t *line) {
    frs__lines l = frs__lines_begin(t->text, t->n);
    frs_status s = FRS_OK;
    frs__file_rows_free(&t->rows);
    t->rows = (frs__file_rows){.ctx = t->ctx, .path = t->path, .n_vars = t->columns.n};
    t->decimal = 0;
    t->bad_date = t->late_text = false;
    memset(t->seen, 0, sizeof t->seen);
    t->month_first = month_first;
    for (int64_t i = 0; i < t->layout.preface + t->layout.header; i++) frs__lines_next(&l);
    while (s == FRS_OK && frs__lines_next(&l)) s = read_row(t, &l);
    *line = l.number;
    return s;
}

/* Day first. Where that breaks at a date, month first; if that breaks too, what got further is the
 * likelier order and its fault is told. */
static frs_status read_either_order(table *t) {
    int64_t day_line, month_line;
    frs_status s = read_rows(t, false, &day_line);
    if (s == FRS_OK || !t->bad_date) return s;
    s = read_rows(t, true, &month_line);
    if (s == FRS_OK || !t->bad_date || month_line > day_line) return s;
    return read_rows(t, false, &day_line);
}

static frs_status read_table(table *t, frs_series *s) {
    char site[64];
    FRS_TRY(frs__site_of_path(t->ctx, t->path, site));
    FRS_TRY(frs__layout_find(t->ctx, t->path, t->text, t->n, &t->layout));
    if (t->layout.preface)
        frs__log(t->ctx, t->o->whole_names ? FRS_LOG_DEBUG : FRS_LOG_INFO,
                 _("%s: %lld lines before the table are skipped"), t->path,
                 (long long)t->layout.preface);
    frs__lines l = frs__lines_begin(t->text, t->n);
    for (int64_t i = 0; i <= t->layout.preface; i++) frs__lines_next(&l);
    frs_status st;
    do { /* again without each column that turns out to be a sparse flag */
        FRS_TRY(split(t, &l));
        FRS_TRY(
            frs__columns_find(t->ctx, t->path, l.number, &t->layout, t->cells, t->o, &t->columns));
        st = read_either_order(t);
    } while (t->late_text);
    if (st != FRS_OK) return st;
    return frs__file_rows_series(&t->rows, site, t->columns.var, s);
}

static frs_status read_text(frs_ctx *ctx, const char *path, const frs_read_opts *o, frs_series *s) {
    char *text = NULL;
    int64_t n = 0;
    FRS_TRY(frs__text_read(ctx, path, FRS_TEXT_BYTES, &text, &n));
    table *t = frs__alloc(ctx, 1, sizeof *t);
    frs_status st = t ? FRS_OK : FRS_E_NOMEM;
    if (t) {
        t->ctx = t->rows.ctx = ctx;
        t->path = path;
        t->o = o;
        t->text = text;
        t->n = n;
        st = read_table(t, s);
        frs__file_rows_free(&t->rows);
    }
    frs__free(ctx, t);
    frs__free(ctx, text);
    return st;
}

/* A file whose name promises another format is no table, however much its text looks like one. */
static bool other_format(const char *path) {
    for (int64_t i = 0; i < frs_n_readers(); i++) {
        const frs_reader *r = frs_reader_at(i);
        if (r != &frs__reader_csv && frs__has_extension(path, r->extensions)) return true;
    }
    return false;
}

static bool sniff(const char *path, const unsigned char *head, int64_t n) {
    frs__layout l;
    bool numbers = false;
    if (n == 0 || memchr(head, 0, (size_t)n) || other_format(path) ||
        frs__layout_find(NULL, path, (const char *)head, n, &l) != FRS_OK)
        return false;
    for (int64_t c = 0; c < l.n_columns; c++) numbers |= !l.text[c] && !frs__layout_is_time(&l, c);
    return numbers;
}

const frs_reader frs__reader_csv = {.name = "csv",
                                    .title = N_("delimited text"),
                                    .extensions = "csv;txt;tsv;dat",
                                    .sniff = sniff,
                                    .read = read_text};
