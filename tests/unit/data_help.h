/* Small records for the tests of src/data. */
#ifndef FRS_TESTS_DATA_HELP_H
#define FRS_TESTS_DATA_HELP_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/data.h"

#define OK(call) assert_ok(ctx, (call), #call, __LINE__)
static inline void assert_ok(frs_ctx *ctx, frs_status st, const char *what, int line) {
    if (st == FRS_OK) return;
    print_error("line %d: %s: %s: %s\n", line, what, frs_status_name(st), frs_message(ctx));
    fail();
}

#define assert_near(a, b, tol) near_enough((a), (b), (tol), #a, __LINE__)
static inline void near_enough(double a, double b, double tol, const char *what, int line) {
    if (fabs(a - b) <= tol) return;
    print_error("line %d: %s is %.17g, not %.17g +- %g\n", line, what, a, b, tol);
    fail();
}

static inline frs_ctx *new_ctx(void) {
    frs_ctx *ctx = NULL;
    frs_ctx_opts o = {.threads = 1};
    assert_int_equal(frs_ctx_new(&o, &ctx), FRS_OK);
    return ctx;
}

static inline int64_t date(int y, int m, int d) {
    return frs_time_from_civil((frs_civil){.year = y, .month = m, .day = d});
}

static const frs_step DAILY = {FRS_DAY_S, FRS_STEP_SECOND};

/* names: "prcp temp q" */
static inline frs_series make_series(frs_ctx *ctx, const char *site, int64_t start, int64_t n,
                                     const char *names) {
    char copy[256];
    snprintf(copy, sizeof copy, "%s", names);
    const char *list[16];
    int n_vars = 0;
    char *save = NULL;
    for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save))
        list[n_vars++] = p;
    frs_series s;
    OK(frs_series_new(ctx, site, start, DAILY, n, n_vars, &s));
    for (int v = 0; v < n_vars; v++) {
        snprintf(s.vars[v].name, sizeof s.vars[v].name, "%s", list[v]);
        snprintf(s.vars[v].unit, sizeof s.vars[v].unit, "mm");
        s.vars[v].kind = FRS_VAR_SUM;
        for (int64_t t = 0; t < n; t++) s.values[v][t] = (float)(1000 * (v + 1)) + (float)t;
    }
    return s;
}

static inline char *temp_path(const char *name) {
    static char path[4][256];
    static int next;
    char *p = path[next++ % 4];
    const char *dir = getenv("TMPDIR");
    snprintf(p, 256, "%s/freshet-test-%ld-%s", dir ? dir : "/tmp", (long)getpid(), name);
    return p;
}

static inline frs_store *pack(frs_ctx *ctx, const frs_series *s, int n, const frs_statics *st) {
    const char *path = temp_path("store.frs");
    frs_store_writer *w;
    frs_store *store;
    OK(frs_store_create(ctx, path, st, &w));
    for (int i = 0; i < n; i++) OK(frs_store_add(w, &s[i]));
    OK(frs_store_finish(w));
    OK(frs_store_open(ctx, path, &store));
    unlink(path);
    return store;
}

/* names: "area slope"; values [n_sites][n_attrs] are 10 * site + attr + 1. */
static inline frs_statics make_statics(frs_ctx *ctx, const char *const *sites, int64_t n,
                                       const char *a, const char *b) {
    frs_statics s = {.n_sites = n, .n_attrs = 2};
    s.sites = frs__alloc(ctx, n, 64);
    s.names = frs__alloc(ctx, 2, 64);
    s.values = frs__alloc(ctx, 2 * n, sizeof(float));
    snprintf(s.names[0], 64, "%s", a);
    snprintf(s.names[1], 64, "%s", b);
    for (int64_t i = 0; i < n; i++) {
        snprintf(s.sites[i], 64, "%s", sites[i]);
        s.values[2 * i] = (float)(10 * i + 1);
        s.values[2 * i + 1] = (float)(10 * i + 2);
    }
    return s;
}

/* The optional folder of real data, or NULL with a message. */
static inline const char *shared_data(const char *sub) {
    static char path[512];
    const char *root = getenv("FRS_SHARED");
    if (root)
        snprintf(path, sizeof path, "%s/%s", root, sub);
    else
        snprintf(path, sizeof path, "%s/../../shared/%s", FRS_TEST_DIR, sub);
    if (access(path, R_OK) == 0) return path;
    print_message("skipped: %s is not here\n", path);
    return NULL;
}

/* MOPEX .dly: YYYYMMDD, then P, PE, Q, Tmax, Tmin; -99 is missing. */
static inline frs_series read_mopex(frs_ctx *ctx, const char *path, const char *site) {
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    static float rows[25000][5];
    char line[256];
    int64_t n = 0, start = 0;
    while (fgets(line, sizeof line, f) && n < 25000) {
        char y[5] = {0}, m[3] = {0}, d[3] = {0};
        memcpy(y, line, 4);
        memcpy(m, line + 4, 2);
        memcpy(d, line + 6, 2);
        if (n == 0) start = date(atoi(y), atoi(m), atoi(d));
        char *p = line + 8;
        for (int v = 0; v < 5; v++) {
            float x = strtof(p, &p);
            rows[n][v] = x == -99.0F ? NAN : x;
        }
        n++;
    }
    fclose(f);
    frs_series s = make_series(ctx, site, start, n, "prcp pet q tmax tmin");
    for (int v = 0; v < 5; v++)
        for (int64_t t = 0; t < n; t++) s.values[v][t] = rows[t][v];
    return s;
}

/* A table of numbers by station: name, then up to `n` columns. */
static inline frs_statics read_table(frs_ctx *ctx, const char *path, int first_column) {
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    static char line[4096];
    frs_statics s = {0};
    s.sites = frs__alloc(ctx, 500, 64);
    s.names = frs__alloc(ctx, 40, 64);
    s.values = frs__alloc(ctx, INT64_C(500) * 40, sizeof(float));
    assert_non_null(fgets(line, sizeof line, in));
    char *save = NULL;
    int column = 0;
    for (char *p = strtok_r(line, ",\n", &save); p; p = strtok_r(NULL, ",\n", &save), column++)
        if (column >= first_column) snprintf(s.names[s.n_attrs++], 64, "%.60s", p + (*p == 32));
    while (fgets(line, sizeof line, in) && s.n_sites < 500) {
        char *p = line;
        for (column = 0; column < first_column + s.n_attrs && p; column++) {
            char *end, *comma = strpbrk(p, ",\n");
            if (comma) *comma = 0;
            if (column == 0) snprintf(s.sites[s.n_sites], 64, "%.60s", p);
            float v = strtof(p, &end);
            if (column >= first_column)
                s.values[s.n_sites * s.n_attrs + column - first_column] = end == p ? NAN : v;
            p = comma ? comma + 1 : NULL;
        }
        s.n_sites++;
    }
    fclose(in);
    return s;
}

static inline frs_store *mopex_store(frs_ctx *ctx, const char *folder, const frs_statics *st) {
    char path[600], line[64];
    snprintf(path, sizeof path, "%s/basins.txt", folder);
    FILE *list = fopen(path, "r");
    assert_non_null(list);
    const char *out = temp_path("mopex.frs");
    frs_store_writer *w;
    OK(frs_store_create(ctx, out, st, &w));
    while (fgets(line, sizeof line, list)) {
        line[strcspn(line, "\r\n")] = 0;
        snprintf(path, sizeof path, "%s/%s.dly", folder, line);
        frs_series s = read_mopex(ctx, path, line);
        OK(frs_store_add(w, &s));
        frs_series_free(ctx, &s);
    }
    fclose(list);
    OK(frs_store_finish(w));
    frs_store *store;
    OK(frs_store_open(ctx, out, &store));
    unlink(out);
    return store;
}
#endif
