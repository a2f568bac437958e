/* Checks of one variable by itself: is it there, gaps, signs, values stuck or out of line. */
#include "data/check.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static const int64_t STUCK_STEPS = 10;      /* equal values in a row that a gauge rarely gives */
static const double MANY_MISSING = 0.2;     /* share from which gaps are a warning */
static const double MAX_RAIN_MM_DAY = 1825; /* the world record: Foc-Foc, La Reunion, 1966 */
static const double SPIKE_STD = 4;          /* an input this far from both neighbours */

typedef struct spread {
    int64_t n, n_negative, first_negative;
    double mean, std, lowest;
} spread;

static spread measure(const frs__checked *c, int column, frs__rows rows) {
    spread s = {.lowest = NAN, .mean = NAN, .std = NAN};
    double sum = 0, squares = 0;
    for (int64_t r = rows.lo; r <= rows.hi; r++) {
        float v = frs__value(c, column, r);
        if (isnan(v)) continue;
        s.n++;
        sum += v;
        if (!(v >= s.lowest)) s.lowest = v;
        if (v < 0 && s.n_negative++ == 0) s.first_negative = r;
    }
    if (s.n == 0) return s;
    s.mean = sum / (double)s.n;
    for (int64_t r = rows.lo; r <= rows.hi; r++) {
        float v = frs__value(c, column, r);
        if (!isnan(v)) squares += (v - s.mean) * (v - s.mean);
    }
    s.std = sqrt(squares / (double)s.n);
    return s;
}

static bool is_evaporation(const char *name) {
    return strcasestr(name, "pet") || strcasestr(name, "evap") || strcasecmp(name, "pe") == 0;
}

/* A site with fewer gauges upstream than others lacks some of these inputs, and the models are told
 * so. */
static bool upstream_masked(const frs_task *t, const char *name) {
    for (int i = 0; t && t->mask != FRS_MASK_NONE && i < t->n_inputs; i++)
        if (frs__is_upstream(t, i) && strcmp(t->inputs[i], name) == 0) return true;
    return false;
}

/* Nothing at all, or nothing that varies, in the training period. */
static frs_status check_training(const frs__checked *c, const frs__column *v, bool *usable) {
    const char *name = v->var.name;
    bool target = v->role == FRS_ROLE_TARGET;
    spread s = measure(c, v->index, c->training);
    bool constant = target && s.n > 0 && s.std == 0; /* one reading is constant too */
    *usable = s.n > 0;
    if (s.n > 0 && !constant) return FRS_OK;
    if (upstream_masked(c->o->task, name)) return FRS_OK;
    frs_finding *f = frs__site_finding(c, name, FRS_HARD, constant ? "constant_target" : "no_data");
    if (!f) return FRS_E_NOMEM;
    f->count = c->training.hi - c->training.lo + 1;
    f->first_s = frs__row_time(c, c->training.lo);
    f->value = s.mean;
    if (constant)
        frs__finding_text(f, _("%s never changes in the training period"), name);
    else
        frs__finding_text(f, _("%s has no value in the training period"), name);
    if (!target && is_evaporation(name))
        frs__finding_action(f, _("stop: leave the site out, or compute potential "
                                 "evapotranspiration from temperature"));
    else if (target)
        frs__finding_action(f, _("stop: leave the site out or choose another period"));
    else
        frs__finding_action(f, _("stop: leave the site out or the input %s"), name);
    return FRS_OK;
}

/* What becomes of an input's gaps. */
static void gaps_action(const frs_task *t, frs_finding *f) {
    const frs_gaps gaps = t ? t->gaps : FRS_GAPS_LEAVE;
    const bool masked = t && t->mask != FRS_MASK_NONE;
    if (gaps == FRS_GAPS_CLIMATOLOGY)
        frs__finding_action(f, _("filled with the day-of-year mean of the training period"));
    else if (gaps == FRS_GAPS_LINEAR && masked)
        frs__finding_action(
            f, _("gaps of up to %" PRId64 " steps are filled; longer ones are 0 with a flag"),
            t->max_gap);
    else if (gaps == FRS_GAPS_LINEAR)
        frs__finding_action(f,
                            _("gaps of up to %" PRId64 " steps are filled; no sample is made "
                              "whose window touches a longer one"),
                            t->max_gap);
    else if (masked)
        frs__finding_action(f, _("missing inputs are 0 with a flag that says so"));
    else
        frs__finding_action(f, _("no sample is made whose window touches a gap"));
}

static frs_status check_missing(const frs__checked *c, const frs__column *v) {
    frs__stretches gaps = {0};
    int64_t run = 0;
    for (int64_t r = c->rows.lo; r <= c->rows.hi + 1; r++) {
        if (r <= c->rows.hi && isnan(frs__value(c, v->index, r))) {
            run++;
            continue;
        }
        if (run) frs__stretch_add(&gaps, r - run, run);
        run = 0;
    }
    if (gaps.rows == 0) return FRS_OK;
    char percent[40], day[32];
    int64_t n = c->rows.hi - c->rows.lo + 1;
    double share = (double)gaps.rows / (double)n;
    bool target = v->role == FRS_ROLE_TARGET;
    frs_severity severity = target && share < MANY_MISSING ? FRS_NOTE : FRS_WARNING;
    frs_finding *f = frs__site_finding(c, v->var.name, severity, "missing");
    if (!f) return FRS_E_NOMEM;
    f->count = gaps.rows;
    f->longest = gaps.longest;
    f->first_s = frs__row_time(c, gaps.longest_row);
    f->value = share;
    frs__finding_text(f,
                      _("%s: missing values: %" PRId64 " of %" PRId64
                        " (%s %%); the longest gap in steps: %" PRId64 ", from %s"),
                      v->var.name, gaps.rows, n, frs__decimal(100 * share, 1, percent),
                      gaps.longest, frs_date_format(f->first_s, day));
    if (target)
        frs__finding_action(f, _("missing readings are left out of training and scores"));
    else
        gaps_action(c->o->task, f);
    return FRS_OK;
}

static frs_status check_negative(const frs__checked *c, const frs__column *v, const spread *s) {
    if (v->role == FRS_ROLE_INPUT || s->n_negative == 0) return FRS_OK;
    char lowest[40], day[32];
    frs_finding *f = frs__site_finding(c, v->var.name, FRS_WARNING, "negative");
    if (!f) return FRS_E_NOMEM;
    f->count = s->n_negative;
    f->first_s = frs__row_time(c, s->first_negative);
    f->value = s->lowest;
    frs__finding_text(f, _("%s: negative values: %" PRId64 ", the lowest %s, the first on %s"),
                      v->var.name, s->n_negative, frs__decimal(s->lowest, 3, lowest),
                      frs_date_format(f->first_s, day));
    frs__finding_action(f, _("used as they are; mark them missing if they are not real"));
    return FRS_OK;
}

/* Equal values in a row: flow or any input but rain. 0 is a dry bed, or winter without evaporation.
 */
static frs_status check_stuck(const frs__checked *c, const frs__column *v, const spread *s) {
    if (v->role == FRS_ROLE_RAIN || s->std == 0) return FRS_OK;
    frs__stretches stuck = {0};
    int64_t first = c->rows.lo;
    for (int64_t r = c->rows.lo + 1; r <= c->rows.hi + 1; r++) {
        float was = frs__value(c, v->index, first);
        if (r <= c->rows.hi && frs__value(c, v->index, r) == was) continue;
        bool counts = !isnan(was) && was != 0;
        if (counts && r - first >= STUCK_STEPS) frs__stretch_add(&stuck, first, r - first);
        first = r;
    }
    if (stuck.n == 0) return FRS_OK;
    char percent[40], day[32];
    double share = (double)stuck.rows / (double)s->n;
    frs_severity severity = v->role == FRS_ROLE_TARGET && share >= 0.05 ? FRS_WARNING : FRS_NOTE;
    frs_finding *f = frs__site_finding(c, v->var.name, severity, "constant");
    if (!f) return FRS_E_NOMEM;
    f->count = stuck.rows;
    f->longest = stuck.longest;
    f->first_s = frs__row_time(c, stuck.longest_row);
    f->value = share;
    frs__finding_text(f,
                      _("%s: equal values in a row, %" PRId64 " or more: %s %% of the record; the "
                        "longest stretch in steps: %" PRId64 ", from %s"),
                      v->var.name, STUCK_STEPS, frs__decimal(100 * share, 1, percent),
                      stuck.longest, frs_date_format(f->first_s, day));
    frs__finding_action(f, _("used as it is; mark it missing if the gauge was stuck"));
    return FRS_OK;
}

static bool is_spike(const frs__checked *c, const frs__column *v, const spread *s, int64_t r) {
    double x = frs__value(c, v->index, r);
    if (v->role == FRS_ROLE_RAIN)
        return c->step.unit == FRS_STEP_SECOND && c->step.count <= FRS_DAY_S && x > MAX_RAIN_MM_DAY;
    if (r == c->rows.lo || r == c->rows.hi) return false;
    double a = frs__value(c, v->index, r - 1), b = frs__value(c, v->index, r + 1);
    if (v->role == FRS_ROLE_INPUT) {
        double limit = SPIKE_STD * s->std;
        return (x - a > limit && x - b > limit) || (a - x > limit && b - x > limit);
    }
    const double jump = 10; /* flow of one step: ten times both neighbours, or a tenth */
    bool up = x > jump * fmax(a, b) && x - fmax(a, b) > 3 * s->std;
    bool down = x >= 0 && jump * x < fmin(a, b) && fmin(a, b) > s->mean;
    return a >= 0 && b >= 0 && (up || down);
}

static frs_status check_spikes(const frs__checked *c, const frs__column *v, const spread *s) {
    if (!(s->std > 0)) return FRS_OK;
    int64_t n = 0, first = 0;
    for (int64_t r = c->rows.lo; r <= c->rows.hi; r++)
        if (is_spike(c, v, s, r) && n++ == 0) first = r;
    if (n == 0) return FRS_OK;
    char value[40], day[32];
    frs_finding *f = frs__site_finding(c, v->var.name, FRS_WARNING, "spike");
    if (!f) return FRS_E_NOMEM;
    f->count = n;
    f->first_s = frs__row_time(c, first);
    f->value = frs__value(c, v->index, first);
    frs__finding_text(f, _("%s: values far from both neighbours: %" PRId64 ", the first %s on %s"),
                      v->var.name, n, frs__decimal(f->value, 3, value),
                      frs_date_format(f->first_s, day));
    frs__finding_action(f, _("used as they are; mark them missing if they are not real"));
    return FRS_OK;
}

frs_status frs__check_values(const frs__checked *c, const frs__column *v) {
    bool usable;
    FRS_TRY(check_training(c, v, &usable));
    if (!usable) return FRS_OK;
    FRS_TRY(check_missing(c, v));
    spread s = measure(c, v->index, c->rows);
    FRS_TRY(check_negative(c, v, &s));
    FRS_TRY(check_stuck(c, v, &s));
    return check_spikes(c, v, &s);
}
