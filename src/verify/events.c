/* Floods above a threshold: hits, misses, false alarms.
 * An event is a stretch of steps at or above the threshold; a step without a pair ends it. Its peak
 * is its highest step, the first of equal ones. Going through both sides' peaks in time, an
 * observed and a simulated one match when they are at most a day apart; each matches once. A peak
 * that stays alone is a miss or a false alarm, but not where the steps a day around it are not all
 * there: what it would match may lie in the gap. POD = hits / (hits + misses)   FAR = false alarms
 * / (hits + false alarms) CSI = hits / (hits + misses + false alarms) source: Schaefer (1990),
 * doi:10.1175/1520-0434(1990)005<0570:TCSIAA>2.0.CO;2 */
#include "verify/series.h"
#include <math.h>

/* Places of peaks in the joint record. */
typedef struct peaks {
    int64_t *at, n;
} peaks;

/* Of x, which is j->sim or j->obs. */
static void find_peaks(const frs__joint *j, const float *x, double threshold, peaks *p) {
    bool inside = false;
    for (int64_t i = 0; i < j->n; i++) {
        const bool follows = inside && j->at[i] == j->at[i - 1] + 1;
        inside = (double)x[i] >= threshold;
        if (!inside) continue;
        if (!follows)
            p->at[p->n++] = i;
        else if (x[i] > x[p->at[p->n - 1]])
            p->at[p->n - 1] = i;
    }
}

/* The step in the record; behind all of them when there is none left. */
static int64_t step_of(const frs__joint *j, const peaks *p, int64_t k) {
    return k < p->n ? j->at[p->at[k]] : INT64_MAX;
}

static void match(const frs__joint *j, const peaks *obs, const peaks *sim, int64_t day,
                  frs_events *e) {
    int64_t o = 0, s = 0;
    while (o < obs->n || s < sim->n) {
        const int64_t at_o = step_of(j, obs, o), at_s = step_of(j, sim, s);
        const bool both = o < obs->n && s < sim->n;
        if (both && at_o - at_s <= day && at_s - at_o <= day)
            e->hits++, o++, s++;
        else if (at_o < at_s)
            e->misses += frs__window_whole(j, obs->at[o++], day);
        else
            e->false_alarms += frs__window_whole(j, sim->at[s++], day);
    }
}

static double share(int64_t part, int64_t rest) {
    return part + rest > 0 ? (double)part / (double)(part + rest) : (double)NAN;
}

frs_status frs_events_of(frs_ctx *ctx, const frs_score_series *d, double threshold, frs_events *e) {
    *e = (frs_events){.pod = NAN, .far = NAN, .csi = NAN};
    frs__joint j = {0};
    FRS_TRY(frs__joint_new(ctx, d, &j));
    peaks obs = {.at = frs__alloc(ctx, j.n, sizeof(int64_t))},
          sim = {.at = frs__alloc(ctx, j.n, sizeof(int64_t))};
    const bool ready = obs.at && sim.at;
    if (ready) {
        find_peaks(&j, j.obs, threshold, &obs);
        find_peaks(&j, j.sim, threshold, &sim);
        match(&j, &obs, &sim, (int64_t)fmin(d->steps_per_day, (double)d->n), e);
        e->pod = share(e->hits, e->misses);
        e->far = share(e->false_alarms, e->hits);
        e->csi = share(e->hits, e->misses + e->false_alarms);
    }
    frs__free(ctx, obs.at);
    frs__free(ctx, sim.at);
    frs__joint_free(ctx, &j);
    return ready ? FRS_OK : FRS_E_NOMEM;
}
