/* Context, messages, allocation, arenas, ISA choice, plug-ins. */
#include "support.h"

static void messages(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    assert_string_equal(frs_message(ctx), "");
    assert_int_equal(frs__fail(ctx, FRS_E_INPUT, "line %d", 7), FRS_E_INPUT);
    assert_string_equal(frs_message(ctx), "line 7");
    assert_int_equal(frs__fail_in(ctx, FRS_E_INPUT, "%s", "a.csv"), FRS_E_INPUT);
    assert_string_equal(frs_message(ctx), "a.csv: line 7");
    frs__fail(ctx, FRS_E_INPUT, "<%s>", frs_message(ctx)); /* the message as its own argument */
    assert_string_equal(frs_message(ctx), "<a.csv: line 7>");
    for (int i = 0; i < 400; i++) frs__fail_in(ctx, FRS_E_INPUT, "a long prefix");
    assert_int_equal(strlen(frs_message(ctx)), 2047);
    assert_int_equal(frs__fail(NULL, FRS_E_IO, "nobody listens"), FRS_E_IO);
    assert_string_equal(frs_message(NULL), "");
    test_ctx_free(ctx, &h);
}

static void status_names(void **state) {
    (void)state;
    assert_string_equal(frs_status_name(FRS_OK), "FRS_OK");
    assert_string_equal(frs_status_name(FRS_E_BUSY), "FRS_E_BUSY");
    assert_string_equal(frs_status_name((frs_status)99), "unknown status");
    for (int s = FRS_OK; s <= FRS_E_BUSY; s++)
        assert_memory_equal(frs_status_name((frs_status)s), "FRS_", 4);
}

static void allocation(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    int64_t before = frs_ctx_alloc_count(ctx);
    unsigned char *p = frs__alloc(ctx, 100, 3);
    assert_int_equal((uintptr_t)p % 64, 0);
    for (int i = 0; i < 300; i++) assert_int_equal(p[i], 0);
    memset(p, 1, 300);
    p = frs__realloc(ctx, p, 100, 200, 3);
    for (int i = 0; i < 600; i++) assert_int_equal(p[i], i < 300);
    p = frs__realloc(ctx, p, 200, 10, 3);
    for (int i = 0; i < 30; i++) assert_int_equal(p[i], 1);
    assert_int_equal(frs_ctx_alloc_count(ctx), before + 3);
    frs__free(ctx, p);
    void *nothing = frs__alloc(ctx, 0, 8);
    assert_non_null(nothing);
    frs__free(ctx, nothing);
    frs__free(ctx, NULL);
    assert_null(frs__alloc(ctx, -1, 8));
    assert_null(frs__alloc(ctx, INT64_MAX, 8));
    assert_null(frs__alloc(ctx, INT64_MAX, 2));
    assert_message(ctx, "out of memory");
    test_ctx_free(ctx, &h);
}

static void strings(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    char *a = frs__strdup(ctx, "river"), *b = frs__strndup(ctx, "river", 3),
         *c = frs__asprintf(ctx, "%s-%g", a, 0.5);
    assert_string_equal(a, "river");
    assert_string_equal(b, "riv");
    assert_string_equal(c, "river-0.5");
    frs_text_free(ctx, a);
    frs__free(ctx, b);
    frs__free(ctx, c);
    frs_text_free(ctx, NULL);
    test_ctx_free(ctx, &h);
}

static void arena(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_arena a = {.ctx = ctx};
    unsigned char *kept[500];
    for (int i = 0; i < 500; i++) {
        kept[i] = frs__arena_alloc(&a, i, 7);
        assert_int_equal((uintptr_t)kept[i] % 16, 0);
        for (int j = 0; j < 7 * i; j++) assert_int_equal(kept[i][j], 0);
        memset(kept[i], i & 255, (size_t)(7 * i));
    }
    for (int i = 0; i < 500; i++)
        for (int j = 0; j < 7 * i; j++) assert_int_equal(kept[i][j], i & 255);
    assert_string_equal(frs__arena_strdup(&a, "gauge"), "gauge");
    assert_non_null(frs__arena_alloc(&a, 1000000, 1));
    assert_null(frs__arena_alloc(&a, INT64_MAX, 1));
    assert_null(frs__arena_alloc(&a, INT64_MAX, 8));
    assert_null(frs__arena_alloc(&a, -1, 8));
    frs__arena_free(&a);
    frs__arena_free(&a);
    test_ctx_free(ctx, &h);
}

static void new_oom(void **state) {
    (void)state;
    for (int64_t n = 1;; n++) {
        test_heap h = {.fail_at = n};
        frs_ctx_opts o = {.threads = 3, .allocator = {test_heap_alloc, test_heap_free, &h}};
        frs_ctx *ctx = NULL;
        frs_status s = frs_ctx_new(&o, &ctx);
        if (!h.failed) {
            assert_int_equal(s, FRS_OK);
            test_ctx_free(ctx, &h);
            return;
        }
        assert_int_equal(s, FRS_E_NOMEM);
        assert_null(ctx);
        assert_int_equal(h.live, 0);
    }
}

static void wrong_options(void **state) {
    (void)state;
    frs_ctx *ctx = (frs_ctx *)1;
    assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.threads = -1}, &ctx), FRS_E_ARG);
    assert_null(ctx);
    assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.threads = 1000000}, &ctx), FRS_E_ARG);
    assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.isa = "sse9"}, &ctx), FRS_E_ARG);
    frs_ctx_free(NULL);
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    assert_true(frs_ctx_threads(ctx) >= 1);
    frs_ctx_free(ctx);
}

static void isa(void **state) {
    (void)state;
    frs_ctx *ctx;
    setenv("FRS_ISA", "scalar", 1);
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    assert_string_equal(frs_ctx_isa(ctx), "scalar");
    assert_int_equal(frs__isa(ctx), FRS_ISA_SCALAR);
    frs_ctx_free(ctx);
    setenv("FRS_ISA", "AVX2", 1); /* names are exact */
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_E_ARG);
    assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.isa = "scalar"}, &ctx),
                     FRS_OK); /* the option wins */
    frs_ctx_free(ctx);
    unsetenv("FRS_ISA");
}

static void plugins(void **state) {
    (void)state;
    static const char *const good[] = {"cos", "sin"}, *const bad[] = {"cos", "no_such_function"};
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    void *fns[2] = {0};
    assert_ok(ctx, frs__dl_open(ctx, "the C library", "libm.so.6", good, fns, 2));
    assert_true(fns[0] && fns[1]);
    assert_status(ctx, frs__dl_open(ctx, "the C library", "libm.so.6", bad, fns, 2),
                  FRS_E_UNSUPPORTED);
    assert_message(ctx, "no_such_function");
    assert_status(ctx, frs__dl_open(ctx, "NetCDF", "libnothing.so.9", good, fns, 2),
                  FRS_E_UNSUPPORTED);
    assert_message(ctx, "NetCDF cannot be loaded");
    assert_status(ctx, frs__dl_open(ctx, "NetCDF", NULL, good, fns, 2), FRS_E_UNSUPPORTED);
    assert_string_equal(frs_message(ctx), "built without NetCDF");
    test_ctx_free(ctx, &h);
}

typedef struct heard {
    int logs, progress;
    char text[64];
    double value;
} heard;

static void on_log(void *user, frs_log_level level, const char *text) {
    heard *h = user;
    assert_int_equal(level, FRS_LOG_WARN);
    h->logs++;
    snprintf(h->text, sizeof h->text, "%s", text);
}

static void on_progress(void *user, const frs_progress_info *info) {
    heard *h = user;
    h->progress++;
    h->value = info->value;
}

static bool on_cancelled(void *user) {
    return ((heard *)user)->progress > 0;
}

static void callbacks(void **state) {
    (void)state;
    heard h = {0};
    frs_ctx *ctx;
    frs_ctx_opts o = {
        .log = on_log, .progress = on_progress, .cancelled = on_cancelled, .user = &h};
    assert_int_equal(frs_ctx_new(&o, &ctx), FRS_OK);
    assert_false(frs__cancelled(ctx));
    frs__log(ctx, FRS_LOG_WARN, "gap of %d days", 12);
    frs__progress(ctx, &(frs_progress_info){.stage = "training", .value = 0.25});
    assert_string_equal(h.text, "gap of 12 days");
    assert_close(h.value, 0.25, 0);
    assert_true(frs__cancelled(ctx));
    frs_ctx_free(ctx);
    frs__log(NULL, FRS_LOG_WARN, "nobody listens");
    assert_false(frs__cancelled(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),      cmocka_unit_test(status_names),
        cmocka_unit_test(allocation),    cmocka_unit_test(strings),
        cmocka_unit_test(arena),         cmocka_unit_test(new_oom),
        cmocka_unit_test(wrong_options), cmocka_unit_test(isa),
        cmocka_unit_test(plugins),       cmocka_unit_test(callbacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
