/* Which of a run's comparisons count, and in which words. */
#include "report/verdict.h"

frs_test_method frs__main_method(const frs_report *r) {
    if (r->n_sites > 1) return FRS_WILCOXON;
    for (int64_t i = 0; i < r->n_tests; i++)
        if (r->tests[i].method == FRS_BOOTSTRAP_YEARS && r->tests[i].verdict != FRS_UNTESTED)
            return FRS_BOOTSTRAP_YEARS;
    return r->leads > 0 ? FRS_DIEBOLD_MARIANO : FRS_BOOTSTRAP_YEARS;
}

const char *frs__verdict_text(const frs_report_test *t) {
    static const char *const verdicts[] = {[FRS_UNPROVEN] = N_("no difference shown"),
                                           [FRS_BETTER] = N_("better"),
                                           [FRS_WORSE] = N_("worse")},
                             *const why[] = {[FRS_NOTE_NONE] = N_("not tested"),
                                             [FRS_NOTE_FEW_YEARS] = N_("too few years"),
                                             [FRS_NOTE_FEW_CATCHMENTS] = N_("too few catchments"),
                                             [FRS_NOTE_FEW_STEPS] = N_("too few steps"),
                                             [FRS_NOTE_UNDEFINED] = N_("not defined")};
    return t->verdict == FRS_UNTESTED ? _(why[t->note]) : _(verdicts[t->verdict]);
}

bool frs__few_seeds(const frs_report *r, frs_buf *names) {
    for (int64_t m = 0; m < r->n_models; m++) {
        const frs_report_model *model = &r->models[m];
        bool compared = false;
        for (int64_t i = 0; i < r->n_tests; i++)
            compared |= r->tests[i].winner == m || r->tests[i].reference == m;
        if (compared && model->seeds > 0 && model->seeds < FRS_CLAIM_SEEDS)
            frs__buf_printf(names, "%s%s", names->n ? ", " : "",
                            model->title ? model->title : model->name);
    }
    return names->n > 0;
}
