#include "kernel/onednn/dnn.h"

/* Of the OpenMP runtime that oneDNN uses; <omp.h> is not there for every compiler. */
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int n);

static void choose_isa(frs_isa isa) {
    static const dnnl_cpu_isa_t levels[] = {[FRS_ISA_SCALAR] = dnnl_cpu_isa_sse41,
                                            [FRS_ISA_AVX2] = dnnl_cpu_isa_avx2,
                                            [FRS_ISA_AVX512] = dnnl_cpu_isa_avx512_core};
    dnnl_set_max_cpu_isa(levels[isa]); /* only the first call counts, in oneDNN */
}

dnnl_status_t frs__dnn_open(frs_dnn *d, frs_isa isa) {
    choose_isa(isa);
    const dnnl_status_t bad = dnnl_engine_create(&d->engine, dnnl_cpu, 0);
    return bad ? bad : dnnl_stream_create(&d->stream, d->engine, dnnl_stream_default_flags);
}

void frs__dnn_close(frs_dnn *d) {
    if (d->stream) dnnl_stream_destroy(d->stream);
    if (d->engine) dnnl_engine_destroy(d->engine);
}

/* The setting is the calling thread's own. */
int frs__dnn_begin(void) {
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    return threads;
}

void frs__dnn_end(int threads) {
    omp_set_num_threads(threads);
}

dnnl_status_t frs__dnn_attr(dnnl_primitive_attr_t *attr) {
    const dnnl_status_t bad = dnnl_primitive_attr_create(attr);
    return bad ? bad : dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
}

int64_t frs__dnn_scratch(const_dnnl_primitive_desc_t pd) {
    const size_t n =
        dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0));
    return ((int64_t)n + 63) & ~INT64_C(63);
}

dnnl_status_t frs__dnn_execute(const frs_dnn *d, const_dnnl_primitive_t p,
                               const dnnl_exec_arg_t *args, int n) {
    const dnnl_status_t bad = dnnl_primitive_execute(p, d->stream, n, args);
    return bad ? bad : dnnl_stream_wait(d->stream);
}

frs_status frs__dnn_fail(frs_ctx *ctx, dnnl_status_t bad, const char *what) {
    return frs__fail(ctx, bad == dnnl_out_of_memory ? FRS_E_NOMEM : FRS_E_INTERNAL,
                     _("oneDNN cannot make %s (status %d)"), what, (int)bad);
}
