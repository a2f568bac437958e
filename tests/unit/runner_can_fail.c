/* This test fails, on purpose: CTest expects it to (WILL_FAIL), which proves that a failure shows.
 */
#include "support.h"

static void one_is_two(void **state) {
    (void)state;
    assert_int_equal(1, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_is_two)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
