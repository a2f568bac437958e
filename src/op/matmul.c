/* z = op(x) op(y), rank 2, op transposes or not.
 * With no transposes dx = dz y', dy = x' dz; the others follow by transposing. */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "nn", .n_in = 2, .in = {{2, {3, 5}}, {2, {5, 4}}}, .lo = -1, .hi = 1},
    {.name = "tn", .n_in = 2, .in = {{2, {5, 3}}, {2, {5, 4}}}, .attr = {1, 0}, .lo = -1, .hi = 1},
    {.name = "nt", .n_in = 2, .in = {{2, {3, 5}}, {2, {4, 5}}}, .attr = {0, 1}, .lo = -1, .hi = 1},
    {.name = "tt", .n_in = 2, .in = {{2, {5, 3}}, {2, {4, 5}}}, .attr = {1, 1}, .lo = -1, .hi = 1},
    {.name = "wide",
     .n_in = 2,
     .in = {{2, {33, 17}}, {2, {65, 17}}},
     .attr = {0, 1},
     .lo = -1,
     .hi = 1},
    {.name = "column",
     .n_in = 2,
     .in = {{2, {300, 20}}, {2, {1, 20}}},
     .attr = {0, 1},
     .lo = -1,
     .hi = 1},
    {.name = "one", .n_in = 2, .in = {{2, {1, 1}}, {2, {1, 1}}}, .lo = -1, .hi = 1},
    {.name = "vectors", .n_in = 2, .in = {{2, {1, 31}}, {2, {31, 1}}}, .lo = -1, .hi = 1},
    {.name = "odd",
     .n_in = 2,
     .in = {{2, {15, 7}}, {2, {33, 7}}},
     .attr = {0, 1},
     .lo = -1,
     .hi = 1},
    {.name = "nothing inside", .n_in = 2, .in = {{2, {3, 0}}, {2, {0, 4}}}, .lo = -1, .hi = 1},
    {.name = "empty", .n_in = 2, .in = {{2, {0, 5}}, {2, {5, 4}}}, .lo = -1, .hi = 1},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_matmul_attr *t = a->attr;
    if (a->in[0].rank != 2 || a->in[1].rank != 2)
        return frs__shape_fail(a, _("a matrix product needs two matrices"));
    const int64_t inner[2] = {a->in[0].dim[!t->trans_x], a->in[1].dim[t->trans_y]};
    if (inner[0] != inner[1])
        return frs__shape_fail(a, _("the inner sizes %lld and %lld differ"), (long long)inner[0],
                               (long long)inner[1]);
    a->out[0] = (frs_shape){2, {a->in[0].dim[t->trans_x], a->in[1].dim[!t->trans_y]}};
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_matmul_attr *t = a->attr;
    const int64_t M = a->out_shape[0].dim[0], N = a->out_shape[0].dim[1];
    const int64_t K = a->in_shape[0].dim[!t->trans_x];
    for (int64_t i = 0; i < M; i++)
        for (int64_t j = 0; j < N; j++) {
            double sum = 0;
            for (int64_t k = 0; k < K; k++)
                sum += a->in[0][t->trans_x ? k * M + i : i * K + k] *
                       a->in[1][t->trans_y ? j * K + k : k * N + j];
            a->out[0][i * N + j] = sum;
        }
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_matmul_attr *t = g->attr;
    frs_builder *b = g->b;
    frs_tensor *x = g->in[0], *y = g->in[1], *d = g->d_out[0];
    g->d_in[0] = t->trans_x ? frs_matmul(b, y, d, t->trans_y, true)
                            : frs_matmul(b, d, y, false, !t->trans_y);
    g->d_in[1] = t->trans_y ? frs_matmul(b, d, x, true, t->trans_x)
                            : frs_matmul(b, x, d, !t->trans_x, false);
    return FRS_OK;
}

const frs_op frs__matmul_op = {.name = "matmul",
                               .n_in_min = 2,
                               .n_in_max = 2,
                               .n_out = 1,
                               .n_main = 1,
                               .shape = shape,
                               .reference = reference,
                               .gradient = gradient,
                               FRS_CASES};

frs_tensor *frs_matmul(frs_builder *b, frs_tensor *x, frs_tensor *y, bool trans_x, bool trans_y) {
    const frs_matmul_attr attr = {trans_x, trans_y};
    frs_tensor *in[] = {x, y};
    return frs__op_add(b, &frs__matmul_op, in, 2, &attr, sizeof attr);
}
