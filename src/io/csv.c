/* Writers of delimited text. What they write, text.c and statics.c read back exactly: shortest
 * floats, a missing value is an empty cell, the unit stands in brackets behind the name. */
#include "base/base.h"
#include "freshet/io.h"
#include <math.h>
#include <string.h>

typedef struct out {
    frs_ctx *ctx;
    const char *path;
    frs_writer *w;
    frs_status status; /* the first failure */
} out;

static void put(out *f, const char *s, size_t n) {
    if (f->status == FRS_OK && n) f->status = frs__writer_put(f->w, s, (int64_t)n);
}

static void put_text(out *f, const char *s) {
    put(f, s, strlen(s));
}

/* Quoted where it must be, quotes doubled. */
static void put_name(out *f, const char *s) {
    const size_t n = strlen(s);
    const bool plain = n > 0 && !strpbrk(s, ",;\t\"") && s[0] != ' ' && s[n - 1] != ' ' &&
                       s[0] != '#' && (unsigned char)s[0] != 0xEF;
    if (strpbrk(s, "\n\r") && f->status == FRS_OK)
        f->status =
            frs__fail(f->ctx, FRS_E_INPUT, _("%s: a name with a line end: '%s'"), f->path, s);
    if (plain) {
        put(f, s, n);
        return;
    }
    put(f, "\"", 1);
    for (size_t i = 0; i < n; i++) put(f, s[i] == '"' ? "\"\"" : s + i, s[i] == '"' ? 2 : 1);
    put(f, "\"", 1);
}

/* -999 and its kind mean "missing" to the readers; as a true value they get an exponent. */
static void put_value(out *f, float v) {
    char buf[40];
    if (isnan(v)) return;
    if (v == -999.0F)
        put_text(f, "-9.99e2");
    else if (v == -9999.0F)
        put_text(f, "-9.999e3");
    else if (v == -99999.0F)
        put_text(f, "-9.9999e4");
    else
        put_text(f, frs__format_float(v, buf));
}

/* All stamps of a file alike: dates only if every step falls on midnight. */
static void put_date(out *f, int64_t time_s, bool dates_only) {
    char buf[48];
    frs_date_format(time_s, buf);
    if (!dates_only && !strchr(buf, 'T')) memcpy(buf + strlen(buf), "T00:00", 7);
    put_text(f, buf);
}

static bool all_midnight(const frs_series *s) {
    if (s->start_s % FRS_DAY_S != 0) return false;
    return s->step.unit == FRS_STEP_MONTH || s->step.count % FRS_DAY_S == 0;
}

static void put_header(out *f, const frs_series *s) {
    put_text(f, "date");
    for (int v = 0; v < s->n_vars; v++) {
        char name[128];
        const frs_var *a = &s->vars[v];
        const size_t n = strlen(a->name), u = strlen(a->unit);
        const bool bracket = u > 0 || (n > 0 && (a->name[n - 1] == ')' || a->name[n - 1] == ']'));
        memcpy(name, a->name, n + 1);
        if (bracket) {
            memcpy(name + n, " [", 2);
            memcpy(name + n + 2, a->unit, u);
            memcpy(name + n + 2 + u, "]", 2);
        }
        put(f, ",", 1);
        put_name(f, name);
    }
    put(f, "\n", 1);
}

static frs_status check(frs_ctx *ctx, const char *path, const frs_series *s) {
    const int year = frs_civil_from_time(s->start_s).year;
    const int last = frs_civil_from_time(frs_step_add(s->step, s->start_s, s->n)).year;
    if (year < 1 || last > 9999)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: years %d to %d: text holds years 1 to 9999"),
                         path, year, last);
    for (int v = 0; v < s->n_vars; v++)
        for (int64_t t = 0; t < s->n; t++) {
            char date[32];
            if (!isinf(s->values[v][t])) continue;
            return frs__fail(ctx, FRS_E_INPUT, _("%s: site %s: %s is infinite on %s"), path,
                             s->site, s->vars[v].name,
                             frs_date_format(frs_step_add(s->step, s->start_s, t), date));
        }
    return FRS_OK;
}

static frs_status finish(out *f) {
    if (f->status == FRS_OK) return frs__writer_commit(f->w);
    frs__writer_abort(f->w);
    return f->status;
}

frs_status frs_write_csv(frs_ctx *ctx, const char *path, const frs_series *s) {
    out f = {.ctx = ctx, .path = path};
    FRS_TRY(check(ctx, path, s));
    FRS_TRY(frs__writer_open(ctx, path, &f.w));
    const bool dates_only = all_midnight(s);
    put_header(&f, s);
    for (int64_t t = 0; t < s->n && f.status == FRS_OK; t++) {
        put_date(&f, frs_step_add(s->step, s->start_s, t), dates_only);
        for (int v = 0; v < s->n_vars; v++) {
            put(&f, ",", 1);
            put_value(&f, s->values[v][t]);
        }
        put(&f, "\n", 1);
    }
    return finish(&f);
}

frs_status frs_write_statics_csv(frs_ctx *ctx, const char *path, const frs_statics *s) {
    out f = {.ctx = ctx, .path = path};
    for (int64_t i = 0; i < s->n_sites * s->n_attrs; i++)
        if (isinf(s->values[i]))
            return frs__fail(ctx, FRS_E_INPUT, _("%s: site %s: attribute %s is infinite"), path,
                             s->sites[i / s->n_attrs], s->names[i % s->n_attrs]);
    FRS_TRY(frs__writer_open(ctx, path, &f.w));
    put_text(&f, "site");
    for (int k = 0; k < s->n_attrs; k++) {
        put(&f, ",", 1);
        put_name(&f, s->names[k]);
    }
    put(&f, "\n", 1);
    for (int64_t i = 0; i < s->n_sites && f.status == FRS_OK; i++) {
        put_name(&f, s->sites[i]);
        for (int k = 0; k < s->n_attrs; k++) {
            put(&f, ",", 1);
            put_value(&f, s->values[i * s->n_attrs + k]);
        }
        put(&f, "\n", 1);
    }
    return finish(&f);
}
