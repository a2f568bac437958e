/* The config: values in values, and a config on top of another. */
#include "support.h"

#include "freshet/config.h"

/* Values in values, part by part. */
static void parts(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
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
    test_ctx_free(ctx, &h);
}

/* Other values on top; the config below stays as it was. */
static void with(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
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
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts), cmocka_unit_test(with)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
