/* Every case of every operator on every backend at the ISA level of FRS_ISA (CTest runs it once a
 * level; oneDNN keeps the level of its first call, so one process has one). */
#include "ops_kernel.h"
#include "ops_net.h"

#define FRS_OP(name) extern const frs_op frs__##name##_op;
#include "op/op_list.def"
#undef FRS_OP
static const frs_op *const ops[] = {
#define FRS_OP(name) &frs__##name##_op,
#include "op/op_list.def"
#undef FRS_OP
};
enum { N_OPS = FRS_LEN(ops), MAX_KERNELS = 256 };

/* What ran at all; by index in the lists. */
static bool op_ran[N_OPS], kernel_ran[MAX_KERNELS];

static void kernel_mark(const frs_kernel *kernel) {
    for (int64_t i = 0; i < frs__n_kernels(); i++)
        if (frs__kernel_at(i) == kernel) kernel_ran[i] = true;
}

static void node_mark(const frs_node *n) {
    for (int i = 0; i < N_OPS; i++)
        if (ops[i] == n->op) op_ran[i] = true;
    kernel_mark(n->kernel);
}

/* fn on every case of every operator, with nan_in -1; nans: and with NaN in each input in turn. */
static void for_all(void (*fn)(const problem *p), bool nans) {
    for (int i = 0; i < N_OPS; i++)
        for (int c = 0; c < ops[i]->n_cases; c++)
            for (int nan_in = -1; nan_in < (nans ? ops[i]->cases[c].n_in : 0); nan_in++) {
                problem p;
                if (nan_in >= 0 && ops[i]->cases[c].no_nan >> nan_in & 1) continue;
                problem_make(&p, ops[i], &ops[i]->cases[c], nan_in);
                fn(&p);
                problem_free(&p);
            }
}

static void must(const problem *p, const char *who, const char *wrong) {
    if (wrong) fail_msg("%s, case '%s', %s: %s", p->op->name, p->c->name, who, wrong);
}

static void kernels_on(const problem *p) {
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    for (int64_t i = 0; i < frs__n_kernels(); i++) {
        const frs_kernel *k = frs__kernel_at(i);
        if (!kernel_fits(p, k, frs__isa(ctx))) continue;
        must(p, k->backend, check_kernel(p, k, p->op->n_out));
        must(p, k->backend, check_kernel(p, k, p->op->n_main));
        kernel_mark(k);
    }
    frs_ctx_free(ctx);
}

static void kernels(void **state) {
    (void)state;
    for_all(kernels_on, true);
}

static void nets_on(const problem *p) {
    frs_ctx *ctx = NULL;
    float *g[3];
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    size_t n = 0;
    double *expected = any_gradient(p) ? double_gradients(ctx, p, &n) : NULL;
    must(p, "kernels", check_float_net(p, 1, false, expected, &g[0], node_mark));
    must(p, "kernels, 3 threads", check_float_net(p, 3, false, expected, &g[1], node_mark));
    must(p, "references", check_float_net(p, 1, true, expected, &g[2], node_mark));
    assert_memory_equal(g[0], g[1], n * sizeof(float));
    for (int i = 0; i < 3; i++) free(g[i]);
    free(expected);
    frs_ctx_free(ctx);
}

static void nets(void **state) {
    (void)state;
    for_all(nets_on, false);
}

static void differences_on(const problem *p) {
    if (!any_gradient(p)) return;
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    must(p, "double", check_differences(ctx, p, 200));
    frs_ctx_free(ctx);
}

static void differences(void **state) {
    (void)state;
    for_all(differences_on, false);
}

/* A unary operator with a case of missing values hands each on, and makes none; but for the two
 * that ask what a value is. */
static void missing_on(const problem *p) {
    if (p->c->n_in != 1 || p->c->nan_share <= 0) return;
    const bool isnan_op = strcmp(p->op->name, "isnan") == 0;
    const bool asks = isnan_op || strcmp(p->op->name, "isinf") == 0;
    assert_int_equal(elements(p->in_shape[0]), elements(p->out_shape[0]));
    for (size_t i = 0; i < elements(p->in_shape[0]); i++) {
        const double x = p->in[0][i], y = p->out[0][i];
        assert_true(asks ? y == (isnan_op && isnan(x)) : isnan(x) == isnan(y));
    }
}

static void missing(void **state) {
    (void)state;
    for_all(missing_on, false);
}

/* Runs last. An operator that is a gradient has the cases of the operator it belongs to: it stood
 * in their nets. */
static void nothing_without_a_case(void **state) {
    (void)state;
    for (int i = 0; i < N_OPS; i++) {
        const char *name = ops[i]->name;
        const size_t n = strlen(name);
        const bool is_gradient = n > 5 && strcmp(name + n - 5, "_grad") == 0;
        if (!(is_gradient ? op_ran[i] : ops[i]->n_cases > 0)) fail_msg("%s has no case", name);
    }
    for (int64_t i = 0; i < frs__n_kernels(); i++)
        if (!kernel_ran[i]) fail_msg("kernel %s fits no case", frs__kernel_at(i)->name);
}

/* ---- proof that the checks can fail */

static const frs_op_case odd_case = {
    .name = "odd", .n_in = 1, .in = {{1, {17}}}, .lo = 0.5, .hi = 2};

static frs_status same_shape(const frs_shape_args *a) {
    a->out[0] = a->in[0];
    return FRS_OK;
}

static void square_reference(const frs_ref_args *a) {
    for (int64_t i = 0; i < frs_shape_count(a->in_shape[0]); i++)
        a->out[0][i] = a->in[0][i] * a->in[0][i];
}

static frs_status right_gradient(const frs_grad_args *g) {
    g->d_in[0] = frs_scale(g->b, frs_mul(g->b, g->d_out[0], g->in[0]), 2, 0);
    return FRS_OK;
}
static frs_status wrong_sign(const frs_grad_args *g) {
    g->d_in[0] = frs_scale(g->b, frs_mul(g->b, g->d_out[0], g->in[0]), -2, 0);
    return FRS_OK;
}
static frs_status wrong_by_little(const frs_grad_args *g) {
    g->d_in[0] = frs_scale(g->b, frs_mul(g->b, g->d_out[0], g->in[0]), 2.0001, 0);
    return FRS_OK;
}

static void catches_gradients(void **state) {
    (void)state;
    frs_status (*const gradients[])(const frs_grad_args *) = {right_gradient, wrong_sign,
                                                              wrong_by_little};
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    for (int i = 0; i < 3; i++) {
        const frs_op op = {.name = "a square",
                           .n_in_min = 1,
                           .n_in_max = 1,
                           .n_out = 1,
                           .n_main = 1,
                           .shape = same_shape,
                           .reference = square_reference,
                           .gradient = gradients[i]};
        problem p;
        problem_make(&p, &op, &odd_case, -1);
        const char *wrong = check_differences(ctx, &p, 1000);
        assert_int_equal(wrong == NULL, i == 0);
        problem_free(&p);
    }
    frs_ctx_free(ctx);
}

static void squares(const frs_kernel_args *a, int64_t first, int64_t n) {
    for (int64_t i = first; i < n; i++) a->out[0][i] = a->in[0][i] * a->in[0][i];
}
static void right(const frs_kernel_args *a) {
    squares(a, 0, 17);
}
static void tail_forgotten(const frs_kernel_args *a) {
    squares(a, 0, 16);
}
static void one_too_far(const frs_kernel_args *a) {
    squares(a, 0, 17);
    a->out[0][17] = 0;
}
static void one_before(const frs_kernel_args *a) {
    squares(a, 0, 17);
    a->out[0][-1] = 0;
}
static void swallows_nan(const frs_kernel_args *a) {
    for (int64_t i = 0; i < 17; i++)
        a->out[0][i] = isnan(a->in[0][i]) ? 0 : a->in[0][i] * a->in[0][i];
}
static void minds_threads(const frs_kernel_args *a) {
    for (int64_t i = 0; i < 17; i++)
        a->out[0][i] = a->in[0][i] * a->in[0][i] * (frs_ctx_threads(a->ctx) > 1 ? 1.0000001F : 1);
}

static void catches_kernels(void **state) {
    (void)state;
    void (*const runs[])(const frs_kernel_args *) = {right,      tail_forgotten, one_too_far,
                                                     one_before, swallows_nan,   minds_threads};
    const frs_op op = {.name = "square",
                       .n_in_min = 1,
                       .n_in_max = 1,
                       .n_out = 1,
                       .n_main = 1,
                       .shape = same_shape,
                       .reference = square_reference};
    problem p;
    problem_make(&p, &op, &odd_case, 0);
    for (int i = 0; i < FRS_LEN(runs); i++) {
        const frs_kernel k = {.op = "square", .backend = "test", .name = "square", .run = runs[i]};
        assert_int_equal(check_kernel(&p, &k, 1) == NULL, i == 0);
    }
    problem_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catches_gradients),
        cmocka_unit_test(catches_kernels),
        cmocka_unit_test(kernels),
        cmocka_unit_test(nets),
        cmocka_unit_test(differences),
        cmocka_unit_test(missing),
        cmocka_unit_test(nothing_without_a_case),
    };
    frs_ctx *ctx = NULL;
    if (frs_ctx_new(NULL, &ctx) != FRS_OK) {
        print_message("skipped: this processor has no %s\n", getenv("FRS_ISA"));
        return 77;
    }
    frs_ctx_free(ctx);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
