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
typedef enum frs_score_kind { FRS_SCORE_PAIR, FRS_SCORE_SERIES } frs_score_kind;
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
/* Case, '-', '_' and ' ' say nothing: NeuralHydrology's "alpha_nse" is "Alpha-NSE". NULL: none. */
const frs_score *frs_score_find(const char *name);
/* Undefined or too little data: FRS_E_UNDEFINED / FRS_E_NODATA and *value NaN. */
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

#ifdef __cplusplus
}
#endif
#endif
