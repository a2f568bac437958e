/* Which columns of a table are variables, their names and units. */
#include "io/text.h"
#include <string.h>

typedef struct finder {
    frs_ctx *ctx;
    const char *path;
    int64_t line;
    bool whole_names;
    frs__columns *out;
} finder;

/* "q (mm)", "q [mm/day]", "q []": cuts the bracket off the name; NULL: there is none. */
static char *cut_unit(char *name, size_t *len) {
    const size_t n = strlen(name);
    if (n < 3 || (name[n - 1] != ')' && name[n - 1] != ']')) return NULL;
    char *open = strrchr(name, name[n - 1] == ')' ? '(' : '[');
    if (!open || open == name) return NULL;
    *len = (size_t)(name + n - 1 - (open + 1));
    for (*open = 0; open > name && open[-1] == ' ';) *--open = 0;
    return name[0] ? name + n - 1 - *len : NULL;
}

static frs_status add(const finder *f, int column, const frs_var *v) {
    frs__columns *out = f->out;
    for (int i = 0; i < out->n; i++)
        if (strcmp(out->var[i].name, v->name) == 0)
            return frs__fail(f->ctx, FRS_E_FORMAT, _("%s:%lld: two columns are called '%s'"),
                             f->path, (long long)f->line, v->name);
    if (out->n == FRS_MAX_VARS)
        return frs__fail(f->ctx, FRS_E_FORMAT, _("%s:%lld: more than %d columns of numbers"),
                         f->path, (long long)f->line, FRS_MAX_VARS);
    out->var[out->n] = *v;
    out->at[out->n++] = column;
    return FRS_OK;
}

static frs_status from_header(const finder *f, int column, const frs__cell *cell) {
    char name[256], buf[64];
    frs_var v = {0};
    size_t n = 0;
    bool fits = frs__cell_name(cell, name, sizeof name);
    const char *unit = fits ? cut_unit(name, &n) : NULL;
    if (unit && n < sizeof v.unit) memcpy(v.unit, unit, n);
    if (f->whole_names) fits = frs__cell_name(cell, name, sizeof name);
    if (!fits || strlen(name) >= sizeof v.name || !frs__printable(name))
        return frs__fail(f->ctx, FRS_E_FORMAT,
                         _("%s:%lld: column %d: expected a name of at most %zu bytes of UTF-8, "
                           "found '%s'"),
                         f->path, (long long)f->line, column + 1, sizeof v.name - 1,
                         frs__cell_text(cell, buf));
    memcpy(v.name, name, strlen(name));
    if (unit && (n >= sizeof v.unit || !frs__printable(v.unit))) {
        memset(v.unit, 0, sizeof v.unit);
        frs__log(f->ctx, FRS_LOG_WARN,
                 _("%s:%lld: column '%s': its unit is not UTF-8 of at most %zu bytes: it counts as "
                   "unknown"),
                 f->path, (long long)f->line, v.name, sizeof v.unit - 1);
    }
    return add(f, column, &v);
}

static frs_status with_header(const finder *f, const frs__layout *l, const frs__cell *cells) {
    char buf[64];
    for (int64_t c = 0; c < l->n_columns; c++) {
        if (frs__layout_is_time(l, c)) continue;
        if (cells[c].n == 0 || l->text[c])
            frs__log(f->ctx, f->whole_names ? FRS_LOG_DEBUG : FRS_LOG_INFO,
                     _("%s:%lld: column %lld ('%s') is skipped: no %s"), f->path,
                     (long long)f->line, (long long)c + 1, frs__cell_text(&cells[c], buf),
                     cells[c].n ? _("numbers") : _("name"));
        else
            FRS_TRY(from_header(f, (int)c, &cells[c]));
    }
    return FRS_OK;
}

/* Without a header the columns right of the date count; what stands before it is a site's number
 * or a row's. */
static frs_status without_header(const finder *f, const frs__layout *l, const frs_read_opts *o) {
    const int last = l->clock >= 0 ? l->clock : l->date >= 0 ? l->date : l->day;
    int64_t n = 0, k = 0;
    for (int64_t c = last + 1; c < l->n_columns; c++) n += !l->text[c];
    if (o->n_names > 0 && o->n_names != n)
        return frs__fail(f->ctx, FRS_E_INPUT,
                         _("%s:%lld: %d names are given for %lld columns of numbers"), f->path,
                         (long long)f->line, o->n_names, (long long)n);
    for (int64_t c = last + 1; c < l->n_columns; c++) {
        frs_var v = {.name = "q"};
        if (l->text[c]) {
            frs__log(f->ctx, FRS_LOG_INFO, _("%s:%lld: column %lld is skipped: no numbers"),
                     f->path, (long long)f->line, (long long)c + 1);
            continue;
        }
        char *made = n > 1 ? frs__asprintf(f->ctx, "c%lld", (long long)k + 1) : NULL;
        if (n > 1 && !made) return FRS_E_NOMEM;
        if (n > 1) memcpy(v.name, made, strlen(made) + 1);
        frs__free(f->ctx, made);
        const char *given = o->n_names > 0 ? o->names[k] : v.name;
        if (!given[0] || strlen(given) >= sizeof v.name)
            return frs__fail(f->ctx, FRS_E_ARG, _("%s: a column's name has 1 to %zu bytes: '%s'"),
                             f->path, sizeof v.name - 1, given);
        memmove(v.name, given, strlen(given) + 1);
        k++;
        FRS_TRY(add(f, (int)c, &v));
    }
    return FRS_OK;
}

frs_status frs__columns_find(frs_ctx *ctx, const char *path, int64_t line, const frs__layout *l,
                             const frs__cell *cells, const frs_read_opts *o, frs__columns *c) {
    const finder f = {ctx, path, line, o->whole_names, c};
    c->n = 0;
    FRS_TRY(l->header ? with_header(&f, l, cells) : without_header(&f, l, o));
    if (c->n > 0) return FRS_OK;
    return frs__fail(ctx, FRS_E_FORMAT, _("%s:%lld: no column of numbers beside the date"), path,
                     (long long)line);
}
