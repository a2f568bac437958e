/* Boosted trees need a library that this build may be without. */
#ifndef FRS_TESTS_FORECASTER_THERE_H
#define FRS_TESTS_FORECASTER_THERE_H
#include <stdbool.h>
#include <string.h>

static inline bool test_forecaster_there(const char *name) {
#ifdef FRS_XGBOOST_SO
    (void)name;
    return true;
#else
    return strcmp(name, "trees") != 0;
#endif
}

/* What a config must say for a forecaster beside the usual; NULL: nothing. */
static inline const char *test_forecaster_set(const char *name) {
    static const char layers[] =
        "model=[{type: conv, filters: 4, kernel: 3, padding: same}, {type: batch_norm, activation: "
        "relu}, {type: dropout, rate: 0.1}, {type: conv, filters: 3, kernel: 5, stride: 3}, "
        "{type: flatten}]";
    return strcmp(name, "net") == 0 ? layers : NULL;
}
#endif
