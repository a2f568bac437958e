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
#endif
