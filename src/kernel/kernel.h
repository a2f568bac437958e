/* Kernels: which backend serves an op and a class of shapes is a const table (kernel_list.def),
 * in order of preference, derived from `make bench` and committed. Nothing is timed at run time.
 * Only src/kernel dereferences tensor data. */
#ifndef FRS_KERNEL_KERNEL_H
#define FRS_KERNEL_KERNEL_H
#include "op/op.h"

typedef struct frs_kernel_shape {
    const void *attr;
    int n_in, n_out;
    const frs_shape *in, *out;
    unsigned out_wanted;
    unsigned constant; /* bit i: input i is a weight that nothing changes between runs (inference),
                          or absent */
    frs_isa isa;
} frs_kernel_shape;
typedef struct frs_kernel_args {
    frs_ctx *ctx; /* only for frs__parallel */
    const void *attr;
    const float *const *in;
    float *const *out; /* NULL: absent or not wanted */
    const frs_shape *in_shape, *out_shape;
    int n_in, n_out;
    void *scratch, *kept;
    void *state;
    frs_run_info run;
    frs_isa isa;
} frs_kernel_args;
typedef struct frs_kernel_room {
    size_t scratch, kept; /* bytes */
} frs_kernel_room;
typedef struct frs_kernel {
    const char *op, *backend; /* "cpu" | "onednn" */
    const char *name;
    bool (*fits)(const frs_kernel_shape *s);
    size_t (*scratch_bytes)(const frs_kernel_shape *s,
                            int threads); /* NULL: none; 64-byte aligned, placed by the planner */
    frs_status (*prepare)(frs_ctx *ctx, const frs_kernel_shape *s,
                          void **state); /* at compile only; NULL: none */
    void (*release)(frs_ctx *ctx, void *state);
    void (*run)(const frs_kernel_args *a);
    /* Of what was prepared: in place of scratch_bytes. */
    frs_kernel_room (*room)(const void *state);
    /* Makes what run finds in `kept`, packed weights, from the inputs kept_in (bits): before each
     * run, or, where these are constant, before the first with other weights. NULL: nothing. */
    void (*keep)(const frs_kernel_args *a);
    unsigned kept_in;
} frs_kernel;
int64_t frs__n_kernels(void);
const frs_kernel *frs__kernel_at(int64_t i);
const frs_kernel *frs__kernel_pick(const char *op,
                                   const frs_kernel_shape *s); /* NULL: the reference serves */
#endif
