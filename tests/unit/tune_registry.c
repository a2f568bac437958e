/* trials.db: rows, claims, another config, damage; and every call with an allocation failing. */
#include "support.h"

#include "run/tune_internal.h"

#include <math.h>

static const frs_trial four[4] = {{.number = 0, .epochs = 5},
                                  {.number = 1, .epochs = 5},
                                  {.number = 2, .epochs = 5},
                                  {.number = 1, .rung = 1, .epochs = 9}};
static char *const json[4] = {"{}", "{\"a\": 1}", "{}", "{}"};

typedef struct bench {
    test_heap heap;
    frs_ctx *ctx;
    char dir[256], path[512];
} bench;

static void set_up(bench *b) {
    *b = (bench){0};
    b->ctx = test_ctx_new(&b->heap, 1);
    test_dir(b->dir);
    snprintf(b->path, sizeof b->path, "%s/trials.db", b->dir);
}

static void tear_down(bench *b) {
    test_ctx_free(b->ctx, &b->heap);
    test_dir_remove(b->dir);
}

static void rows(void **state) {
    (void)state;
    bench b;
    frs_registry r, other;
    frs_trial *t;
    int64_t n;
    bool mine;
    set_up(&b);
    assert_ok(b.ctx, frs__registry_open(b.ctx, b.dir, 17, &r));
    assert_ok(b.ctx, frs__registry_add(&r, four, json, 4));
    assert_ok(b.ctx, frs__registry_open(b.ctx, b.dir, 17, &other));
    assert_ok(b.ctx, frs__registry_list(&other, &t, &n));
    assert_int_equal(n, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(t[i].number, four[i].number);
        assert_int_equal(t[i].rung, four[i].rung);
        assert_int_equal(t[i].epochs, four[i].epochs);
        assert_int_equal(t[i].status, FRS_TRIAL_WAITING);
        assert_true(isnan(t[i].score));
    }
    frs__free(b.ctx, t);
    /* claimed; a process that was killed left it running: claimed again */
    assert_ok(b.ctx, frs__registry_claim(&r, &four[1], &mine));
    assert_true(mine);
    assert_ok(b.ctx, frs__registry_claim(&other, &four[1], &mine));
    assert_true(mine);
    frs_trial done = four[1];
    done.status = FRS_TRIAL_DONE;
    done.score = 0.1 + 0.2; /* to the last bit */
    done.pairs = 366;
    done.seconds = 2.5;
    assert_ok(b.ctx, frs__registry_put(&r, &done));
    assert_ok(b.ctx, frs__registry_claim(&other, &four[1], &mine));
    assert_false(mine);
    frs_trial failed = four[2];
    failed.status = FRS_TRIAL_FAILED;
    failed.score = NAN;
    snprintf(failed.message, sizeof failed.message, "it's \"bad\"; DROP TABLE trials");
    assert_ok(b.ctx, frs__registry_put(&r, &failed));
    assert_ok(b.ctx, frs__registry_claim(&other, &four[2], &mine));
    assert_false(mine);
    assert_ok(b.ctx, frs__registry_add(&other, four, json, 4)); /* changes nothing */
    assert_ok(b.ctx, frs__registry_list(&other, &t, &n));
    assert_int_equal(n, 4);
    assert_int_equal(t[1].status, FRS_TRIAL_DONE);
    assert_true(t[1].score == 0.1 + 0.2);
    assert_int_equal(t[1].pairs, 366);
    assert_true(t[1].seconds == 2.5);
    assert_int_equal(t[2].status, FRS_TRIAL_FAILED);
    assert_true(isnan(t[2].score));
    assert_string_equal(t[2].message, failed.message);
    assert_int_equal(t[3].status, FRS_TRIAL_WAITING);
    frs__free(b.ctx, t);
    frs__registry_close(&r);
    frs__registry_close(&other);
    assert_status(b.ctx, frs__registry_open(b.ctx, b.dir, 18, &r), FRS_E_INPUT);
    assert_message(b.ctx, "begun with another config.yml");
    tear_down(&b);
}

static void exec(frs_registry *r, const char *sql) {
    assert_int_equal(r->sql.exec(r->db, sql, NULL, NULL, NULL), FRS__SQL_OK);
}

static void damage(void **state) {
    (void)state;
    static const char *const lies[] = {"status = 'won'",      "status = NULL", "trial = -1",
                                       "rung = 99",           "trial = 9e15",  "epochs = 'many'",
                                       "status = x'00ff00ff'"};
    bench b;
    frs_registry r;
    frs_trial *t;
    int64_t n;
    char sql[128];
    set_up(&b);
    for (int64_t i = 0; i < FRS_LEN(lies); i++) {
        unlink(b.path);
        assert_ok(b.ctx, frs__registry_open(b.ctx, b.dir, 1, &r));
        assert_ok(b.ctx, frs__registry_add(&r, four, json, 4));
        snprintf(sql, sizeof sql, "UPDATE trials SET %s WHERE trial = 2", lies[i]);
        exec(&r, sql);
        assert_status(b.ctx, frs__registry_list(&r, &t, &n), FRS_E_FORMAT);
        assert_message(b.ctx, "damaged");
        frs__registry_close(&r);
    }
    test_file(b.path, b.dir, "trials.db", "this is no registry, but it is longer than its magic");
    assert_status(b.ctx, frs__registry_open(b.ctx, b.dir, 1, &r), FRS_E_FORMAT);
    assert_message(b.ctx, "trials.db: not a registry of trials, or damaged");
    unlink(b.path);
    assert_ok(b.ctx, frs__registry_open(b.ctx, b.dir, 1, &r));
    exec(&r, "DROP TABLE trials; CREATE TABLE trials(x)");
    assert_status(b.ctx, frs__registry_list(&r, &t, &n), FRS_E_FORMAT);
    frs__registry_close(&r);
    tear_down(&b);
}

static frs_status use(frs_ctx *ctx, void *arg) {
    frs_registry r;
    frs_trial *t = NULL;
    int64_t n;
    bool mine;
    FRS_TRY(frs__registry_open(ctx, arg, 1, &r));
    frs_status s = frs__registry_add(&r, four, json, 4);
    if (s == FRS_OK) s = frs__registry_claim(&r, &four[0], &mine);
    if (s == FRS_OK) s = frs__registry_list(&r, &t, &n);
    frs__free(ctx, t);
    frs__registry_close(&r);
    return s;
}

static void out_of_memory(void **state) {
    (void)state;
    char dir[256];
    test_dir(dir);
    test_oom(use, dir);
    test_dir_remove(dir);
}

/* A build without SQLite says so and makes nothing. */
static void without(void **state) {
    (void)state;
    bench b;
    frs_registry r;
    set_up(&b);
    assert_status(b.ctx, frs__registry_open(b.ctx, b.dir, 17, &r), FRS_E_UNSUPPORTED);
    assert_message(b.ctx, "built without SQLite");
    assert_false(frs__exists(b.path));
    tear_down(&b);
}

int main(void) {
#ifdef FRS_SQLITE_SO
    (void)without;
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(damage),
                                       cmocka_unit_test(out_of_memory)};
#else
    (void)rows, (void)damage, (void)out_of_memory;
    const struct CMUnitTest tests[] = {cmocka_unit_test(without)};
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
