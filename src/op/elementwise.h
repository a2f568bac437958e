/* What elementwise operators share: shape rules, broadcasting, and the shape of a unary operator's
 * file. */
#ifndef FRS_OP_ELEMENTWISE_H
#define FRS_OP_ELEMENTWISE_H
#include "op/op.h"

frs_status frs__shape_same(const frs_shape_args *a); /* out = first input */
/* Attributes keep sizes in 32 bits: false, and an error told with the operator's name, where s has
 * an axis beyond that. */
bool frs__shape_kept(frs_builder *b, const char *op, frs_shape s);
bool frs__shape_equal(frs_shape x, frs_shape y);
frs_status frs__shape_loss(const frs_shape_args *a);      /* a scalar of predictions and targets */
frs_status frs__shape_broadcast(const frs_shape_args *a); /* NumPy's rule on all inputs */
/* Element of an input of shape `in` that belongs to element i of the broadcast shape `out`. */
int64_t frs__broadcast_at(frs_shape out, frs_shape in, int64_t i);
/* The gradient of a binary operator's input: d summed back to the input's shape. */
void frs__binary_gradient(const frs_grad_args *g, frs_tensor *dx, frs_tensor *dy);

#ifdef FRS_OP_CASES
/* Lengths around those of vectors. */
#define FRS_UNARY_TAIL(n, lo_, hi_)                                                                \
    { .name = "tail of " #n, .n_in = 1, .in = {{1, {n}}}, .lo = lo_, .hi = hi_ }
#define FRS_UNARY_CASES(lo_, hi_)                                                                  \
    static const frs_op_case cases[] = {                                                           \
        FRS_UNARY_TAIL(1, lo_, hi_),                                                               \
        FRS_UNARY_TAIL(7, lo_, hi_),                                                               \
        FRS_UNARY_TAIL(15, lo_, hi_),                                                              \
        FRS_UNARY_TAIL(17, lo_, hi_),                                                              \
        FRS_UNARY_TAIL(31, lo_, hi_),                                                              \
        FRS_UNARY_TAIL(33, lo_, hi_),                                                              \
        {.name = "scalar", .n_in = 1, .in = {{0, {0}}}, .lo = lo_, .hi = hi_},                     \
        {.name = "rank 3", .n_in = 1, .in = {{3, {2, 3, 5}}}, .lo = lo_, .hi = hi_},               \
        {.name = "empty", .n_in = 1, .in = {{2, {0, 4}}}, .lo = lo_, .hi = hi_},                   \
        {.name = "missing",                                                                        \
         .n_in = 1,                                                                                \
         .in = {{1, {33}}},                                                                        \
         .lo = lo_,                                                                                \
         .hi = hi_,                                                                                \
         .nan_share = 0.2,                                                                         \
         .no_grad = 1},                                                                            \
    };
#define FRS_CASES .cases = cases, .n_cases = (int)FRS_LEN(cases),
#else
#define FRS_UNARY_CASES(lo_, hi_)
#define FRS_CASES
#endif

/* A unary operator: VALUE in terms of x; GRADIENT an expression of tensors in terms of b, x, y, d.
 */
#define FRS_UNARY(NAME, VALUE, GRADIENT, LO, HI)                                                   \
    FRS_UNARY_CASES(LO, HI)                                                                        \
    static void reference(const frs_ref_args *a) {                                                 \
        const int64_t n = frs_shape_count(a->in_shape[0]);                                         \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const double x = a->in[0][i];                                                          \
            a->out[0][i] = (VALUE);                                                                \
        }                                                                                          \
    }                                                                                              \
    static frs_status gradient(const frs_grad_args *g) {                                           \
        frs_builder *b = g->b;                                                                     \
        frs_tensor *const x = g->in[0], *const y = g->out[0], *const d = g->d_out[0];              \
        (void)b, (void)x, (void)y, (void)d;                                                        \
        g->d_in[0] = (GRADIENT);                                                                   \
        return FRS_OK;                                                                             \
    }                                                                                              \
    const frs_op frs__##NAME##_op = {.name = #NAME,                                                \
                                     .n_in_min = 1,                                                \
                                     .n_in_max = 1,                                                \
                                     .n_out = 1,                                                   \
                                     .n_main = 1,                                                  \
                                     .shape = frs__shape_same,                                     \
                                     .reference = reference,                                       \
                                     .gradient = gradient,                                         \
                                     FRS_CASES};                                                   \
    frs_tensor *frs_##NAME(frs_builder *b, frs_tensor *x) {                                        \
        return frs__op_add(b, &frs__##NAME##_op, &x, 1, NULL, 0);                                  \
    }

/* A binary operator with broadcasting. */
#ifdef FRS_OP_CASES
#define FRS_BINARY_TAIL(n, LO, HI)                                                                 \
    { .name = "tail of " #n, .n_in = 2, .in = {{1, {n}}, {1, {n}}}, .lo = LO, .hi = HI }
#define FRS_BINARY_CASES(LO, HI)                                                                   \
    static const frs_op_case cases[] = {                                                           \
        FRS_BINARY_TAIL(1, LO, HI),                                                                \
        FRS_BINARY_TAIL(7, LO, HI),                                                                \
        FRS_BINARY_TAIL(15, LO, HI),                                                               \
        FRS_BINARY_TAIL(17, LO, HI),                                                               \
        FRS_BINARY_TAIL(31, LO, HI),                                                               \
        FRS_BINARY_TAIL(33, LO, HI),                                                               \
        {.name = "same", .n_in = 2, .in = {{2, {3, 7}}, {2, {3, 7}}}, .lo = LO, .hi = HI},         \
        {.name = "row", .n_in = 2, .in = {{2, {5, 9}}, {1, {9}}}, .lo = LO, .hi = HI},             \
        {.name = "column", .n_in = 2, .in = {{2, {5, 9}}, {2, {5, 1}}}, .lo = LO, .hi = HI},       \
        {.name = "both", .n_in = 2, .in = {{2, {1, 9}}, {2, {5, 1}}}, .lo = LO, .hi = HI},         \
        {.name = "scalar", .n_in = 2, .in = {{0, {0}}, {3, {2, 3, 4}}}, .lo = LO, .hi = HI},       \
        {.name = "middle", .n_in = 2, .in = {{3, {2, 1, 3}}, {3, {2, 4, 3}}}, .lo = LO, .hi = HI}, \
        {.name = "empty", .n_in = 2, .in = {{2, {0, 9}}, {1, {9}}}, .lo = LO, .hi = HI},           \
        {.name = "equal",                                                                          \
         .n_in = 2,                                                                                \
         .in = {{1, {9}}, {1, {9}}},                                                               \
         .lo = HI,                                                                                 \
         .hi = HI,                                                                                 \
         .no_grad = 3},                                                                            \
        {.name = "pixels",                                                                         \
         .n_in = 2,                                                                                \
         .in = {{4, {2, 3, 4, 5}}, {4, {2, 1, 1, 5}}},                                             \
         .lo = LO,                                                                                 \
         .hi = HI},                                                                                \
    };
#else
#define FRS_BINARY_CASES(LO, HI)
#endif
#define FRS_BINARY(NAME, VALUE, DX, DY, LO, HI)                                                    \
    FRS_BINARY_CASES(LO, HI)                                                                       \
    static void reference(const frs_ref_args *a) {                                                 \
        const int64_t n = frs_shape_count(a->out_shape[0]);                                        \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const double x = a->in[0][frs__broadcast_at(a->out_shape[0], a->in_shape[0], i)];      \
            const double y = a->in[1][frs__broadcast_at(a->out_shape[0], a->in_shape[1], i)];      \
            a->out[0][i] = (VALUE);                                                                \
        }                                                                                          \
    }                                                                                              \
    static frs_status gradient(const frs_grad_args *g) {                                           \
        frs_builder *b = g->b;                                                                     \
        frs_tensor *const x = g->in[0], *const y = g->in[1], *const d = g->d_out[0];               \
        (void)b, (void)x, (void)y, (void)d;                                                        \
        frs__binary_gradient(g, DX, DY);                                                           \
        return FRS_OK;                                                                             \
    }                                                                                              \
    const frs_op frs__##NAME##_op = {.name = #NAME,                                                \
                                     .n_in_min = 2,                                                \
                                     .n_in_max = 2,                                                \
                                     .n_out = 1,                                                   \
                                     .n_main = 1,                                                  \
                                     .shape = frs__shape_broadcast,                                \
                                     .reference = reference,                                       \
                                     .gradient = gradient,                                         \
                                     FRS_CASES};                                                   \
    frs_tensor *frs_##NAME(frs_builder *b, frs_tensor *x, frs_tensor *y) {                         \
        frs_tensor *in[] = {x, y};                                                                 \
        return frs__op_add(b, &frs__##NAME##_op, in, 2, NULL, 0);                                  \
    }
#endif
