/* How NeuralHydrology's nets call and lay out the weights that ours have. */
#ifndef FRS_EXCHANGE_NH_NAMES_H
#define FRS_EXCHANGE_NH_NAMES_H
#include "op/seq_attr.h"

typedef struct frs__nh_model {
    const char *name;       /* in a config, key `model` */
    const char *forecaster; /* what it is here */
    frs_cell_kind cell;
} frs__nh_model;
const frs__nh_model *frs__nh_model_find(const char *name);     /* NULL: not supported */
const frs__nh_model *frs__nh_model_of(const char *forecaster); /* the one that it is exported as */

typedef struct frs__nh_weight {
    const char *name; /* NULL: theirs has none; ours is part of the one called `into` */
    const char *into; /* NULL, or the parameter of ours that stands for both */
    bool transposed;
    bool f_o_g; /* the gates are in this order; ours are f g o */
} frs__nh_weight;
/* Of our parameter `ours`; the same name when no rule says otherwise. */
frs__nh_weight frs__nh_weight_of(const frs__nh_model *m, const char *ours);
#endif
