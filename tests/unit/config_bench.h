/* What the tests of the config share. */
#ifndef FRS_TESTS_CONFIG_BENCH_H
#define FRS_TESTS_CONFIG_BENCH_H
#include "support.h"

#include "freshet/config.h"

#include <math.h>

typedef struct bench {
    test_heap heap;
    frs_ctx *ctx;
    char dir[256], path[512];
} bench;

static inline void set_up(bench *b) {
    *b = (bench){0};
    b->ctx = test_ctx_new(&b->heap, 1);
    test_dir(b->dir);
    snprintf(b->path, sizeof b->path, "%s/run.yml", b->dir);
}

static inline void tear_down(bench *b) {
    test_ctx_free(b->ctx, &b->heap);
    test_dir_remove(b->dir);
}

/* Text NULL: no file. set NULL: no --set. */
static inline frs_status load(bench *b, const char *text, const char *set, frs_config **c) {
    if (text) test_file(b->path, b->dir, "run.yml", text);
    return frs_config_load(b->ctx, text ? b->path : NULL, &set, set ? 1 : 0, c);
}

static inline frs_config *loaded(bench *b, const char *text, const char *set) {
    frs_config *c = NULL;
    assert_ok(b->ctx, load(b, text, set, &c));
    return c;
}

/* Refused with this status, and these words in the message. */
static inline void refused(bench *b, const char *text, const char *set, frs_status want,
                           const char *words) {
    frs_config *c = NULL;
    if (load(b, text, set, &c) == FRS_OK)
        fail_msg("accepted: %s %s", text ? text : "", set ? set : "");
    assert_status(b->ctx, load(b, text, set, &c), want);
    assert_message(b->ctx, words);
    assert_null(c);
}

/* ---- every key */
#endif
