/* A real run of NeuralHydrology (shared data, nh_runs/one): its predictions must get its scores. */
#include "freshet/verify.h"
#include "support.h"
#include <math.h>

enum { MAX_DAYS = 8000 };

static char *read_shared(frs_ctx *ctx, const char *name) {
    char path[1024], *text = NULL;
    int64_t n = 0;
    if (!test_data(path, name)) return NULL;
    assert_ok(ctx, frs__read_file(ctx, path, 1 << 20, &text, &n));
    return text;
}

/* Column k of a line "a,b,c,d"; an empty one is NaN. */
static double column(const char *line, int k) {
    for (; k > 0; k--) {
        line = strchr(line, ',');
        assert_non_null(line++);
    }
    double v = NAN;
    const size_t n = strcspn(line, ",\r\n");
    if (n > 0) assert_true(frs__parse_double(line, n, '.', &v));
    return v;
}

static void as_it_says_itself(void **state) {
    (void)state;
    static float obs[MAX_DAYS], sim[MAX_DAYS];
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    char *text = read_shared(ctx, "nh_runs/one/test_predictions.csv");
    char *metrics = text ? read_shared(ctx, "nh_runs/one/test_metrics.csv") : NULL;
    if (!metrics) {
        frs__free(ctx, text);
        frs_ctx_free(ctx);
        skip();
    }
    int64_t n = 0;
    char *rest = text, *line = strsep(&rest, "\n"); /* basin,date,q_obs,q_sim */
    while ((line = strsep(&rest, "\n")) && *line) {
        assert_true(n < MAX_DAYS);
        obs[n] = (float)column(line, 2);
        sim[n] = (float)column(line, 3);
        if (sim[n] < 0)
            sim[n] = 0; /* its config: clip_targets_to_zero; predictions are saved as they were */
        n++;
    }
    assert_true(n > 3000);
    line = strchr(metrics, '\n') + 1; /* basin,NSE,KGE; made in float */
    const char *const names[] = {"NSE", "KGE"};
    for (int k = 0; k < 2; k++) {
        double v = NAN;
        assert_ok(ctx, frs_score_value(ctx, frs_score_find(names[k]),
                                       &(frs_score_series){sim, obs, n, 1}, &v));
        assert_close(v, column(line, k + 1), 1e-6);
    }
    frs__free(ctx, text);
    frs__free(ctx, metrics);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_it_says_itself)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
