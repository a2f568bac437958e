/* z = op(x) op(y) of the last two axes, op transposes or not; leading axes are those of a batch of
 * products and broadcast as NumPy's.
 * What stood behind it becomes part of it at compile (src/graph/fuse.c): z := then(z + bias), a
 * bias [N] on the last axis, or absent. dbias = d summed over the rows, d = then's slope by z times
 * dz, which stands for dz below. With no transposes dx = dz y', dy = x' dz, each summed over the
 * axes that broadcasting stretched; the others follow by transposing. */
#include "op/matmul.h"
#include "op/elementwise.h"

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
    {.name = "batch", .n_in = 2, .in = {{3, {4, 3, 5}}, {3, {4, 5, 7}}}, .lo = -1, .hi = 1},
    {.name = "batch tn",
     .n_in = 2,
     .in = {{3, {3, 5, 2}}, {3, {3, 5, 7}}},
     .attr = {1, 0},
     .lo = -1,
     .hi = 1},
    {.name = "batch nt, two axes",
     .n_in = 2,
     .in = {{4, {2, 3, 4, 5}}, {4, {2, 3, 6, 5}}},
     .attr = {0, 1},
     .lo = -1,
     .hi = 1},
    {.name = "batch tt, each of some with each of others",
     .n_in = 2,
     .in = {{4, {2, 1, 4, 5}}, {3, {3, 6, 4}}},
     .attr = {1, 1},
     .lo = -1,
     .hi = 1},
    {.name = "rows of a batch by one matrix",
     .n_in = 2,
     .in = {{4, {2, 3, 4, 5}}, {2, {5, 6}}},
     .lo = -1,
     .hi = 1},
    {.name = "one transposed by a batch",
     .n_in = 2,
     .in = {{2, {5, 4}}, {3, {3, 6, 5}}},
     .attr = {1, 1},
     .lo = -1,
     .hi = 1},
    {.name = "a transposed batch by one",
     .n_in = 2,
     .in = {{3, {3, 5, 4}}, {3, {1, 6, 5}}},
     .attr = {1, 1},
     .lo = -1,
     .hi = 1},
    {.name = "a batch too large for thin ones",
     .n_in = 2,
     .in = {{3, {5, 24, 17}}, {3, {5, 17, 19}}},
     .lo = -1,
     .hi = 1},
    {.name = "bias, tanh",
     .n_in = 3,
     .in = {{2, {7, 5}}, {2, {4, 5}}, {1, {4}}},
     .FRS_ATTR(frs_matmul_attr, .trans_y = true, .then = {.kind = FRS_TANH}),
     .lo = -1,
     .hi = 1},
    {.name = "bias on rows in pieces",
     .n_in = 3,
     .in = {{2, {300, 200}}, {2, {150, 200}}, {1, {150}}},
     .FRS_ATTR(frs_matmul_attr, .trans_y = true, .then = {.kind = FRS_SIGMOID}),
     .lo = -1,
     .hi = 1,
     .no_grad = 7},
    {.name = "bias on columns in pieces, a leak",
     .n_in = 3,
     .in = {{2, {9, 300}}, {2, {3200, 300}}, {1, {3200}}},
     .FRS_ATTR(frs_matmul_attr, .trans_y = true, .then = {.kind = FRS_LEAKY_RELU, .alpha = 0.25F}),
     .lo = -1,
     .hi = 1,
     .no_grad = 7},
    {.name = "a batch with a bias",
     .n_in = 3,
     .in = {{3, {3, 24, 17}}, {3, {3, 17, 19}}, {1, {19}}},
     .lo = -1,
     .hi = 1},
    {.name = "no products", .n_in = 2, .in = {{3, {0, 2, 3}}, {3, {0, 3, 4}}}, .lo = -1, .hi = 1},
    {.name = "nothing inside", .n_in = 2, .in = {{2, {3, 0}}, {2, {0, 4}}}, .lo = -1, .hi = 1},
    {.name = "empty", .n_in = 2, .in = {{2, {0, 5}}, {2, {5, 4}}}, .lo = -1, .hi = 1},
};
#endif

static frs_shape lead_of(frs_shape s) {
    s.rank -= 2;
    return s;
}

frs_matmul_dims frs__matmul_dims(const frs_matmul_attr *t, const frs_shape *in,
                                 const frs_shape *out) {
    const int rx = in[0].rank, ry = in[1].rank;
    frs_matmul_dims d = {.M = in[0].dim[rx - 2 + t->trans_x],
                         .N = in[1].dim[ry - 1 - t->trans_y],
                         .K = in[0].dim[rx - 1 - t->trans_x],
                         .lead = {lead_of(in[0]), lead_of(in[1]), lead_of(*out)}};
    d.count = frs_shape_count(d.lead[2]);
    if (!t->trans_x && frs_shape_count(d.lead[1]) == 1 && d.count > 1) { /* so x is not stretched */
        d.M *= d.count;
        d.count = 1;
    }
    return d;
}

int64_t frs__matmul_x(const frs_matmul_dims *d, int64_t i) {
    return frs__broadcast_at(d->lead[2], d->lead[0], i) * d->M * d->K;
}
int64_t frs__matmul_y(const frs_matmul_dims *d, int64_t i) {
    return frs__broadcast_at(d->lead[2], d->lead[1], i) * d->K * d->N;
}

static frs_status shape(const frs_shape_args *a) {
    const frs_matmul_attr *t = a->attr;
    const int rx = a->in[0].rank, ry = a->in[1].rank;
    if (rx < 2 || ry < 2) return frs__shape_fail(a, _("a matrix product needs two matrices"));
    const int64_t inner[2] = {a->in[0].dim[rx - 1 - t->trans_x], a->in[1].dim[ry - 2 + t->trans_y]};
    if (inner[0] != inner[1])
        return frs__shape_fail(a, _("the inner sizes %lld and %lld differ"), (long long)inner[0],
                               (long long)inner[1]);
    const frs_shape lead[2] = {lead_of(a->in[0]), lead_of(a->in[1])};
    frs_shape_args leads = *a;
    leads.in = lead;
    leads.n_in = 2;
    FRS_TRY(frs__shape_broadcast(&leads));
    frs_shape *out = &a->out[0];
    out->dim[out->rank++] = a->in[0].dim[rx - 2 + t->trans_x];
    out->dim[out->rank++] = a->in[1].dim[ry - 1 - t->trans_y];
    if (a->n_in > 2 && a->in[2].rank >= 0 &&
        (a->in[2].rank != 1 || a->in[2].dim[0] != out->dim[out->rank - 1]))
        return frs__shape_fail(a, _("the bias must be [columns]"));
    return FRS_OK;
}

static void one_product(const frs_matmul_dims *d, const frs_matmul_attr *t, const double *x,
                        const double *y, double *z) {
    for (int64_t i = 0; i < d->M; i++)
        for (int64_t j = 0; j < d->N; j++) {
            double sum = 0;
            for (int64_t k = 0; k < d->K; k++)
                sum += x[t->trans_x ? k * d->M + i : i * d->K + k] *
                       y[t->trans_y ? j * d->K + k : k * d->N + j];
            z[i * d->N + j] = sum;
        }
}

static void reference(const frs_ref_args *a) {
    const frs_matmul_dims d = frs__matmul_dims(a->attr, a->in_shape, a->out_shape);
    for (int64_t i = 0; i < d.count; i++)
        one_product(&d, a->attr, a->in[0] + frs__matmul_x(&d, i), a->in[1] + frs__matmul_y(&d, i),
                    a->out[0] + i * d.M * d.N);
    const frs_activation_attr then = frs__then(((const frs_matmul_attr *)a->attr)->then);
    const double *bias = a->n_in > 2 ? a->in[2] : NULL;
    for (int64_t i = 0; i < d.count * d.M * d.N; i++)
        a->out[0][i] = frs__activation_value(&then, a->out[0][i] + (bias ? bias[i % d.N] : 0));
}

static frs_tensor *flat(frs_builder *b, frs_tensor *x) {
    const frs_shape s = frs_tensor_shape(x);
    if (s.rank <= 2) return x; /* none: a failed build's */
    const int64_t n = s.dim[s.rank - 1];
    return frs_reshape(b, x, (frs_shape){2, {n ? frs_shape_count(s) / n : 0, n}});
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_matmul_attr *t = g->attr;
    frs_builder *b = g->b;
    frs_tensor *x = g->in[0], *y = g->in[1];
    frs_tensor *d = frs__then_gradient(b, t->then, g->out[0], g->d_out[0]);
    if (g->n_in > 2 && g->in[2]) g->d_in[2] = frs__sum_to(b, d, frs_tensor_shape(g->in[2]));
    const frs_shape sx = frs_tensor_shape(x), sy = frs_tensor_shape(y);
    frs_tensor *dx = t->trans_x ? frs_matmul(b, y, d, t->trans_y, true)
                                : frs_matmul(b, d, y, false, !t->trans_y);
    g->d_in[0] = frs__sum_to(b, dx, sx);
    if (!t->trans_x && frs_shape_count(lead_of(sy)) == 1) { /* one product of all rows */
        x = flat(b, x);
        d = flat(b, d);
    }
    frs_tensor *dy = t->trans_y ? frs_matmul(b, d, x, true, t->trans_x)
                                : frs_matmul(b, x, d, !t->trans_x, false);
    g->d_in[1] = frs__sum_to(b, dy, sy);
    return FRS_OK;
}

static double operations(const frs_shape_args *a) {
    const frs_matmul_dims d = frs__matmul_dims(a->attr, a->in, a->out);
    return 2 * (double)d.count * (double)d.M * (double)d.N * (double)d.K;
}

const frs_op frs__matmul_op = {.name = "matmul",
                               .n_in_min = 2,
                               .n_in_max = 3,
                               .n_out = 1,
                               .n_main = 1,
                               .shape = shape,
                               .reference = reference,
                               .operations = operations,
                               .gradient = gradient,
                               FRS_CASES};

/* A vector as a matrix of one row or column. */
static frs_tensor *as_matrix(frs_builder *b, frs_tensor *v, bool column) {
    const frs_shape s = frs_tensor_shape(v);
    if (!v || s.rank != 1) return v;
    return frs_reshape(b, v,
                       column ? (frs_shape){2, {s.dim[0], 1}} : (frs_shape){2, {1, s.dim[0]}});
}

frs_tensor *frs_matmul(frs_builder *b, frs_tensor *x, frs_tensor *y, bool trans_x, bool trans_y) {
    const bool row = x && frs_tensor_shape(x).rank == 1,
               column = y && frs_tensor_shape(y).rank == 1;
    const frs_matmul_attr attr = {.trans_x = trans_x && !row, .trans_y = trans_y && !column};
    frs_tensor *in[] = {as_matrix(b, x, false), as_matrix(b, y, true)};
    frs_tensor *z = frs__op_add(b, &frs__matmul_op, in, 2, &attr, sizeof attr);
    if (!z || (!row && !column)) return z;
    frs_shape s = frs_tensor_shape(z); /* without the axes of 1 that were put there */
    if (row) s.dim[s.rank - 2] = s.dim[s.rank - 1];
    s.rank -= row + column;
    return frs_reshape(b, z, s);
}
