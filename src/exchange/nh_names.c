#include "exchange/nh_names.h"

#include <string.h>

enum { CUDALSTM = 1, CUSTOMLSTM = 2, GRU = 4, EALSTM = 8, ALL = 15 };

static const frs__nh_model models[] = {
    {"cudalstm", "lstm"}, {"customlstm", "lstm"}, {"gru", "gru"}, {"ealstm", "ealstm"}};

/* modelzoo/head.py, customlstm.py, ealstm.py of NeuralHydrology 1.11. The EA-LSTM there has one
 * bias; ours, as PyTorch's cells, the sum of two. */
static const struct {
    int models;
    const char *ours;
    frs__nh_weight theirs;
} rules[] = {
    {ALL, "head.weight", {"head.net.0.weight", NULL, false}},
    {ALL, "head.bias", {"head.net.0.bias", NULL, false}},
    {CUSTOMLSTM, "lstm.weight_ih_l0", {"cell.w_ih", NULL, false}},
    {CUSTOMLSTM, "lstm.weight_hh_l0", {"cell.w_hh", NULL, false}},
    {CUSTOMLSTM, "lstm.bias_ih_l0", {"cell.b_ih", NULL, false}},
    {CUSTOMLSTM, "lstm.bias_hh_l0", {"cell.b_hh", NULL, false}},
    {EALSTM, "ealstm.input_gate.weight", {"input_gate.weight", NULL, false}},
    {EALSTM, "ealstm.input_gate.bias", {"input_gate.bias", NULL, false}},
    {EALSTM, "ealstm.weight_ih_l0", {"dynamic_gates.weight_ih", NULL, true}},
    {EALSTM, "ealstm.weight_hh_l0", {"dynamic_gates.weight_hh", NULL, true}},
    {EALSTM, "ealstm.bias_hh_l0", {"dynamic_gates.bias", NULL, false}},
    {EALSTM, "ealstm.bias_ih_l0", {NULL, "ealstm.bias_hh_l0", false}},
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
