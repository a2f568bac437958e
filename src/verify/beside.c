/* What scores.csv holds beside the scores of a record: values that need more than its pairs
 * (another model, the training period, a threshold), made by functions of their own. */
#include "verify/score.h"

#define BESIDE(name_, title_, unit_, best_, better_)                                               \
    {                                                                                              \
        .name = name_, .title = title_, .kind = FRS_SCORE_BESIDE, .unit = unit_, .best = best_,    \
        .better = better_                                                                          \
    }
const frs_score frs__beside[FRS_N_BESIDE] = {
    BESIDE("skill", N_("skill against the better of persistence and climatology"), "-", 1, 1),
    BESIDE("S/sigma", N_("error beside the standard deviation of flow in the training period"), "-",
           0, -1),
    BESIDE("S/sigma-delta",
           N_("error beside what flow changes by within the lead time, in the training period"),
           "-", 0, -1),
    BESIDE("within-admissible", N_("share within the admissible error"), "%", 100, 1),
    BESIDE("POD", N_("share of the floods that the model has"), "-", 1, 1),
    BESIDE("FAR", N_("share of the model's floods that never were"), "-", 0, -1),
    BESIDE("CSI", N_("critical success index of floods"), "-", 1, 1),
    BESIDE("events", N_("floods observed"), "-", 0, 0),
};
