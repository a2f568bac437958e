/* One kernel on one case: values beside the reference, nothing written outside, the same bits for
 * any number of threads. Returns what is wrong, or NULL. */
#ifndef FRS_TEST_OPS_KERNEL_H
#define FRS_TEST_OPS_KERNEL_H
#include "ops_problem.h"

enum { GUARD = 64, GUARD_BYTE = 0x5C }; /* bytes on either side */
typedef struct guarded {
    unsigned char *base;
    size_t bytes;
} guarded;

static inline guarded guarded_new(size_t bytes) {
    guarded g = {block(bytes + 2 * GUARD), bytes};
    memset(g.base, GUARD_BYTE, bytes + 2 * GUARD);
    return g;
}

static inline void *guarded_data(guarded g) {
    return g.base + GUARD;
}

static inline bool guarded_intact(guarded g) {
    for (size_t i = 0; i < GUARD; i++)
        if (g.base[i] != GUARD_BYTE || g.base[GUARD + g.bytes + i] != GUARD_BYTE) return false;
    return true;
}

/* Runs k; outputs beyond n_wanted are NULL. */
static inline bool run_kernel_once(const problem *p, const frs_kernel *k, frs_ctx *ctx,
                                   int n_wanted, guarded *out) {
    const frs_kernel_shape s = {.attr = p->attr,
                                .n_in = p->c->n_in,
                                .n_out = p->op->n_out,
                                .in = p->in_shape,
                                .out = p->out_shape,
                                .out_wanted = (1U << n_wanted) - 1,
                                .isa = frs__isa(ctx)};
    void *state = NULL;
    if (k->prepare) assert_ok(ctx, k->prepare(ctx, &s, &state));
    frs_kernel_room room = {0};
    if (k->room) room = k->room(state);
    if (k->scratch_bytes) room.scratch = k->scratch_bytes(&s, frs_ctx_threads(ctx));
    guarded scratch = guarded_new(room.scratch), kept = guarded_new(room.kept);
    float *to[FRS_OP_MAX_OUT] = {0};
    bool intact = true;
    for (int i = 0; i < n_wanted; i++) {
        out[i] = guarded_new(elements(p->out_shape[i]) * sizeof(float));
        to[i] = guarded_data(out[i]);
    }
    const frs_kernel_args a = {.ctx = ctx,
                               .attr = p->attr,
                               .in = (const float *const *)p->in_f,
                               .out = to,
                               .in_shape = p->in_shape,
                               .out_shape = p->out_shape,
                               .n_in = p->c->n_in,
                               .n_out = p->op->n_out,
                               .scratch = guarded_data(scratch),
                               .kept = guarded_data(kept),
                               .state = state,
                               .run = test_run,
                               .isa = frs__isa(ctx)};
    if (k->keep) k->keep(&a);
    k->run(&a);
    for (int i = 0; i < n_wanted; i++) intact = intact && guarded_intact(out[i]);
    intact = intact && guarded_intact(scratch) && guarded_intact(kept);
    if (k->release) k->release(ctx, state);
    free(scratch.base);
    free(kept.base);
    return intact;
}

static inline bool kernel_fits(const problem *p, const frs_kernel *k, frs_isa isa) {
    const frs_kernel_shape s = {.attr = p->attr,
                                .n_in = p->c->n_in,
                                .n_out = p->op->n_out,
                                .in = p->in_shape,
                                .out = p->out_shape,
                                .out_wanted = (1U << p->op->n_out) - 1,
                                .isa = isa};
    return strcmp(k->op, p->op->name) == 0 && k->fits(&s);
}

static inline const char *check_kernel(const problem *p, const frs_kernel *k, int n_wanted) {
    static const int threads[] = {1, 3};
    guarded out[2][FRS_OP_MAX_OUT] = {0};
    const char *wrong = NULL;
    for (int t = 0; t < 2; t++) {
        frs_ctx *ctx = NULL;
        assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.threads = threads[t]}, &ctx), FRS_OK);
        if (!run_kernel_once(p, k, ctx, n_wanted, out[t])) wrong = "wrote outside its outputs";
        frs_ctx_free(ctx);
    }
    /* outputs beyond n_main have the layout of the kernel */
    for (int i = 0; i < p->op->n_main && !wrong; i++)
        if (!(distance(guarded_data(out[0][i]), p->out[i], elements(p->out_shape[i])) <= 1e-5))
            wrong = "values differ from the reference";
    for (int i = 0; i < n_wanted && !wrong; i++)
        if (memcmp(guarded_data(out[0][i]), guarded_data(out[1][i]), out[0][i].bytes) != 0)
            wrong = "other bits with other threads";
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < n_wanted; i++) free(out[t][i].base);
    return wrong;
}
#endif
