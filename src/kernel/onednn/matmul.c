/* Matrix products by oneDNN, primitives made at compile only, scratchpad in our arena. One thread:
 * the products here are small, and the bits must not depend on the number of threads. */
#include "kernel/onednn/dnn.h"
#include "op/op_internal.h"

typedef struct product {
    frs_dnn dnn;
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[4]; /* x, y, z, scratchpad */
} product;

static bool fits(const frs_kernel_shape *s) {
    return frs_shape_count(s->out[0]) > 0 && frs_shape_count(s->in[0]) > 0;
}

/* A row-major matrix, or its transpose. */
static dnnl_status_t matrix(frs_shape s, bool transposed, dnnl_memory_desc_t *md) {
    const dnnl_dims_t dims = {s.dim[transposed], s.dim[!transposed]};
    const dnnl_dims_t strides = {transposed ? 1 : s.dim[1], transposed ? s.dim[1] : 1};
    return dnnl_memory_desc_init_by_strides(md, 2, dims, dnnl_f32, strides);
}

static dnnl_status_t describe(const product *p, const frs_kernel_shape *s,
                              dnnl_primitive_desc_t *pd, dnnl_memory_desc_t md[3]) {
    const frs_matmul_attr *t = s->attr;
    dnnl_matmul_desc_t d;
    dnnl_primitive_attr_t attr;
    dnnl_status_t bad = matrix(s->in[0], t->trans_x, &md[0]);
    if (!bad) bad = matrix(s->in[1], t->trans_y, &md[1]);
    if (!bad) bad = matrix(s->out[0], false, &md[2]);
    if (!bad) bad = dnnl_matmul_desc_init(&d, &md[0], &md[1], NULL, &md[2]);
    if (bad) return bad;
    bad = frs__dnn_attr(&attr);
    if (!bad) bad = dnnl_primitive_desc_create(pd, &d, attr, p->dnn.engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    return bad;
}

static dnnl_status_t create(product *p, const frs_kernel_shape *s) {
    dnnl_memory_desc_t md[3];
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t bad = describe(p, s, &pd, md);
    if (bad) return bad;
    const dnnl_memory_desc_t *pad = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    for (int i = 0; i < 4 && !bad; i++)
        bad = dnnl_memory_create(&p->memory[i], i < 3 ? &md[i] : pad, p->dnn.engine,
                                 DNNL_MEMORY_NONE);
    if (!bad) bad = dnnl_primitive_create(&p->primitive, pd);
    dnnl_primitive_desc_destroy(pd);
    return bad;
}

static void release(frs_ctx *ctx, void *state) {
    product *p = state;
    if (!p) return;
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    for (int i = 0; i < 4; i++)
        if (p->memory[i]) dnnl_memory_destroy(p->memory[i]);
    frs__dnn_close(&p->dnn);
    frs__free(ctx, p);
}

static frs_status prepare(frs_ctx *ctx, const frs_kernel_shape *s, void **state) {
    product *p = frs__alloc(ctx, 1, sizeof *p);
    if (!p) return FRS_E_NOMEM;
    dnnl_status_t bad = frs__dnn_open(&p->dnn, s->isa);
    const int threads = frs__dnn_begin();
    if (!bad) bad = create(p, s);
    frs__dnn_end(threads);
    if (bad) {
        release(ctx, p);
        return frs__dnn_fail(ctx, bad, _("a matrix product"));
    }
    *state = p;
    return FRS_OK;
}

/* The scratchpad's size is known only from a primitive: one is made and thrown away. */
static size_t scratch_bytes(const frs_kernel_shape *s, int threads) {
    (void)threads;
    product p = {0};
    dnnl_memory_desc_t md[3];
    dnnl_primitive_desc_t pd = NULL;
    size_t bytes = 0;
    const int before = frs__dnn_begin();
    if (!frs__dnn_open(&p.dnn, s->isa) && !describe(&p, s, &pd, md))
        bytes = (size_t)frs__dnn_scratch(pd);
    frs__dnn_end(before);
    if (pd) dnnl_primitive_desc_destroy(pd);
    frs__dnn_close(&p.dnn);
    return bytes;
}

static void run(const frs_kernel_args *a) {
    product *p = a->state;
    void *const data[] = {(void *)(uintptr_t)a->in[0], (void *)(uintptr_t)a->in[1], a->out[0],
                          a->scratch};
    for (int i = 0; i < 4; i++) dnnl_memory_set_data_handle(p->memory[i], data[i]);
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, p->memory[0]},
                                    {DNNL_ARG_WEIGHTS, p->memory[1]},
                                    {DNNL_ARG_DST, p->memory[2]},
                                    {DNNL_ARG_SCRATCHPAD, p->memory[3]}};
    const int threads = frs__dnn_begin();
    frs__dnn_execute(&p->dnn, p->primitive, args, 4);
    frs__dnn_end(threads);
}

const frs_kernel frs__matmul_onednn = {.op = "matmul",
                                       .backend = "onednn",
                                       .name = "matmul",
                                       .fits = fits,
                                       .scratch_bytes = scratch_bytes,
                                       .prepare = prepare,
                                       .release = release,
                                       .run = run};
