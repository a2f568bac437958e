/* Synthetic reports for the tests of the page: seeded weather-like series, three models of known
 * quality. */
#ifndef FRS_TESTS_REPORT_CASE_H
#define FRS_TESTS_REPORT_CASE_H

#include "base/base.h"
#include "freshet/report.h"

typedef struct report_case_opts {
    int64_t sites, leads, issues; /* leads 0: simulation */
    bool gaps, hostile, rain, baseline_wins, russian, open_water,
        uneven,     /* some catchments are much worse than others */
        places,     /* the catchments have coordinates */
        efficiency; /* tests of the winner, scores of parts, the admissible error */
    frs_future future;
} report_case_opts;

typedef struct report_case {
    frs_report r;
    frs_arena arena;
} report_case;

bool report_case_make(frs_ctx *ctx, const report_case_opts *o, report_case *c);
void report_case_free(report_case *c);
#endif
