/* What the reductions share: the shape rule, and where an element of the input goes. */
#ifndef FRS_OP_REDUCE_H
#define FRS_OP_REDUCE_H
#include "op/op_internal.h"

frs_status
frs__shape_reduce(const frs_shape_args *a);       /* attr: frs_axes_attr; reduced axes become 1 */
int64_t frs__reduce_share(const frs_ref_args *a); /* inputs per output */
frs_tensor *frs__reduce_add(frs_builder *b, const frs_op *op, frs_tensor *x, uint32_t axes);

#ifdef FRS_OP_CASES
#define FRS_REDUCE_CASES                                                                           \
    static const frs_op_case cases[] = {                                                           \
        {.name = "rows", .n_in = 1, .in = {{2, {5, 7}}}, .attr = {1}, .lo = -2, .hi = 2},          \
        {.name = "columns", .n_in = 1, .in = {{2, {5, 7}}}, .attr = {2}, .lo = -2, .hi = 2},       \
        {.name = "middle", .n_in = 1, .in = {{3, {2, 5, 3}}}, .attr = {2}, .lo = -2, .hi = 2},     \
        {.name = "outer", .n_in = 1, .in = {{3, {2, 5, 3}}}, .attr = {5}, .lo = -2, .hi = 2},      \
        {.name = "long", .n_in = 1, .in = {{2, {3, 33}}}, .attr = {2}, .lo = -2, .hi = 2},         \
        {.name = "long columns",                                                                   \
         .n_in = 1,                                                                                \
         .in = {{2, {1030, 3}}},                                                                   \
         .attr = {1},                                                                              \
         .lo = -2,                                                                                 \
         .hi = 2},                                                                                 \
        {.name = "no axis", .n_in = 1, .in = {{1, {17}}}, .lo = -2, .hi = 2},                      \
        {.name = "scalar", .n_in = 1, .in = {{0, {0}}}, .lo = -2, .hi = 2},                        \
        {.name = "no rows", .n_in = 1, .in = {{2, {0, 7}}}, .attr = {2}, .lo = -2, .hi = 2},       \
        {.name = "nothing to add",                                                                 \
         .n_in = 1,                                                                                \
         .in = {{2, {5, 0}}},                                                                      \
         .attr = {2},                                                                              \
         .lo = -2,                                                                                 \
         .hi = 2},                                                                                 \
        {.name = "all", .n_in = 1, .in = {{3, {2, 5, 3}}}, .attr = {7}, .lo = -2, .hi = 2},        \
    };
#else
#define FRS_REDUCE_CASES
#endif
#endif
