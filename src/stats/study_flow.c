/* The flow itself: description, regime, duration, baseflow, signatures, water balance. */
#include "data/data.h"
#include "stats/study.h"
#include <math.h>
#include <stdio.h>

static frs_status describe_one(study_work *w, const double *x, const char *series,
                               const char *unit) {
    frs_description d;
    frs_status s = frs_describe(w->ctx, x, w->s->n, &d);
    if (s != FRS_OK) return frs__study_note(w, s, "describe", series, "mean");
    const struct {
        const char *name;
        double value;
        const char *unit;
    } all[] = {{"n", (double)d.n, ""}, {"mean", d.mean, unit}, {"sd", d.sd, unit},
               {"cv", d.cv, ""},       {"skew", d.skew, ""},   {"min", d.min, unit},
               {"q05", d.q05, unit},   {"q25", d.q25, unit},   {"median", d.median, unit},
               {"q75", d.q75, unit},   {"q95", d.q95, unit},   {"max", d.max, unit}};
    for (int64_t i = 0; i < FRS_LEN(all); i++) {
        frs_study_row *r = frs__study_row(w, "describe", series, all[i].name);
        FRS_TRY(frs__study_unit(r, all[i].unit));
        r->value = all[i].value;
    }
    return FRS_OK;
}

frs_status frs__study_description(study_work *w) {
    for (int i = 0; i < w->n_seasons; i++) {
        frs_season_select(&w->o->flow, &w->seasons[i], w->scratch);
        FRS_TRY(describe_one(w, w->scratch, w->seasons[i].name, w->s->unit));
    }
    for (int i = 0; i < w->o->n_inputs; i++)
        FRS_TRY(describe_one(w, w->o->inputs[i].x, w->o->inputs[i].name, w->o->inputs[i].unit));
    return FRS_OK;
}

/* ---- regime: quantiles of the flow by five days of the hydrological year */
enum { PENTADS = 73, DAYS = 366 };

static int pentad_of(const study_work *w, int64_t i) {
    const int64_t t = frs_step_add(w->o->flow.step, w->o->flow.start_s, i);
    const int start = frs__day_of_year(
        frs_time_from_civil((frs_civil){.year = 2000, .month = w->s->year_start, .day = 1}));
    const int bin = (frs__day_of_year(t) - start + DAYS) % DAYS / 5;
    return bin < PENTADS ? bin : PENTADS - 1;
}

static void regime_row(const frs_study_table *t, int64_t bin, double *v, int64_t n) {
    static const double share[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    frs__study_values(t, 0)[bin] = ((double)bin * 5 + 2.5) / 365 * 12;
    if (n == 0) return;
    frs__study_values(t, 1)[bin] = frs__mean(v, n);
    frs__ascending(v, n);
    for (int k = 0; k < 5; k++)
        frs__study_values(t, 2 + k)[bin] = frs__order_quantile(v, n, share[k]);
}

frs_status frs__study_regime(study_work *w) {
    static const char *const names[] = {"month", "mean", "q05", "q25", "median", "q75", "q95"};
    if (w->o->flow.step.unit == FRS_STEP_MONTH) return FRS_OK; /* the seasons say it all */
    int64_t count[PENTADS + 1] = {0}, at[PENTADS];
    frs_study_table *t = frs__study_table(w, "regime", 7, PENTADS);
    int *bin = frs__alloc(w->ctx, w->s->n, sizeof *bin);
    if (!t || !bin) {
        frs__free(w->ctx, bin);
        return FRS_E_NOMEM;
    }
    for (int k = 0; k < 7; k++) frs__study_column(t, k, names[k]);
    for (int64_t i = 0; i < w->s->n; i++)
        if (isfinite(w->o->flow.x[i])) count[(bin[i] = pentad_of(w, i)) + 1]++;
    for (int k = 0; k < PENTADS; k++) count[k + 1] += count[k];
    for (int k = 0; k < PENTADS; k++) at[k] = count[k];
    for (int64_t i = 0; i < w->s->n; i++)
        if (isfinite(w->o->flow.x[i])) w->scratch[at[bin[i]]++] = w->o->flow.x[i];
    for (int k = 0; k < PENTADS; k++)
        regime_row(t, k, w->scratch + count[k], count[k + 1] - count[k]);
    frs__free(w->ctx, bin);
    return FRS_OK;
}

/* ---- duration */
enum { CURVE = 101 };

frs_status frs__study_duration(study_work *w) {
    static const double told[] = {0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99};
    double q[9], *share;
    frs_status s = frs_flow_duration(w->ctx, w->o->flow.x, w->s->n, told, 9, q);
    for (int i = 0; s == FRS_OK && i < 9; i++) {
        char name[40];
        snprintf(name, sizeof name, "exceeded %d %%", (int)lround(100 * told[i]));
        FRS_TRY(frs__study_put(w, "duration", "year", name, q[i]));
    }
    FRS_TRY(frs__study_note(w, s, "duration", "year", "exceeded 50 %"));
    frs_study_table *t = frs__study_table(w, "duration", 1 + w->n_seasons, CURVE);
    if (!t) return FRS_E_NOMEM;
    frs__study_column(t, 0, "exceeded");
    share = frs__study_values(t, 0);
    for (int i = 0; i < CURVE; i++) /* even on probability paper: 0.1 to 99.9 % */
        share[i] = frs__normal_cdf(3.09 * (2.0 * i / (CURVE - 1) - 1));
    for (int k = 0; k < w->n_seasons; k++) {
        frs__study_column(t, 1 + k, w->seasons[k].name);
        frs_season_select(&w->o->flow, &w->seasons[k], w->scratch);
        s = frs_flow_duration(w->ctx, w->scratch, w->s->n, share, CURVE,
                              frs__study_values(t, 1 + k));
        if (s == FRS_E_NOMEM) return s; /* a season without values keeps its NaN */
    }
    return FRS_OK;
}

frs_status frs__study_baseflow(study_work *w) {
    const bool sub_daily = w->steps_per_day > 1.5;
    const frs_baseflow_opts o = {.alpha = w->o->baseflow_alpha, .passes = sub_daily ? 9 : 3};
    double index;
    if (w->o->flow.step.unit == FRS_STEP_MONTH) return FRS_OK; /* no quick flow to see */
    frs_study_table *t = frs__study_table(w, "baseflow", 3, w->s->n);
    if (!t) return FRS_E_NOMEM;
    static const char *const names[] = {"time", "flow", "baseflow"};
    for (int k = 0; k < 3; k++) frs__study_column(t, k, names[k]);
    for (int64_t i = 0; i < w->s->n; i++) {
        frs__study_values(t, 0)[i] = (double)frs_step_add(w->o->flow.step, w->o->flow.start_s, i);
        frs__study_values(t, 1)[i] = w->o->flow.x[i];
    }
    const frs_status s =
        frs_baseflow(w->ctx, w->o->flow.x, w->s->n, &o, frs__study_values(t, 2), &index);
    if (s != FRS_OK) return frs__study_note(w, s, "baseflow", "flow", "index");
    frs_study_row *r = frs__study_row(w, "baseflow", "flow", "index");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = index;
    r = frs__study_row(w, "baseflow", "flow", "alpha");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = o.alpha > 0 ? o.alpha : 0.98;
    return FRS_OK;
}

frs_status frs__study_signatures(study_work *w) {
    double v[FRS_N_SIGNATURES];
    const int p = w->o->precipitation;
    static const bool of_flow[FRS_N_SIGNATURES] = {[5] = true, [6] = true, [7] = true};
    if (w->o->flow.step.unit == FRS_STEP_MONTH) return FRS_OK;
    const frs_status s = frs_signatures(w->ctx, &w->o->flow, p >= 0 ? w->o->inputs[p].x : NULL, v);
    if (s != FRS_OK) return frs__study_note(w, s, "signature", "flow", "q_mean");
    for (int i = 0; i < FRS_N_SIGNATURES; i++) {
        frs_study_row *r = frs__study_row(w, "signature", "flow", frs_signature_name(i));
        if (!r) return FRS_E_NOMEM;
        if (!of_flow[i]) FRS_TRY(frs__study_unit(r, ""));
        r->value = v[i];
        snprintf(r->note, sizeof r->note, "%s", frs_signature_title(i));
    }
    return FRS_OK;
}

frs_status frs__study_balance(study_work *w) {
    const frs_study_opts *o = w->o;
    frs_balance b;
    if (o->precipitation < 0) return FRS_OK;
    const frs_status s = frs_water_balance(w->ctx, &o->flow, o->inputs[o->precipitation].x,
                                           o->pet >= 0 ? o->inputs[o->pet].x : NULL, &b);
    if (s != FRS_OK) return frs__study_note(w, s, "balance", "flow", "runoff_ratio");
    const struct {
        const char *name;
        double value;
        bool depth;
    } all[] = {{"precipitation", b.p, true},          {"flow", b.q, true},
               {"potential_evaporation", b.pe, true}, {"runoff_ratio", b.runoff_ratio, false},
               {"aridity", b.aridity, false},         {"evaporation_ratio", b.evaporation, false},
               {"budyko_ratio", b.budyko, false}};
    for (int64_t i = 0; i < FRS_LEN(all); i++) {
        if (isnan(all[i].value)) continue;
        frs_study_row *r = frs__study_row(w, "balance", "flow", all[i].name);
        FRS_TRY(frs__study_unit(r, all[i].depth ? "mm/year" : ""));
        r->value = all[i].value * (all[i].depth && o->depth > 0 ? o->depth : 1);
    }
    return FRS_OK;
}
