#include "op/seq_attr.h"

/* RNN: h itself is what its gradient needs. */
static const frs_cell_dims cells[FRS_CELL_COUNT] = {
    [FRS_CELL_LSTM] = {"lstm", 4, {0, 4, 0}, {0, 0, 0}, 2, 4, 1, false},
    [FRS_CELL_GRU] = {"gru", 3, {1, 2, 1}, {2, 0, 2}, 1, 4, 0, false},
    [FRS_CELL_RNN_TANH] = {"rnn_tanh", 1, {0, 1, 0}, {0, 0, 0}, 1, 0, 0, false},
    [FRS_CELL_RNN_RELU] = {"rnn_relu", 1, {0, 1, 0}, {0, 0, 0}, 1, 0, 0, false},
    [FRS_CELL_EALSTM] = {"ealstm", 3, {0, 3, 0}, {0, 0, 0}, 2, 3, 1, true},
};
const frs_cell_dims *frs__cell_dims(int cell) {
    return &cells[cell];
}

static int64_t lane_rows(int64_t B) {
    return (B + FRS_SEQ_LANES - 1) / FRS_SEQ_LANES * FRS_SEQ_LANES;
}

int frs__seq_acts(int cell, bool masked) {
    return cells[cell].acts + masked;
}

/* Floats that hold so many values. */
static int64_t held(const frs_seq_attr *attr, int64_t n) {
    return attr->bfloat16 ? (n + 1) / 2 : n;
}

int64_t frs__seq_kept_act(const frs_seq_attr *attr, bool masked, int64_t B, int64_t T, int64_t H) {
    return held(attr, lane_rows(B) * T * H * frs__seq_acts(attr->cell, masked));
}

int64_t frs__seq_kept_states(const frs_seq_attr *attr, int64_t B, int64_t T, int64_t H) {
    return held(attr, lane_rows(B) * T * H);
}
