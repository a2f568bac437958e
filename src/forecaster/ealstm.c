/* Entity-aware LSTM: what a catchment is (its static attributes) decides which units it uses.
 * Kratzert et al. (2019), doi:10.5194/hess-23-5089-2019. Without attributes there is none. */
#include "forecaster/recurrent.h"

static bool serves(const frs_task *t) {
    return t->n_statics > 0;
}

FRS_RECURRENT(ealstm, FRS_CELL_EALSTM, N_("EA-LSTM"), serves)
