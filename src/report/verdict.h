/* What the comparisons of a run say, for the page and for the terminal. */
#ifndef FRS_REPORT_VERDICT_H
#define FRS_REPORT_VERDICT_H

#include "base/base.h"
#include "freshet/report.h"

/* The tests that a claim rests on: over all catchments where there are many, of whole years where
 * there is one, and of squared errors where the years are too few. */
frs_test_method frs__main_method(const frs_report *r);
/* "better", "no difference shown", "too few years": of the winner. Translated. */
const char *frs__verdict_text(const frs_report_test *t);
/* As in tests.csv, never translated. */
const char *frs__method_name(frs_test_method m);
const char *frs__verdict_name(frs_verdict v);
/* Titles of the models compared that were trained from fewer than FRS_CLAIM_SEEDS seeds, parted by
 * commas; false: there are none. A failure sticks to the buffer. */
bool frs__few_seeds(const frs_report *r, frs_buf *names);

#endif
