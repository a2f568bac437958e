/* Memory through the context's allocator: counted, zeroed, aligned to a cache line. */
#include "base/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN       64
#define CHUNK_BYTES INT64_C(16384)

static void *system_alloc(size_t size) {
    void *p = NULL;
    return posix_memalign(&p, ALIGN, size) == 0 ? p : NULL;
}

void *frs__alloc(frs_ctx *ctx, int64_t n, size_t size) {
    size_t bytes;
    if (n < 0 || __builtin_mul_overflow((size_t)n, size, &bytes) || bytes > PTRDIFF_MAX) {
        frs__fail(ctx, FRS_E_NOMEM, _("out of memory: %lld times %zu bytes asked for"),
                  (long long)n, size);
        return NULL;
    }
    if (!bytes) bytes = 1;
    if (ctx) atomic_fetch_add(&ctx->allocs, 1);
    void *p = ctx && ctx->allocator.alloc ? ctx->allocator.alloc(ctx->allocator.user, bytes, ALIGN)
                                          : system_alloc(bytes);
    if (!p) {
        frs__fail(ctx, FRS_E_NOMEM, _("out of memory: %zu bytes asked for"), bytes);
        return NULL;
    }
    return memset(p, 0, bytes);
}

void *frs__realloc(frs_ctx *ctx, void *p, int64_t old_n, int64_t n, size_t size) {
    void *q = frs__alloc(ctx, n, size);
    if (!q) return NULL;
    int64_t keep = old_n < n ? old_n : n;
    if (p && keep > 0) memcpy(q, p, (size_t)keep * size);
    frs__free(ctx, p);
    return q;
}

void frs__free(frs_ctx *ctx, void *p) {
    if (!p) return;
    if (ctx && ctx->allocator.free)
        ctx->allocator.free(ctx->allocator.user, p);
    else
        free(p);
}

void frs_text_free(frs_ctx *ctx, char *text) {
    frs__free(ctx, text);
}

char *frs__strndup(frs_ctx *ctx, const char *s, size_t n) {
    n = strnlen(s, n);
    if (n >= PTRDIFF_MAX) return NULL;
    char *copy = frs__alloc(ctx, (int64_t)n + 1, 1);
    if (copy) memcpy(copy, s, n);
    return copy;
}

char *frs__strdup(frs_ctx *ctx, const char *s) {
    return frs__strndup(ctx, s, strlen(s));
}

char *frs__asprintf(frs_ctx *ctx, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = frs__vformat(NULL, 0, fmt, args);
    char *text = n < 0 ? NULL : frs__alloc(ctx, (int64_t)n + 1, 1);
    if (text) frs__vformat(text, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
    return text;
}

/* ---- arena: chunks in a list, the newest first; a chunk is at least CHUNK_BYTES. */
typedef struct frs_arena_chunk {
    struct frs_arena_chunk *next;
    int64_t used, cap; /* bytes of data */
    _Alignas(16) unsigned char data[];
} frs_arena_chunk;

static frs_arena_chunk *chunk_add(frs_arena *a, int64_t bytes) {
    int64_t cap = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    frs_arena_chunk *c = frs__alloc(a->ctx, (int64_t)sizeof *c + cap, 1);
    if (!c) return NULL;
    c->cap = cap;
    c->next = a->head;
    a->head = c;
    return c;
}

void *frs__arena_alloc(frs_arena *a, int64_t n, size_t size) {
    int64_t bytes;
    if (n < 0 || size > INT64_MAX || __builtin_mul_overflow(n, (int64_t)size, &bytes) ||
        bytes > INT64_MAX - 65536) {
        frs__fail(a->ctx, FRS_E_NOMEM, _("out of memory: %lld times %zu bytes asked for"),
                  (long long)n, size);
        return NULL;
    }
    bytes = (bytes + 15) / 16 * 16;
    if (!bytes) bytes = 16;
    frs_arena_chunk *c = a->head;
    if (!c || c->cap - c->used < bytes) c = chunk_add(a, bytes);
    if (!c) return NULL;
    void *p = c->data + c->used;
    c->used += bytes;
    return p;
}

char *frs__arena_strdup(frs_arena *a, const char *s) {
    size_t n = strlen(s);
    char *copy = frs__arena_alloc(a, (int64_t)n + 1, 1);
    if (copy) memcpy(copy, s, n);
    return copy;
}

void frs__arena_free(frs_arena *a) {
    for (frs_arena_chunk *c = a->head, *next; c; c = next) {
        next = c->next;
        frs__free(a->ctx, c);
    }
    a->head = NULL;
}
