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
} scaling;

static void set_scaling(const frs_samples *s, const frs_scaler *scaler, scaling *k) {
    k->scaler = scaler;
    k->missing = scaler ? 0.0F : NAN;
    k->target_mean = scaler ? (float)scaler->target_mean : 0.0F;
    k->target_inv = scaler ? (float)(1.0 / scaler->target_std) : 1.0F;
    for (int i = 0; i < s->task.n_inputs; i++) {
        k->mean[i] = scaler ? (float)scaler->in_mean[i] : 0.0F;
        k->inv[i] = scaler ? (float)(1.0 / scaler->in_std[i]) : 1.0F;
    }
    for (int i = 0; i < s->task.n_statics; i++) {
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
    if (row < p->period.lo || row > p->period.hi || frs__excluded(s, site, row)) return NAN;
    return p->at.values[row * s->n_vars + s->target];
}

static void raw_targets(const frs_samples *s, frs_sample_id id, float *y) {
    int64_t n = frs_samples_n_targets(s);
    int64_t first = s->task.kind == FRS_FORECAST ? id.row + 1 : id.row - n + 1;
    for (int64_t k = 0; k < n; k++) y[k] = target_at(s, id.site, first + k);
}

void frs_samples_target(const frs_samples *s, int64_t i, float *y) {
    raw_targets(s, frs_samples_id(s, i), y);
}

/* Weather of a step: o [n_inputs] from a row of the store [n_vars]. */
static inline void weather(const frs_samples *s, const scaling *k, const float *row, float *o) {
    const int n = s->task.n_inputs;
    for (int c = 0; c < n; c++) {
        float v = (row[s->inputs[c]] - k->mean[c]) * k->inv[c];
        o[c] = isnan(v) ? k->missing : v;
    }
}

/* Weather after the issue time, as the task says. row: the step's number in the record. */
static void future_weather(const frs_samples *s, const scaling *k, int64_t site, int64_t row,
                           float *o) {
    const frs_task *t = &s->task;
    const frs__sample_site *p = &s->sites[site];
    if (t->future == FRS_FUTURE_OBSERVED && row < p->at.n) {
        weather(s, k, p->at.values + row * s->n_vars, o);
        return;
    }
    for (int c = 0; c < t->n_inputs; c++) o[c] = k->missing;
    if (t->future != FRS_FUTURE_CLIMATOLOGY || !k->scaler || !k->scaler->input_climatology) return;
    int64_t known = scaler_site(k->scaler, p->at.name, site);
    if (known < 0) return;
    int day = frs__day_of_year(frs_step_add(s->step, p->at.start_s, row));
    const float *mean = k->scaler->input_climatology + (known * 366 + day) * t->n_inputs;
    for (int c = 0; c < t->n_inputs; c++) {
        float v = (mean[c] - k->mean[c]) * k->inv[c];
        o[c] = isnan(v) ? k->missing : v;
    }
}

/* Past flow and its flag. A simulation's own targets (the last steps) are never shown. */
static inline void flow(const scaling *k, float v, bool known, float *o) {
    float q = known ? (v - k->target_mean) * k->target_inv : NAN;
    o[0] = isnan(q) ? k->missing : q;
    o[1] = isnan(q) ? 0.0F : 1.0F;
}

static void one_window(const frs_samples *s, const scaling *k, frs_sample_id id, float *x) {
    const frs_task *t = &s->task;
    const frs__sample_site *p = &s->sites[id.site];
    const int64_t T = t->seq_length, W = T + frs__leads(t), C = frs_samples_channels(s);
    const int64_t shown = t->kind == FRS_FORECAST ? T : T - frs__last_n(t);
    const bool has_flow = frs__has_flow(t), forecast = t->kind == FRS_FORECAST;
    const float *row = p->at.values + (id.row - T + 1) * s->n_vars;
    for (int64_t w = 0; w < W; w++, row += s->n_vars) {
        float *o = x + w * C;
        if (w < T)
            weather(s, k, row, o);
        else
            future_weather(s, k, id.site, id.row + (w - T + 1), o);
        o += t->n_inputs;
        if (has_flow) {
            flow(k, w < shown ? row[s->target] : NAN, w < shown, o);
            o += 2;
        }
        if (forecast) *o = w < T ? 0.0F : 1.0F;
    }
}

static void site_statics(const frs_samples *s, const scaling *k, int64_t site, float *o) {
    const float *v = s->sites[site].at.statics;
    for (int c = 0; c < s->task.n_statics; c++) {
        const float z = (v[s->statics[c]] - k->st_mean[c]) * k->st_inv[c];
        o[c] = isnan(z) ? k->missing : z;
    }
}

void frs_samples_gather(const frs_samples *s, const frs_scaler *scaler, const int64_t *index,
                        int64_t n, const frs_batch *to) {
    scaling k;
    set_scaling(s, scaler, &k);
    const int64_t window = frs_samples_window(s) * frs_samples_channels(s);
    const int64_t n_targets = frs_samples_n_targets(s);
    for (int64_t i = 0; i < n; i++) {
        frs_sample_id id = frs_samples_id(s, index[i]);
        if (to->x) one_window(s, &k, id, to->x + i * window);
        if (to->statics) site_statics(s, &k, id.site, to->statics + i * s->task.n_statics);
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
