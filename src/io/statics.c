/* Attributes of sites: tables whose first column is the site, joined by it. */
#include "io/layout.h"
#include "io/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ATTRS 4096 /* of all files together */

/* One file's rows. */
typedef struct sheet {
    frs_ctx *ctx;
    const char *path;
    const frs__statics_opts *o;
    char delimiter, decimal;
    int64_t site;      /* the site's column in the file; in `cells` it is the first */
    int64_t n_columns; /* with the site's */
    char (*names)[64]; /* [n_columns]; "": skipped */
    bool has_number[FRS_TEXT_COLUMNS];
    int64_t text_line[FRS_TEXT_COLUMNS]; /* the first with text in this column; 0: none */
    char text[FRS_TEXT_COLUMNS][64];     /* and the text */
    frs__cell cells[FRS_TEXT_COLUMNS];
    int64_t n, cap;
    char (*sites)[64];
    int64_t *line;
    bool *text_row; /* [n] text in it */
    float *values;  /* [n][n_columns], the first unused */
} sheet;

static void free_cells(sheet *p) {
    frs__free(p->ctx, p->names);
    frs__free(p->ctx, p->sites);
    frs__free(p->ctx, p->line);
    frs__free(p->ctx, p->text_row);
    frs__free(p->ctx, p->values);
    p->names = p->sites = NULL;
    p->line = NULL;
    p->text_row = NULL;
    p->values = NULL;
}

static frs_status find_delimiter(sheet *p, const frs__lines *l) {
    int64_t best = 1;
    for (const char *d = "\t;, "; *d; d++) {
        if (*d == ' ' && best > 1) break; /* blanks part only what nothing else does */
        const int64_t n = frs__split(l->s, l->len, *d, p->cells);
        if (n <= best) continue;
        best = n;
        p->delimiter = *d;
    }
    p->n_columns = best;
    if (best > 1) return FRS_OK;
    return frs__fail(p->ctx, FRS_E_FORMAT,
                     _("%s:%lld: expected a header: the site's column and at least one attribute"),
                     p->path, (long long)l->number);
}

/* The cells of a line, the site's first. */
static frs_status split(sheet *p, const frs__lines *l) {
    FRS_TRY(frs__split_all(p->ctx, p->path, l, p->delimiter, p->n_columns, p->cells));
    const frs__cell first = p->cells[0];
    p->cells[0] = p->cells[p->site];
    p->cells[p->site] = p->site ? first : p->cells[0];
    return FRS_OK;
}

static frs_status read_header(sheet *p, const frs__lines *l) {
    char buf[64];
    FRS_TRY(find_delimiter(p, l));
    FRS_TRY(split(p, l));
    for (int64_t c = 1; c < p->n_columns && p->o->site_column; c++)
        if (frs__cell_is(&p->cells[c], p->o->site_column)) p->site = c;
    FRS_TRY(split(p, l));
    p->names = frs__alloc(p->ctx, p->n_columns, sizeof *p->names);
    if (!p->names) return FRS_E_NOMEM;
    for (int64_t c = 1; c < p->n_columns; c++) {
        if (!frs__cell_name(&p->cells[c], p->names[c], sizeof *p->names) ||
            !frs__printable(p->names[c]))
            return frs__fail(p->ctx, FRS_E_FORMAT,
                             _("%s:%lld: column %lld: expected a name of at most 63 bytes of "
                               "UTF-8, found '%s'"),
                             p->path, (long long)l->number, (long long)c + 1,
                             frs__cell_text(&p->cells[c], buf));
        for (int64_t k = 1; k < c; k++)
            if (p->names[c][0] && strcmp(p->names[k], p->names[c]) == 0)
                return frs__fail(p->ctx, FRS_E_FORMAT, _("%s:%lld: two columns are called '%s'"),
                                 p->path, (long long)l->number, p->names[c]);
    }
    return FRS_OK;
}

static frs_status grow(sheet *p) {
    if (p->n < p->cap) return FRS_OK;
    const int64_t cap = p->cap ? 2 * p->cap : 64;
    void *s = frs__realloc(p->ctx, p->sites, p->n, cap, sizeof *p->sites);
    if (s) p->sites = s;
    void *l = s ? frs__realloc(p->ctx, p->line, p->n, cap, sizeof *p->line) : NULL;
    if (l) p->line = l;
    void *x = l ? frs__realloc(p->ctx, p->text_row, p->n, cap, sizeof *p->text_row) : NULL;
    if (x) p->text_row = x;
    void *v = x ? frs__realloc(p->ctx, p->values, p->n * p->n_columns, cap * p->n_columns,
                               sizeof *p->values)
                : NULL;
    if (!v) return FRS_E_NOMEM;
    p->values = v;
    p->cap = cap;
    return FRS_OK;
}

static frs_status read_cell(sheet *p, int64_t line, int64_t c, float *out) {
    char buf[64];
    double v;
    *out = NAN;
    const frs__cell_kind kind = frs__cell_read(&p->cells[c], &p->decimal, &v);
    p->text_row[p->n] |= kind == FRS_CELL_TEXT;
    if (kind == FRS_CELL_TEXT && p->text_line[c] == 0) {
        p->text_line[c] = line;
        frs__cell_text(&p->cells[c], p->text[c]);
    }
    if (kind != FRS_CELL_NUMBER) return FRS_OK;
    if (isinf((float)v))
        return frs__fail(p->ctx, FRS_E_FORMAT,
                         _("%s:%lld: column '%s': expected a number of at most 3.4e38, found '%s'"),
                         p->path, (long long)line, p->names[c], frs__cell_text(&p->cells[c], buf));
    p->has_number[c] = true;
    *out = (float)v;
    return FRS_OK;
}

static frs_status read_row(sheet *p, const frs__lines *l) {
    char buf[64];
    FRS_TRY(split(p, l));
    FRS_TRY(grow(p));
    if (p->cells[0].n == 0 || !frs__cell_name(&p->cells[0], p->sites[p->n], sizeof *p->sites) ||
        !frs__printable(p->sites[p->n]))
        return frs__fail(
            p->ctx, FRS_E_FORMAT,
            _("%s:%lld: column 1: expected a site of 1 to 63 bytes of UTF-8, found '%s'"), p->path,
            (long long)l->number, frs__cell_text(&p->cells[0], buf));
    p->line[p->n] = l->number;
    float *row = p->values + p->n * p->n_columns;
    for (int64_t c = 1; c < p->n_columns; c++)
        if (p->names[c][0]) FRS_TRY(read_cell(p, l->number, c, &row[c]));
    p->n++;
    return FRS_OK;
}

/* A column of text only is not an attribute; text among numbers is a mistake, but not ours to
 * refuse in a published set. */
static frs_status skip_text(sheet *p) {
    for (int64_t c = 1; c < p->n_columns; c++) {
        if (p->text_line[c] == 0) continue;
        if (p->has_number[c] && !p->o->published)
            return frs__fail(p->ctx, FRS_E_FORMAT,
                             _("%s:%lld: column '%s': expected a number, found '%s'"), p->path,
                             (long long)p->text_line[c], p->names[c], p->text[c]);
        frs__log(p->ctx, FRS_LOG_INFO, _("%s: attribute '%s' is text ('%s'): skipped"), p->path,
                 p->names[c], p->text[c]);
        p->names[c][0] = 0;
    }
    return FRS_OK;
}

/* Rows of attributes become rows of sites; an attribute with text in it is skipped. */
static frs_status turn(sheet *p) {
    const int64_t n = p->n_columns - 1, columns = p->n + 1;
    char(*names)[64] = frs__alloc(p->ctx, columns, sizeof *names);
    char(*sites)[64] = names ? frs__alloc(p->ctx, n, sizeof *sites) : NULL;
    int64_t *line = sites ? frs__alloc(p->ctx, n, sizeof *line) : NULL;
    float *values = line ? frs__alloc(p->ctx, n * columns, sizeof *values) : NULL;
    if (!values) {
        frs__free(p->ctx, names);
        frs__free(p->ctx, sites);
        frs__free(p->ctx, line);
        return FRS_E_NOMEM;
    }
    for (int64_t i = 0; i < n; i++) {
        memcpy(sites[i], p->names[i + 1], sizeof *sites);
        line[i] = 1;
        for (int64_t k = 0; k < p->n; k++)
            values[i * columns + k + 1] = p->values[k * p->n_columns + i + 1];
    }
    for (int64_t k = 0; k < p->n; k++)
        if (!p->text_row[k])
            memcpy(names[k + 1], p->sites[k], sizeof *names);
        else
            frs__log(p->ctx, FRS_LOG_INFO, _("%s: attribute '%s' is text: skipped"), p->path,
                     p->sites[k]);
    free_cells(p);
    p->names = names;
    p->sites = sites;
    p->line = line;
    p->values = values;
    p->n = n;
    p->n_columns = columns;
    return FRS_OK;
}

static frs_status read_sheet(sheet *p) {
    char *text = NULL;
    int64_t n = 0;
    FRS_TRY(frs__text_read(p->ctx, p->path, FRS_TEXT_BYTES, &text, &n));
    frs__lines l = frs__lines_begin(text, n);
    frs_status s = frs__lines_next(&l)
                       ? read_header(p, &l)
                       : frs__fail(p->ctx, FRS_E_FORMAT, _("%s: no line of data"), p->path);
    while (s == FRS_OK && frs__lines_next(&l)) s = read_row(p, &l);
    frs__free(p->ctx, text);
    if (s != FRS_OK) return s;
    return p->o->turned ? turn(p) : skip_text(p);
}

static void free_sheet(sheet *p) {
    if (!p) return;
    free_cells(p);
    frs__free(p->ctx, p);
}

/* ---- the join: sites of all files, sorted; attributes file by file */

static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

static frs_status join_sites(frs_ctx *ctx, sheet *const *p, int64_t n, frs_statics *s) {
    int64_t all = 0, unique = 0;
    for (int64_t i = 0; i < n; i++) all += p[i]->n;
    s->sites = frs__alloc(ctx, all, sizeof *s->sites);
    if (!s->sites) return FRS_E_NOMEM;
    for (int64_t i = 0, at = 0; i < n; at += p[i++]->n)
        if (p[i]->n) memcpy(s->sites[at], p[i]->sites, (size_t)p[i]->n * sizeof *s->sites);
    qsort(s->sites, (size_t)all, sizeof *s->sites, by_name);
    for (int64_t i = 0; i < all; i++)
        if (unique == 0 || strcmp(s->sites[unique - 1], s->sites[i]) != 0)
            memmove(s->sites[unique++], s->sites[i], sizeof *s->sites);
    s->n_sites = unique;
    return FRS_OK;
}

static int find_name(const frs_statics *s, const char *name) {
    for (int k = 0; k < s->n_attrs; k++)
        if (strcmp(s->names[k], name) == 0) return k;
    return -1;
}

static frs_status join_names(frs_ctx *ctx, sheet *const *p, int64_t n, frs_statics *s) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 1; c < p[i]->n_columns; c++) count += p[i]->names[c][0] != 0;
    if (count > MAX_ATTRS * (p[0]->o->published ? n : 1))
        return frs__fail(ctx, FRS_E_INPUT, _("%s: %lld attributes; at most %d"), s->source,
                         (long long)count, MAX_ATTRS);
    s->names = frs__alloc(ctx, count, sizeof *s->names);
    if (!s->names) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 1; c < p[i]->n_columns; c++) {
            const char *name = p[i]->names[c];
            if (!name[0]) continue;
            if (find_name(s, name) < 0)
                memcpy(s->names[s->n_attrs++], name, sizeof *s->names);
            else if (!p[i]->o->published)
                return frs__fail(ctx, FRS_E_INPUT,
                                 _("%s: attribute '%s' is in another of the files, too"),
                                 p[i]->path, name);
        }
    return FRS_OK;
}

/* Fills in the attributes of one file: column[c] is where its column c goes. */
static frs_status join_values(const sheet *p, const int *column, int64_t *seen, frs_statics *s) {
    memset(seen, 0, (size_t)s->n_sites * sizeof *seen);
    for (int64_t i = 0; i < p->n; i++) {
        const char(*site)[64] =
            bsearch(p->sites[i], s->sites, (size_t)s->n_sites, sizeof *s->sites, by_name);
        const int64_t row = site - (const char(*)[64])s->sites;
        if (seen[row])
            return frs__fail(p->ctx, FRS_E_FORMAT, _("%s:%lld: site %s stands in line %lld, too"),
                             p->path, (long long)p->line[i], p->sites[i], (long long)seen[row]);
        seen[row] = p->line[i];
        for (int64_t c = 1; c < p->n_columns; c++) {
            if (column[c] < 0) continue;
            float *to = &s->values[row * s->n_attrs + column[c]];
            if (isnan(*to)) *to = p->values[i * p->n_columns + c];
        }
    }
    return FRS_OK;
}

static frs_status join_sheet(const sheet *p, int64_t *seen, frs_statics *s) {
    int *column = frs__alloc(p->ctx, p->n_columns, sizeof *column);
    if (!column) return FRS_E_NOMEM;
    for (int64_t c = 1; c < p->n_columns; c++)
        column[c] = p->names[c][0] ? find_name(s, p->names[c]) : -1;
    const frs_status st = join_values(p, column, seen, s);
    frs__free(p->ctx, column);
    return st;
}

static frs_status join(frs_ctx *ctx, sheet *const *p, int64_t n, frs_statics *s) {
    FRS_TRY(join_sites(ctx, p, n, s));
    FRS_TRY(join_names(ctx, p, n, s));
    if (s->n_sites == 0 || s->n_attrs == 0)
        return frs__fail(ctx, FRS_E_NODATA, _("%s: no attributes"), s->source);
    const int64_t cells = s->n_sites * s->n_attrs;
    s->values = frs__alloc(ctx, cells, sizeof *s->values);
    int64_t *seen = s->values ? frs__alloc(ctx, s->n_sites, sizeof *seen) : NULL;
    frs_status st = seen ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; st == FRS_OK && i < cells; i++) s->values[i] = NAN;
    for (int64_t i = 0; st == FRS_OK && i < n; i++) st = join_sheet(p[i], seen, s);
    frs__free(ctx, seen);
    return st;
}

static char *sources(frs_ctx *ctx, const char *const *paths, int64_t n) {
    frs_buf b = {.ctx = ctx};
    for (int64_t i = 0; i < n; i++) {
        frs__buf_add(&b, i ? ", " : "");
        frs__buf_add(&b, paths[i]);
    }
    if (frs__buf_status(&b) == FRS_OK && b.data) return b.data;
    frs__buf_free(&b);
    return NULL;
}

frs_status frs__read_statics(frs_ctx *ctx, const char *const *paths, int64_t n,
                             const frs__statics_opts *o, frs_statics *s) {
    if (n < 1) return frs__fail(ctx, FRS_E_ARG, _("no file of attributes"));
    frs_statics got = {.source = sources(ctx, paths, n)};
    sheet **sheets = got.source ? frs__alloc(ctx, n, sizeof *sheets) : NULL;
    frs_status st = sheets ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; st == FRS_OK && i < n; i++) {
        sheets[i] = frs__alloc(ctx, 1, sizeof **sheets);
        if (!sheets[i]) st = FRS_E_NOMEM;
        if (st != FRS_OK) break;
        sheets[i]->ctx = ctx;
        sheets[i]->path = paths[i];
        sheets[i]->o = o;
        st = read_sheet(sheets[i]);
    }
    if (st == FRS_OK) st = join(ctx, sheets, n, &got);
    for (int64_t i = 0; sheets && i < n; i++) free_sheet(sheets[i]);
    frs__free(ctx, sheets);
    if (st == FRS_OK)
        *s = got;
    else
        frs_statics_free(ctx, &got);
    return st;
}

frs_status frs_read_statics(frs_ctx *ctx, const char *const *paths, int64_t n, frs_statics *s) {
    return frs__read_statics(ctx, paths, n, &(frs__statics_opts){0}, s);
}
