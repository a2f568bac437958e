/* Work that leaves a folder (a run, a search), with the n-th allocation failing: it says so, leaks
 * nothing, never crashes; and what a failed one left can be taken up. */
#ifndef FOLDER_OOM_H
#define FOLDER_OOM_H
#include "support.h"

#include "freshet/io.h"
#include "freshet/run.h"

typedef struct folder_job {
    char dir[256], config[512], folder[512];
} folder_job;
typedef struct folder_work {
    const char *page; /* what the folder has when all went well */
    frs_status (*once)(frs_ctx *ctx, const folder_job *j);  /* a new folder */
    frs_status (*again)(frs_ctx *ctx, const folder_job *j); /* one that is there */
    int64_t first, stride; /* every one of the first allocations, then one in so many */
} folder_work;

static void folder_inputs(folder_job *j, const char *config) {
    char path[512];
    frs_ctx *ctx = NULL;
    frs_series s = {0}, truth = {0};
    const frs_synth_opts o = {.seed = 1, .years = 3, .start_year = 2001};
    test_dir(j->dir);
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    assert_ok(ctx, frs_synth(ctx, &o, "a", &s, &truth));
    snprintf(path, sizeof path, "%s/records", j->dir);
    assert_ok(ctx, frs__mkdirs(ctx, path));
    snprintf(path, sizeof path, "%s/records/a.csv", j->dir);
    assert_ok(ctx, frs_write_csv(ctx, path, &s));
    snprintf(path, sizeof path, "%s/records/b.csv", j->dir); /* the same, for a gauge upstream */
    assert_ok(ctx, frs_write_csv(ctx, path, &s));
    frs_series_free(ctx, &s);
    frs_series_free(ctx, &truth);
    frs_ctx_free(ctx);
    test_file(j->config, j->dir, "run.yml", config);
    snprintf(j->folder, sizeof j->folder, "%s/folder", j->dir);
}

/* It holds a config, or nothing that matters. */
static void folder_take_up(const folder_job *j, const folder_work *w) {
    char path[600];
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.threads = 1}, &ctx), FRS_OK);
    snprintf(path, sizeof path, "%s/config.yml", j->folder);
    if (frs__exists(path)) {
        assert_ok(ctx, w->again(ctx, j));
    } else {
        test_dir_remove(j->folder);
        assert_ok(ctx, w->once(ctx, j));
    }
    snprintf(path, sizeof path, "%s/%s", j->folder, w->page);
    assert_true(frs__exists(path));
    frs_ctx_free(ctx);
}

/* With allocation n failing; false: it was not reached. */
static bool folder_fails(const folder_job *j, const folder_work *w, int64_t n) {
    test_heap h = {.fail_at = n};
    frs_ctx *ctx = NULL;
    const frs_ctx_opts o = {.threads = 1, .allocator = {test_heap_alloc, test_heap_free, &h}};
    test_dir_remove(j->folder);
    frs_status s = frs_ctx_new(&o, &ctx);
    if (s != FRS_OK) {
        assert_int_equal(s, FRS_E_NOMEM);
        return true;
    }
    s = w->once(ctx, j);
    const bool failed = h.failed;
    if (s != FRS_OK && s != FRS_E_NOMEM)
        print_error("allocation %lld: %s: %s\n", (long long)n, frs_status_name(s),
                    frs_message(ctx));
    test_ctx_free(ctx, &h);
    assert_true(s == FRS_OK || (s == FRS_E_NOMEM && failed));
    return failed;
}

static void folder_oom(const folder_job *j, const folder_work *w) {
    int64_t n = 1, runs = 0;
    for (; folder_fails(j, w, n); n += n < w->first ? 1 : w->stride, runs++)
        if (n % 50 == 0) folder_take_up(j, w);
    print_message("%lld runs, %lld allocations\n", (long long)runs, (long long)n);
    test_dir_remove(j->dir);
}
#endif
