/* Recurrent layers over [B, T, F]. */
#include "net/layer.h"

static frs_recurrent_opts opts_of(const frs_layer *l) {
    return (frs_recurrent_opts){.hidden = l->units,
                                .last_only = !l->sequences,
                                .bidirectional = l->bidirectional,
                                .relu = l->activation == FRS_RELU};
}
#define RECURRENT(NAME, FIELDS)                                                                    \
    static frs_tensor *NAME(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {    \
        (void)n;                                                                                   \
        const frs_recurrent_opts o = opts_of(l);                                                   \
        return frs_##NAME(b, in[0], &o);                                                           \
    }                                                                                              \
    FRS_LAYER_TYPE(NAME, FIELDS, 1, 1, NAME)
RECURRENT(lstm, "units sequences bidirectional");
RECURRENT(gru, "units sequences bidirectional");
RECURRENT(rnn, "units sequences bidirectional activation");
