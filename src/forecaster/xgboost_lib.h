/* libxgboost's C interface, opened at first use; built without it, frs__xgb_begin says so.
 * Chen & Guestrin (2016), doi:10.1145/2939672.2939785 */
#ifndef FRS_FORECASTER_XGBOOST_LIB_H
#define FRS_FORECASTER_XGBOOST_LIB_H
#include "base/base.h"

/* Result, name behind XG, parameters; as in xgboost/c_api.h of version 1.7. */
#define FRS__XGB_FUNCTIONS(F)                                                                      \
    F(const char *, BGetLastError, (void))                                                         \
    F(int, BRegisterLogCallback, (void (*callback)(const char *)))                                 \
    F(int, DMatrixCreateFromMat,                                                                   \
      (const float *data, uint64_t rows, uint64_t columns, float missing, void **out))             \
    F(int, DMatrixSetFloatInfo, (void *matrix, const char *field, const float *v, uint64_t n))     \
    F(int, DMatrixFree, (void *matrix))                                                            \
    F(int, BoosterCreate, (void *const matrices[], uint64_t n, void **out))                        \
    F(int, BoosterFree, (void *booster))                                                           \
    F(int, BoosterSetParam, (void *booster, const char *name, const char *value))                  \
    F(int, BoosterUpdateOneIter, (void *booster, int iteration, void *matrix))                     \
    F(int, BoosterPredict,                                                                         \
      (void *booster, void *matrix, int options, unsigned trees, int training, uint64_t *n,        \
       const float **out))                                                                         \
    F(int, BoosterSaveModelToBuffer,                                                               \
      (void *booster, const char *config, uint64_t *n, const char **out))                          \
    F(int, BoosterLoadModelFromBuffer, (void *booster, const void *data, uint64_t n))
#define FRS__XGB_POINTER(result, name, parameters) result(*name) parameters;
typedef struct frs__xgb {
    FRS__XGB_FUNCTIONS(FRS__XGB_POINTER)
} frs__xgb;
frs_status frs__xgb_begin(frs_ctx *ctx, frs__xgb *xgb);
/* FRS_OK, or what xgboost says about a call that gave `code`. */
frs_status frs__xgb_check(frs_ctx *ctx, const frs__xgb *xgb, int code);
#endif
