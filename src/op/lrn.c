/* Local response normalisation across channels (last axis):
 *     s_c = k + alpha / size sum of x_j^2, j = c - floor(size / 2) .. c + floor((size - 1) / 2),
 *     y_c = x_c s_c^-beta;  channels outside count as 0
 *   in: x [.., C]; out: y; for the gradient: s. A NaN makes its neighbours NaN.
 *     dx_c = dy_c s_c^-beta - 2 alpha beta / size x_c sum of dy_j x_j s_j^(-beta - 1) over those j
 *     whose sum holds c
 * Krizhevsky et al. (2012), doi:10.1145/3065386; the mean in place of their sum, as
 * torch.nn.LocalResponseNorm (for their alpha give size times alpha). */
#include "op/lrn.h"
#include "op/elementwise.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define ATTR(...) .FRS_ATTR(frs_lrn_attr, __VA_ARGS__)
static const frs_op_case cases[] = {
    {.name = "AlexNet's",
     .n_in = 1,
     .in = {{4, {2, 3, 4, 19}}},
     ATTR(.size = 5, .alpha = 0.5, .beta = 0.75, .k = 2),
     .lo = -2,
     .hi = 2},
    {.name = "even size",
     .n_in = 1,
     .in = {{3, {2, 5, 33}}},
     ATTR(.size = 4, .alpha = 0.3, .beta = 0.6, .k = 1),
     .lo = -2,
     .hi = 2},
    {.name = "fewer channels than size",
     .n_in = 1,
     .in = {{3, {2, 7, 3}}},
     ATTR(.size = 9, .alpha = 1, .beta = 0.5, .k = 1),
     .lo = -2,
     .hi = 2},
    {.name = "size 1",
     .n_in = 1,
     .in = {{2, {6, 16}}},
     ATTR(.size = 1, .alpha = 1, .beta = 1, .k = 1),
     .lo = -2,
     .hi = 2},
    {.name = "two blocks",
     .n_in = 1,
     .in = {{2, {4200, 32}}},
     ATTR(.size = 5, .alpha = 1e-4, .beta = 0.75, .k = 2),
     .lo = -2,
     .hi = 2,
     .no_grad = 1},
    {.name = "empty",
     .n_in = 1,
     .in = {{3, {0, 7, 3}}},
     ATTR(.size = 3, .alpha = 1, .beta = 0.5, .k = 1),
     .lo = -2,
     .hi = 2},
};
/* dy, x, s */
static const frs_op_case grad_cases[] = {
    {.name = "two blocks",
     .n_in = 3,
     .in = {{2, {4200, 32}}, {2, {4200, 32}}, {2, {4200, 32}}},
     ATTR(.size = 5, .alpha = 0.5, .beta = 0.75, .k = 2),
     .lo = 0.5,
     .hi = 2},
};
#define GRAD_CASES .cases = grad_cases, .n_cases = (int)FRS_LEN(grad_cases),
#else
#define GRAD_CASES
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_lrn_attr *t = a->attr;
    if (a->in[0].rank < 2) return frs__shape_fail(a, _("input must be [batch, .., channels]"));
    if (t->size < 1 || t->size > FRS_LRN_MOST)
        return frs__shape_fail(a, _("a neighbourhood of %d channels; 1 to %d"), (int)t->size,
                               FRS_LRN_MOST);
    a->out[0] = a->out[1] = a->in[0];
    return FRS_OK;
}

typedef struct reach {
    int64_t first, end;
} reach;

/* Channels c - before .. c + after that there are. */
static reach reach_of(int64_t c, int64_t C, int64_t before, int64_t after) {
    return (reach){c > before ? c - before : 0, c + after + 1 < C ? c + after + 1 : C};
}

static void reference(const frs_ref_args *a) {
    const frs_lrn_attr *t = a->attr;
    const frs_shape shape_x = a->in_shape[0];
    const int64_t C = shape_x.dim[shape_x.rank - 1], n = frs_shape_count(shape_x);
    for (int64_t i = 0; i < n; i++) {
        const double *x = a->in[0] + i / C * C; /* of the row */
        const reach r = reach_of(i % C, C, t->size / 2, (t->size - 1) / 2);
        double sum = 0;
        for (int64_t j = r.first; j < r.end; j++) sum += x[j] * x[j];
        const double s = t->k + t->alpha / t->size * sum;
        a->out[0][i] = a->in[0][i] * pow(s, -t->beta);
        if (a->out[1]) a->out[1][i] = s;
    }
}

/* ---- gradient: inputs dy, x, s */
static void grad_reference(const frs_ref_args *a) {
    const frs_lrn_attr *t = a->attr;
    const frs_shape shape_x = a->in_shape[1];
    const int64_t C = shape_x.dim[shape_x.rank - 1], n = frs_shape_count(shape_x);
    for (int64_t i = 0; i < n; i++) {
        const int64_t row = i / C * C;
        const double *dy = a->in[0] + row, *x = a->in[1] + row, *s = a->in[2] + row;
        const reach r = reach_of(i % C, C, (t->size - 1) / 2, t->size / 2);
        double sum = 0;
        for (int64_t j = r.first; j < r.end; j++) sum += dy[j] * x[j] * pow(s[j], -t->beta - 1);
        a->out[0][i] = a->in[0][i] * pow(a->in[2][i], -t->beta) -
                       2 * t->alpha * t->beta / t->size * a->in[1][i] * sum;
    }
}

const frs_op frs__lrn_grad_op = {.name = "lrn_grad",
                                 .n_in_min = 3,
                                 .n_in_max = 3,
                                 .n_out = 1,
                                 .n_main = 1,
                                 .shape = frs__shape_same,
                                 .reference = grad_reference,
                                 GRAD_CASES};

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *in[] = {g->d_out[0], g->in[0], g->out[1]};
    g->d_in[0] = frs__op_add(g->b, &frs__lrn_grad_op, in, 3, g->attr, sizeof(frs_lrn_attr));
    return FRS_OK;
}

const frs_op frs__lrn_op = {.name = "lrn",
                            .n_in_min = 1,
                            .n_in_max = 1,
                            .n_out = 2,
                            .n_main = 1,
                            .shape = shape,
                            .reference = reference,
                            .gradient = gradient,
                            FRS_CASES};

frs_tensor *frs_lrn(frs_builder *b, frs_tensor *x, const frs_lrn_opts *o) {
    const frs_lrn_attr t = {.size = o->size,
                            .alpha = o->alpha != 0 ? o->alpha : 1e-4,
                            .beta = o->beta != 0 ? o->beta : 0.75,
                            .k = o->k != 0 ? o->k : 1};
    return frs__op_add(b, &frs__lrn_op, &x, 1, &t, sizeof t);
}
