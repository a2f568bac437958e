/* Long short-term memory: Hochreiter & Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735; for
 * rivers Kratzert et al. (2018), doi:10.5194/hess-22-6005-2018. NeuralHydrology's cudalstm. */
#include "forecaster/recurrent.h"

static bool serves(const frs_task *t) {
    (void)t;
    return true;
}

FRS_RECURRENT(lstm, FRS_CELL_LSTM, N_("LSTM"), serves)
