/* USGS RDB, as the National Water Information System gives daily and instantaneous values: `#`
 * comments, a line of names, a line of widths ("5s 15s 20d 14n"), rows, all parted by tabs. The
 * names of values are TS_PARAMETER or TS_PARAMETER_STATISTIC; one more column of each has its
 * flags.
 *
 * Instantaneous values have a column tz_cd: each is brought to UTC by the zone of its own row.
 * Daily values have none: they keep the local calendar date. Words in the place of a number ("Ice",
 * "Eqp") count as missing. Source: https://waterdata.usgs.gov/nwis/?tab_delimited_format_info */
#include "io/text.h"
#include <math.h>
#include <string.h>

#define MAX_COLUMNS 256

typedef struct column {
    int at;       /* in the file */
    bool flagged; /* the column after it has its flags */
    int64_t n_words, first_line;
    char word[64]; /* the first that stood for a number */
} column;

typedef struct rdb {
    frs_ctx *ctx;
    const char *path;
    int64_t n_columns;
    int site, date, zone; /* columns; zone -1: daily values */
    int64_t n_estimated;
    int n_vars;
    frs_var var[FRS_MAX_VARS];
    column column[FRS_MAX_VARS];
    char name[64]; /* site_no of the first row */
    frs__cell cells[FRS_TEXT_COLUMNS];
    frs__file_rows rows;
} rdb;

/* ---- the names of columns */

typedef struct parameter {
    const char *code, *name, *unit;
    frs_var_kind kind;
} parameter;
/* https://help.waterdata.usgs.gov/codes-and-parameters/parameters */
static const parameter parameters[] = {
    {"00060", "discharge", "ft3/s", FRS_VAR_MEAN},
    {"00065", "gage_height", "ft", FRS_VAR_MEAN},
    {"00010", "water_temperature", "degC", FRS_VAR_MEAN},
    {"00020", "air_temperature", "degC", FRS_VAR_MEAN},
    {"00045", "precipitation", "in", FRS_VAR_SUM},
};
static const struct {
    const char *code, *ending;
} statistics[] = {
    {"00001", "_max"}, {"00002", "_min"}, {"00003", ""}, {"00006", "_sum"}, {"00008", "_median"}};

static bool digits(const char *s, size_t n) {
    return strspn(s, "0123456789") >= n;
}

/* "134567_00060_00003" -> the parameter and the statistic (or NULL); false: no column of values. */
static bool codes_of(const char *name, const char **parameter_code, const char **statistic) {
    const size_t ts = strspn(name, "0123456789");
    if (ts == 0 || name[ts] != '_') return false;
    const char *p = name + ts + 1, *s = p + 5;
    if (!digits(p, 5) || (*s && *s != '_')) return false;
    *parameter_code = p;
    *statistic = *s ? s + 1 : NULL;
    return !*s || (digits(s + 1, 5) && !s[6]);
}

static void describe(const char *code, const char *statistic, frs_var *v) {
    const char *name = NULL, *ending = "";
    for (int64_t i = 0; i < FRS_LEN(parameters) && !name; i++) {
        if (strncmp(parameters[i].code, code, 5) != 0) continue;
        name = parameters[i].name;
        memcpy(v->unit, parameters[i].unit, strlen(parameters[i].unit) + 1);
        v->kind = statistic ? parameters[i].kind : FRS_VAR_INSTANT;
    }
    if (name)
        memcpy(v->name, name, strlen(name));
    else { /* pNNNNN */
        v->name[0] = 'p';
        memcpy(v->name + 1, code, 5);
    }
    for (int64_t i = 0; statistic && i < FRS_LEN(statistics); i++)
        if (strncmp(statistics[i].code, statistic, 5) == 0) ending = statistics[i].ending;
    strncat(v->name, ending, sizeof v->name - strlen(v->name) - 1);
}

/* A second sensor of the same quantity is told by the number of its time series. */
static frs_status add_column(rdb *r, const char *name, int at) {
    const char *code, *statistic;
    if (!codes_of(name, &code, &statistic)) return FRS_OK;
    if (r->n_vars == FRS_MAX_VARS)
        return frs__fail(r->ctx, FRS_E_FORMAT, _("%s: more than %d columns of numbers"), r->path,
                         FRS_MAX_VARS);
    frs_var *v = &r->var[r->n_vars];
    describe(code, statistic, v);
    bool twice = false;
    for (int i = 0; i < r->n_vars; i++) twice |= strcmp(r->var[i].name, v->name) == 0;
    if (twice) {
        const size_t n = strlen(v->name), m = strcspn(name, "_");
        if (n + 1 + m >= sizeof v->name) return FRS_OK;
        v->name[n] = '_';
        memcpy(v->name + n + 1, name, m);
    }
    r->column[r->n_vars++].at = at;
    return FRS_OK;
}

static frs_status read_names(rdb *r, const frs__lines *l) {
    char name[64];
    r->n_columns = frs__split(l->s, l->len, '\t', r->cells);
    r->site = r->date = r->zone = -1;
    for (int c = 0; c < r->n_columns && c < MAX_COLUMNS; c++) {
        if (!frs__cell_name(&r->cells[c], name, sizeof name)) continue;
        if (strcmp(name, "site_no") == 0) r->site = c;
        if (strcmp(name, "datetime") == 0) r->date = c;
        if (strcmp(name, "tz_cd") == 0) r->zone = c;
        const size_t n = strlen(name);
        if (n > 3 && strcmp(name + n - 3, "_cd") == 0 && r->n_vars > 0 &&
            r->column[r->n_vars - 1].at == c - 1)
            r->column[r->n_vars - 1].flagged = true;
        else
            FRS_TRY(add_column(r, name, c));
    }
    if (r->n_columns > MAX_COLUMNS || r->site < 0 || r->date < 0)
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected names parted by tabs, site_no and datetime among "
                           "them"),
                         r->path, (long long)l->number);
    if (r->n_vars > 0) return FRS_OK;
    return frs__fail(r->ctx, FRS_E_FORMAT,
                     _("%s:%lld: no column of values (such as 1234_00060_00003)"), r->path,
                     (long long)l->number);
}

/* ---- rows */

/* Hours ahead of UTC. NAN: not a zone of the USGS. */
static double zone_hours(const frs__cell *c) {
    static const struct {
        const char *code;
        double hours;
    } zones[] = {{"UTC", 0},   {"GMT", 0},  {"AST", -4},   {"ADT", -3},  {"EST", -5},
                 {"EDT", -4},  {"CST", -6}, {"CDT", -5},   {"MST", -7},  {"MDT", -6},
                 {"PST", -8},  {"PDT", -7}, {"AKST", -9},  {"AKDT", -8}, {"HST", -10},
                 {"SST", -11}, {"GST", 10}, {"NST", -3.5}, {"NDT", -2.5}};
    for (int64_t i = 0; i < FRS_LEN(zones); i++)
        if (frs__cell_is(c, zones[i].code)) return zones[i].hours;
    return NAN;
}

static frs_status take_time(rdb *r, const frs__lines *l, int64_t *time_s) {
    char buf[64];
    if (!frs__text_date(&r->cells[r->date], false, time_s))
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected a date (as 2001-02-28), found '%s'"), r->path,
                         (long long)l->number, frs__cell_text(&r->cells[r->date], buf));
    if (r->zone < 0) return FRS_OK;
    const double hours = zone_hours(&r->cells[r->zone]);
    if (isnan(hours))
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s:%lld: time zone '%s' is not known: expected such as EST, CDT, UTC"),
                         r->path, (long long)l->number, frs__cell_text(&r->cells[r->zone], buf));
    *time_s -= (int64_t)(hours * 3600);
    return FRS_OK;
}

static frs_status same_site(rdb *r, const frs__lines *l) {
    char name[64];
    if (!frs__cell_name(&r->cells[r->site], name, sizeof name) || !frs__printable(name))
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected a site of 1 to 63 bytes of UTF-8, found '%s'"),
                         r->path, (long long)l->number,
                         frs__cell_text(&r->cells[r->site], (char[64]){0}));
    if (!r->name[0]) memcpy(r->name, name, sizeof name);
    if (strcmp(r->name, name) == 0) return FRS_OK;
    return frs__fail(r->ctx, FRS_E_FORMAT,
                     _("%s:%lld: site %s after site %s: one file holds one site"), r->path,
                     (long long)l->number, name, r->name);
}

static bool has_digit(const frs__cell *c) {
    for (int64_t k = 0; k < c->n; k++)
        if (c->s[k] >= '0' && c->s[k] <= '9') return true;
    return false;
}

/* A word is a remark of the station's; what has digits in it and is no number is a mistake. */
static frs_status take_value(rdb *r, const frs__lines *l, int i, float *out) {
    column *c = &r->column[i];
    const frs__cell *cell = &r->cells[c->at];
    char decimal = '.', buf[64];
    double v = NAN;
    const frs__cell_kind kind = frs__cell_read(cell, &decimal, &v);
    if (kind == FRS_CELL_MISSING) return FRS_OK;
    if (kind == FRS_CELL_TEXT && !has_digit(cell)) {
        if (c->n_words++ == 0) {
            c->first_line = l->number;
            frs__cell_text(cell, c->word);
        }
        return FRS_OK;
    }
    if (kind == FRS_CELL_TEXT || isinf((float)v))
        return frs__fail(r->ctx, FRS_E_FORMAT, _("%s:%lld: column '%s': expected %s, found '%s'"),
                         r->path, (long long)l->number, r->var[i].name, _("a number"),
                         frs__cell_text(cell, buf));
    *out = (float)v;
    /* "A:e", "P e": approved or provisional, estimated */
    if (c->flagged) r->n_estimated += memchr(cell[1].s, 'e', (size_t)cell[1].n) != NULL;
    return FRS_OK;
}

static frs_status read_row(rdb *r, const frs__lines *l) {
    int64_t time_s;
    FRS_TRY(frs__split_all(r->ctx, r->path, l, '\t', r->n_columns, r->cells));
    FRS_TRY(same_site(r, l));
    FRS_TRY(take_time(r, l, &time_s));
    float *row = frs__file_rows_add(&r->rows, time_s, l->number);
    if (!row) return FRS_E_NOMEM;
    for (int i = 0; i < r->n_vars; i++) FRS_TRY(take_value(r, l, i, &row[i]));
    return FRS_OK;
}

/* "5s", "15s", "20d", "14n" in every column */
static bool is_widths(const frs__cell *c, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        if (c[i].n < 2 || !strchr("sdn", c[i].s[c[i].n - 1])) return false;
        for (int64_t k = 0; k < c[i].n - 1; k++)
            if (c[i].s[k] < '0' || c[i].s[k] > '9') return false;
    }
    return true;
}

static frs_status read_all(rdb *r, const char *text, int64_t n) {
    frs__lines l = frs__lines_begin(text, n);
    if (!frs__lines_next(&l))
        return frs__fail(r->ctx, FRS_E_FORMAT, _("%s: no line of data"), r->path);
    FRS_TRY(read_names(r, &l));
    r->rows.n_vars = r->n_vars;
    const bool more = frs__lines_next(&l);
    if (!more || frs__split(l.s, l.len, '\t', r->cells) != r->n_columns ||
        !is_widths(r->cells, r->n_columns))
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected the widths of the columns (as 5s, 15s, 20d)"),
                         r->path, (long long)l.number);
    while (frs__lines_next(&l)) FRS_TRY(read_row(r, &l));
    for (int i = 0; i < r->n_vars; i++)
        if (r->column[i].n_words)
            frs__log(r->ctx, FRS_LOG_WARN,
                     _("%s:%lld: column '%s': %lld words in the place of numbers count as missing; "
                       "the first: '%s'"),
                     r->path, (long long)r->column[i].first_line, r->var[i].name,
                     (long long)r->column[i].n_words, r->column[i].word);
    return FRS_OK;
}

static frs_status read_rdb(frs_ctx *ctx, const char *path, const frs_read_opts *o, frs_series *s) {
    char site[64], *text = NULL;
    int64_t n = 0;
    (void)o;
    FRS_TRY(frs__site_of_path(ctx, path, site));
    FRS_TRY(frs__text_read(ctx, path, FRS_TEXT_BYTES, &text, &n));
    rdb *r = frs__alloc(ctx, 1, sizeof *r);
    frs_status st = r ? FRS_OK : FRS_E_NOMEM;
    if (r) {
        r->ctx = ctx;
        r->path = path;
        r->rows = (frs__file_rows){.ctx = ctx, .path = path};
        st = read_all(r, text, n);
        if (st == FRS_OK) st = frs__file_rows_series(&r->rows, site, r->var, s);
        if (st == FRS_OK) s->n_estimated = r->n_estimated;
        frs__file_rows_free(&r->rows);
    }
    frs__free(ctx, r);
    frs__free(ctx, text);
    return st;
}

static bool sniff(const char *path, const unsigned char *head, int64_t n) {
    (void)path;
    if (n == 0 || memchr(head, 0, (size_t)n)) return false;
    frs__lines l = frs__lines_begin((const char *)head, n);
    return frs__lines_next(&l) && l.len > 9 && memmem(l.s, (size_t)l.len, "\tsite_no\t", 9);
}

const frs_reader frs__reader_rdb = {.name = "rdb",
                                    .title = N_("USGS RDB (daily or instantaneous values)"),
                                    .extensions = "rdb",
                                    .sniff = sniff,
                                    .read = read_rdb};
