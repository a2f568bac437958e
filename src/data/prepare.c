/* A record as read becomes the record that is packed. NeuralHydrology's part of it (copies, lags,
 * holdouts) comes in its order (1.11, datasetzoo/basedataset.py): what a copy or a lag is made of
 * has no holes yet. */
#include "data/prepare.h"

frs_status frs_prepare_series(frs_ctx *ctx, const frs_prepare *p, frs_periods training,
                              bool target_too, frs_series *s, frs_findings *findings) {
    const frs__preparing k = {ctx, p, training, target_too, s, findings};
    FRS_TRY(frs__resample(&k));
    FRS_TRY(frs__outliers(&k));
    FRS_TRY(frs__copies(&k));
    FRS_TRY(frs__lags(&k));
    FRS_TRY(frs__holdouts(&k));
    return frs__calendar(&k);
}
