/* Numbers to text and back, under a comma locale as well when the machine has one; buffers; edit
 * distance. */
#include "support.h"

#include <float.h>
#include <locale.h>
#include <math.h>

static bool parse(const char *text, char decimal, double *v) {
    return frs__parse_double(text, strlen(text), decimal, v);
}

static void assert_bits(double a, double b) {
    if (memcmp(&a, &b, sizeof a) != 0) fail_msg("%a is not %a", a, b);
}

static void parse_hand_values(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0", 0},
        {"-0", -0.0},
        {"+1", 1},
        {"1.", 1},
        {".5", 0.5},
        {" 12.25\r\n", 12.25},
        {"1e3", 1000},
        {"-2.5E-3", -0.0025},
        {"0.1", 0.1},
        {"9007199254740993", 9007199254740992.0},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"1e-23", 1e-23},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"4.9e-324", 0x1p-1074},
        {"1e-999", 0},
        {"1.7976931348623157e308", DBL_MAX},
        {"0.000000000000000000000000000001", 1e-30},
        {"000000000000000000000000001.5", 1.5},
        {"0e99999999999", 0},
        {"8.41", 8.41},
        {"179769313486231570000e288", DBL_MAX},
    };
    for (int i = 0; i < FRS_LEN(cases); i++) {
        double v = 77;
        if (!parse(cases[i].text, '.', &v)) fail_msg("refused: %s", cases[i].text);
        assert_bits(v, cases[i].value);
    }
    double v;
    assert_true(parse("3,25", ',', &v));
    assert_bits(v, 3.25);
    assert_true(parse("1234567,00000000000000000001", ',', &v)); /* the slow way */
    assert_bits(v, 1234567);
}

static void parse_refuses(void **state) {
    (void)state;
    static const char *const bad[] = {"",      " ",   ".",        "+",    "-",     "e5",
                                      "1e",    "1e+", "1.2.3",    "1,2",  "1 2",   "0x10",
                                      "nan",   "inf", "1f",       "--1",  "1e999", "-1e999",
                                      "1_000", "NA",  "\xd0\xbd", "1e5.5"};
    double v = 77;
    int64_t n = 77;
    for (int i = 0; i < FRS_LEN(bad); i++) {
        if (parse(bad[i], '.', &v)) fail_msg("accepted: %s", bad[i]);
        if (frs__parse_int(bad[i], strlen(bad[i]), &n)) fail_msg("accepted: %s", bad[i]);
    }
    assert_false(parse("3.25", ',', &v));
    assert_bits(v, 77);
    char digits[600];
    memset(digits, '1', sizeof digits);
    assert_false(frs__parse_double(digits, sizeof digits, '.', &v));
    assert_false(frs__parse_double("1\0", 2, '.', &v));
}

static void parse_int(void **state) {
    (void)state;
    int64_t v;
    assert_true(frs__parse_int(" -9223372036854775808 ", 22, &v) && v == INT64_MIN);
    assert_true(frs__parse_int("9223372036854775807", 19, &v) && v == INT64_MAX);
    assert_true(frs__parse_int("+042", 4, &v) && v == 42);
    assert_false(frs__parse_int("9223372036854775808", 19, &v));
    assert_false(frs__parse_int("-9223372036854775809", 20, &v));
    assert_false(frs__parse_int("1.0", 3, &v));
}

static void format_hand_values(void **state) {
    (void)state;
    char b[64];
    assert_string_equal(frs__format_float(0.1f, b), "0.1");
    assert_string_equal(frs__format_float(16777216.0f, b), "16777216");
    assert_string_equal(frs__format_float(1e-45f, b), "1e-45");
    assert_string_equal(frs__format_float(NAN, b), "nan");
    assert_string_equal(frs__format_float(-INFINITY, b), "-inf");
    assert_string_equal(frs__format_float(3.4028235e38f, b), "3.4028235e+38");
    assert_string_equal(frs__format_double(0.1, b), "0.1");
    assert_string_equal(frs__format_double(1.0 / 3, b), "0.3333333333333333");
    assert_string_equal(frs__format_double(0x1p-1074, b), "5e-324");
    assert_string_equal(frs__format_double(-1234.5, b), "-1234.5");
    assert_string_equal(frs__format_double(DBL_MAX, b), "1.7976931348623157e+308");
}

/* Any bit pattern comes back, and no shorter text would have done. */
static void round_trip(void **state) {
    (void)state;
    frs_rng r = {.seed = test_seed(), .purpose = FRS_RNG_TEST};
    for (uint64_t i = 0; i < 50000; i++) {
        uint32_t u[4];
        char b[64];
        frs__rng_u32x4(r, i, u);
        float f;
        double d, back;
        memcpy(&f, u, sizeof f);
        memcpy(&d, u + 1, sizeof d);
        if (isfinite(f)) {
            assert_true(parse(frs__format_float(f, b), '.', &back));
            assert_true(strlen(b) < 40);
            assert_memory_equal(&(float){(float)back}, &f, sizeof f);
        }
        if (isfinite(d)) {
            assert_true(parse(frs__format_double(d, b), '.', &back));
            assert_bits(back, d);
        }
    }
}

static void short_decimals(void **state) {
    (void)state;
    char want[64], b[64];
    double v;
    for (int i = -99999; i < 100000; i += 7) {
        snprintf(want, sizeof want, "%s%d.%03d", i < 0 ? "-" : "", abs(i) / 1000, abs(i) % 1000);
        assert_true(parse(want, '.', &v));
        for (char *end = want + strlen(want) - 1; *end == '0' || *end == '.'; end--) {
            bool point = *end == '.';
            *end = 0;
            if (point) break;
        }
        assert_string_equal(frs__format_double(v, b), want);
        assert_string_equal(frs__format_float((float)v, b), want);
    }
}

static void comma_locale(void **state) {
    static const char *const names[] = {"ru_RU.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8", "ru_RU.utf8"};
    const char *got = NULL;
    for (int i = 0; i < FRS_LEN(names) && !got; i++) got = setlocale(LC_ALL, names[i]);
    if (!got) {
        print_message("skipped: no locale with a decimal comma is installed\n");
        skip();
    }
    char probe[16];
    snprintf(probe, sizeof probe, "%.1f", 0.5);
    assert_string_equal(probe, "0,5"); /* or this test proves nothing */
    format_hand_values(state);
    parse_hand_values(state);
    round_trip(state);
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_buf b = {.ctx = ctx};
    frs__buf_printf(&b, "%g %.2f", 1.5, 2.25);
    assert_string_equal(b.data, "1.5 2.25");
    frs__buf_free(&b);
    frs__fail(ctx, FRS_E_INPUT, "%g", 0.5);
    assert_string_equal(frs_message(ctx), "0.5");
    test_ctx_free(ctx, &h);
    setlocale(LC_ALL, "C");
}

static void buffer_grows(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_buf b = {.ctx = ctx};
    for (int i = 0; i < 1000; i++) frs__buf_printf(&b, "%d,", i % 10);
    frs__buf_add_n(&b, "\0x", 2);
    frs__buf_add(&b, "");
    assert_ok(ctx, frs__buf_status(&b));
    assert_int_equal(b.n, 2002);
    assert_memory_equal(b.data + 1996, "8,9,\0x", 7);
    frs__buf_free(&b);
    assert_null(b.data);
    test_ctx_free(ctx, &h);
}

static frs_status buffer_work(frs_ctx *ctx, void *arg) {
    (void)arg;
    frs_buf b = {.ctx = ctx};
    for (int i = 0; i < 300; i++) frs__buf_printf(&b, "%05d", i);
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK) assert_int_equal(b.n, 1500);
    frs__buf_free(&b);
    return s;
}

static void buffer_oom(void **state) {
    (void)state;
    test_oom(buffer_work, NULL);
}

static void edit_distance(void **state) {
    (void)state;
    assert_int_equal(frs__edit_distance("", ""), 0);
    assert_int_equal(frs__edit_distance("", "abc"), 3);
    assert_int_equal(frs__edit_distance("kitten", "sitting"), 3);
    assert_int_equal(frs__edit_distance("hiden_size", "hidden_size"), 1);
    assert_int_equal(frs__edit_distance("seq_lenght", "seq_length"), 1);
    assert_int_equal(frs__edit_distance("ca", "abc"),
                     3); /* neighbours swap once, nothing in between */
    char longer[80];
    memset(longer, 'a', sizeof longer - 1);
    longer[79] = 0;
    assert_true(frs__edit_distance(longer, "a") >= 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_hand_values), cmocka_unit_test(parse_refuses),
        cmocka_unit_test(parse_int),         cmocka_unit_test(format_hand_values),
        cmocka_unit_test(round_trip),        cmocka_unit_test(short_decimals),
        cmocka_unit_test(comma_locale),      cmocka_unit_test(buffer_grows),
        cmocka_unit_test(buffer_oom),        cmocka_unit_test(edit_distance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
