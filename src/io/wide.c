/* Tables of many sites: a row a date, a column a site, as CAMELS-CL's and CAMELS-AUS's.
 *
 * The file stays mapped. Where every 16th cell of a row begins is noted once, so that one site's
 * column is read without going through the others: all sites together cost a few passes, not one
 * each. */
#include "io/layout.h"
#include "io/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STRIDE      16
#define MAX_COLUMNS INT64_C(100000)
#define MAX_ROWS    INT64_C(10000000)

struct frs__wide {
    frs_ctx *ctx;
    const char *path;
    char name[64]; /* of the variable */
    frs_map map;
    char delimiter;
    int64_t n_columns, n_marks; /* marks a row */
    int64_t n, cap;             /* rows */
    char (*site)[64];           /* [n_columns]; "": a column of dates */
    int date, year, month, day; /* columns; date -1: in three */
    int64_t *time_s, *line;     /* [n] */
    uint32_t *mark;             /* [n][n_marks] offset of cell k * STRIDE in the file */
};

/* The cell at s, blanks and quotes taken off; *next: where the next begins, NULL after the last. */
static frs__cell cell_at(const frs__wide *w, const char *s, const char *end, const char **next) {
    const char *stop = memchr(s, w->delimiter, (size_t)(end - s)), *last = stop ? stop : end;
    *next = stop ? stop + 1 : NULL;
    while (s < last && (*s == ' ' || *s == '\r')) s++;
    while (last > s && (last[-1] == ' ' || last[-1] == '\r')) last--;
    if (last - s >= 2 && *s == '"' && last[-1] == '"') s++, last--;
    while (s < last && *s == ' ') s++;
    while (last > s && last[-1] == ' ') last--;
    return (frs__cell){s, last - s, false};
}

/* ---- the header */

static int64_t count_cells(const frs__wide *w, const char *s, const char *end) {
    int64_t n = 1;
    for (; (s = memchr(s, w->delimiter, (size_t)(end - s))); s++) n++;
    return n;
}

static void find_delimiter(frs__wide *w, const frs__lines *l) {
    for (const char *d = "\t;,"; *d; d++) {
        frs__wide as = *w;
        as.delimiter = *d;
        const int64_t n = count_cells(&as, l->s, l->s + l->len);
        if (n <= w->n_columns) continue;
        w->n_columns = n;
        w->delimiter = *d;
    }
}

static frs_status take_name(frs__wide *w, const frs__lines *l, int64_t c, const frs__cell *cell) {
    static const char *const dates[] = {"date", "gauge_id", "year", "month", "day"};
    int *const at[] = {&w->date, &w->date, &w->year, &w->month, &w->day};
    char buf[64];
    for (int64_t i = 0; i < FRS_LEN(dates); i++)
        if (frs__cell_is(cell, dates[i])) {
            *at[i] = (int)c;
            return FRS_OK;
        }
    if (cell->n > 0 && frs__cell_name(cell, w->site[c], sizeof *w->site) &&
        frs__printable(w->site[c]))
        return FRS_OK;
    return frs__fail(
        w->ctx, FRS_E_FORMAT,
        _("%s:%lld: column %lld: expected a site of 1 to 63 bytes of UTF-8, found '%s'"), w->path,
        (long long)l->number, (long long)c + 1, frs__cell_text(cell, buf));
}

static frs_status read_header(frs__wide *w, const frs__lines *l) {
    w->n_columns = 1;
    find_delimiter(w, l);
    if (w->n_columns < 2 || w->n_columns > MAX_COLUMNS)
        return frs__fail(w->ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected a header of dates and 1 to %lld sites, found %lld "
                           "columns"),
                         w->path, (long long)l->number, (long long)MAX_COLUMNS,
                         (long long)w->n_columns);
    w->n_marks = (w->n_columns + STRIDE - 1) / STRIDE;
    w->site = frs__alloc(w->ctx, w->n_columns, sizeof *w->site);
    if (!w->site) return FRS_E_NOMEM;
    w->date = w->year = w->month = w->day = -1;
    const char *s = l->s;
    for (int64_t c = 0; c < w->n_columns; c++) {
        const frs__cell cell = cell_at(w, s, l->s + l->len, &s);
        FRS_TRY(take_name(w, l, c, &cell));
    }
    if (w->date >= 0 || (w->year >= 0 && w->month >= 0 && w->day >= 0)) return FRS_OK;
    return frs__fail(w->ctx, FRS_E_FORMAT,
                     _("%s:%lld: expected a column 'date', or 'year', 'month' and 'day'"), w->path,
                     (long long)l->number);
}

/* ---- rows */

static frs_status grow(frs__wide *w) {
    if (w->n < w->cap) return FRS_OK;
    const int64_t cap = w->cap ? 2 * w->cap : 1024;
    if (cap > 2 * MAX_ROWS)
        return frs__fail(w->ctx, FRS_E_FORMAT, _("%s: more than %lld rows"), w->path,
                         (long long)MAX_ROWS);
    void *t = frs__realloc(w->ctx, w->time_s, w->n, cap, sizeof *w->time_s);
    if (t) w->time_s = t;
    void *l = t ? frs__realloc(w->ctx, w->line, w->n, cap, sizeof *w->line) : NULL;
    if (l) w->line = l;
    void *m =
        l ? frs__realloc(w->ctx, w->mark, w->n * w->n_marks, cap * w->n_marks, sizeof *w->mark)
          : NULL;
    if (!m) return FRS_E_NOMEM;
    w->mark = m;
    w->cap = cap;
    return FRS_OK;
}

static frs_status bad_date(const frs__wide *w, const frs__lines *l, const frs__cell *c) {
    char buf[64];
    return frs__fail(w->ctx, FRS_E_FORMAT,
                     _("%s:%lld: expected a date (as 2001-02-28), found '%s'"), w->path,
                     (long long)l->number, frs__cell_text(c, buf));
}

typedef struct row_date {
    frs__cell date, part[3];
} row_date;

static frs_status take_date(const frs__wide *w, const frs__lines *l, const row_date *r,
                            int64_t *time_s) {
    if (w->date >= 0)
        return frs__text_date(&r->date, false, time_s) ? FRS_OK : bad_date(w, l, &r->date);
    return frs__text_ymd(r->part, time_s) ? FRS_OK : bad_date(w, l, &r->part[2]);
}

static frs_status take_row(frs__wide *w, const frs__lines *l) {
    FRS_TRY(grow(w));
    const char *s = l->s, *end = l->s + l->len, *text = (const char *)w->map.data;
    const int part[] = {w->year, w->month, w->day};
    row_date r = {0};
    int64_t c = 0;
    for (; s; c++) {
        if (c % STRIDE == 0 && c < w->n_columns)
            w->mark[w->n * w->n_marks + c / STRIDE] = (uint32_t)(s - text);
        const bool dated = c == w->date || c == part[0] || c == part[1] || c == part[2];
        if (dated) {
            const frs__cell cell = cell_at(w, s, end, &s);
            if (c == w->date) r.date = cell;
            for (int i = 0; i < 3; i++)
                if (c == part[i]) r.part[i] = cell;
        } else {
            s = memchr(s, w->delimiter, (size_t)(end - s));
            if (s) s++;
        }
    }
    if (c != w->n_columns)
        return frs__fail(w->ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected %lld columns as in the first line, found %lld"),
                         w->path, (long long)l->number, (long long)w->n_columns, (long long)c);
    FRS_TRY(take_date(w, l, &r, &w->time_s[w->n]));
    w->line[w->n++] = l->number;
    return FRS_OK;
}

static frs_status read_rows(frs__wide *w) {
    FRS_TRY(frs__map_open(w->ctx, w->path, &w->map));
    if (w->map.n > FRS_TEXT_BYTES)
        return frs__fail(w->ctx, FRS_E_INPUT, _("%s: %lld bytes; at most %lld"), w->path,
                         (long long)w->map.n, (long long)FRS_TEXT_BYTES);
    frs__lines l = frs__lines_begin((const char *)w->map.data, w->map.n);
    if (!frs__lines_next(&l))
        return frs__fail(w->ctx, FRS_E_FORMAT, _("%s: no line of data"), w->path);
    FRS_TRY(read_header(w, &l));
    while (frs__lines_next(&l)) FRS_TRY(take_row(w, &l));
    if (w->n == 0) return frs__fail(w->ctx, FRS_E_NODATA, _("%s: no row of data"), w->path);
    return FRS_OK;
}

frs_status frs__wide_open(frs_ctx *ctx, const char *path, const char *name, frs__wide **out) {
    frs__wide *w = frs__alloc(ctx, 1, sizeof *w);
    if (!w) return FRS_E_NOMEM;
    w->ctx = ctx;
    w->path = path;
    memcpy(w->name, name, strnlen(name, sizeof w->name - 1));
    const frs_status s = read_rows(w);
    if (s == FRS_OK)
        *out = w;
    else
        frs__wide_close(w);
    return s;
}

void frs__wide_close(frs__wide *w) {
    if (!w) return;
    if (w->map.data) frs__map_close(&w->map);
    frs__free(w->ctx, w->site);
    frs__free(w->ctx, w->time_s);
    frs__free(w->ctx, w->line);
    frs__free(w->ctx, w->mark);
    frs__free(w->ctx, w);
}

int64_t frs__wide_columns(const frs__wide *w) {
    return w->n_columns;
}

bool frs__wide_site(const frs__wide *w, int64_t c, char name[64]) {
    memcpy(name, w->site[c], sizeof *w->site);
    return name[0] != 0;
}

int64_t frs__wide_find(const frs__wide *w, const char *site) {
    for (int64_t c = 0; c < w->n_columns; c++)
        if (strcmp(w->site[c], site) == 0) return c;
    return -1;
}

/* ---- one column */

static frs__cell find_cell(const frs__wide *w, int64_t row, int64_t c) {
    const char *text = (const char *)w->map.data;
    const char *s = text + w->mark[row * w->n_marks + c / STRIDE];
    const char *end = memchr(s, '\n', (size_t)(text + w->map.n - s));
    if (!end) end = text + w->map.n;
    for (int64_t k = c % STRIDE; k > 0; k--)
        s = (const char *)memchr(s, w->delimiter, (size_t)(end - s)) + 1;
    return cell_at(w, s, end, &text);
}

static frs_status read_column(const frs__wide *w, int64_t c, const frs_read_opts *o,
                              frs__file_rows *rows) {
    char decimal = '.', buf[64];
    for (int64_t i = 0; i < w->n; i++) {
        const frs__cell cell = find_cell(w, i, c);
        double v = NAN;
        const frs__cell_kind k = frs__cell_read(&cell, &decimal, &v);
        if (k == FRS_CELL_TEXT || (k == FRS_CELL_NUMBER && isinf((float)v)))
            return frs__fail(w->ctx, FRS_E_FORMAT,
                             _("%s:%lld: site %s: expected a number, found '%s'"), w->path,
                             (long long)w->line[i], w->site[c], frs__cell_text(&cell, buf));
        float *row = frs__file_rows_add(rows, w->time_s[i], w->line[i]);
        if (!row) return FRS_E_NOMEM;
        if (k == FRS_CELL_NUMBER && !(o->has_missing && v == o->missing)) row[0] = (float)v;
    }
    return FRS_OK;
}

frs_status frs__wide_read(const frs__wide *w, int64_t c, const frs_read_opts *o, frs_series *s) {
    frs__file_rows rows = {.ctx = w->ctx, .path = w->path, .n_vars = 1};
    frs_var var = {0};
    memcpy(var.name, w->name, sizeof var.name);
    frs_series got = {0};
    frs_status st = read_column(w, c, o, &rows);
    if (st == FRS_OK) st = frs__file_rows_series(&rows, w->site[c], &var, &got);
    frs__file_rows_free(&rows);
    if (st != FRS_OK) return st;
    got.source = frs__strdup(w->ctx, w->path);
    if (!got.source) {
        frs_series_free(w->ctx, &got);
        return FRS_E_NOMEM;
    }
    *s = got;
    return FRS_OK;
}

/* ---- a data set of such tables */

typedef struct wide_set {
    int64_t n;
    frs__wide *table[FRS_MAX_VARS];
} wide_set;

static int by_site(const void *a, const void *b) {
    return strcmp(((const frs__site *)a)->name, ((const frs__site *)b)->name);
}

static frs_status add_sites(frs_dataset *d, const frs__wide *w) {
    char name[64];
    for (int64_t c = 0; c < frs__wide_columns(w); c++)
        if (frs__wide_site(w, c, name)) FRS_TRY(frs__add_site(d, name, NULL));
    if (d->n == 0) return frs__fail(d->ctx, FRS_E_NODATA, _("%s: no site in this table"), w->path);
    qsort(d->sites, (size_t)d->n, sizeof *d->sites, by_site);
    for (int64_t i = 1; i < d->n; i++)
        if (strcmp(d->sites[i - 1].name, d->sites[i].name) == 0)
            return frs__fail(d->ctx, FRS_E_FORMAT, _("%s:%lld: two columns are called '%s'"),
                             w->path, 1LL, d->sites[i].name);
    return FRS_OK;
}

frs_status frs__wide_set_open(frs_dataset *d, const char *const *paths, const char *const *names,
                              int64_t n) {
    if (n > FRS_MAX_VARS)
        return frs__fail(d->ctx, FRS_E_FORMAT, _("%s: %lld tables; at most %d"), d->path,
                         (long long)n, FRS_MAX_VARS);
    wide_set *set = frs__alloc(d->ctx, 1, sizeof *set);
    if (!set) return FRS_E_NOMEM;
    d->own = set;
    for (; set->n < n; set->n++)
        FRS_TRY(frs__wide_open(d->ctx, paths[set->n], names[set->n], &set->table[set->n]));
    return add_sites(d, set->table[0]);
}

static frs_status read_tables(frs_dataset *d, const char *site, frs_series *parts, int *n) {
    const wide_set *set = d->own;
    for (int64_t k = 0; k < set->n; k++) {
        const int64_t c = frs__wide_find(set->table[k], site);
        if (c < 0)
            return frs__fail(d->ctx, FRS_E_FORMAT, _("%s: no column of site %s, which %s has"),
                             set->table[k]->path, site, set->table[0]->path);
        FRS_TRY(frs__wide_read(set->table[k], c, &d->opts, &parts[*n]));
        ++*n;
    }
    return FRS_OK;
}

frs_status frs__wide_set_read(frs_dataset *d, int64_t i, frs_series *s) {
    int n = 0;
    frs_series *parts = frs__alloc(d->ctx, FRS_MAX_VARS, sizeof *parts);
    if (!parts) return FRS_E_NOMEM;
    frs_status st = read_tables(d, d->sites[i].name, parts, &n);
    if (st == FRS_OK) st = frs__join(d->ctx, parts, n, true, s);
    for (int k = 0; k < n; k++) frs_series_free(d->ctx, &parts[k]);
    frs__free(d->ctx, parts);
    return st;
}

void frs__wide_set_close(frs_dataset *d) {
    wide_set *set = d->own;
    if (!set) return;
    for (int64_t k = 0; k < set->n; k++) frs__wide_close(set->table[k]);
    frs__free(d->ctx, set);
}
