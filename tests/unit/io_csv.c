/* Writers of text: what is written is read back to the last bit. */
#include "support.h"

#include "freshet/io.h"
#include <float.h>
#include <math.h>

static frs_series series(frs_ctx *ctx, int64_t start_s, frs_step step, int64_t n, int n_vars) {
    frs_series s = {0};
    assert_ok(ctx, frs_series_new(ctx, "a", start_s, step, n, n_vars, &s));
    for (int v = 0; v < n_vars; v++) snprintf(s.vars[v].name, sizeof s.vars[v].name, "v%d", v);
    return s;
}

static char *slurp(const char *path, char *buf, size_t size) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    buf[fread(buf, 1, size - 1, f)] = 0;
    fclose(f);
    return buf;
}

static void same(const frs_series *a, const frs_series *b) {
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->start_s, b->start_s);
    assert_int_equal(a->step.count, b->step.count);
    assert_int_equal(a->step.unit, b->step.unit);
    assert_int_equal(a->n_vars, b->n_vars);
    for (int v = 0; v < a->n_vars; v++) {
        assert_string_equal(a->vars[v].name, b->vars[v].name);
        assert_string_equal(a->vars[v].unit, b->vars[v].unit);
        for (int64_t t = 0; t < a->n; t++)
            assert_true(isnan(a->values[v][t])
                            ? isnan(b->values[v][t])
                            : memcmp(&a->values[v][t], &b->values[v][t], sizeof(float)) == 0);
    }
}

static void layout(void **state) {
    (void)state;
    char dir[256], path[512], text[1024];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_dir(dir);
    snprintf(path, sizeof path, "%s/a.csv", dir);
    frs_series s = series(ctx, 0, (frs_step){FRS_DAY_S, FRS_STEP_SECOND}, 3, 3);
    snprintf(s.vars[0].unit, sizeof s.vars[0].unit, "mm/day");
    snprintf(s.vars[1].name, sizeof s.vars[1].name, "prcp(mm/day)");
    snprintf(s.vars[2].name, sizeof s.vars[2].name, "the \"q\", raw");
    s.values[0][0] = 0.1F;
    s.values[0][1] = -999;
    s.values[1][2] = 1e-20F;
    s.values[2][1] = -0.0F;
    assert_ok(ctx, frs_write_csv(ctx, path, &s));
    assert_string_equal(slurp(path, text, sizeof text),
                        "date,v0 [mm/day],prcp(mm/day) [],\"the \"\"q\"\", raw\"\n"
                        "1970-01-01,0.1,,\n1970-01-02,-9.99e2,,-0\n1970-01-03,,1e-20,\n");
    frs_series back = {0};
    assert_ok(ctx, frs_read_series(ctx, path, NULL, &back));
    same(&s, &back);
    frs_series_free(ctx, &back);
    frs_series_free(ctx, &s);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static float any_float(frs_rng r, uint64_t i) {
    uint32_t bits[4];
    frs__rng_u32x4(r, i, bits);
    float v;
    memcpy(&v, bits, sizeof v);
    if (bits[1] % 8 == 0) return NAN;
    if (bits[1] % 8 == 1) return bits[2] % 2 ? -9999.0F : -99999.0F;
    return isfinite(v) ? v : FLT_MAX;
}

static void any_values_any_step(void **state) {
    (void)state;
    static const frs_step steps[] = {{FRS_DAY_S, FRS_STEP_SECOND}, {3600, FRS_STEP_SECOND},
                                     {300, FRS_STEP_SECOND},       {7, FRS_STEP_SECOND},
                                     {1, FRS_STEP_MONTH},          {12, FRS_STEP_MONTH}};
    char dir[256], path[512];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    const frs_rng r = {test_seed(), FRS_RNG_TEST, 0};
    test_dir(dir);
    snprintf(path, sizeof path, "%s/a.csv", dir);
    for (int64_t k = 0; k < FRS_LEN(steps); k++) {
        frs_series s = series(ctx, 946684800 + (k == 2) * 300, steps[k], 400, 3), back = {0};
        for (int64_t i = 0; i < 1200; i++)
            s.values[i / 400][i % 400] = any_float(r, (uint64_t)(k * 1200 + i));
        assert_ok(ctx, frs_write_csv(ctx, path, &s));
        assert_ok(ctx, frs_read_series(ctx, path, NULL, &back));
        same(&s, &back);
        frs_series_free(ctx, &back);
        frs_series_free(ctx, &s);
    }
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static void refused(void **state) {
    (void)state;
    char dir[256], path[512];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_dir(dir);
    snprintf(path, sizeof path, "%s/a.csv", dir);
    frs_series s = series(ctx, 0, (frs_step){FRS_DAY_S, FRS_STEP_SECOND}, 3, 1);
    s.values[0][2] = INFINITY;
    assert_status(ctx, frs_write_csv(ctx, path, &s), FRS_E_INPUT);
    assert_message(ctx, "site a: v0 is infinite on 1970-01-03");
    s.values[0][2] = 0;
    snprintf(s.vars[0].name, sizeof s.vars[0].name, "a\nb");
    assert_status(ctx, frs_write_csv(ctx, path, &s), FRS_E_INPUT);
    assert_message(ctx, "a name with a line end");
    snprintf(s.vars[0].name, sizeof s.vars[0].name, "q");
    s.start_s = INT64_C(1) << 40;
    assert_status(ctx, frs_write_csv(ctx, path, &s), FRS_E_INPUT);
    assert_message(ctx, "text holds years 1 to 9999");
    s.start_s = 0;
    assert_status(ctx, frs_write_csv(ctx, "/dev/full/x/a.csv", &s), FRS_E_IO);
    assert_false(frs__exists(path)); /* nothing half-written */
    frs_series_free(ctx, &s);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout), cmocka_unit_test(any_values_any_step), cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
