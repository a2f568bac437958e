/* What the kernels by oneDNN share. Its types appear in this folder alone. */
#ifndef FRS_KERNEL_ONEDNN_DNN_H
#define FRS_KERNEL_ONEDNN_DNN_H
#include "kernel/kernel.h"
#include <dnnl.h>

typedef struct frs_dnn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
} frs_dnn;
/* The engine of the CPU and a stream. oneDNN keeps the ISA level of the first call in a process. */
dnnl_status_t frs__dnn_open(frs_dnn *d, frs_isa isa);
void frs__dnn_close(frs_dnn *d); /* also after an open that failed */
/* Between the two, oneDNN uses the calling thread alone: bits must not depend on the number of
 * threads. A primitive is made and run for one number of threads: both go in between. end takes
 * what begin gave. */
int frs__dnn_begin(void);
void frs__dnn_end(int threads);
/* Attributes with a scratchpad that the caller brings; and its bytes, a multiple of 64. */
dnnl_status_t frs__dnn_attr(dnnl_primitive_attr_t *attr);
int64_t frs__dnn_scratch(const_dnnl_primitive_desc_t pd);
/* Runs and waits; on the threads that the caller has set. */
dnnl_status_t frs__dnn_execute(const frs_dnn *d, const_dnnl_primitive_t p,
                               const dnnl_exec_arg_t *args, int n);
/* what: "a matrix product", translated. */
frs_status frs__dnn_fail(frs_ctx *ctx, dnnl_status_t bad, const char *what);
#endif
