/* MOPEX daily records (.dly), in fixed columns: date %4d%2d%2d, then five numbers of 10 characters:
 * precipitation, climatic potential evaporation, discharge (mm), highest and lowest air temperature
 * (degC). -99 is missing.
 * Source: Schaake et al. (2006), IAHS Publ. 307; hydrology.nws.noaa.gov/pub/gcip/mopex/US_Data */
#include "io/text.h"
#include <string.h>

#define DATE_WIDTH  8
#define VALUE_WIDTH 10
#define N_VALUES    5
#define LINE_WIDTH  (DATE_WIDTH + N_VALUES * VALUE_WIDTH)
#define MISSING     (-99.0)

/* Names as in NeuralHydrology's configs for these data. */
static const frs_var vars[N_VALUES] = {{.name = "prcp", .unit = "mm", .kind = FRS_VAR_SUM},
                                       {.name = "pet", .unit = "mm", .kind = FRS_VAR_SUM},
                                       {.name = "q", .unit = "mm", .kind = FRS_VAR_SUM},
                                       {.name = "tmax", .unit = "degC"},
                                       {.name = "tmin", .unit = "degC"}};

static bool take_date(const char *s, int64_t *time_s) {
    char iso[11] = "yyyy-mm-dd";
    for (int i = 0; i < DATE_WIDTH; i++) {
        const bool pad = s[i] == ' ' && (i == 4 || i == 6);
        if (!pad && (s[i] < '0' || s[i] > '9')) return false;
        iso[i + (i >= 4) + (i >= 6)] = pad ? '0' : s[i];
    }
    return frs_date_parse(iso, 10, time_s) == FRS_OK;
}

static frs_status read_line(frs__file_rows *r, const frs__lines *l) {
    char buf[64];
    int64_t time_s;
    const long long at = (long long)l->number;
    if (l->len != LINE_WIDTH)
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected %d characters (date, P, PE, Q, Tmax, Tmin), found "
                           "%lld"),
                         r->path, at, LINE_WIDTH, (long long)l->len);
    if (!take_date(l->s, &time_s))
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected a date of 8 characters (as 19480131), found '%s'"),
                         r->path, at, frs__cell_text(&(frs__cell){l->s, DATE_WIDTH, false}, buf));
    float *row = frs__file_rows_add(r, time_s, l->number);
    if (!row) return FRS_E_NOMEM;
    for (int v = 0; v < N_VALUES; v++) {
        const frs__cell c = {l->s + DATE_WIDTH + v * VALUE_WIDTH, VALUE_WIDTH, false};
        double value;
        if (!frs__parse_double(c.s, VALUE_WIDTH, '.', &value) || value > 1e9 || value < -1e9)
            return frs__fail(r->ctx, FRS_E_FORMAT,
                             _("%s:%lld: column '%s': expected a number, found '%s'"), r->path, at,
                             vars[v].name, frs__cell_text(&c, buf));
        if (value != MISSING) row[v] = (float)value;
    }
    return FRS_OK;
}

static frs_status read_mopex(frs_ctx *ctx, const char *path, const frs_read_opts *o,
                             frs_series *s) {
    char site[64], *text = NULL;
    int64_t n = 0;
    (void)o;
    FRS_TRY(frs__site_of_path(ctx, path, site));
    FRS_TRY(frs__text_read(ctx, path, FRS_TEXT_BYTES, &text, &n));
    frs__file_rows rows = {.ctx = ctx, .path = path, .n_vars = N_VALUES};
    frs__lines l = frs__lines_begin(text, n);
    frs_status st = FRS_OK;
    while (st == FRS_OK && frs__lines_next(&l)) st = read_line(&rows, &l);
    if (st == FRS_OK) st = frs__file_rows_series(&rows, site, vars, s);
    frs__file_rows_free(&rows);
    frs__free(ctx, text);
    return st;
}

/* The first line has the fixed columns, and its numbers end where they must. */
static bool sniff(const char *path, const unsigned char *head, int64_t n) {
    (void)path;
    frs__lines l = frs__lines_begin((const char *)head, n);
    int64_t t;
    double v;
    if (!frs__lines_next(&l) || l.len != LINE_WIDTH || !take_date(l.s, &t)) return false;
    for (int i = 0; i < N_VALUES; i++) {
        const char *s = l.s + DATE_WIDTH + i * VALUE_WIDTH;
        if (s[0] != ' ' || s[VALUE_WIDTH - 5] != '.' || !frs__parse_double(s, VALUE_WIDTH, '.', &v))
            return false;
    }
    return true;
}

const frs_reader frs__reader_mopex = {.name = "mopex",
                                      .title = N_("MOPEX daily record"),
                                      .extensions = "dly",
                                      .sniff = sniff,
                                      .read = read_mopex};
