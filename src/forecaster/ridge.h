/* The ridge forecaster's insides: features and the normal equations, shared by ridge*.c. */
#ifndef FRS_FORECASTER_RIDGE_H
#define FRS_FORECASTER_RIDGE_H
#include "forecaster/blob.h"
#include "forecaster/forecaster.h"

enum { RIDGE_LAGS = 31, RIDGE_SUMS = 4 };
typedef struct ridge {
    frs_forecaster base;
    frs_scaler scaler;
    int64_t n_features, n_leads;
    double penalty;
    float *coef; /* [n_leads][n_features], for standardised features and target; the first is the
                    intercept */
} ridge;
extern const frs_forecaster_def frs__ridge;

int64_t frs__ridge_n_features(const frs_task *t);
/* z [n_features] from one standardised window x [W][C], missing 0. */
void frs__ridge_features(const frs_task *t, int64_t channels, const float *x, const float *statics,
                         float *z);
/* q [n_leads] in raw units. */
void frs__ridge_flow(const ridge *f, const float *z, float *q);

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

size_t frs__ridge_state_size(const frs_forecaster *f);
frs_status frs__ridge_state_init(frs_ctx *ctx, const frs_forecaster *f, const char *site,
                                 const float *statics, void *state);
frs_status frs__ridge_state_step(frs_ctx *ctx, const frs_forecaster *f, void *state, int64_t time_s,
                                 const float *weather, float target);
frs_status frs__ridge_state_predict(frs_ctx *ctx, const frs_forecaster *f, const void *state,
                                    const float *future, float *out);
#endif
