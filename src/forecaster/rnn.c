/* The simple recurrent net, tanh: Elman (1990), doi:10.1207/s15516709cog1402_1. */
#include "forecaster/recurrent.h"

static bool serves(const frs_task *t) {
    (void)t;
    return true;
}

FRS_RECURRENT(rnn, FRS_CELL_RNN_TANH, N_("RNN"), serves)
