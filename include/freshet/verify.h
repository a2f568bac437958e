/* Verification. Two kinds of score: pair (mergeable sums) and series (needs the ordered record). */
#ifndef FRESHET_VERIFY_H
#define FRESHET_VERIFY_H
#include "freshet/base.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Sums over (sim, obs) pairs, in double; pairs with a NaN on either side are skipped. {0} is empty.
 * Second moments are kept about running means (Chan et al. 1983), so merge loses nothing.
 *     frs_pairs p = {0};
 *     frs_pairs_add(&p, sim, obs, n);
 *     double nse;
 *     frs_status s = frs_score_find("NSE")->pair(&p, &nse); */
typedef struct frs_pairs {
    int64_t n;
    double mean_obs, mean_sim, m2_obs, m2_sim, co, sum_sq, sum_abs, sum_obs, sum_diff;
    /* Of the logarithms: log(v + log_eps), a negative v counting as 0. log_eps is set before
     * adding; 0: pairs with v <= 0 are skipped in the logarithm. */
    double mean_log_obs, m2_log_obs, sum_sq_log, log_eps;
    int64_t n_log;
} frs_pairs;
void frs_pairs_add(frs_pairs *p, const float *sim, const float *obs, int64_t n);
void frs_pairs_merge(frs_pairs *p, const frs_pairs *other);
/* The pairs of a whole record with log_eps = mean(obs) / 100 (Pushpalatha et al. 2012), or 0 where
 * that mean is not positive. */
frs_pairs frs_pairs_of(const float *sim, const float *obs, int64_t n);

/* A record of regular step; NaN is missing. */
typedef struct frs_score_series {
    const float *sim, *obs;
    int64_t n;
    double steps_per_day;
} frs_score_series;
typedef enum frs_score_kind {
    FRS_SCORE_PAIR,
    FRS_SCORE_SERIES,
    FRS_SCORE_BESIDE /* named in files and pages, made by a function of its own below */
} frs_score_kind;
typedef struct frs_score {
    const char *name;  /* "NSE" */
    const char *title; /* translated where shown */
    frs_score_kind kind;
    const char *unit; /* "-", "%", "target" for the target's unit, "target^2", "step" */
    double best;      /* value of a perfect forecast */
    int better;       /* +1 higher, -1 lower, 0 nearer to best */
    /* FRS_E_UNDEFINED and FRS_E_NODATA leave NaN and no message; frs_score_value says more. */
    frs_status (*pair)(const frs_pairs *p, double *value);
    frs_status (*series)(frs_ctx *ctx, const frs_score_series *s, double *value);
} frs_score;
int64_t frs_n_scores(void);
const frs_score *frs_score_at(int64_t i);
/* Case, '-', '_' and ' ' say nothing: NeuralHydrology's "alpha_nse" is "Alpha-NSE". NULL: none.
 * Finds also what is not in the list but beside it: skill, S/sigma, POD, ... */
const frs_score *frs_score_find(const char *name);
/* Undefined or too little data: FRS_E_UNDEFINED / FRS_E_NODATA and *value NaN. FRS_E_ARG: a score
 * beside the list. */
frs_status frs_score_value(frs_ctx *ctx, const frs_score *s, const frs_score_series *d,
                           double *value);
/* Water years for the intervals. */
typedef struct frs_score_years {
    const int64_t *time_s; /* [n] ascending */
    int start_month;       /* 1 to 12: a year starts on its first */
    uint64_t seed;
} frs_score_years;
/* Every score of one record at once, far quicker than one by one: value, low and high
 * [frs_n_scores()] in the order of frs_score_at; NaN where undefined or too little data, and low
 * and high of a series score. years NULL: no intervals. Errors: FRS_E_NOMEM, FRS_E_ARG
 * (start_month). */
frs_status frs_score_all(frs_ctx *ctx, const frs_score_series *d, const frs_score_years *years,
                         double *value, double *low, double *high);
/* Paired block bootstrap by water year of a pair score: 95 % interval [low, high].
 * Fewer than 3 years with data: FRS_E_NODATA and NaN; undefined in more than one resample of ten:
 * FRS_E_UNDEFINED and NaN. 1000 resamples, Philox-keyed by seed. */
frs_status frs_score_interval(frs_ctx *ctx, const frs_score *s, const frs_score_series *d,
                              const frs_score_years *years, double *low, double *high);
/* 1 - mse / mse_ref over the pairs where sim, ref and obs are all there. */
frs_status frs_skill(const float *sim, const float *ref, const float *obs, int64_t n,
                     double *skill);

/* ---- is one model better than another? */

/* Two models a, b and the observations of one record, [n] each; steps where any of the three is NaN
 * are left out. */
typedef struct frs_rivals {
    const float *a, *b, *obs;
    int64_t n;
} frs_rivals;
/* The result of a comparison. What is not known is NaN. On error all that could be made stays: n,
 * and the difference where it has a value. */
typedef struct frs_test {
    double difference;   /* a - b */
    double low, high;    /* its 95 % interval */
    double statistic, p; /* p: two-sided */
    int64_t n;           /* years, catchments or steps */
} frs_test;
/* Difference of a pair score, drawing whole water years anew 10000 times, the same for both models.
 * statistic is the difference; p twice the share of the draws on the far side of 0.
 * errors: FRS_E_NODATA fewer than 8 years ("too few"); FRS_E_UNDEFINED the score has no value in
 * more than one draw of ten; FRS_E_ARG not a pair score, start_month source: Kuensch (1989),
 * doi:10.1214/aos/1176347265 */
frs_status frs_score_difference(frs_ctx *ctx, const frs_score *s, const frs_rivals *r,
                                const frs_score_years *years, frs_test *t);
/* Wilcoxon signed-rank test of differences [n], NaN left out, 0 dropped after n is counted; exact
 * for up to 50 that are not 0, normal beyond. statistic is the smaller rank sum; no difference, no
 * interval.
 * errors: FRS_E_NODATA none is there; FRS_E_UNDEFINED all are 0
 * source: Wilcoxon (1945), doi:10.2307/3001968 */
frs_status frs_wilcoxon(frs_ctx *ctx, const double *difference, int64_t n, frs_test *t);
/* Median of v [n], NaN left out, and its interval by drawing them anew 1000 times; no p. Fewer than
 * 3: no interval; none: NaN. Only FRS_E_NOMEM fails. */
frs_status frs_median_interval(frs_ctx *ctx, const double *v, int64_t n, uint64_t seed,
                               frs_test *t);
/* Diebold-Mariano test of equal mean squared error of two forecasts `lead` steps ahead (0: a
 * simulation, as 1), with Harvey, Leybourne and Newbold's correction. difference is a's MSE - b's:
 * below 0 a is better. The record is regular; gaps are borne.
 * errors: FRS_E_NODATA fewer than 20 steps, or too few for so long a lead; FRS_E_UNDEFINED the
 * errors never differ
 * source: Diebold & Mariano (1995), doi:10.1080/07350015.1995.10524599 */
frs_status frs_diebold_mariano(frs_ctx *ctx, const frs_rivals *r, int64_t lead, frs_test *t);
/* Holm's correction of p [n] for there being n of them; NaN is none and stays NaN. adjusted may be
 * p. source: Holm (1979), https://www.jstor.org/stable/4615733 */
frs_status frs_holm(frs_ctx *ctx, const double *p, int64_t n, double *adjusted);

/* ---- thresholds, events, admissible error */

/* Quantiles q [n_q] in [0, 1] of a record with gaps; fewer than 10 values: FRS_E_NODATA and NaN. */
frs_status frs_flow_quantiles(frs_ctx *ctx, const float *flow, int64_t n, const double *q,
                              int64_t n_q, double *out);
/* Floods at or above a threshold, their peaks matched within a day. A share of nothing is NaN.
 * source: Schaefer (1990), doi:10.1175/1520-0434(1990)005<0570:TCSIAA>2.0.CO;2 */
typedef struct frs_events {
    int64_t hits, misses, false_alarms;
    double pod, far, csi;
} frs_events;
frs_status frs_events_of(frs_ctx *ctx, const frs_score_series *d, double threshold, frs_events *e);
/* Standard deviation of flow's change over `lead` steps, to[i + lead] - from[i], lead 0: of `to`
 * itself; over n - 1. Both are one record, [n]; `to` may have only the season that is asked for.
 * Like a score: FRS_E_NODATA / FRS_E_UNDEFINED and NaN, no message. */
frs_status frs_change_sigma(const float *from, const float *to, int64_t n, int64_t lead,
                            double *sigma);
/* S / sigma, and the share of pairs, in %, within the admissible error 0.674 sigma: the criterion
 * of the Russian service. sigma not above 0 or NaN: FRS_E_UNDEFINED; no message. source: Appolov,
 * Kalinin & Komarov (1974), Course of hydrological forecasts */
frs_status frs_admissible(const float *sim, const float *obs, int64_t n, double sigma,
                          double *s_to_sigma, double *share_percent);

#ifdef __cplusplus
}
#endif
#endif
