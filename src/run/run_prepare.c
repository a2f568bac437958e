/* What a config asks of the records before they are packed, and what none of it may do: show the
 * models the flow that they are to predict. */
#include "data/prepare.h"
#include "run/run_data.h"
#include <stdio.h>
#include <string.h>

enum { MAX_LAG = 100000, MAX_COPIES = 100 };

typedef struct reading {
    frs_ctx *ctx;
    const frs_config *c;
    const char *key;
    char where[512]; /* of the key */
    frs__preparation *to;
} reading;

static frs_status bad(const reading *r, const char *expected, const char *found) {
    return frs__fail(r->ctx, FRS_E_INPUT, _("%s: expected %s, found '%.80s'"), r->where, expected,
                     found);
}

static const frs_part *open(reading *r, const char *key) {
    r->key = key;
    frs_config_where(r->c, key, r->where);
    return frs_config_part(r->c, key);
}

static frs_status whole(const reading *r, const frs_part *p, int64_t min, int64_t max, int64_t *v) {
    const char *text = frs_part_text(p);
    if (frs_part_form(p) != FRS_FORM_SCALAR || !frs__parse_int(text, strlen(text), v))
        return bad(r, _("a whole number"), text);
    return *v >= min && *v <= max ? FRS_OK : bad(r, _("a smaller number of steps or copies"), text);
}

/* ---- duplicate_features: a name, a list of names or {name: copies} */

static frs_status copies_of(reading *r) {
    const frs_part *all = open(r, "duplicate_features");
    const int64_t n = all ? frs_part_count(all) : 0;
    r->to->copies = frs__alloc(r->ctx, n, sizeof *r->to->copies);
    if (!r->to->copies) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        frs_copies *to = &r->to->copies[i];
        const frs_part *p = frs_part_at(all, i);
        const char *name = frs_part_name(all, i);
        to->n = 1;
        if (name) FRS_TRY(whole(r, p, 0, MAX_COPIES, &to->n));
        FRS_TRY(frs__run_name(r->ctx, r->c, r->key, name ? name : frs_part_text(p), to->name));
    }
    r->to->p.copies = r->to->copies;
    r->to->p.n_copies = n;
    return FRS_OK;
}

/* ---- lagged_features: {name: steps} or {name: [steps, ...]}; the same lag twice counts once */

static bool have_lag(const frs__preparation *to, const frs_lag *lag) {
    for (int64_t i = 0; i < to->p.n_lags; i++)
        if (to->lags[i].steps == lag->steps && strcmp(to->lags[i].name, lag->name) == 0)
            return true;
    return false;
}

static frs_status lags_of(reading *r) {
    const frs_part *all = open(r, "lagged_features");
    int64_t n = 0;
    if (all && frs_part_form(all) != FRS_FORM_MAP)
        return bad(r, _("{variable: steps} or {variable: [steps, ...]}"), frs_part_text(all));
    for (int64_t i = 0; all && i < frs_part_count(all); i++)
        n += frs_part_count(frs_part_at(all, i));
    r->to->lags = frs__alloc(r->ctx, n, sizeof *r->to->lags);
    if (!r->to->lags) return FRS_E_NOMEM;
    r->to->p.lags = r->to->lags;
    for (int64_t i = 0; all && i < frs_part_count(all); i++) {
        const frs_part *steps = frs_part_at(all, i);
        for (int64_t k = 0; k < frs_part_count(steps); k++) {
            frs_lag lag = {0};
            FRS_TRY(frs__run_name(r->ctx, r->c, r->key, frs_part_name(all, i), lag.name));
            FRS_TRY(whole(r, frs_part_at(steps, k), -MAX_LAG, MAX_LAG, &lag.steps));
            if (!have_lag(r->to, &lag)) r->to->lags[r->to->p.n_lags++] = lag;
        }
    }
    return FRS_OK;
}

/* ---- random_holdout_from_dynamic_features */

static frs_status number(const reading *r, const frs_part *map, const char *name, double *v) {
    for (int64_t i = 0; i < frs_part_count(map) && frs_part_form(map) == FRS_FORM_MAP; i++) {
        const char *text = frs_part_text(frs_part_at(map, i));
        if (strcmp(frs_part_name(map, i), name) != 0) continue;
        return frs__parse_double(text, strlen(text), '.', v) ? FRS_OK : bad(r, _("a number"), text);
    }
    return bad(r, _("{variable: {missing_fraction: ..., mean_missing_length: ...}}"),
               frs_part_text(map));
}

static frs_status holdouts_of(reading *r) {
    const frs_part *all = open(r, "random_holdout_from_dynamic_features");
    if (all && frs_part_form(all) != FRS_FORM_MAP)
        return bad(r, _("{variable: {missing_fraction: ..., mean_missing_length: ...}}"),
                   frs_part_text(all));
    const int64_t n = all ? frs_part_count(all) : 0;
    r->to->holdouts = frs__alloc(r->ctx, n, sizeof *r->to->holdouts);
    if (!r->to->holdouts) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        frs_holdout *h = &r->to->holdouts[i];
        const frs_part *p = frs_part_at(all, i);
        FRS_TRY(frs__run_name(r->ctx, r->c, r->key, frs_part_name(all, i), h->name));
        FRS_TRY(number(r, p, "missing_fraction", &h->share));
        FRS_TRY(number(r, p, "mean_missing_length", &h->mean_length));
        if (!(h->share >= 0 && h->share <= 1))
            return bad(r, _("a missing_fraction from 0 to 1"), frs_part_text(p));
        if (!(h->mean_length > 0) || (h->share < 1 && h->mean_length < h->share / (1 - h->share)))
            return bad(r, _("a mean_missing_length of at least fraction / (1 - fraction) steps"),
                       frs_part_text(p));
    }
    r->to->p.holdouts = r->to->holdouts;
    r->to->p.n_holdouts = n;
    return FRS_OK;
}

/* ---- resampling */

static frs_status kinds_of(reading *r) {
    const frs_part *all = open(r, "resample_kinds");
    if (all && frs_part_form(all) != FRS_FORM_MAP)
        return bad(r, _("{variable: mean or sum}"), frs_part_text(all));
    const int64_t n = all ? frs_part_count(all) : 0;
    r->to->kinds = frs__alloc(r->ctx, n, sizeof *r->to->kinds);
    if (!r->to->kinds) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        const char *text = frs_part_text(frs_part_at(all, i));
        const bool sum = strcasecmp(text, "sum") == 0;
        if (!sum && strcasecmp(text, "mean") != 0) return bad(r, _("mean or sum"), text);
        r->to->kinds[i].kind = sum ? FRS_VAR_SUM : FRS_VAR_MEAN;
        FRS_TRY(frs__run_name(r->ctx, r->c, r->key, frs_part_name(all, i), r->to->kinds[i].name));
    }
    r->to->p.kinds = r->to->kinds;
    r->to->p.n_kinds = n;
    return FRS_OK;
}

/* "3h", "1D", "D", "1M"; case counts only between min and M. */
static frs_status step_of(reading *r) {
    const frs_part *p = open(r, "resample_to");
    static const struct {
        const char *word;
        frs_step step;
    } units[] = {{"min", {60, FRS_STEP_SECOND}},      {"h", {3600, FRS_STEP_SECOND}},
                 {"H", {3600, FRS_STEP_SECOND}},      {"d", {FRS_DAY_S, FRS_STEP_SECOND}},
                 {"D", {FRS_DAY_S, FRS_STEP_SECOND}}, {"M", {1, FRS_STEP_MONTH}},
                 {"MS", {1, FRS_STEP_MONTH}}};
    if (!p) return FRS_OK;
    const char *text = frs_part_text(p);
    const size_t digits = strspn(text, "0123456789");
    int64_t count = 1;
    const bool counted = digits == 0 || (digits < 7 && frs__parse_int(text, digits, &count));
    for (int64_t i = 0; i < FRS_LEN(units) && counted && count > 0; i++)
        if (strcmp(text + digits, units[i].word) == 0) {
            r->to->p.resample = (frs_step){count * units[i].step.count, units[i].step.unit};
            return FRS_OK;
        }
    return bad(r, _("a step, as 3h, 1D or 1M"), text);
}

/* ---- what may not be shown */

/* A simulation's flow of the day is what is asked, so the day before is the newest that may be
 * seen. Of a forecast's the issue time's is, and where the days after it are shown (`observed`)
 * each must be as old as the last lead. */
static frs_status honest(const reading *r, const frs_task *t, const char *name, bool at_issue) {
    const frs__origin o = frs__origin_of(&r->to->p, name);
    const bool observed = t->future == FRS_FUTURE_OBSERVED;
    if (strcmp(o.name, t->target) != 0) {
        if (o.lag >= 0 || observed) return FRS_OK;
        return frs__fail(
            r->ctx, FRS_E_INPUT,
            _("%s: %s comes from after the time it stands at, which nobody knows then; "
              "future_weather: observed allows it, as an upper bound of skill"),
            r->where, name);
    }
    const int64_t least = t->kind == FRS_SIMULATION ? 1 : observed && !at_issue ? t->leads : 0;
    if (o.lag >= least) return FRS_OK;
    return frs__fail(r->ctx, FRS_E_INPUT,
                     _("%s: %s would show the models the flow that they are to predict; its lag "
                       "must be at least %lld"),
                     r->where, name, (long long)least);
}

static frs_status all_honest(reading *r, const frs_task *t) {
    open(r, "dynamic_inputs");
    for (int i = 0; i < frs__n_weather(t); i++) FRS_TRY(honest(r, t, t->inputs[i], false));
    open(r, "evolving_attributes");
    for (int i = t->n_statics - t->n_evolving; i < t->n_statics; i++)
        FRS_TRY(honest(r, t, t->statics[i], true));
    return FRS_OK;
}

/* Outliers are looked for in what the models see, before anything is made of it. */
static frs_status used_of(reading *r, const frs_task *t) {
    const int n = frs__n_weather(t), first = t->n_statics - t->n_evolving;
    char(*used)[64] = frs__alloc(r->ctx, n + t->n_evolving + 1, sizeof *used);
    if (!used) return FRS_E_NOMEM;
    r->to->used = used;
    int64_t count = 0;
    for (int i = 0; i <= n + t->n_evolving; i++) {
        const char *name = i < n                   ? t->inputs[i]
                           : i < n + t->n_evolving ? t->statics[first + i - n]
                                                   : t->target;
        const frs__origin o = frs__origin_of(&r->to->p, name);
        bool have = false;
        for (int64_t k = 0; k < count; k++) have |= strcmp(used[k], o.name) == 0;
        if (!have) memcpy(used[count++], o.name, sizeof *used);
    }
    r->to->p.used = (const char(*)[64])used;
    r->to->p.n_used = count;
    return FRS_OK;
}

frs_status frs__preparation_read(frs_ctx *ctx, const frs_config *c, const frs_task *t,
                                 frs__preparation *out) {
    static const char *const outliers[] = {"leave", "flag", "missing"};
    *out = (frs__preparation){0};
    reading r = {.ctx = ctx, .c = c, .to = out};
    FRS_TRY(copies_of(&r));
    FRS_TRY(lags_of(&r));
    FRS_TRY(holdouts_of(&r));
    FRS_TRY(kinds_of(&r));
    FRS_TRY(step_of(&r));
    FRS_TRY(all_honest(&r, t));
    FRS_TRY(used_of(&r, t));
    for (int i = 0; i < 3; i++)
        if (strcmp(frs_config_text(c, "outliers"), outliers[i]) == 0)
            out->p.outliers = (frs_outliers)i;
    out->p.outlier_factor = frs_config_real(c, "outlier_factor");
    out->p.missing_share = frs_config_real(c, "resample_missing_share");
    out->p.calendar = frs_config_bool(c, "calendar_features");
    out->p.seed = (uint64_t)frs_config_int(c, "seed");
    out->p.target = t->target;
    return FRS_OK;
}

bool frs__preparation_empty(const frs__preparation *p) {
    return p->p.resample.count == 0 && p->p.outliers == FRS_OUTLIERS_LEAVE && !p->p.calendar &&
           p->p.n_copies + p->p.n_lags + p->p.n_holdouts == 0;
}

void frs__preparation_free(frs_ctx *ctx, frs__preparation *p) {
    frs__free(ctx, p->kinds);
    frs__free(ctx, p->copies);
    frs__free(ctx, p->lags);
    frs__free(ctx, p->holdouts);
    frs__free(ctx, p->used);
    *p = (frs__preparation){0};
}
