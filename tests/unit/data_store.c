/* The store: what is packed comes back, and no damaged file is believed. */
#include "data_help.h"
#include <signal.h>
#include <sys/resource.h>

static void same_values(const frs_store *store, int64_t i, const frs_series *s) {
    frs_store_site a = frs_store_get_site(store, i);
    int n_vars = frs_store_get_info(store).n_vars;
    assert_string_equal(a.name, s->site);
    assert_int_equal(a.n, s->n);
    assert_int_equal(a.start_s, s->start_s);
    assert_int_equal((uintptr_t)a.values % 64, 0);
    for (int v = 0; v < n_vars; v++) {
        int from = frs_series_var(s, frs_store_var(store, v).name);
        for (int64_t t = 0; t < s->n; t++) {
            float x = a.values[t * n_vars + v], y = s->values[from][t];
            assert_true(x == y || (isnan(x) && isnan(y)));
        }
    }
}

static void round_trip(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series s[3] = {make_series(ctx, "b", date(2000, 1, 1), 100, "prcp temp q"),
                       make_series(ctx, "a", date(1999, 5, 7), 1, "q temp prcp extra"),
                       make_series(ctx, "c", date(2001, 1, 1), 0, "temp prcp q")};
    s[0].values[2][7] = NAN;
    s[0].vars[2].label_end = true;
    const char *sites[] = {"a", "b"};
    frs_statics st = make_statics(ctx, sites, 2, "area", "slope");
    frs_store *store = pack(ctx, s, 3, &st);
    frs_store_info info = frs_store_get_info(store);
    assert_int_equal(info.n_sites, 3);
    assert_int_equal(info.n_vars, 3);
    assert_int_equal(info.n_attrs, 2);
    assert_int_equal(info.step.count, 86400);
    for (int i = 0; i < 3; i++) same_values(store, i, &s[i]);
    assert_string_equal(frs_store_var(store, 2).name, "q");
    assert_string_equal(frs_store_var(store, 2).unit, "mm");
    assert_true(frs_store_var(store, 2).label_end);
    assert_int_equal(frs_store_var(store, 2).kind, FRS_VAR_SUM);
    assert_int_equal(frs_store_find_var(store, "q"), 2);
    assert_int_equal(frs_store_find_var(store, "Q"), -1);
    assert_int_equal(frs_store_find_site(store, "a"), 1);
    assert_int_equal(frs_store_find_site(store, "zz"), -1);
    assert_int_equal(frs_store_find_attr(store, "slope"), 1);
    assert_string_equal(frs_store_attr(store, 0), "area");
    assert_true(frs_store_get_site(store, 0).statics[0] == 11);
    assert_true(frs_store_get_site(store, 1).statics[1] == 2);
    assert_true(isnan(frs_store_get_site(store, 2).statics[0]));
    OK(frs__store_verify(ctx, store));
    uint64_t hash = info.hash;
    frs_store_close(store);
    store = pack(ctx, s, 3, &st);
    assert_true(frs_store_get_info(store).hash == hash);
    frs_store_close(store);
    s[0].values[0][50] += 1;
    store = pack(ctx, s, 3, &st);
    assert_true(frs_store_get_info(store).hash != hash);
    frs_store_close(store);
    for (int i = 0; i < 3; i++) frs_series_free(ctx, &s[i]);
    frs_statics_free(ctx, &st);
    frs_ctx_free(ctx);
}

static void expect_refused(frs_ctx *ctx, frs_store_writer *w, frs_series *s, const char *text) {
    frs_status st = frs_store_add(w, s);
    if (st != FRS_E_INPUT || !strstr(frs_message(ctx), text))
        fail_msg("expected \"%s\", got %s: %s", text, frs_status_name(st), frs_message(ctx));
    frs_series_free(ctx, s);
}

static void refused_series(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    const char *path = temp_path("refused.frs");
    frs_store_writer *w;
    OK(frs_store_create(ctx, path, NULL, &w));
    assert_int_equal(frs_store_finish(w), FRS_E_NODATA);
    assert_true(access(path, F_OK) != 0);

    OK(frs_store_create(ctx, path, NULL, &w));
    frs_series s = make_series(ctx, "a", 0, 5, "p q");
    OK(frs_store_add(w, &s));
    expect_refused(ctx, w, &s, "comes twice");
    s = make_series(ctx, "b", 0, 5, "p");
    expect_refused(ctx, w, &s, "no variable q");
    s = make_series(ctx, "b", 0, 5, "p q");
    memcpy(s.vars[1].unit, "m3/s", 5);
    expect_refused(ctx, w, &s, "m3/s");
    s = make_series(ctx, "b", 0, 5, "p q");
    s.step.count = 3600;
    expect_refused(ctx, w, &s, "time step");
    s = make_series(ctx, "b", date(2001, 3, 1), 5, "p q");
    s.values[1][3] = INFINITY;
    expect_refused(ctx, w, &s, "2001-03-04");
    frs_store_abort(w);
    assert_true(access(path, F_OK) != 0);
    frs_ctx_free(ctx);
}

/* A packed store in 64-byte aligned memory. */
static unsigned char *packed(frs_ctx *ctx, int64_t *n) {
    const char *path = temp_path("bytes.frs");
    frs_store_writer *w;
    const char *sites[] = {"a", "b"};
    frs_statics st = make_statics(ctx, sites, 2, "area", "slope");
    OK(frs_store_create(ctx, path, &st, &w));
    frs_statics_free(ctx, &st);
    for (int i = 0; i < 2; i++) {
        frs_series s = make_series(ctx, sites[i], 0, 10, "p q");
        OK(frs_store_add(w, &s));
        frs_series_free(ctx, &s);
    }
    OK(frs_store_finish(w));
    frs_map m;
    OK(frs__map_open(ctx, path, &m));
    unlink(path);
    unsigned char *copy = frs__alloc(ctx, m.n, 1);
    assert_non_null(copy);
    memcpy(copy, m.data, (size_t)m.n);
    *n = m.n;
    frs__map_close(&m);
    return copy;
}

static void expect_error(frs_ctx *ctx, const void *data, int64_t n, frs_status want,
                         const char *text) {
    frs_store *s = NULL;
    frs_status st = frs__store_from_memory(ctx, "x.frs", data, n, &s);
    if (st != want || !strstr(frs_message(ctx), text) || !strstr(frs_message(ctx), "x.frs"))
        fail_msg("expected \"%s\", got %s: %s", text, frs_status_name(st), frs_message(ctx));
    assert_null(s);
}

static void damaged(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    int64_t n;
    unsigned char *good = packed(ctx, &n);
    unsigned char *bad = frs__alloc(ctx, n + 1, 1);
    frs__store_header *h = (void *)bad;
#define RESET() memcpy(bad, good, (size_t)n)
    RESET();
    expect_error(ctx, bad, 0, FRS_E_FORMAT, "not a Freshet store");
    expect_error(ctx, bad, 100, FRS_E_FORMAT, "192");
    char text[64];
    snprintf(text, sizeof text, "truncated: %ld bytes expected, %ld found", (long)n, (long)n - 4);
    expect_error(ctx, bad, n - 4, FRS_E_FORMAT, text);
    expect_error(ctx, bad, n + 1, FRS_E_FORMAT, "too long");
    h->version = 7;
    expect_error(ctx, bad, n, FRS_E_FORMAT, "store of version 7, this program reads 1");
    RESET(), h->endian = 0x04030201;
    expect_error(ctx, bad, n, FRS_E_FORMAT, "byte order");
    RESET(), h->kind = FRS_STORE_GRID;
    expect_error(ctx, bad, n, FRS_E_UNSUPPORTED, "grids");
    RESET(), h->dtype = FRS_STORE_I16;
    expect_error(ctx, bad, n, FRS_E_UNSUPPORTED, "integers");
    RESET(), h->n_sites = INT64_MAX;
    expect_error(ctx, bad, n, FRS_E_FORMAT, "number of sites");
    RESET(), h->n_sites = 9999999;
    expect_error(ctx, bad, n, FRS_E_FORMAT, "outside the file");
    RESET(), h->sites_offset = UINT64_MAX - 63;
    expect_error(ctx, bad, n, FRS_E_FORMAT, "outside the file");
    RESET(), h->step_count = 0;
    expect_error(ctx, bad, n, FRS_E_FORMAT, "time step");
    RESET();
    frs__store_site_record *r = (void *)(bad + h->sites_offset);
    r[1].n = INT64_C(1) << 28;
    expect_error(ctx, bad, n, FRS_E_FORMAT, "site b: 268435456 steps");
    RESET(), r[0].offset += 4;
    expect_error(ctx, bad, n, FRS_E_FORMAT, "site a");
    RESET(), memset(r[0].name, 'a', 64);
    expect_error(ctx, bad, n, FRS_E_FORMAT, "name of a site");
    RESET();
    frs_store *s;
    OK(frs__store_from_memory(ctx, "x.frs", bad, n, &s));
    OK(frs__store_verify(ctx, s));
    bad[r[1].offset + 5] ^= 1;
    assert_int_equal(frs__store_verify(ctx, s), FRS_E_FORMAT);
    assert_non_null(strstr(frs_message(ctx), "site b"));
    frs_store_close(s);
    frs__free(ctx, good);
    frs__free(ctx, bad);
    frs_ctx_free(ctx);
}

/* A disk that is full (here: a limit on the size of files): an error, and no file is left. */
static void full_disk(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct rlimit small = {200000, old.rlim_max};
    void (*was)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const char *path = temp_path("full.frs");
    frs_series s = make_series(ctx, "a", 0, 60000, "p q");
    frs_store_writer *w;
    OK(frs_store_create(ctx, path, NULL, &w));
    frs_status st = frs_store_add(w, &s);
    if (st == FRS_OK)
        st = frs_store_finish(w);
    else
        frs_store_abort(w);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, was);
    assert_int_equal(st, FRS_E_IO);
    assert_non_null(strstr(frs_message(ctx), "full.frs"));
    char command[600];
    snprintf(command, sizeof command, "ls %s* >/dev/null 2>&1", path);
    assert_true(system(command) != 0);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

static void no_file(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *s = NULL;
    assert_int_equal(frs_store_open(ctx, "/nonexistent/x.frs", &s), FRS_E_IO);
    assert_null(s);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(refused_series), cmocka_unit_test(damaged),
        cmocka_unit_test(full_disk),  cmocka_unit_test(no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
