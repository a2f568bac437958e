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

/* Places in j of the peaks of x, which is j->sim or j->obs; how many. */
static int64_t peaks_above(const frs__joint *j, const float *x, double threshold, int64_t *peak) {
    int64_t n = 0;
    bool inside = false;
    for (int64_t i = 0; i < j->n; i++) {
        const bool follows = inside && j->at[i] == j->at[i - 1] + 1;
        inside = (double)x[i] >= threshold;
        if (!inside) continue;
        if (!follows)
            peak[n++] = i;
        else if (x[i] > x[peak[n - 1]])
            peak[n - 1] = i;
    }
    return n;
}

static void match(const frs__joint *j, const int64_t *obs, int64_t n_obs, const int64_t *sim,
                  int64_t n_sim, int64_t day, frs_events *e) {
    int64_t o = 0, s = 0;
    while (o < n_obs || s < n_sim) {
        const int64_t at_o = o < n_obs ? j->at[obs[o]] : INT64_MAX,
                      at_s = s < n_sim ? j->at[sim[s]] : INT64_MAX;
        if (o < n_obs && s < n_sim && at_o - at_s <= day && at_s - at_o <= day) {
            e->hits++, o++, s++;
        } else if (at_o < at_s) {
            e->misses += frs__window_whole(j, obs[o++], day);
        } else {
            e->false_alarms += frs__window_whole(j, sim[s++], day);
        }
    }
}

static double share(int64_t part, int64_t rest) {
    return part + rest > 0 ? (double)part / (double)(part + rest) : (double)NAN;
}

frs_status frs_events_of(frs_ctx *ctx, const frs_score_series *d, double threshold, frs_events *e) {
    *e = (frs_events){.pod = NAN, .far = NAN, .csi = NAN};
    frs__joint j = {0};
    FRS_TRY(frs__joint_new(ctx, d, &j));
    int64_t *obs = frs__alloc(ctx, 2 * j.n, sizeof *obs);
    const bool ready = obs != NULL;
    if (ready) {
        int64_t *sim = obs + j.n;
        const int64_t n_obs = peaks_above(&j, j.obs, threshold, obs),
                      n_sim = peaks_above(&j, j.sim, threshold, sim);
        match(&j, obs, n_obs, sim, n_sim, (int64_t)fmin(d->steps_per_day, (double)d->n), e);
        e->pod = share(e->hits, e->misses);
        e->far = share(e->false_alarms, e->hits);
        e->csi = share(e->hits, e->misses + e->false_alarms);
    }
    frs__free(ctx, obs);
    frs__joint_free(ctx, &j);
    return ready ? FRS_OK : FRS_E_NOMEM;
}
