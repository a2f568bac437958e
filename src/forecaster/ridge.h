/* Ridge regression on the features of lagged.h, or on what is made of them; shared by ridge*.c and
 * the autoencoder. */
#ifndef FRS_FORECASTER_RIDGE_H
#define FRS_FORECASTER_RIDGE_H
#include "forecaster/lagged.h"

/* p columns from n samples' features z [n][n_features]; the first is 1. NULL: the features. */
typedef frs_status (*frs_columns_fn)(frs_ctx *ctx, const lagged *f, const float *z, int64_t n,
                                     float *columns);
typedef struct ridge_fit {
    int64_t p;
    frs_columns_fn columns;
    double penalty; /* out: relative */
    float *coef;    /* out: [n_leads][p], frs__free */
} ridge_fit;
/* The penalty is chosen on the validation period; without one on every fifth calendar year of the
 * training period, and the fit is then made on all of it. */
frs_status frs__ridge_fit(frs_ctx *ctx, const lagged *f, const frs_fit_args *a, ridge_fit *r);
void frs__ridge_hash(lagged *f, const ridge_fit *r); /* f's hash is that of the coefficients */
/* q [n][n_leads] standardised, from columns [n][p]. */
void frs__ridge_apply(const lagged *f, const ridge_fit *r, const float *columns, int64_t n,
                      float *q);

/* Normal equations: gram [p][p] (upper triangle), right [n_leads][p], sums of squares of the
 * targets. */
typedef struct ridge_sums {
    int64_t p, n_leads, n;
    double *gram, *right, *squares;
} ridge_sums;
frs_status frs__ridge_sums_new(frs_ctx *ctx, int64_t p, int64_t n_leads, ridge_sums *s);
void frs__ridge_sums_free(frs_ctx *ctx, ridge_sums *s);
/* z [n][p], y [n][n_leads], all finite. The same bits for any number of threads. */
void frs__ridge_sums_add(frs_ctx *ctx, ridge_sums *s, const float *z, const float *y, int64_t n);
void frs__ridge_sums_merge(ridge_sums *s, const ridge_sums *from);
/* Solves (G + penalty D) b = r, D the features' own sums of squares about their mean (0 for the
 * intercept). coef [n_leads][p]; work [p][p + 1]. false: not positive definite. */
bool frs__ridge_solve(frs_ctx *ctx, const ridge_sums *s, double penalty, double *coef,
                      double *work);
/* Mean squared error of coef on the sums' samples, over all leads. */
double frs__ridge_error(const ridge_sums *s, const double *coef);
#endif
