/* `check`: what is wrong with the data, before training. Each finding says site, variable, count,
 * date, what was found and what will be done about it. */
#include "data/check.h"
#include "data/prepare.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void frs_findings_free(frs_ctx *ctx, frs_findings *f) {
    if (!f) return;
    frs__free(ctx, f->items);
    *f = (frs_findings){0};
}

frs_finding *frs__finding_new(frs_ctx *ctx, frs_findings *out, frs_severity severity,
                              const char *code) {
    if (out->n == out->cap) {
        int64_t cap = out->cap ? 2 * out->cap : 16;
        void *p = frs__realloc(ctx, out->items, out->n, cap, sizeof *out->items);
        if (!p) return NULL;
        out->items = p;
        out->cap = cap;
    }
    frs_finding *f = &out->items[out->n++];
    *f = (frs_finding){.severity = severity, .first_s = INT64_MIN, .value = NAN};
    snprintf(f->code, sizeof f->code, "%s", code);
    return f;
}

/* A text that did not fit must not end inside a UTF-8 character. */
static void trim_utf8(char *s, size_t size, int wanted) {
    if (wanted < (int)size) return;
    size_t n = size - 1;
    while (n > 0 && ((unsigned char)s[n - 1] & 0xC0) == 0x80) n--;
    if (n > 0 && (unsigned char)s[n - 1] >= 0xC0) n--;
    s[n] = 0;
}

void frs__finding_text(frs_finding *f, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(f->text, sizeof f->text, fmt, args);
    va_end(args);
    trim_utf8(f->text, sizeof f->text, n);
}

void frs__finding_action(frs_finding *f, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(f->action, sizeof f->action, fmt, args);
    va_end(args);
    trim_utf8(f->action, sizeof f->action, n);
}

frs_finding *frs__site_finding(const frs__checked *c, const char *var, frs_severity severity,
                               const char *code) {
    frs_finding *f = frs__finding_new(c->ctx, c->out, severity, code);
    if (!f) return NULL;
    snprintf(f->site, sizeof f->site, "%s", c->at.name);
    snprintf(f->var, sizeof f->var, "%s", var ? var : "");
    return f;
}

char *frs__decimal(double v, int decimals, char *buf) {
    static const int64_t scales[] = {1, 10, 100, 1000, 10000};
    if (!(fabs(v) < 1e12)) return frs__format_double(v, buf);
    int64_t scale = scales[decimals], n = llround(fabs(v) * (double)scale);
    const char *sign = v < 0 && n > 0 ? "-" : "";
    if (decimals == 0)
        snprintf(buf, 40, "%s%" PRId64, sign, n);
    else
        snprintf(buf, 40, "%s%" PRId64 ".%0*" PRId64, sign, n / scale, decimals, n % scale);
    return buf;
}

void frs__stretch_add(frs__stretches *s, int64_t first_row, int64_t n) {
    s->n++;
    s->rows += n;
    if (n <= s->longest) return;
    s->longest = n;
    s->longest_row = first_row;
}

static bool period_given(frs_period p) {
    return p.first_s < p.last_s;
}

static frs__rows clipped_rows(const frs__checked *c, frs_period p) {
    frs__rows r = {0, c->at.n - 1};
    if (!period_given(p)) return r;
    frs__rows in = frs__period_rows(c->step, c->at.start_s, p);
    return (frs__rows){in.lo > r.lo ? in.lo : r.lo, in.hi < r.hi ? in.hi : r.hi};
}

static frs_status no_record(const frs__checked *c, frs_period p, bool training) {
    char a[32], b[32], from[32], to[32];
    frs_finding *f = frs__site_finding(c, NULL, FRS_HARD, "no_data");
    if (!f) return FRS_E_NOMEM;
    frs_date_format(p.first_s, a);
    frs_date_format(p.last_s, b);
    frs_date_format(c->at.start_s, from);
    frs_date_format(frs__row_time(c, c->at.n > 0 ? c->at.n - 1 : 0), to);
    f->count = c->at.n;
    f->first_s = c->at.start_s;
    if (c->at.n == 0)
        frs__finding_text(f, _("the record is empty"));
    else if (training)
        frs__finding_text(f, _("no data in the training period %s to %s: the record is %s to %s"),
                          a, b, from, to);
    else
        frs__finding_text(f, _("no data between %s and %s: the record is %s to %s"), a, b, from,
                          to);
    frs__finding_action(f, _("stop: change the period or leave the site out"));
    return FRS_OK;
}

static frs_status short_training(const frs__checked *c) {
    const frs_task *t = c->o->task;
    frs_period p = c->o->training;
    if (!t || !period_given(p)) return FRS_OK;
    int64_t steps = frs__step_index(c->step, p.first_s, p.last_s) + 1;
    if (steps >= t->seq_length) return FRS_OK;
    frs_finding *f = frs__site_finding(c, NULL, FRS_HARD, "short_training");
    if (!f) return FRS_E_NOMEM;
    f->count = steps;
    f->first_s = p.first_s;
    frs__finding_text(f, _("steps in the training period: %" PRId64 "; seq_length is %" PRId64),
                      steps, t->seq_length);
    frs__finding_action(f, _("stop: lengthen the training period or shorten seq_length"));
    return FRS_OK;
}

/* What is checked: the task's variables and the named ones, or all without a task. */
static bool column_role(const frs_check_opts *o, const char *name, frs__role *role) {
    bool wanted = !o->task;
    *role = FRS_ROLE_INPUT;
    const frs_task *t = o->task;
    for (int i = 0; t && i < t->n_inputs - t->n_calendar; i++)
        wanted |= strcmp(frs__origin_of(o->prepare, t->inputs[i]).name, name) == 0;
    for (int i = 0; t && i < t->n_evolving; i++)
        wanted |=
            strcmp(frs__origin_of(o->prepare, t->statics[frs__n_attrs(t) + i]).name, name) == 0;
    if (o->precipitation && strcmp(o->precipitation, name) == 0) *role = FRS_ROLE_RAIN;
    const char *target = o->target ? o->target : o->task ? o->task->target : NULL;
    if (!target || strcmp(target, name) != 0) return wanted || *role == FRS_ROLE_RAIN;
    *role = FRS_ROLE_TARGET;
    return true;
}

static frs_status check_columns(const frs__checked *c, const frs_store *store) {
    frs__column rain = {.index = -1}, flow = {.index = -1};
    for (int i = 0; i < c->n_vars; i++) {
        frs__column v = {.index = i, .var = frs_store_var(store, i)};
        if (!column_role(c->o, v.var.name, &v.role)) continue;
        FRS_TRY(frs__check_values(c, &v));
        if (v.role == FRS_ROLE_TARGET) FRS_TRY(frs__check_flow_shape(c, &v));
        if (v.role == FRS_ROLE_TARGET) flow = v;
        if (v.role == FRS_ROLE_RAIN) rain = v;
    }
    return rain.index >= 0 && flow.index >= 0 ? frs__check_water(c, &rain, &flow) : FRS_OK;
}

frs_status frs_check_site(frs_ctx *ctx, const frs_store *store, int64_t site,
                          const frs_check_opts *o, frs_findings *out) {
    frs_store_info info = frs_store_get_info(store);
    if (site < 0 || site >= info.n_sites)
        return frs__fail(ctx, FRS_E_ARG, _("site %" PRId64 " of a store of %" PRId64), site,
                         info.n_sites);
    frs__checked c = {.ctx = ctx,
                      .o = o,
                      .at = frs_store_get_site(store, site),
                      .step = info.step,
                      .n_vars = info.n_vars,
                      .out = out};
    c.rows = clipped_rows(&c, o->period);
    c.training = clipped_rows(&c, period_given(o->training) ? o->training : o->period);
    if (c.rows.lo > c.rows.hi) return no_record(&c, o->period, false);
    if (c.training.lo > c.training.hi) return no_record(&c, o->training, true);
    FRS_TRY(short_training(&c));
    return check_columns(&c, store);
}

static frs_finding *series_finding(frs_ctx *ctx, const frs_series *s, frs_findings *out,
                                   frs_severity severity, const char *code) {
    frs_finding *f = frs__finding_new(ctx, out, severity, code);
    if (f) memcpy(f->site, s->site, sizeof f->site);
    return f;
}

frs_status frs_check_series(frs_ctx *ctx, const frs_series *s, bool mend, frs_findings *out) {
    if (s->n_duplicate_dates > 0 || s->n_unordered_dates > 0) {
        frs_finding *f = series_finding(ctx, s, out, mend ? FRS_WARNING : FRS_HARD, "dates");
        if (!f) return FRS_E_NOMEM;
        f->count = s->n_duplicate_dates + s->n_unordered_dates;
        f->first_s = s->first_trouble_s;
        char date[32];
        frs__finding_text(
            f, _("%s:%" PRId64 ": date %s; dates twice: %" PRId64 ", dates out of order: %" PRId64),
            s->source ? s->source : s->site, s->first_trouble_line,
            frs_date_format(s->first_trouble_s, date), s->n_duplicate_dates, s->n_unordered_dates);
        frs__finding_action(
            f, mend ? _("sorted by date, the first value of each date kept")
                    : _("stop: correct the file, or set mend_dates: true to have it sorted and the "
                        "first value of each date kept"));
    }
    if (s->n_gap_steps > 0) {
        frs_finding *f = series_finding(ctx, s, out, FRS_NOTE, "absent_dates");
        if (!f) return FRS_E_NOMEM;
        f->count = s->n_gap_steps;
        frs__finding_text(f, _("dates absent from the file: %" PRId64), s->n_gap_steps);
        frs__finding_action(f, _("they count as missing values"));
    }
    if (s->n_estimated > 0) {
        frs_finding *f = series_finding(ctx, s, out, FRS_NOTE, "estimated");
        if (!f) return FRS_E_NOMEM;
        f->count = s->n_estimated;
        frs__finding_text(f, _("values marked as estimated: %" PRId64), s->n_estimated);
        frs__finding_action(f, _("they are used like the others"));
    }
    return FRS_OK;
}
