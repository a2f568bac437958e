#include "op/seq_attr.h"

static const frs_cell_dims cells[FRS_CELL_COUNT] = {
    [FRS_CELL_LSTM] = {"lstm", 4, 2, 1},
};
const frs_cell_dims *frs__cell_dims(int cell) {
    return &cells[cell];
}

static int64_t lane_rows(int64_t B) {
    return (B + FRS_SEQ_LANES - 1) / FRS_SEQ_LANES * FRS_SEQ_LANES;
}

int64_t frs__seq_kept_act(int cell, int64_t B, int64_t T, int64_t H) {
    const int64_t rows = cells[cell].gates * H;
    return lane_rows(B) * T * ((rows + FRS_SEQ_PANEL - 1) / FRS_SEQ_PANEL * FRS_SEQ_PANEL);
}

int64_t frs__seq_kept_states(int cell, int64_t B, int64_t T, int64_t H) {
    return lane_rows(B) * T * H * cells[cell].kept;
}
