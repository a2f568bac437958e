/* Layers beside PyTorch's values of tests/golden/layers, which tools/golden_layers.py makes: a net
 * is a function whose parameters, its input among them, are number(0, ..), number(1, ..) in order;
 * the loss is mse to number(1000, ..). In double each element within 1e-9, in float each tensor
 * within 1e-5 in the 2-norm; values and the gradients of all parameters. */
#ifndef FRS_TEST_GOLDEN_NET_H
#define FRS_TEST_GOLDEN_NET_H
#include "golden_file.h"

enum { GOLDEN_ROOM = 1024 };
typedef struct golden_net {
    const char *name;
    frs_tensor *(*make)(frs_builder *b);
    bool keys; /* it takes a mask of keys */
} golden_net;

static inline frs_status golden_build(frs_builder *b, const void *arg) {
    const golden_net *n = arg;
    frs_tensor *y = n->make(b);
    frs_output(b, "y", y);
    return frs_build_done(b, frs_loss_mse(b, y, frs_input(b, "target", frs_tensor_shape(y))));
}

static inline void golden_feed(frs_ctx *ctx, const golden_net *net, frs_plan *plan, int64_t n) {
    static const float there[] = {1, 1, 1, 1, 0, 1, 1, 0, 0, 0};
    float target[GOLDEN_ROOM];
    assert_true(n <= GOLDEN_ROOM);
    for (int64_t i = 0; i < n; i++) target[i] = (float)golden_number(1000, (uint64_t)i);
    assert_ok(ctx, frs_plan_feed(plan, "target", target, n));
    if (net->keys) assert_ok(ctx, frs_plan_feed(plan, "keys", there, FRS_LEN(there)));
}

static inline void golden_compare_net(const golden_net *net, const frs_model_opts *how) {
    const bool wide = how->dtype == FRS_F64;
    const double limit = wide ? 1e-9 : 1e-5;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 2);
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    frs_model_opts o = *how;
    golden_file g;
    golden_open(&g, "layers", net->name);
    o.build = golden_build;
    o.arg = net;
    o.arg_size = sizeof *net;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
    golden_set_weights(m);
    golden_feed(ctx, net, plan, golden_find(&g, "y")->n);
    assert_ok(ctx, frs_plan_run(plan, 0));
    golden_compare_output(ctx, &g, plan, "y", limit, wide);
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        char name[32];
        snprintf(name, sizeof name, "grad.%d", (int)i);
        golden_compare(&g, name, (const char *)frs_model_gradients(m) + p.offset * (wide ? 8 : 4),
                       frs_shape_count(p.shape), wide, limit);
    }
    assert_int_equal(g.n, frs_model_n_params(m) + 1);
    golden_close(&g);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

static inline void golden_in_double(const golden_net *net) {
    golden_compare_net(net, &(frs_model_opts){.dtype = FRS_F64});
}
static inline void golden_in_float(const golden_net *net) {
    golden_compare_net(net, &(frs_model_opts){0});
    golden_compare_net(net, &(frs_model_opts){.reference_only = true});
}
#endif
