#include "forecaster/xgboost_lib.h"
#include <string.h>

#ifdef FRS_XGBOOST_SO
static const char *const soname = FRS_XGBOOST_SO;
#else
static const char *const soname = NULL;
#endif
#define NAME(result, name, parameters) "XG" #name,
static const char *const names[] = {FRS__XGB_FUNCTIONS(NAME)};
_Static_assert(sizeof(frs__xgb) == sizeof names, "one slot a function");

static void silent(const char *text) {
    (void)text;
}

frs_status frs__xgb_begin(frs_ctx *ctx, frs__xgb *xgb) {
    void *fns[FRS_LEN(names)];
    FRS_TRY(frs__dl_open(ctx, "XGBoost", soname, names, fns, FRS_LEN(names)));
    memcpy(xgb, fns, sizeof *xgb);
    xgb->BRegisterLogCallback(silent);
    return FRS_OK;
}

frs_status frs__xgb_check(frs_ctx *ctx, const frs__xgb *xgb, int code) {
    if (code == 0) return FRS_OK;
    return frs__fail(ctx, FRS_E_INTERNAL, "XGBoost: %.300s", xgb->BGetLastError());
}
