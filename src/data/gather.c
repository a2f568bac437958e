/* Samples to batches: windows are read where they lie in the mapped store, standardised and written
 * once. Nothing here allocates or touches a context, so any number of threads may gather. */
#include "data/samples.h"
#include <math.h>
#include <string.h>

/* Standardisation as (v - mean) * inv; raw: mean 0, inv 1, and what is missing stays NaN. */
typedef struct scaling {
    const frs_scaler *scaler;
    float mean[FRS_MAX_VARS], inv[FRS_MAX_VARS];
    float st_mean[FRS_MAX_VARS], st_inv[FRS_MAX_VARS];
    float target_mean, target_inv;
    float missing;
    int n_flags;
    const frs_drop *drop;
} scaling;

static void set_scaling(const frs_samples *s, const frs_scaler *scaler, scaling *k) {
    k->scaler = scaler;
    k->missing = scaler ? 0.0F : NAN;
    k->n_flags = frs__n_flags(&s->task);
    k->target_mean = scaler ? (float)scaler->target_mean : 0.0F;
    k->target_inv = scaler ? (float)(1.0 / scaler->target_std) : 1.0F;
    for (int i = 0; i < s->task.n_inputs; i++) {
        k->mean[i] = scaler ? (float)scaler->in_mean[i] : 0.0F;
        k->inv[i] = scaler ? (float)(1.0 / scaler->in_std[i]) : 1.0F;
    }
    for (int i = 0; i < s->task.n_statics - s->task.n_codes; i++) {
        k->st_mean[i] = scaler ? (float)scaler->st_mean[i] : 0.0F;
        k->st_inv[i] = scaler ? (float)(1.0 / scaler->st_std[i]) : 1.0F;
    }
}

/* The scaler's number for a site of the samples; usually the same number. -1: never seen. */
static int64_t scaler_site(const frs_scaler *scaler, const char *name, int64_t guess) {
    if (!scaler || !scaler->site_names) return -1;
    if (guess < scaler->n_sites && strcmp(scaler->site_names[guess], name) == 0) return guess;
    for (int64_t i = 0; i < scaler->n_sites; i++)
        if (strcmp(scaler->site_names[i], name) == 0) return i;
    return -1;
}

/* Target of a row in raw units: NaN outside the record, the period or inside what is excluded. */
static float target_at(const frs_samples *s, int64_t site, int64_t row) {
    const frs__sample_site *p = &s->sites[site];
    if (s->target < 0 || row < 0 || row >= p->at.n) return NAN;
    for (int64_t i = 0; i < p->n_periods && row >= p->periods[i].lo; i++)
        if (row <= p->periods[i].hi)
            return frs__excluded(s, site, row) ? (float)NAN
                                               : p->at.values[row * s->n_vars + s->target];
    return NAN;
}

static void raw_targets(const frs_samples *s, frs_sample_id id, float *y) {
    int64_t n = frs_samples_n_targets(s);
    int64_t first = s->task.kind == FRS_FORECAST ? id.row + 1 : id.row - n + 1;
    for (int64_t k = 0; k < n; k++) y[k] = target_at(s, id.site, first + k);
}

void frs_samples_target(const frs_samples *s, int64_t i, float *y) {
    raw_targets(s, frs_samples_id(s, i), y);
}

/* One step of a window: `row` of a site's record. Weather is known up to row `known`, flow upstream
 * up to `issue`. */
typedef struct place {
    int64_t site, row, known, issue;
} place;

/* Weather of a step: o [n_inputs] from a row of the store [n_vars], NaN missing. true: some is. */
static inline bool weather(const frs_samples *s, const scaling *k, const float *row, float *o) {
    const int n = s->task.n_inputs;
    float sum = 0; /* one NaN makes it one */
    for (int c = 0; c < n; c++) {
        o[c] = (row[s->inputs[c]] - k->mean[c]) * k->inv[c];
        sum += o[c];
    }
    return isnan(sum);
}

/* Day-of-year mean of an input, standardised; NaN: none is known. */
static float climate(const frs_samples *s, const scaling *k, place at, int c) {
    if (!k->scaler || !k->scaler->input_climatology) return NAN;
    const frs__sample_site *p = &s->sites[at.site];
    int64_t known = scaler_site(k->scaler, p->at.name, at.site);
    if (known < 0) known = k->scaler->n_sites; /* the mean of all */
    const int day = frs__day_of_year(frs_step_add(s->step, p->at.start_s, at.row));
    const float mean = k->scaler->input_climatology[(known * 366 + day) * s->task.n_inputs + c];
    return (mean - k->mean[c]) * k->inv[c];
}

/* What the task puts in the place of missing inputs; what it does not know stays NaN. */
static void fill_gaps(const frs_samples *s, const scaling *k, place at, float *o) {
    const frs_task *t = &s->task;
    const frs_store_site *p = &s->sites[at.site].at;
    for (int c = 0; c < t->n_inputs && t->gaps != FRS_GAPS_LEAVE; c++) {
        const int64_t known = frs__is_upstream(t, c) ? at.issue : at.known;
        if (!isnan(o[c]) || at.row > known) continue;
        const frs__gappy g = {p->values + s->inputs[c], s->n_vars, p->n, t->max_gap};
        o[c] = t->gaps == FRS_GAPS_CLIMATOLOGY
                   ? climate(s, k, at, c)
                   : (frs__gap_value(&g, at.row, known) - k->mean[c]) * k->inv[c];
    }
}

void frs__hide_missing(const frs_task *t, float missing, float *o, float *flags) {
    const bool masked = t->mask != FRS_MASK_NONE;
    for (int g = 0; g < frs__n_flags(t); g++) flags[g] = 0;
    for (int c = 0; c < t->n_inputs && masked; c++)
        if (isnan(o[c]) && frs__flag_of(t, c) >= 0) flags[frs__flag_of(t, c)] = 1;
    for (int c = 0; c < t->n_inputs; c++) {
        const int f = masked ? frs__flag_of(t, c) : -1;
        if (isnan(o[c]) || (f >= 0 && flags[f] != 0)) o[c] = missing;
    }
}

/* Weather after the issue time, as the task says; flow upstream is not known then. */
static bool future_weather(const frs_samples *s, const scaling *k, place at, float *o) {
    const frs_task *t = &s->task;
    const frs__sample_site *p = &s->sites[at.site];
    const int sine = t->n_inputs - t->n_calendar, upstream = frs__n_weather(t);
    if (t->future == FRS_FUTURE_OBSERVED && at.row < p->at.n) {
        const bool missing = weather(s, k, p->at.values + at.row * s->n_vars, o);
        for (int c = upstream; c < sine; c++) o[c] = NAN;
        return missing || t->n_upstream > 0;
    }
    for (int c = 0; c < sine; c++)
        o[c] = t->future == FRS_FUTURE_CLIMATOLOGY && c < upstream ? climate(s, k, at, c) : NAN;
    if (t->n_calendar) {
        float v[2];
        frs_calendar(frs_step_add(s->step, p->at.start_s, at.row), &v[0], &v[1]);
        for (int c = sine; c < t->n_inputs; c++) o[c] = (v[c - sine] - k->mean[c]) * k->inv[c];
    }
    return true;
}

/* Which flags' inputs are dropped for a whole window: never all. drop [n_flags] */
static void drop_sequences(const scaling *k, int64_t sample, bool *drop) {
    const frs_drop *d = k->drop;
    const frs_rng rng = {d->seed, FRS_RNG_DROP_SEQUENCE, (uint64_t)d->epoch};
    const uint64_t at = (uint64_t)sample * (FRS_MAX_VARS + 1);
    int dropped = 0;
    for (int g = 0; g < k->n_flags; g++) {
        drop[g] = frs__rng_uniform(rng, at + (uint64_t)g) < d->sequence;
        dropped += drop[g];
    }
    if (dropped < k->n_flags) return;
    drop[(int)(frs__rng_uniform(rng, at + FRS_MAX_VARS) * k->n_flags)] = false;
}

/* Inputs that a step is made to lack. step: counted over all samples. */
static void drop_inputs(const frs_samples *s, const scaling *k, const bool *sequence, uint64_t step,
                        float *o) {
    const frs_drop *d = k->drop;
    const frs_rng rng = {d->seed, FRS_RNG_DROP_STEP, (uint64_t)d->epoch};
    for (int c = 0; c < s->task.n_inputs; c++) {
        const int g = frs__flag_of(&s->task, c);
        if (g < 0) continue;
        const uint64_t at = step * FRS_MAX_VARS + (uint64_t)g;
        if (sequence[g] || (d->step > 0 && frs__rng_uniform(rng, at) < d->step)) o[c] = NAN;
    }
}

/* Past flow and its flag. A simulation's own targets (the last steps) are never shown. */
static inline void flow(const scaling *k, float v, bool known, float *o) {
    float q = known ? (v - k->target_mean) * k->target_inv : NAN;
    o[0] = isnan(q) ? k->missing : q;
    o[1] = isnan(q) ? 0.0F : 1.0F;
}

/* One step's inputs are filled, dropped and hidden. drop [n_flags]: for the whole window; NULL:
 * nothing is. step: counted over all samples. */
static void finish_inputs(const frs_samples *s, const scaling *k, place at, const bool *drop,
                          uint64_t step, float *o) {
    const int64_t C = frs_samples_channels(s);
    if (at.row <= at.known) fill_gaps(s, k, at, o);
    if (drop) drop_inputs(s, k, drop, step, o);
    frs__hide_missing(&s->task, k->missing, o, o + C - k->n_flags);
}

/* sample: its number, which says what is dropped. */
static void one_window(const frs_samples *s, const scaling *k, frs_sample_id id, int64_t sample,
                       float *x) {
    const frs_task *t = &s->task;
    const frs__sample_site *p = &s->sites[id.site];
    const int64_t T = t->seq_length, L = frs__leads(t), W = T + L, C = frs_samples_channels(s);
    const int64_t shown = t->kind == FRS_FORECAST ? T : T - frs__last_n(t);
    const int64_t known = t->future == FRS_FUTURE_OBSERVED ? id.row + L : id.row;
    const bool has_flow = frs__has_flow(t), forecast = t->kind == FRS_FORECAST;
    const float *row = p->at.values + (id.row - T + 1) * s->n_vars;
    bool sequence[FRS_MAX_VARS];
    const bool drops = k->drop && k->n_flags;
    if (drops) drop_sequences(k, sample, sequence);
    for (int64_t w = 0; w < W; w++, row += s->n_vars) {
        float *o = x + w * C;
        const place at = {id.site, id.row - T + 1 + w, known, id.row};
        const bool missing = w < T ? weather(s, k, row, o) : future_weather(s, k, at, o);
        if (missing || k->n_flags)
            finish_inputs(s, k, at, drops ? sequence : NULL, (uint64_t)(sample * W + w), o);
        o += t->n_inputs;
        if (has_flow) {
            flow(k, w < shown ? row[s->target] : NAN, w < shown, o);
            o += 2;
        }
        if (forecast) *o = w < T ? 0.0F : t->count_leads ? (float)(w - T + 1) : 1.0F;
    }
}

/* Attributes, evolving attributes at the issue time, the site's code. */
static void site_statics(const frs_samples *s, const scaling *k, frs_sample_id id, float *o) {
    const frs_task *t = &s->task;
    const frs_store_site *p = &s->sites[id.site].at;
    const int attrs = frs__n_attrs(t), named = attrs + t->n_evolving;
    const float *row = p->values + id.row * s->n_vars;
    for (int c = 0; c < named; c++) {
        const float v = c < attrs ? p->statics[s->statics[c]] : row[s->statics[c]];
        const float z = (v - k->st_mean[c]) * k->st_inv[c];
        o[c] = isnan(z) ? k->missing : z;
    }
    if (t->n_codes == 0) return;
    const int64_t code = scaler_site(k->scaler, p->name, id.site);
    for (int c = 0; c < t->n_codes; c++) o[named + c] = c == code ? 1.0F : 0.0F;
}

void frs_samples_gather(const frs_samples *s, const frs_scaler *scaler, const int64_t *index,
                        int64_t n, const frs_batch *to) {
    scaling k;
    set_scaling(s, scaler, &k);
    k.drop = to->drop;
    const int64_t window = frs_samples_window(s) * frs_samples_channels(s);
    const int64_t n_targets = frs_samples_n_targets(s);
    for (int64_t i = 0; i < n; i++) {
        frs_sample_id id = frs_samples_id(s, index[i]);
        if (to->x) one_window(s, &k, id, index[i], to->x + i * window);
        if (to->statics) site_statics(s, &k, id, to->statics + i * s->task.n_statics);
        if (to->y) {
            float *y = to->y + i * n_targets;
            raw_targets(s, id, y);
            for (int64_t j = 0; j < n_targets; j++) y[j] = (y[j] - k.target_mean) * k.target_inv;
        }
        if (to->site_std) {
            int64_t known = scaler_site(scaler, s->sites[id.site].at.name, id.site);
            to->site_std[i] = known < 0 ? NAN : scaler->site_std[known];
        }
    }
}
