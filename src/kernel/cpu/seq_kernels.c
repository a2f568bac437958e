/* The sequence driver as kernels. */
#include "kernel/cpu/seq.h"

const frs_kernel frs__seq_cpu = {.op = "seq",
                                 .backend = "cpu",
                                 .name = "seq",
                                 .fits = frs__seq_fits,
                                 .scratch_bytes = frs__seq_scratch,
                                 .run = frs__seq_run};
const frs_kernel frs__seq_grad_cpu = {.op = "seq_grad",
                                      .backend = "cpu",
                                      .name = "seq_grad",
                                      .fits = frs__seq_grad_fits,
                                      .scratch_bytes = frs__seq_grad_scratch,
                                      .run = frs__seq_grad_run};
