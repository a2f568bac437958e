/* Gated recurrent unit: Cho et al. (2014), arXiv:1406.1078, in PyTorch's form. */
#include "forecaster/recurrent.h"

static bool serves(const frs_task *t) {
    (void)t;
    return true;
}

FRS_RECURRENT(gru, FRS_CELL_GRU, N_("GRU"), serves)
