/* Shared by the fuzzers: bytes as a file, without a disk. */
#ifndef FRS_FUZZ_H
#define FRS_FUZZ_H
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One context for all inputs: one thread, silent. */
static inline frs_ctx *fuzz_ctx(void) {
    static frs_ctx *ctx;
    if (!ctx && frs_ctx_new(&(frs_ctx_opts){.threads = 1}, &ctx) != FRS_OK) abort();
    return ctx;
}

/* The same for files that may ask for any amount of memory: here there is little. */
static inline void *fuzz_small_alloc(void *user, size_t size, size_t align) {
    void *p;
    (void)user;
    return size < (1U << 24) && posix_memalign(&p, align, size) == 0 ? p : NULL;
}
static inline void fuzz_small_free(void *user, void *p) {
    (void)user;
    free(p);
}
static inline frs_ctx *fuzz_small_ctx(void) {
    static frs_ctx *ctx;
    const frs_ctx_opts o = {.threads = 1, .allocator = {fuzz_small_alloc, fuzz_small_free, NULL}};
    if (!ctx && frs_ctx_new(&o, &ctx) != FRS_OK) abort();
    return ctx;
}

/* The path of a file in memory that holds these bytes; the same file at each call. */
static inline const char *fuzz_file(const uint8_t *data, size_t size) {
    static char path[64];
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("fuzz", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size) abort();
    return path;
}
#endif
