/* For every test: a heap that counts and can refuse, a folder that goes away, a seed that is told.
 * Include after this nothing but the headers under test; cmocka comes from here. */
#ifndef FRS_TEST_SUPPORT_H
#define FRS_TEST_SUPPORT_H

#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a heap that counts what is alive and fails on request */
typedef struct test_heap {
    int64_t calls, live, live_bytes;
    int64_t fail_at; /* the call that gets NULL, from 1; 0: none */
    bool failed;     /* it happened */
} test_heap;

/* The size stands in the 64 bytes before the block, so that freeing can count bytes. */
static inline void *test_heap_alloc(void *user, size_t size, size_t align) {
    test_heap *h = (test_heap *)user;
    if (++h->calls == h->fail_at) {
        h->failed = true;
        return NULL;
    }
    size_t head = align > 64 ? align : 64;
    unsigned char *p = NULL;
    if (posix_memalign((void **)&p, head, head + size) != 0) return NULL;
    memset(p, 0xA5, head + size);
    ((size_t *)(void *)(p + head))[-1] = size;
    ((size_t *)(void *)(p + head))[-2] = head;
    h->live++;
    h->live_bytes += (int64_t)size;
    return p + head;
}

static inline void test_heap_free(void *user, void *block) {
    test_heap *h = (test_heap *)user;
    if (!block) return;
    size_t size = ((size_t *)block)[-1], head = ((size_t *)block)[-2];
    h->live--;
    h->live_bytes -= (int64_t)size;
    free((unsigned char *)block - head);
}

/* A context on that heap. threads 0: all cores. */
static inline frs_ctx *test_ctx_new(test_heap *h, int threads) {
    frs_ctx_opts o = {.threads = threads};
    o.allocator = (frs_allocator){test_heap_alloc, test_heap_free, h};
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(&o, &ctx), FRS_OK);
    return ctx;
}

/* Frees it and fails the test if anything made with it is still alive. */
static inline void test_ctx_free(frs_ctx *ctx, const test_heap *h) {
    frs_ctx_free(ctx);
    if (h->live)
        print_error("%lld blocks, %lld bytes leaked\n", (long long)h->live,
                    (long long)h->live_bytes);
    assert_int_equal(h->live, 0);
}

/* Runs fn(ctx, arg) with the 1st, 2nd, .. allocation failing until it gets through untouched.
 * Each time it must say FRS_E_NOMEM, or do without that allocation, and give everything back. */
static inline void test_oom(frs_status (*fn)(frs_ctx *ctx, void *arg), void *arg) {
    for (int64_t n = 1; n < 100000; n++) {
        test_heap h = {0};
        frs_ctx *ctx = test_ctx_new(&h, 1);
        h.fail_at = h.calls + n;
        frs_status s = fn(ctx, arg);
        if (s != FRS_OK && s != FRS_E_NOMEM)
            print_error("allocation %lld: %s: %s\n", (long long)n, frs_status_name(s),
                        frs_message(ctx));
        assert_true(s == FRS_OK || (s == FRS_E_NOMEM && h.failed));
        bool failed = h.failed;
        test_ctx_free(ctx, &h);
        if (!failed) {
            assert_int_equal(s, FRS_OK);
            return;
        }
    }
    fail_msg("still failing after 100000 allocations");
}

/* Asserts a status; on a surprise tells the message. */
#define assert_status(ctx, call, want)                                                             \
    do {                                                                                           \
        frs_status got_ = (call);                                                                  \
        if (got_ != (want))                                                                        \
            print_error("%s:%d: %s gave %s: %s\n", __FILE__, __LINE__, #call,                      \
                        frs_status_name(got_), frs_message(ctx));                                  \
        assert_int_equal(got_, (want));                                                            \
    } while (0)
#define assert_ok(ctx, call) assert_status(ctx, call, FRS_OK)
/* The message of the last error holds this text. */
#define assert_message(ctx, part)                                                                  \
    do {                                                                                           \
        if (!strstr(frs_message(ctx), (part)))                                                     \
            print_error("no \"%s\" in: %s\n", (part), frs_message(ctx));                           \
        assert_non_null(strstr(frs_message(ctx), (part)));                                         \
    } while (0)
/* |a - b| <= tol; a NaN on either side fails. */
#define assert_close(a, b, tol)                                                                    \
    do {                                                                                           \
        double a_ = (double)(a), b_ = (double)(b), t_ = (double)(tol);                             \
        double d_ = a_ > b_ ? a_ - b_ : b_ - a_;                                                   \
        if (!(d_ <= t_))                                                                           \
            print_error("%s:%d: %.17g != %.17g (tolerance %g)\n", __FILE__, __LINE__, a_, b_, t_); \
        assert_true(d_ <= t_);                                                                     \
    } while (0)

/* ---- a fresh folder; buf >= 256 bytes */
static inline char *test_dir(char *buf) {
    const char *root = getenv("TMPDIR");
    snprintf(buf, 256, "%s/freshet-test-XXXXXX", root && *root ? root : "/tmp");
    assert_non_null(mkdtemp(buf));
    return buf;
}

static inline void test_dir_remove(const char *path) {
    char command[1024];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

/* A context and a fresh folder, of a group of tests: setup and teardown. */
typedef struct test_home {
    test_heap heap;
    frs_ctx *ctx;
    char dir[256];
} test_home;

static inline int test_home_begin(void **state, int threads) {
    static test_home h;
    h = (test_home){0};
    test_dir(h.dir);
    h.ctx = test_ctx_new(&h.heap, threads);
    *state = &h;
    return 0;
}

static inline int test_home_end(void **state) {
    test_home *h = *state;
    test_ctx_free(h->ctx, &h->heap);
    test_dir_remove(h->dir);
    return 0;
}

/* dir/name into buf (>= 512 bytes), with this content */
static inline char *test_file(char *buf, const char *dir, const char *name, const char *text) {
    snprintf(buf, 512, "%s/%s", dir, name);
    FILE *f = fopen(buf, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
    return buf;
}

/* ---- the seed of a test's random numbers: fixed, told, SEED= overrides */
static inline uint64_t test_seed(void) {
    const char *text = getenv("SEED");
    uint64_t seed = text && *text ? strtoull(text, NULL, 0) : 20240229;
    print_message("SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* ---- real data beside the source tree, which a test may use but must not need: the path in buf
 * (>= 1024 bytes), or NULL after saying so. Usually: if (!test_data(..)) skip(); */
static inline char *test_data(char *buf, const char *name) {
    const char *root = getenv("FRS_SHARED");
    if (root)
        snprintf(buf, 1024, "%s/data/%s", root, name);
    else
        snprintf(buf, 1024, "%s/../../shared/data/%s", FRS_TEST_DIR, name);
    if (access(buf, R_OK) == 0) return buf;
    print_message("skipped: no %s (../shared/data or $FRS_SHARED/data)\n", name);
    return NULL;
}

#endif
