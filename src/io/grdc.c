/* The text files of the Global Runoff Data Centre: a header of `#` lines, then
 * "YYYY-MM-DD;hh:mm; Value" (or Original; Calculated; Flag). Daily or monthly ("1911-01-00"), m3/s,
 * -999 missing; the catchment's area is in the header. A time of day, where there is one, is local
 * and does not count in a daily record: it marks when the day ends. Source: https://grdc.bafg.de */
#include "io/text.h"
#include <string.h>

#define MAGIC_BYTES 4096

typedef struct grdc {
    frs__file_rows rows;
    double area_km2; /* 0: not in the header */
} grdc;

#define VALUE 2 /* the column of Value, or Original */

/* "# Catchment area (km2):   159300.0": the number behind the colon. */
static bool header_number(const char *s, int64_t n, const char *key, double *v) {
    const int64_t k = (int64_t)strlen(key);
    int64_t i = 0;
    while (i < n && (s[i] == '#' || s[i] == ' ')) i++;
    if (n - i < k || memcmp(s + i, key, (size_t)k) != 0) return false;
    const char *colon = memchr(s + i + k, ':', (size_t)(n - i - k));
    return colon && frs__parse_double(colon + 1, (size_t)(s + n - colon - 1), '.', v);
}

/* frs__lines skips comments, so the header is gone through here. */
static void read_header(grdc *g, const char *text, int64_t n) {
    for (int64_t at = 0; at < n && text[at] == '#';) {
        const char *end = memchr(text + at, '\n', (size_t)(n - at));
        int64_t len = end ? end - (text + at) : n - at;
        if (len && text[at + len - 1] == '\r') len--;
        double v;
        if (header_number(text + at, len, "Catchment area", &v) && v > 0 && v < 5.2e8)
            g->area_km2 = v;
        at = end ? end - text + 1 : n;
    }
}

static frs_status check_names(const grdc *g, const frs__lines *l) {
    frs__cell c[FRS_TEXT_COLUMNS];
    char buf[64];
    const int64_t n = frs__split(l->s, l->len, ';', c);
    if (n < 3 || n > 8 || !frs__cell_is(&c[0], "YYYY-MM-DD"))
        return frs__fail(g->rows.ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected the header YYYY-MM-DD;hh:mm; Value, found '%s'"),
                         g->rows.path, (long long)l->number,
                         frs__cell_text(&(frs__cell){l->s, l->len, false}, buf));
    return FRS_OK;
}

static bool take_date(const frs__cell *c, int64_t *time_s) {
    char s[10];
    if (c->n != 10) return false;
    memcpy(s, c->s, 10);
    if (s[8] == '0' && s[9] == '0') s[9] = '1'; /* a month */
    return s[4] == '-' && s[7] == '-' && frs_date_parse(s, 10, time_s) == FRS_OK;
}

static frs_status read_row(grdc *g, const frs__lines *l) {
    frs__cell c[FRS_TEXT_COLUMNS];
    char buf[64], decimal = '.';
    int64_t time_s;
    double v;
    const int64_t n = frs__split(l->s, l->len, ';', c);
    const long long at = (long long)l->number;
    if (n <= VALUE || n > 8)
        return frs__fail(g->rows.ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected a date, a time and a value, found '%s'"),
                         g->rows.path, at, frs__cell_text(&(frs__cell){l->s, l->len, false}, buf));
    if (!take_date(&c[0], &time_s))
        return frs__fail(g->rows.ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected a date (as 2001-02-28), found '%s'"), g->rows.path,
                         at, frs__cell_text(&c[0], buf));
    const frs__cell_kind kind = frs__cell_read(&c[VALUE], &decimal, &v);
    if (kind == FRS_CELL_TEXT || (kind == FRS_CELL_NUMBER && !(v > -1e12 && v < 1e12)))
        return frs__fail(g->rows.ctx, FRS_E_FORMAT,
                         _("%s:%lld: column '%s': expected %s, found '%s'"), g->rows.path, at,
                         "Value", _("a number"), frs__cell_text(&c[VALUE], buf));
    float *row = frs__file_rows_add(&g->rows, time_s, l->number);
    if (!row) return FRS_E_NOMEM;
    if (kind == FRS_CELL_NUMBER) row[0] = (float)v;
    return FRS_OK;
}

static frs_status read_all(grdc *g, const char *text, int64_t n) {
    frs__lines l = frs__lines_begin(text, n);
    read_header(g, text, n);
    if (!frs__lines_next(&l))
        return frs__fail(g->rows.ctx, FRS_E_FORMAT, _("%s: no line of data"), g->rows.path);
    FRS_TRY(check_names(g, &l));
    while (frs__lines_next(&l)) FRS_TRY(read_row(g, &l));
    return FRS_OK;
}

static frs_status read_grdc(frs_ctx *ctx, const char *path, const frs_read_opts *o, frs_series *s) {
    static const frs_var var = {.name = "discharge", .unit = "m3/s", .kind = FRS_VAR_MEAN};
    char site[64], *text = NULL;
    int64_t n = 0;
    grdc g = {.rows = {.ctx = ctx, .path = path, .n_vars = 1}};
    (void)o;
    FRS_TRY(frs__site_of_path(ctx, path, site));
    FRS_TRY(frs__text_read(ctx, path, FRS_TEXT_BYTES, &text, &n));
    frs_status st = read_all(&g, text, n);
    if (st == FRS_OK) st = frs__file_rows_series(&g.rows, site, &var, s);
    if (st == FRS_OK) s->area_km2 = g.area_km2;
    frs__file_rows_free(&g.rows);
    frs__free(ctx, text);
    return st;
}

static bool sniff(const char *path, const unsigned char *head, int64_t n) {
    (void)path;
    const int64_t look = n < MAGIC_BYTES ? n : MAGIC_BYTES;
    return n > 0 && head[0] == '#' &&
           memmem(head, (size_t)look, "GRDC", 4) != NULL; /* "# Title: GRDC STATION DATA FILE" */
}

const frs_reader frs__reader_grdc = {.name = "grdc",
                                     .title = N_("GRDC station file"),
                                     .extensions = "cmd;day;mon",
                                     .sniff = sniff,
                                     .read = read_grdc};
