#include "exchange/nh_names.h"

#include <string.h>

enum { CUDALSTM = 1, CUSTOMLSTM = 2, GRU = 4, EALSTM = 8, ALL = 15 };

static const frs__nh_model models[] = {{"cudalstm", "lstm", FRS_CELL_LSTM},
                                       {"customlstm", "lstm", FRS_CELL_LSTM},
                                       {"gru", "gru", FRS_CELL_GRU},
                                       {"ealstm", "ealstm", FRS_CELL_EALSTM}};

/* modelzoo/head.py, customlstm.py, ealstm.py of NeuralHydrology 1.11. The EA-LSTM there has one
 * bias; ours, as PyTorch's cells, the sum of two. */
static const struct {
    int models;
    const char *ours;
    frs__nh_weight theirs;
} rules[] = {
    {ALL, "head.weight", {.name = "head.net.0.weight"}},
    {ALL, "head.bias", {.name = "head.net.0.bias"}},
    {CUSTOMLSTM, "lstm.weight_ih_l0", {.name = "cell.w_ih"}},
    {CUSTOMLSTM, "lstm.weight_hh_l0", {.name = "cell.w_hh"}},
    {CUSTOMLSTM, "lstm.bias_ih_l0", {.name = "cell.b_ih"}},
    {CUSTOMLSTM, "lstm.bias_hh_l0", {.name = "cell.b_hh"}},
    {EALSTM, "ealstm.input_gate.weight", {.name = "input_gate.weight"}},
    {EALSTM, "ealstm.input_gate.bias", {.name = "input_gate.bias"}},
    {EALSTM,
     "ealstm.weight_ih_l0",
     {.name = "dynamic_gates.weight_ih", .transposed = true, .f_o_g = true}},
    {EALSTM,
     "ealstm.weight_hh_l0",
     {.name = "dynamic_gates.weight_hh", .transposed = true, .f_o_g = true}},
    {EALSTM, "ealstm.bias_hh_l0", {.name = "dynamic_gates.bias", .f_o_g = true}},
    {EALSTM, "ealstm.bias_ih_l0", {.into = "ealstm.bias_hh_l0"}},
};

const frs__nh_model *frs__nh_model_find(const char *name) {
    for (int i = 0; i < FRS_LEN(models); i++)
        if (strcasecmp(models[i].name, name) == 0) return &models[i];
    return NULL;
}

const frs__nh_model *frs__nh_model_of(const char *forecaster) {
    for (int i = 0; i < FRS_LEN(models); i++)
        if (strcmp(models[i].forecaster, forecaster) == 0) return &models[i];
    return NULL;
}

frs__nh_weight frs__nh_weight_of(const frs__nh_model *m, const char *ours) {
    for (int i = 0; i < FRS_LEN(rules); i++)
        if ((rules[i].models >> (m - models) & 1) && strcmp(rules[i].ours, ours) == 0)
            return rules[i].theirs;
    return (frs__nh_weight){.name = ours};
}
