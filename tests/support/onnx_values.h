/* What a model takes and gives, as text beside it for other programs: values.txt of
 * tests/exchange/onnxruntime.mjs. */
#ifndef FRS_ONNX_VALUES_H
#define FRS_ONNX_VALUES_H
#include "freshet/graph.h"
#include <stdio.h>

/* One line: kind ("in", "out"), name, sizes, numbers. */
static inline void values_put(FILE *to, const char *kind, const char *name, frs_shape s,
                              const float *v) {
    fprintf(to, "%s %s ", kind, name);
    for (int k = 0; k < s.rank; k++) fprintf(to, "%s%lld", k ? "," : "", (long long)s.dim[k]);
    if (s.rank == 0) fputc('-', to);
    for (int64_t i = 0; i < frs_shape_count(s); i++) fprintf(to, " %.9g", (double)v[i]);
    fputc('\n', to);
}
#endif
