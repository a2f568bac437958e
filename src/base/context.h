/* The context's inside. Only src/base includes this. */
#ifndef FRS_BASE_CONTEXT_H
#define FRS_BASE_CONTEXT_H

#include "base/base.h"

#include <stdatomic.h>

#define FRS_MESSAGE_BYTES 2048
#define FRS_MAX_THREADS   1024

typedef struct frs_pool frs_pool;

struct frs_ctx {
    frs_allocator allocator;
    frs_ctx_opts opts;
    int log_fd; /* of frs__log_to; 0: none */
    int threads;
    frs_isa isa;
    frs_pool *pool;
    atomic_llong allocs;
    char message[FRS_MESSAGE_BYTES];
};

/* parallel.c. The pool is memory only; its threads start at the first job that can use them. */
frs_pool *frs__pool_new(frs_ctx *ctx, int threads);
void frs__pool_free(frs_ctx *ctx, frs_pool *pool);

/* isa.c */
frs_status frs__isa_choose(frs_ctx *ctx, const char *name, frs_isa *isa);

/* text.c: vsnprintf that writes '.' whatever the locale. */
int frs__vformat(char *buf, size_t size, const char *fmt, va_list args);

/* The system's words for an errno; buf holds them if it must. */
const char *frs__errno_text(int code, char *buf, size_t size);

#endif
