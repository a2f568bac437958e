/* Values with values in them: blocks of keys, searches, parts, configs with other values. */
#include "config_bench.h"

/* A block of lines is the same as dotted keys, in a file and in --set. */
static void blocks(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    frs_config *c = loaded(&b,
                           "epochs: 3\ntune:\n  trials: 7\n  search:\n    hidden_size: [4, 8]\n"
                           "    learning_rate: {log: [1e-4, 0.1]}\n",
                           "tune.method=halving");
    assert_int_equal(frs_config_int(c, "tune.trials"), 7);
    assert_int_equal(frs_config_line(c, "tune.trials"), 3);
    assert_string_equal(frs_config_text(c, "tune.method"), "halving");
    assert_int_equal(frs_config_n_spaces(c), 2);
    const frs_space *s = frs_config_space_at(c, 1);
    assert_string_equal(s->key->name, "learning_rate");
    assert_int_equal(s->draw, FRS_DRAW_LOG);
    assert_int_equal(s->line, 6);
    assert_close(s->low, 1e-4, 0);
    assert_close(s->high, 0.1, 0);
    frs_config_free(c);
    c = loaded(&b, NULL, "tune={trials: 9, search: {seq_length: {int: [5, 9]}}}");
    assert_int_equal(frs_config_int(c, "tune.trials"), 9);
    assert_int_equal(frs_config_n_spaces(c), 1);
    frs_config_free(c);
    c = loaded(&b, "tune: {search: {hidden_size: [4]}}", "tune.search=");
    assert_int_equal(frs_config_n_spaces(c), 0);
    assert_false(frs_config_has(c, "tune.search"));
    frs_config_free(c);
    frs_config_free(loaded(&b, "tune:", NULL));
    refused(&b, "a: 1\ntune: 3", NULL, FRS_E_INPUT, "unknown key 'a'");
    refused(&b, "\ntune: 3", NULL, FRS_E_INPUT, "run.yml:2: tune: expected 'key: value' lines");
    refused(&b, "tune:\n  trails: 3", NULL, FRS_E_INPUT,
            "run.yml:2: unknown key 'tune.trails': did you mean 'tune.trials'?");
    refused(&b, "tune:\n  trials: 0", NULL, FRS_E_INPUT, "run.yml:2: tune.trials: expected");
    refused(&b, "tune:\n  trials: 3\n  trials: 4", NULL, FRS_E_INPUT, "stands twice");
    tear_down(&b);
}

/* What may not be searched, each told with its line. */
static void searches(void **state) {
    (void)state;
    static const struct {
        const char *line, *words;
        frs_status status;
    } cases[] = {
        {"hiden_size: [4]", "unknown key 'hiden_size': did you mean 'hidden_size'?", FRS_E_INPUT},
        {"hidden_size: [4, 0]", "hidden_size: expected a number from 1", FRS_E_INPUT},
        {"hidden_size: [4, many]", "expected a whole number", FRS_E_INPUT},
        {"hidden_size: []", "from 1 to 1000 values", FRS_E_INPUT},
        {"hidden_size: [4, ~]", "expected a value", FRS_E_INPUT},
        {"hidden_size: 4", "expected [value, value, ...] or", FRS_E_INPUT},
        {"hidden_size:", "expected [value, value, ...] or", FRS_E_INPUT},
        {"hidden_size: {uniform: [4, 8]}", "uniform does not serve this key", FRS_E_INPUT},
        {"hidden_size: {int: [4.5, 8]}", "expected a whole number", FRS_E_INPUT},
        {"hidden_size: {int: [8, 4]}", "expected [low, high]", FRS_E_INPUT},
        {"hidden_size: {int: [4, 5000]}", "expected a number from 1 to 4096", FRS_E_INPUT},
        {"hidden_size: {int: [4, 8, 9]}", "expected [value, value, ...] or", FRS_E_INPUT},
        {"hidden_size: {int: [4, 8], log: [4, 8]}", "expected [value, value, ...] or", FRS_E_INPUT},
        {"hidden_size: {round: [4, 8]}", "expected [value, value, ...] or", FRS_E_INPUT},
        {"learning_rate: {int: [1, 2]}", "int does not serve this key", FRS_E_INPUT},
        {"learning_rate: {log: [0, 1]}", "learning_rate: expected a number from 1e-12",
         FRS_E_INPUT},
        {"output_dropout: {log: [0, 0.5]}", "a logarithm needs limits above 0", FRS_E_INPUT},
        {"output_dropout: {uniform: [0, 1]}", "to 0.999", FRS_E_INPUT},
        {"optimizer: {uniform: [0, 1]}", "expected a list of values", FRS_E_INPUT},
        {"optimizer: [Adam, Eve]", "expected one of Adam", FRS_E_INPUT},
        {"test_end_date: [2001-01-01]", "part of the question", FRS_E_INPUT},
        {"target_variables: [[q]]", "part of the question", FRS_E_INPUT},
        {"tune.trials: [3]", "part of the question", FRS_E_INPUT},
        {"num_workers: [1, 2]", "changes nothing here", FRS_E_UNSUPPORTED},
    };
    bench b;
    char text[256];
    set_up(&b);
    for (int64_t i = 0; i < FRS_LEN(cases); i++) {
        snprintf(text, sizeof text, "tune:\n  search:\n    batch_size: [8]\n    %s\n",
                 cases[i].line);
        refused(&b, text, NULL, cases[i].status, cases[i].words);
        assert_message(b.ctx, "run.yml:4: tune.search.");
    }
    refused(&b, "tune: {search: {}}", NULL, FRS_E_INPUT, "expected {key: values to search}");
    refused(&b, "tune: {search: {epochs: [1], epochs: [2]}}", NULL, FRS_E_INPUT, "stands twice");
    refused(&b, NULL, "tune.search={epochs: [0]}", FRS_E_INPUT, "--set tune.search=");
    frs_config *c =
        loaded(&b, NULL,
               "tune.search={optimizer: [adam, SGD], learning_rate: [{0: 0.1, 2: 0.01}, "
               "1e-3], dynamic_inputs: [[p], [p, t]], output_dropout: [0, .5]}");
    assert_string_equal(frs_config_space_at(c, 0)->choices[0], "Adam");
    assert_string_equal(frs_config_space_at(c, 1)->choices[0], "{0: 0.1, 2: 0.01}");
    assert_string_equal(frs_config_space_at(c, 2)->choices[1], "[p, t]");
    frs_config_free(c);
    tear_down(&b);
}

/* Values in values, part by part. */
static void parts(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    frs_ctx *ctx = b.ctx;
    frs_config *c = NULL;
    const char *sets[] = {"lagged_features={prcp: [1, '2'], temp: 3, q: null}",
                          "dynamic_inputs=[[prcp, temp], [pet]]"};
    assert_int_equal(frs_config_load(ctx, NULL, sets, 2, &c), FRS_OK);
    const frs_part *p = frs_config_part(c, "lagged_features");
    assert_int_equal(frs_part_form(p), FRS_FORM_MAP);
    assert_int_equal(frs_part_count(p), 3);
    assert_string_equal(frs_part_name(p, 0), "prcp");
    const frs_part *steps = frs_part_at(p, 0);
    assert_int_equal(frs_part_form(steps), FRS_FORM_LIST);
    assert_int_equal(frs_part_count(steps), 2);
    assert_string_equal(frs_part_text(frs_part_at(steps, 1)), "2");
    assert_null(frs_part_at(steps, 2));
    assert_null(frs_part_name(steps, 0));
    const frs_part *three = frs_part_at(p, 1);
    assert_int_equal(frs_part_count(three), 1);
    assert_ptr_equal(frs_part_at(three, 0), three);
    assert_string_equal(frs_part_text(frs_part_at(p, 2)), "");
    p = frs_config_part(c, "dynamic_inputs");
    assert_string_equal(frs_part_text(frs_part_at(frs_part_at(p, 0), 1)), "temp");
    assert_string_equal(frs_config_list_at(c, "dynamic_inputs", 0), "[prcp, temp]");
    assert_null(frs_config_part(c, "sites"));
    frs_config_free(c);
    tear_down(&b);
}

/* Other values on top; the config below stays as it was. */
static void with(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    frs_ctx *ctx = b.ctx;
    frs_config *c = NULL, *over = NULL;
    const char *sets[] = {"hidden_size=5", "epochs=7"}, *more[] = {"hidden_size=6", "seed=9"};
    const char *wrong[] = {"hidden_size=many"};
    assert_int_equal(frs_config_load(ctx, NULL, sets, 2, &c), FRS_OK);
    assert_int_equal(frs_config_with(c, more, 2, &over), FRS_OK);
    assert_int_equal(frs_config_int(over, "hidden_size"), 6);
    assert_int_equal(frs_config_int(over, "epochs"), 7);
    assert_int_equal(frs_config_int(over, "seed"), 9);
    assert_int_equal(frs_config_int(c, "hidden_size"), 5);
    assert_false(frs_config_has(c, "seed"));
    frs_config_free(over);
    assert_int_equal(frs_config_with(c, wrong, 1, &over), FRS_E_INPUT);
    frs_config_free(c);
    tear_down(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(blocks), cmocka_unit_test(searches),
                                       cmocka_unit_test(parts), cmocka_unit_test(with)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
