/* What max_pool and avg_pool share: where each output looks, shapes, gradients' attributes. */
#ifndef FRS_OP_POOL_H
#define FRS_OP_POOL_H
#include "op/window.h"

typedef struct frs_pool_attr {
    frs_window w;
    int16_t uncounted[FRS_SPATIAL]; /* of pad_hi: what ceil_mode added, which never counts */
    bool count_padding;             /* avg_pool */
    bool adaptive;                  /* out[] windows by PyTorch's rule; w is not looked at */
    int32_t in[FRS_SPATIAL];        /* of a gradient: the sizes of x, 1 beyond its axes */
    int32_t out[FRS_SPATIAL];       /* adaptive: outputs, 1 beyond the axes of x */
} frs_pool_attr;

/* Output o of an axis: taps k0 .. k1 - 1, at base + k step, lie in the input. Adaptive: from
 * floor(o in / out) to ceil((o + 1) in / out). */
typedef struct frs_pool_span {
    int32_t base, step, k0, k1;
    int32_t counted; /* taps of the divisor where padding counts */
} frs_pool_span;
frs_pool_span frs__pool_span(const frs_pool_attr *t, int axis, int64_t in, int64_t o);
/* At least the taps of any output: the number of tap (k, l, m) is (k most[1] + l) most[2] + m. */
int64_t frs__pool_most(const frs_pool_attr *t, int axis, int64_t in);

/* The references' loop: every tap of every output that lies in the input, in order. */
typedef struct frs_pool_tap {
    int64_t out, in; /* elements */
    double number;   /* of the tap in its window */
    double divisor;  /* of the mean */
} frs_pool_tap;
void frs__pool_each(const frs_pool_attr *t, frs_shape x, frs_shape y,
                    void (*visit)(const frs_ref_args *a, frs_pool_tap tap), const frs_ref_args *a);

frs_status frs__pool_shape(const frs_shape_args *a);      /* x -> out[0] */
frs_status frs__pool_shape_grad(const frs_shape_args *a); /* dy -> dx */
frs_pool_attr frs__pool_grad_attr(const frs_grad_args *g);
frs_tensor *frs__max_pool(frs_builder *b, frs_tensor *x, const frs_pool_attr *t);
frs_tensor *frs__avg_pool(frs_builder *b, frs_tensor *x, const frs_pool_attr *t);

#ifdef FRS_OP_CASES
/* Windows K over 3 axes, with strides S. */
#define FRS_3(a, b, c)                                                                             \
    { a, b, c }
#define FRS_POOL_WINDOW(K, S, ...)                                                                 \
    .FRS_ATTR(frs_pool_attr, .w = {.kernel = FRS_3 K, .stride = FRS_3 S, __VA_ARGS__})
#define FRS_PLAIN              .dilation = FRS_3(1, 1, 1)
#define FRS_POOL_ADAPTIVE(...) .FRS_ATTR(frs_pool_attr, .adaptive = true, .out = {__VA_ARGS__})
#define FRS_POOL_IN(...)       .n_in = 1, .lo = -2, .hi = 2, .in = {__VA_ARGS__}
/* Those of both operators. */
#define FRS_POOL_CASES                                                                             \
    {.name = "LeNet's",                                                                            \
     FRS_POOL_IN({4, {3, 8, 6, 6}}),                                                               \
     FRS_POOL_WINDOW((2, 2, 1), (2, 2, 1), FRS_PLAIN)},                                            \
        {.name = "AlexNet's",                                                                      \
         FRS_POOL_IN({4, {2, 9, 7, 19}}),                                                          \
         FRS_POOL_WINDOW((3, 3, 1), (2, 2, 1), FRS_PLAIN)},                                        \
        {.name = "padded, one channel",                                                            \
         FRS_POOL_IN({4, {2, 5, 7, 1}}),                                                           \
         FRS_POOL_WINDOW((3, 2, 1), (1, 2, 1), FRS_PLAIN, .pad_lo = {1, 1}, .pad_hi = {1})},       \
        {.name = "a series",                                                                       \
         FRS_POOL_IN({3, {3, 11, 33}}),                                                            \
         FRS_POOL_WINDOW((4, 1, 1), (3, 1, 1), FRS_PLAIN, .pad_hi = {2})},                         \
        {.name = "a volume",                                                                       \
         FRS_POOL_IN({5, {2, 4, 5, 3, 5}}),                                                        \
         FRS_POOL_WINDOW((2, 3, 2), (2, 1, 1), FRS_PLAIN, .pad_lo = {0, 1, 1})},                   \
        {.name = "gaps between windows",                                                           \
         FRS_POOL_IN({4, {1, 9, 9, 2}}),                                                           \
         FRS_POOL_WINDOW((2, 2, 1), (4, 3, 1), FRS_PLAIN)},                                        \
        {.name = "dilated",                                                                        \
         FRS_POOL_IN({4, {2, 9, 8, 3}}),                                                           \
         FRS_POOL_WINDOW((3, 2, 1), (2, 1, 1), .dilation = {2, 3, 1}, .pad_lo = {1, 2},            \
                         .pad_hi = {2, 1})},                                                       \
        {.name = "adaptive", FRS_POOL_IN({4, {2, 7, 10, 17}}), FRS_POOL_ADAPTIVE(3, 4, 1)},        \
        {.name = "adaptive, more out than in",                                                     \
         FRS_POOL_IN({3, {2, 3, 4}}),                                                              \
         FRS_POOL_ADAPTIVE(5, 1, 1)},                                                              \
        {.name = "global", FRS_POOL_IN({5, {2, 3, 4, 5, 3}}), FRS_POOL_ADAPTIVE(1, 1, 1)},         \
        {.name = "two blocks",                                                                     \
         FRS_POOL_IN({4, {2, 66, 32, 32}}),                                                        \
         .no_grad = 1,                                                                             \
         FRS_POOL_WINDOW((2, 2, 1), (2, 2, 1), FRS_PLAIN)},                                        \
        {.name = "empty",                                                                          \
         FRS_POOL_IN({4, {0, 4, 4, 3}}),                                                           \
         FRS_POOL_WINDOW((2, 2, 1), (2, 2, 1), FRS_PLAIN)},                                        \
        {.name = "no channels",                                                                    \
         FRS_POOL_IN({4, {2, 4, 4, 0}}),                                                           \
         FRS_POOL_WINDOW((2, 2, 1), (2, 2, 1), FRS_PLAIN)},                                        \
    {                                                                                              \
        .name = "nothing in a window", FRS_POOL_IN({3, {2, 3, 2}}), .no_grad = 1,                  \
        FRS_POOL_WINDOW((2, 1, 1), (2, 1, 1), FRS_PLAIN, .pad_lo = {2}, .pad_hi = {3})             \
    }
#endif
#endif
