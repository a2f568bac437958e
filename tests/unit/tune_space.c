/* The values of trials, the plan of rungs, and the measure of what mattered. */
#include "support.h"

#include "run/tune_internal.h"

#include <math.h>

static frs_config *config(frs_ctx *ctx, const char *const *sets, int64_t n) {
    frs_config *c = NULL;
    assert_ok(ctx, frs_config_load(ctx, NULL, sets, n, &c));
    return c;
}

static frs_config *searching(frs_ctx *ctx, const char *search) {
    char set[512];
    snprintf(set, sizeof set, "tune.search={%s}", search);
    const char *sets[] = {set};
    return config(ctx, sets, 1);
}

enum { DRAWS = 20000 };

/* Shares of a uniform draw: within five standard errors. */
static void assert_share(int64_t count, double share) {
    const double error = sqrt(share * (1 - share) / DRAWS);
    assert_close((double)count / DRAWS, share, 5 * error);
}

static void distributions(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_config *c = searching(ctx, "output_dropout: {uniform: [0.1, 0.5]}, learning_rate: {log: "
                                   "[1e-4, 1e-2]}, seq_length: {int: [3, 6]}, hidden_size: [8, 16, "
                                   "32], batch_size: {log: [8, 128]}");
    int64_t low[5] = {0}, whole[4] = {0}, choice[3] = {0};
    for (int64_t i = 0; i < DRAWS; i++) {
        const double u = frs__space_number(frs_config_space_at(c, 0), 7, i);
        const double r = frs__space_number(frs_config_space_at(c, 1), 7, i);
        const double n = frs__space_number(frs_config_space_at(c, 2), 7, i);
        const double b = frs__space_number(frs_config_space_at(c, 4), 7, i);
        assert_true(u >= 0.1 && u <= 0.5 && r >= 1e-4 && r <= 1e-2);
        assert_true(n >= 3 && n <= 6 && n == floor(n));
        assert_true(b >= 8 && b <= 128 && b == floor(b));
        low[0] += u < 0.2;
        low[1] += r < 1e-3; /* half of the logarithms */
        low[2] += b < 31.5; /* log(31.5 / 8) / log(128 / 8) of them */
        whole[(int)n - 3]++;
        choice[frs__space_choice(frs_config_space_at(c, 3), 7, i)]++;
    }
    assert_share(low[0], 0.25);
    assert_share(low[1], 0.5);
    assert_share(low[2], log(31.5 / 8) / log(16));
    for (int i = 0; i < 4; i++) assert_share(whole[i], 0.25);
    for (int i = 0; i < 3; i++) assert_share(choice[i], 1.0 / 3);
    frs_config_free(c);
    test_ctx_free(ctx, &h);
}

/* As YAML, at most four figures, reading back to the number that was drawn. */
static void figures(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_config *c = searching(ctx, "learning_rate: {log: [1e-9, 900]}");
    const frs_space *s = frs_config_space_at(c, 0);
    for (int64_t i = 0; i < 500; i++) {
        frs_buf b = {.ctx = ctx};
        double v;
        int n = 0;
        frs__space_value(&b, s, 3, i);
        assert_true(frs__parse_double(b.data, strlen(b.data), '.', &v));
        assert_close(v, frs__space_number(s, 3, i), 0);
        const char *p = b.data + strspn(b.data, "0.");
        for (; *p && *p != 'e'; p++) n += *p != '.';
        assert_in_range(n, 1, 4);
        frs__buf_free(&b);
    }
    frs_config_free(c);
    test_ctx_free(ctx, &h);
}

/* The same for any order of the keys and for other keys beside; another for another seed or trial.
 */
static void pure(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_config *a = searching(ctx, "learning_rate: {log: [1e-4, 1]}, hidden_size: [1, 2, 3, 4]");
    frs_config *b = searching(ctx, "epochs: [1, 2], hidden_size: [1, 2, 3, 4], learning_rate: "
                                   "{log: [1e-4, 1]}");
    int64_t differs = 0;
    for (int64_t i = 0; i < 100; i++) {
        const frs_space *x = frs_config_space_at(a, 0), *y = frs_config_space_at(b, 2);
        assert_close(frs__space_number(x, 5, i), frs__space_number(y, 5, i), 0);
        assert_int_equal(frs__space_choice(frs_config_space_at(a, 1), 5, i),
                         frs__space_choice(frs_config_space_at(b, 1), 5, i));
        differs += frs__space_number(x, 5, i) != frs__space_number(x, 6, i);
        differs += frs__space_number(x, 5, i) != frs__space_number(x, 5, i + 1);
    }
    assert_true(differs > 190);
    /* Golden: a change of the draw would turn old folders into other searches. */
    char *json = NULL;
    assert_ok(ctx, frs__trial_json(ctx, a, 3, &json));
    assert_string_equal(json, "{\"learning_rate\": 0.004441, \"hidden_size\": 1}");
    frs_text_free(ctx, json);
    frs_config_free(a);
    frs_config_free(b);
    test_ctx_free(ctx, &h);
}

static void json_of_texts(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_config *c = searching(ctx, "optimizer: [SGD], dynamic_inputs: [[p, \"a\\tb\"]], momentum: "
                                   "[.5]");
    char *json = NULL;
    assert_ok(ctx, frs__trial_json(ctx, c, 0, &json));
    assert_string_equal(json, "{\"optimizer\": \"SGD\", \"dynamic_inputs\": \"[p, \\\"a\\\\u0009b"
                              "\\\"]\", \"momentum\": 0.5}");
    frs_text_free(ctx, json);
    frs_config_free(c);
    test_ctx_free(ctx, &h);
}

static void plans(void **state) {
    (void)state;
    static const struct {
        const char *sets[5];
        int64_t n, trials[4], epochs[4];
    } cases[] = {
        {{"tune.trials=30", "epochs=20", "tune.method=random", "tune.eta=3", "tune.min_epochs=1"},
         1,
         {30},
         {20}},
        /* 20 epochs bear a third of a third (2), not of that */
        {{"tune.trials=30", "epochs=20", "tune.method=halving", "tune.eta=3", "tune.min_epochs=1"},
         3,
         {30, 10, 3},
         {2, 6, 20}},
        {{"tune.trials=30", "epochs=20", "tune.method=halving", "tune.eta=3", "tune.min_epochs=5"},
         2,
         {30, 10},
         {6, 20}},
        {{"tune.trials=8", "epochs=100", "tune.method=halving", "tune.eta=2", "tune.min_epochs=1"},
         4,
         {8, 4, 2, 1},
         {12, 25, 50, 100}},
        {{"tune.trials=2", "epochs=100", "tune.method=halving", "tune.eta=3", "tune.min_epochs=1"},
         1,
         {2},
         {100}},
    };
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    for (int64_t i = 0; i < FRS_LEN(cases); i++) {
        frs_config *c = config(ctx, cases[i].sets, 5);
        const frs_tune_plan p = frs__tune_plan(c);
        assert_int_equal(p.n, cases[i].n);
        for (int64_t k = 0; k < p.n; k++) {
            assert_int_equal(p.trials[k], cases[i].trials[k]);
            assert_int_equal(p.epochs[k], cases[i].epochs[k]);
        }
        frs_config_free(c);
    }
    test_ctx_free(ctx, &h);
}

/* H and p as scipy.stats.kruskal of SciPy 1.10.1 gives them. */
static void importance(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    static const double a[] = {1, 5, 3.5, 2, 6, 7, 3.5, 9, 8, 4, 10, 11};
    static const int64_t in_a[] = {0, 0, 0, 0, 1, 1, 1, 1, 1, 3, 3, 3}; /* nobody is in group 2 */
    static const double b[] = {1, 2, 3, 4, 2, 5, 6, 7, 8, 8, 9, 1, 3, 12, 13, 14};
    int64_t in_b[16];
    for (int64_t i = 0; i < 16; i++) in_b[i] = i / 4;
    frs_importance m;
    assert_ok(ctx, frs__importance(ctx, in_a, 4, a, 12, &m));
    assert_close(m.p, 0.056074884884528914, 1e-14);
    assert_close(m.share, (5.762134502923972 - 2) / 9, 1e-14);
    assert_ok(ctx, frs__importance(ctx, in_b, 4, b, 16, &m));
    assert_close(m.p, 0.09734190825537573, 1e-14);
    assert_close(m.share, (6.3128698224852124 - 3) / 12, 1e-14);
    /* a failed trial is the worst, whatever the scores of the others */
    double c[12], d[12];
    for (int i = 0; i < 12; i++) c[i] = d[i] = a[i];
    c[0] = NAN;
    d[0] = -1e30;
    frs_importance n;
    assert_ok(ctx, frs__importance(ctx, in_a, 4, c, 12, &m));
    assert_ok(ctx, frs__importance(ctx, in_a, 4, d, 12, &n));
    assert_close(m.share, n.share, 0);
    /* nothing to tell: one group, or all equal */
    static const int64_t one[12] = {0};
    static const double equal[12] = {0};
    assert_ok(ctx, frs__importance(ctx, one, 1, a, 12, &m));
    assert_true(isnan(m.share) && isnan(m.p));
    assert_ok(ctx, frs__importance(ctx, in_a, 4, equal, 12, &m));
    assert_true(isnan(m.share) && isnan(m.p));
    test_ctx_free(ctx, &h);
}

static void groups(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    double x[23];
    int64_t group[23], k, size[5] = {0};
    for (int i = 0; i < 23; i++) x[i] = (double)((i * 7) % 23);
    assert_ok(ctx, frs__equal_groups(ctx, x, 23, group, &k));
    assert_int_equal(k, 5);
    for (int i = 0; i < 23; i++) {
        size[group[i]]++;
        for (int j = 0; j < 23; j++)
            if (x[i] < x[j]) assert_true(group[i] <= group[j]);
    }
    for (int i = 0; i < 5; i++) assert_in_range(size[i], 4, 5);
    for (int i = 0; i < 23; i++) x[i] = i < 15 ? 1 : 2; /* equal numbers stay together */
    assert_ok(ctx, frs__equal_groups(ctx, x, 23, group, &k));
    assert_int_equal(k, 2);
    for (int i = 0; i < 23; i++) assert_int_equal(group[i], i >= 15);
    assert_ok(ctx, frs__equal_groups(ctx, x, 3, group, &k));
    assert_int_equal(k, 1);
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distributions), cmocka_unit_test(figures), cmocka_unit_test(pure),
        cmocka_unit_test(json_of_texts), cmocka_unit_test(plans),   cmocka_unit_test(importance),
        cmocka_unit_test(groups)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
