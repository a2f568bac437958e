/* Shared inside src/stats: values that are there, sorted values, special functions. */
#ifndef FRS_STATS_STATS_H
#define FRS_STATS_STATS_H
#include "base/base.h"
#include "freshet/stats.h"

/* The values that are not NaN, in a new array (frs__free); *m of them; sorted or in their order. */
frs_status frs__present(frs_ctx *ctx, const double *x, int64_t n, bool sorted, double **out,
                        int64_t *m);
void frs__ascending(double *a, int64_t n);
/* Linear between order statistics (type 7 of Hyndman & Fan 1996); n > 0. */
double frs__order_quantile(const double *sorted, int64_t n, double q);
double frs__mean(const double *x, int64_t n); /* n > 0, no NaN */

/* ---- special.c */
double frs__normal_cdf(double z);
double frs__normal_quantile(double p);
double frs__log_gamma(double x); /* x > 0 */
double frs__digamma(double x);   /* x > 0 */
/* Regularised lower incomplete gamma function P(a, x), and its inverse in x. */
double frs__gamma_p(double a, double x);
double frs__gamma_quantile(double a, double p);
/* Root of a function with different signs at a and b; NaN: the signs are the same. */
double frs__root(double (*f)(const void *arg, double x), const void *arg, double a, double b);

/* ---- lmoments.c: l[4] as frs_l_moments, of sorted values. */
void frs__l_moments(const double *sorted, int64_t n, double l[4]);
/* ---- pearson3.c: frequency factor of skewness g at non-exceedance p (mean 0, sd 1). */
double frs__pearson3_factor(double g, double p);
/* ---- yearly.c: month (1 to 12) of each step. */
int frs__month_at(const frs_record *r, int64_t i);
double frs__steps_per_day(frs_step step); /* a month has 30.44 days */

/* ---- sen.c: sum over groups of equal values of k (k - 1) (2 k + 5). */
double frs__ties(const double *sorted, int64_t n);
/* ---- kritsky_menkel.c: coefficients of variation and skewness of a fitted one; NaN: infinite. */
void frs__kritsky_menkel_moments(const double *par, double *cv, double *cs);

extern const frs_distribution frs__gev, frs__gumbel, frs__pearson3, frs__log_pearson3,
    frs__kritsky_menkel;
#endif
