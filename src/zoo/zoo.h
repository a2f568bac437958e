/* What the files of nets share: a list of layers being written. */
#ifndef FRS_ZOO_ZOO_H
#define FRS_ZOO_ZOO_H
#include "base/base.h"
#include "freshet/zoo.h"

typedef struct frs_zoo {
    frs_arena memory; /* names */
    frs_layer *layers;
    int n, cap;
    int64_t height, width, channels, classes; /* none is 0 */
    bool failed;                              /* out of memory */
} frs_zoo;

/* Copies the layer behind the others; gives its name back, for `from` of later ones. */
const char *frs__zoo_add(frs_zoo *z, const frs_layer *l);
/* Text that lives as long as the list: names of parts, "a, b". "" without memory. */
const char *frs__zoo_text(frs_zoo *z, const char *fmt, ...) FRS_PRINTF(2, 3);
#define ADD(...) frs__zoo_add(z, &(frs_layer){__VA_ARGS__})
/* As much on both sides of height and width: PyTorch's and Caffe's padding. */
#define AROUND(n) .padding = FRS_EXPLICIT, .pad_lo = {n, n}, .pad_hi = {n, n}
/* A last window that begins inside counts, as Caffe has it: of kernel 3, stride 2. */
#define CEIL_3_2                                                                                   \
    .kernel = {3}, .stride = {2}, .padding = FRS_EXPLICIT, .pad_lo = {0, 0}, .pad_hi = {1, 1}

typedef struct frs_zoo_def {
    frs_zoo_net net;
    void (*build)(frs_zoo *z);
} frs_zoo_def;
#define FRS_ZOO_NET(NAME, BUILD, ...)                                                              \
    const frs_zoo_def frs__zoo_##NAME = {.net = {.name = #NAME, __VA_ARGS__}, .build = BUILD}
#endif
