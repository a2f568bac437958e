/* Sums and moments of (sim, obs) pairs, gathered piece by piece.
 * source: Welford (1962), doi:10.1080/00401706.1962.10490022, for one more pair; Chan, Golub &
 * LeVeque (1983), doi:10.1080/00031305.1983.10483115, for two parts. Both leave the second moment
 * of a constant record at exactly zero, which is how a score knows that it is undefined. */
#include "freshet/verify.h"
#include <math.h>

/* A negative flow has no logarithm. With an epsilon it counts as no flow, so that a model gains
 * nothing by it; without one there is nothing to compare. */
static double log_of(double v, double eps) {
    if (eps > 0 && v < 0) v = 0;
    return v + eps > 0 ? log(v + eps) : (double)NAN;
}

static void add_log(frs_pairs *p, double sim, double obs) {
    const double s = log_of(sim, p->log_eps), o = log_of(obs, p->log_eps);
    if (isnan(s) || isnan(o)) return;
    const double d = o - p->mean_log_obs;
    p->mean_log_obs += d / (double)++p->n_log;
    p->m2_log_obs += d * (o - p->mean_log_obs);
    p->sum_sq_log += (s - o) * (s - o);
}

static void add_pair(frs_pairs *p, double sim, double obs) {
    const double share = 1 / (double)++p->n, e = sim - obs;
    const double d_obs = obs - p->mean_obs, d_sim = sim - p->mean_sim;
    p->mean_obs += d_obs * share;
    p->mean_sim += d_sim * share;
    p->m2_obs += d_obs * (obs - p->mean_obs);
    p->m2_sim += d_sim * (sim - p->mean_sim);
    p->co += d_obs * (sim - p->mean_sim);
    p->sum_sq += e * e;
    p->sum_abs += fabs(e);
    p->sum_obs += obs;
    p->sum_diff += e;
}

void frs_pairs_add(frs_pairs *p, const float *sim, const float *obs, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        if (isnan(sim[i]) || isnan(obs[i])) continue;
        add_pair(p, sim[i], obs[i]);
        add_log(p, sim[i], obs[i]);
    }
}

static void merge_logs(frs_pairs *p, const frs_pairs *q) {
    if (q->n_log == 0) return;
    const double n = (double)(p->n_log + q->n_log), share = (double)q->n_log / n;
    const double d = q->mean_log_obs - p->mean_log_obs;
    p->m2_log_obs += q->m2_log_obs + d * d * share * (double)p->n_log;
    p->mean_log_obs += d * share;
    p->sum_sq_log += q->sum_sq_log;
    p->n_log += q->n_log;
}

void frs_pairs_merge(frs_pairs *p, const frs_pairs *q) {
    if (q->n == 0) return;
    const double n = (double)(p->n + q->n), share = (double)q->n / n;
    const double weight = share * (double)p->n;
    const double d_obs = q->mean_obs - p->mean_obs, d_sim = q->mean_sim - p->mean_sim;
    p->m2_obs += q->m2_obs + d_obs * d_obs * weight;
    p->m2_sim += q->m2_sim + d_sim * d_sim * weight;
    p->co += q->co + d_obs * d_sim * weight;
    p->mean_obs += d_obs * share;
    p->mean_sim += d_sim * share;
    p->sum_sq += q->sum_sq;
    p->sum_abs += q->sum_abs;
    p->sum_obs += q->sum_obs;
    p->sum_diff += q->sum_diff;
    p->n += q->n;
    merge_logs(p, q);
}
