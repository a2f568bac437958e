/* Unit conversion: factors from the definitions of the units, worked by hand. */
#include "support.h"

#include <math.h>

#include "freshet/io.h"

static frs_ctx *ctx;
static test_heap heap;

static int setup(void **state) {
    (void)state;
    ctx = test_ctx_new(&heap, 1);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    test_ctx_free(ctx, &heap);
    return 0;
}

typedef struct unit_case {
    const char *from, *to;
    double area_km2, a, c;
} unit_case;

static void converts(void **state) {
    (void)state;
    const double inch = 0.0254, foot = 0.3048, mile = 1609.344;
    const unit_case cases[] = {
        {"mm/day", "mm d-1", NAN, 1, 0},
        {"mm", "mm", NAN, 1, 0},
        {"m3/s", "m3 s-1", NAN, 1, 0},
        {"m^3/s", "m3/s", NAN, 1, 0},
        {"m/s", "mm/day", NAN, 86400e3, 0},
        {"mm/h", "mm/day", NAN, 24, 0},
        {"kg m-2", "kg/m2", NAN, 1, 0},
        {"in", "mm", NAN, inch * 1e3, 0},
        {"ft3/s", "m3/s", NAN, foot * foot * foot, 0},
        {"cfs", "m3/s", NAN, foot * foot * foot, 0},
        {"cumecs", "l/s", NAN, 1000, 0},
        {"degC", "K", NAN, 1, 273.15},
        {"K", "degC", NAN, 1, -273.15},
        {"degF", "degC", NAN, 5.0 / 9, -160.0 / 9},
        {"C", "degF", NAN, 1.8, 32},
        {"\302\260C", "K", NAN, 1, 273.15},
        {"hPa", "Pa", NAN, 100, 0},
        {"kPa", "hPa", NAN, 10, 0},
        {"mbar", "Pa", NAN, 100, 0},
        {"W/m2", "W m-2", NAN, 1, 0},
        {"J m-2 d-1", "W/m2", NAN, 1.0 / 86400, 0},
        {"%", "1", NAN, 0.01, 0},
        /* 1 mm over 1 km2 is 1000 m3; a day has 86400 s */
        {"mm/day", "m3/s", 86.4, 1, 0},
        {"m3/s", "mm/day", 86.4, 1, 0},
        {"m3 s-1", "mm d-1", 1000, 0.0864, 0},
        {"cfs", "mm/day", mile * mile / 1e6, foot * foot * foot * 86400e3 / (mile * mile), 0},
        {"mm", "m3", 2.5, 2500, 0},
        {"m3", "mm", 2.5, 1.0 / 2500, 0},
        {"mm/h", "m3/s", 3.6, 1, 0},
    };
    for (int64_t i = 0; i < FRS_LEN(cases); i++) {
        const unit_case *u = &cases[i];
        double a = NAN, c = NAN;
        assert_ok(ctx, frs_unit_convert(ctx, u->from, u->to, u->area_km2, &a, &c));
        if (!(fabs(a - u->a) <= 1e-12 * fabs(u->a) && fabs(c - u->c) <= 1e-9))
            fail_msg("%s to %s: %.17g %.17g, expected %.17g %.17g", u->from, u->to, a, c, u->a,
                     u->c);
    }
}

/* Each message names both units; the results stay as they were. */
static void refuses(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
        double area_km2;
        frs_status status;
        const char *part[2];
    } cases[] = {
        {"mm/day", "m3/s", NAN, FRS_E_INPUT, {"\"mm/day\" to \"m3/s\"", "catchment area"}},
        {"m3/s", "mm/day", NAN, FRS_E_INPUT, {"\"m3/s\" to \"mm/day\"", "catchment area"}},
        {"mm", "m3/s", 100, FRS_E_INPUT, {"\"mm\" cannot be", "\"m3/s\""}}, /* no time in it */
        {"degC", "mm", NAN, FRS_E_INPUT, {"\"degC\" cannot be", "\"mm\""}},
        {"mm/day", "furlongs of rain", NAN, FRS_E_INPUT, {"unknown", "\"furlongs of rain\""}},
        {"", "mm", NAN, FRS_E_INPUT, {"unknown", "\"\""}},
        {"m\n", "mm", NAN, FRS_E_INPUT, {"unknown", "m"}},
        {"mm/day", "m3/s", 0, FRS_E_ARG, {"area", "0"}},
        {"mm/day", "m3/s", -5, FRS_E_ARG, {"area", "-5"}},
        {"lg(re 1 mm6/m3)", "mm6/m3", NAN, FRS_E_INPUT, {"lg(re", "factor"}}, /* dBZ */
    };
    for (int64_t i = 0; i < FRS_LEN(cases); i++) {
        double a = 7, c = 8;
        const frs_status s =
            frs_unit_convert(ctx, cases[i].from, cases[i].to, cases[i].area_km2, &a, &c);
        if (s != cases[i].status) print_error("%s: %s\n", cases[i].from, frs_message(ctx));
        assert_int_equal(s, cases[i].status);
        assert_message(ctx, cases[i].part[0]);
        assert_message(ctx, cases[i].part[1]);
        assert_true(a == 7 && c == 8);
    }
}

/* There and back is where we were, for every pair that converts. */
static void returns(void **state) {
    (void)state;
    static const char *const units[] = {"mm/day", "m3/s", "cfs",  "degC", "K",         "degF",
                                        "W/m2",   "Pa",   "hPa",  "mm",   "m3",        "in",
                                        "mm h-1", "l/s",  "mbar", "cm",   "MJ m-2 d-1"};
    int64_t pairs = 0;
    for (int64_t i = 0; i < FRS_LEN(units); i++)
        for (int64_t k = 0; k < FRS_LEN(units); k++) {
            double a, c, b, d;
            if (frs_unit_convert(ctx, units[i], units[k], 123.4, &a, &c) != FRS_OK) continue;
            assert_ok(ctx, frs_unit_convert(ctx, units[k], units[i], 123.4, &b, &d));
            assert_close(a * b, 1, 1e-12);
            assert_close(b * c + d, 0, 1e-9);
            pairs++;
        }
    assert_true(pairs > 50);
}

/* The library scans text with a table-driven scanner: any bytes at all. */
static void any_text(void **state) {
    (void)state;
    static const char letters[] = "mskdgCKF0123456789.-+/^*() @:eE%lgrint\302\260\265\267\n\r\t";
    const frs_rng r = {.seed = test_seed(), .purpose = FRS_RNG_TEST};
    for (uint64_t i = 0; i < 20000; i++) {
        char text[160] = "";
        uint32_t u[4];
        frs__rng_u32x4(r, i << 16, u);
        const uint32_t n = u[0] % (u[1] % 8 ? 24 : 159);
        for (uint32_t k = 0; k < n; k++) {
            frs__rng_u32x4(r, (i << 16) + k + 1, u);
            text[k] = u[0] % 8 ? letters[u[1] % (sizeof letters - 1)] : (char)(1 + u[1] % 255);
        }
        double a, c;
        const frs_status s = frs_unit_convert(ctx, text, "mm/day", 10, &a, &c);
        assert_true(s == FRS_E_INPUT || (s == FRS_OK && isfinite(a) && isfinite(c)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(converts), cmocka_unit_test(refuses),
                                       cmocka_unit_test(returns), cmocka_unit_test(any_text)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
