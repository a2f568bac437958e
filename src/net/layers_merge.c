/* Several inputs made one. */
#include "net/layer.h"

#define GROUP   .group = "Several inputs"
#define SEVERAL .n_in_min = 2, .n_in_max = FRS_OP_MAX_IN

typedef frs_tensor *(*of_two)(frs_builder *b, frs_tensor *x, frs_tensor *y);

static frs_tensor *fold(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n,
                        of_two op) {
    frs_tensor *y = in[0];
    for (int i = 1; i < n; i++) y = op(b, y, in[i]);
    return frs_activate(b, y, l->activation);
}
#define MERGE(NAME, OP, MOST, DOC, INPUTS)                                                         \
    static frs_tensor *NAME(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {    \
        return fold(b, l, in, n, OP);                                                              \
    }                                                                                              \
    FRS_LAYER_TYPE(NAME, NAME, GROUP, .fields = "activation", .n_in_min = 2, .n_in_max = MOST,     \
                   .shapes = "as x; broadcast as NumPy", .doc = DOC,                               \
                   FRS_EXAMPLE(NAME, .from = INPUTS), .in = {{1, {10}}, {1, {10}}, {1, {10}}},     \
                   .out = {1, {10}})
MERGE(add, frs_add, FRS_OP_MAX_IN, "the sum of 2 to 12", "a, b");
MERGE(subtract, frs_sub, 2, "the first less the second", "a, b");
MERGE(multiply, frs_mul, FRS_OP_MAX_IN, "the product", "a, b, c");
MERGE(maximum, frs_max, FRS_OP_MAX_IN, "the largest at each place", "a, b");
MERGE(minimum, frs_min, FRS_OP_MAX_IN, "the smallest at each place", "a, b");

static frs_tensor *average(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    static const frs_layer linear = {0};
    return frs_activate(b, frs_scale(b, fold(b, &linear, in, n, frs_add), 1.0 / n, 0),
                        l->activation);
}
FRS_LAYER_TYPE(average, average, GROUP, .fields = "activation", SEVERAL,
               .shapes = "as x; broadcast as NumPy", .doc = "the mean",
               FRS_EXAMPLE(average, .from = "a, b, c"), .in = {{1, {10}}, {1, {10}}, {1, {10}}},
               .out = {1, {10}});

static frs_tensor *concat(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    return frs_concat(b, in, n, frs__axis_of(b, l, in[0], -1));
}
FRS_LAYER_TYPE(concat, concat, GROUP, .fields = "axis", SEVERAL,
               .shapes = "the axis (the last) has as many elements as all together",
               .doc = "behind each other along an axis", FRS_EXAMPLE(concat, .from = "a, b"),
               .in = {{3, {8, 8, 4}}, {3, {8, 8, 2}}}, .out = {3, {8, 8, 6}});
