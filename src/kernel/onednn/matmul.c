/* Matrix products by oneDNN, primitives made at compile only, scratchpad in our arena. One thread:
 * the products here are small, and the bits must not depend on the number of threads. */
#include "kernel/kernel.h"
#include "op/op_internal.h"
#include <dnnl.h>

/* Of the OpenMP runtime that oneDNN uses; <omp.h> is not there for every compiler. */
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int n);

typedef struct product {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
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
    if (bad || (bad = dnnl_primitive_attr_create(&attr))) return bad;
    bad = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (!bad) bad = dnnl_primitive_desc_create(pd, &d, attr, p->engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    return bad;
}

static dnnl_status_t create(product *p, const frs_kernel_shape *s) {
    dnnl_memory_desc_t md[3];
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t bad = dnnl_engine_create(&p->engine, dnnl_cpu, 0);
    if (!bad) bad = dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags);
    if (!bad) bad = describe(p, s, &pd, md);
    if (bad) return bad;
    const dnnl_memory_desc_t *pad = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    for (int i = 0; i < 4 && !bad; i++)
        bad = dnnl_memory_create(&p->memory[i], i < 3 ? &md[i] : pad, p->engine, DNNL_MEMORY_NONE);
    if (!bad) bad = dnnl_primitive_create(&p->primitive, pd);
    dnnl_primitive_desc_destroy(pd);
    return bad;
}

/* Runs f with oneDNN's OpenMP on one thread, and gives the caller's setting back. */
static dnnl_status_t on_one_thread(dnnl_status_t (*f)(product *, const frs_kernel_shape *),
                                   product *p, const frs_kernel_shape *s) {
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    const dnnl_status_t bad = f(p, s);
    omp_set_num_threads(threads);
    return bad;
}

static void choose_isa(frs_isa isa) {
    static const dnnl_cpu_isa_t levels[] = {[FRS_ISA_SCALAR] = dnnl_cpu_isa_sse41,
                                            [FRS_ISA_AVX2] = dnnl_cpu_isa_avx2,
                                            [FRS_ISA_AVX512] = dnnl_cpu_isa_avx512_core};
    dnnl_set_max_cpu_isa(levels[isa]); /* only the first call counts, in oneDNN */
}

static void release(frs_ctx *ctx, void *state) {
    product *p = state;
    if (!p) return;
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    for (int i = 0; i < 4; i++)
        if (p->memory[i]) dnnl_memory_destroy(p->memory[i]);
    if (p->stream) dnnl_stream_destroy(p->stream);
    if (p->engine) dnnl_engine_destroy(p->engine);
    frs__free(ctx, p);
}

static frs_status prepare(frs_ctx *ctx, const frs_kernel_shape *s, void **state) {
    product *p = frs__alloc(ctx, 1, sizeof *p);
    if (!p) return FRS_E_NOMEM;
    choose_isa(s->isa);
    const dnnl_status_t bad = on_one_thread(create, p, s);
    if (bad) {
        release(ctx, p);
        return frs__fail(ctx, bad == dnnl_out_of_memory ? FRS_E_NOMEM : FRS_E_INTERNAL,
                         _("oneDNN cannot make a matrix product (status %d)"), (int)bad);
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
    choose_isa(s->isa);
    const int omp = omp_get_max_threads();
    omp_set_num_threads(1);
    if (!dnnl_engine_create(&p.engine, dnnl_cpu, 0) && !describe(&p, s, &pd, md))
        bytes = dnnl_memory_desc_get_size(
            dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0));
    omp_set_num_threads(omp);
    if (pd) dnnl_primitive_desc_destroy(pd);
    if (p.engine) dnnl_engine_destroy(p.engine);
    return bytes;
}

static dnnl_status_t execute(product *p, const frs_kernel_shape *s) {
    (void)s;
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, p->memory[0]},
                                    {DNNL_ARG_WEIGHTS, p->memory[1]},
                                    {DNNL_ARG_DST, p->memory[2]},
                                    {DNNL_ARG_SCRATCHPAD, p->memory[3]}};
    const dnnl_status_t bad = dnnl_primitive_execute(p->primitive, p->stream, 4, args);
    return bad ? bad : dnnl_stream_wait(p->stream);
}

static void run(const frs_kernel_args *a) {
    product *p = a->state;
    dnnl_memory_set_data_handle(p->memory[0], (void *)(uintptr_t)a->in[0]);
    dnnl_memory_set_data_handle(p->memory[1], (void *)(uintptr_t)a->in[1]);
    dnnl_memory_set_data_handle(p->memory[2], a->out[0]);
    dnnl_memory_set_data_handle(p->memory[3], a->scratch);
    on_one_thread(execute, p, NULL);
}

const frs_kernel frs__matmul_onednn = {.op = "matmul",
                                       .backend = "onednn",
                                       .name = "matmul",
                                       .fits = fits,
                                       .scratch_bytes = scratch_bytes,
                                       .prepare = prepare,
                                       .release = release,
                                       .run = run};
