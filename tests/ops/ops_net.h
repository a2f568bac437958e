/* One case as a net: loss = sum of fixed weights times the outputs. Its gradient in double against
 * signed central differences, in float (kernels, or references) against the one in double. */
#ifndef FRS_TEST_OPS_NET_H
#define FRS_TEST_OPS_NET_H
#include "ops_problem.h"

static inline bool has_gradient(const problem *p, int i) {
    return !(p->c->no_grad >> i & 1) && p->in_shape[i].rank >= 0;
}

static inline bool any_gradient(const problem *p) {
    bool any = false;
    for (int i = 0; i < p->c->n_in; i++) any |= has_gradient(p, i);
    return any && p->op->gradient;
}

static inline frs_status build_net(frs_builder *b, const void *arg) {
    const problem *p = *(const problem *const *)arg;
    frs_tensor *in[FRS_OP_MAX_IN] = {0}, *loss = NULL;
    char name[16];
    for (int i = 0; i < p->c->n_in; i++) {
        snprintf(name, sizeof name, "in%d", i);
        if (has_gradient(p, i))
            in[i] = frs_param(b, name, p->in_shape[i], (frs_init){FRS_INIT_ZERO, 0, 0});
        else if (p->in_shape[i].rank >= 0)
            in[i] = frs_input(b, name, p->in_shape[i]);
    }
    frs_tensor *y = frs__op_add(b, p->op, in, p->c->n_in, p->attr, FRS_OP_ATTR);
    for (int k = 0; k < p->op->n_main; k++) {
        snprintf(name, sizeof name, "w%d", k);
        frs_tensor *w = frs_input(b, name, p->out_shape[k]);
        frs_tensor *sum = frs_reduce_sum(b, frs_mul(b, frs__op_out(y, k), w), ~0U);
        sum = frs_reshape(b, sum, (frs_shape){0});
        loss = loss ? frs_add(b, loss, sum) : sum;
        snprintf(name, sizeof name, "y%d", k);
        frs_output(b, name, frs__op_out(y, k));
    }
    return frs_build_done(b, loss);
}

static inline frs_model *net_new(frs_ctx *ctx, const problem *p, frs_dtype dtype, bool reference) {
    const frs_model_opts o = {.build = build_net,
                              .arg = &p,
                              .arg_size = sizeof p,
                              .seed = test_run.seed,
                              .dtype = dtype,
                              .reference_only = reference};
    frs_model *m = NULL;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    return m;
}

/* Which input a parameter is, by its name "inN". */
static inline int input_of(const frs_model *m, int64_t param) {
    return atoi(frs_model_param(m, param).name + 2);
}

static inline void net_set(frs_ctx *ctx, const problem *p, frs_model *m, frs_plan *plan) {
    char name[16];
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info q = frs_model_param(m, i);
        const size_t n = elements(q.shape);
        for (size_t j = 0; j < n; j++)
            if (m->o.dtype == FRS_F64)
                ((double *)frs_model_weights(m))[q.offset + (int64_t)j] = p->in[input_of(m, i)][j];
            else
                ((float *)frs_model_weights(m))[q.offset + (int64_t)j] = p->in_f[input_of(m, i)][j];
    }
    for (int i = 0; i < p->c->n_in; i++) {
        snprintf(name, sizeof name, "in%d", i);
        if (!has_gradient(p, i) && p->in_shape[i].rank >= 0)
            assert_ok(ctx, frs_plan_feed(plan, name, p->in_f[i], frs_shape_count(p->in_shape[i])));
    }
    for (int k = 0; k < p->op->n_main; k++) {
        snprintf(name, sizeof name, "w%d", k);
        assert_ok(ctx, frs_plan_feed(plan, name, p->weight[k], frs_shape_count(p->out_shape[k])));
    }
}

static inline double net_loss(frs_ctx *ctx, frs_plan *plan) {
    double loss = NAN;
    assert_ok(ctx, frs_plan_run(plan, test_run.step));
    assert_ok(ctx, frs_plan_output(plan, "loss", &loss, 1));
    return loss;
}

/* The gradients in double, flat; the caller frees. */
static inline double *double_gradients(frs_ctx *ctx, const problem *p, size_t *n) {
    frs_model *m = net_new(ctx, p, FRS_F64, false);
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
    net_set(ctx, p, m, plan);
    net_loss(ctx, plan);
    *n = (size_t)frs_model_flat_count(m);
    double *g = block(*n * sizeof *g);
    memcpy(g, frs_model_gradients(m), *n * sizeof *g);
    frs_model_free(m);
    return g;
}

/* Signed and element by element: up to `most` elements of each input, evenly spread. */
static inline const char *check_differences(frs_ctx *ctx, const problem *p, size_t most) {
    size_t flat = 0;
    double *all = double_gradients(ctx, p, &flat);
    frs_model *m = net_new(ctx, p, FRS_F64, false);
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &plan));
    net_set(ctx, p, m, plan);
    const char *wrong = NULL;
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info q = frs_model_param(m, i);
        const double *gradient = all + q.offset, step = 1e-5;
        double *w = (double *)frs_model_weights(m) + q.offset;
        const size_t n = elements(q.shape), stride = n / most + 1;
        for (size_t j = 0; j < n; j += stride) {
            const double x = w[j];
            w[j] = x + step;
            const double up = net_loss(ctx, plan);
            w[j] = x - step;
            const double down = net_loss(ctx, plan);
            w[j] = x;
            const double d = fabs((up - down) / (2 * step) - gradient[j]);
            if (!(d <= 1e-6 * (1 + fabs(gradient[j])))) wrong = "gradient differs from differences";
        }
    }
    free(all);
    frs_model_free(m);
    return wrong;
}

/* Outputs and gradients of a float net on `threads` threads; flat gradients are appended to *g,
 * which the caller frees. used: told about every operator's node. */
static inline const char *check_float_net(const problem *p, int threads, bool reference,
                                          const double *expected, float **g,
                                          void (*used)(const frs_node *)) {
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.threads = threads}, &ctx), FRS_OK);
    frs_model *m = net_new(ctx, p, FRS_F32, reference);
    frs_plan *plan = NULL;
    const frs_mode mode = any_gradient(p) ? FRS_TRAIN : FRS_INFER;
    assert_ok(ctx, frs_model_compile(m, mode, (frs_dims){1, 1}, &plan));
    net_set(ctx, p, m, plan);
    net_loss(ctx, plan);
    const char *wrong = NULL;
    for (int k = 0; k < p->op->n_main; k++) {
        char name[16];
        const float *y = NULL;
        int64_t n = 0;
        snprintf(name, sizeof name, "y%d", k);
        assert_ok(ctx, frs_plan_output_f32(plan, name, &y, &n));
        if (!(distance(y, p->out[k], (size_t)n) <= 1e-5)) wrong = "output in the net";
    }
    const float *gradients = frs_model_gradients(m);
    for (int64_t i = 0; expected && i < frs_model_n_params(m); i++) {
        const frs_param_info q = frs_model_param(m, i);
        const double d = distance(gradients + q.offset, expected + q.offset, elements(q.shape));
        if (!(d <= 1e-5)) wrong = "gradient in float";
    }
    const size_t bytes = (size_t)frs_model_flat_count(m) * sizeof(float);
    *g = block(bytes);
    if (gradients) memcpy(*g, gradients, bytes); /* NULL: nothing was differentiated */
    for (int64_t i = 0; i < plan->b.n_nodes; i++)
        if (plan->b.nodes[i]->kind == FRS_NODE_OP && plan->b.nodes[i]->wanted)
            used(plan->b.nodes[i]);
    frs_model_free(m);
    frs_ctx_free(ctx);
    return wrong;
}
#endif
