/* Sets of arrays: made, cut; images changed. */
#include "support.h"

#include "data/arrays.h"
#include <math.h>

enum { N = 10 };
static const float numbers[2 * N] = {0,  1,  10, 11, 20, 21, 30, 31, 40, 41,
                                     50, 51, 60, 61, 70, 71, 80, 81, 90, 91};
static const float classes[N] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0};

static frs_status make(frs_ctx *ctx, frs_arrays *a) {
    static const char *const names[] = {"low", "mean", "high"};
    const frs_array two[] = {{.name = "x", .shape = {1, {2}}, .data = numbers},
                             {.name = "y", .target = true, .data = classes}};
    FRS_TRY(frs_arrays_borrow(ctx, N, two, 2, a));
    const frs_status s = frs_arrays_set_classes(ctx, a, names, 3);
    if (s != FRS_OK) frs_arrays_free(ctx, a);
    return s;
}

static void borrowed(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_arrays a = {0};
    assert_ok(ctx, make(ctx, &a));
    assert_int_equal(a.n, N);
    assert_int_equal(a.n_classes, 3);
    assert_string_equal(a.classes[2], "high");
    assert_int_equal(frs_arrays_find(&a, "y"), 1);
    assert_int_equal(frs_arrays_find(&a, "z"), -1);
    assert_ptr_equal(frs_arrays_get(&a, 0, 3), numbers + 6);
    assert_ptr_equal(frs_arrays_get(&a, 1, 3), classes + 3);
    frs_arrays_free(ctx, &a);
    assert_int_equal(a.n_arrays, 0);
    frs_arrays_free(ctx, &a);
    test_ctx_free(ctx, &heap);
}

static void refused(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_array two[] = {{.name = "x", .shape = {1, {2}}, .data = numbers},
                       {.name = "x", .data = classes}};
    frs_arrays a = {0};
    assert_status(ctx, frs_arrays_borrow(ctx, N, two, 2, &a), FRS_E_ARG);
    assert_message(ctx, "'x'");
    two[1].name[0] = 0;
    assert_status(ctx, frs_arrays_borrow(ctx, N, two, 2, &a), FRS_E_ARG);
    assert_status(ctx, frs_arrays_borrow(ctx, -1, two, 1, &a), FRS_E_ARG);
    assert_status(ctx, frs_arrays_borrow(ctx, N, two, 0, &a), FRS_E_ARG);
    two[0].shape = (frs_shape){2, {1 << 30, INT64_C(1) << 40}};
    assert_status(ctx, frs_arrays_borrow(ctx, N, two, 1, &a), FRS_E_ARG);
    two[0].shape = (frs_shape){1, {0}};
    assert_status(ctx, frs_arrays_borrow(ctx, N, two, 1, &a), FRS_E_ARG);
    two[0].shape = (frs_shape){.rank = FRS_MAX_RANK, .dim = {1, 1, 1, 1, 1, 1}};
    assert_status(ctx, frs_arrays_borrow(ctx, N, two, 1, &a), FRS_E_ARG);
    two[0] = (frs_array){.name = "x"};
    assert_status(ctx, frs_arrays_borrow(ctx, N, two, 1, &a), FRS_E_ARG);
    assert_message(ctx, "no data");
    assert_null(a.arrays);
    assert_ok(ctx, make(ctx, &a));
    char long_name[80] = "";
    memset(long_name, 'c', 64);
    const char *const names[] = {"a", long_name};
    assert_status(ctx, frs_arrays_set_classes(ctx, &a, names, 2), FRS_E_ARG);
    assert_int_equal(a.n_classes, 3);
    frs_arrays_free(ctx, &a);
    test_ctx_free(ctx, &heap);
}

static void parts_of_parts(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_arrays a = {0}, b = {0}, c = {0};
    assert_ok(ctx, make(ctx, &a));
    assert_ok(ctx, frs_arrays_subset(ctx, &a, (int64_t[]){7, 2, 2, 9}, 4, &b));
    assert_ok(ctx, frs_arrays_subset(ctx, &b, (int64_t[]){3, 0}, 2, &c));
    assert_int_equal(b.n, 4);
    assert_int_equal(c.n, 2);
    assert_close(*frs_arrays_get(&b, 0, 1), 20, 0);
    assert_close(frs_arrays_get(&c, 0, 0)[1], 91, 0);
    assert_close(frs_arrays_get(&c, 0, 1)[1], 71, 0);
    assert_close(*frs_arrays_get(&c, 1, 1), 1, 0);
    assert_string_equal(c.classes[1], "mean");
    frs_arrays none = {0};
    assert_status(ctx, frs_arrays_subset(ctx, &b, (int64_t[]){4}, 1, &none), FRS_E_ARG);
    assert_status(ctx, frs_arrays_subset(ctx, &b, (int64_t[]){-1}, 1, &none), FRS_E_ARG);
    assert_null(none.rows);
    frs_arrays_free(ctx, &c);
    frs_arrays_free(ctx, &b);
    frs_arrays_free(ctx, &a);
    test_ctx_free(ctx, &heap);
}

/* Row of a sample, and a count of each. */
static int64_t row(const frs_arrays *a, int64_t i) {
    return (int64_t)*frs_arrays_get(a, 0, i) / 10;
}
static void count(const frs_arrays *a, int seen[N]) {
    for (int64_t i = 0; i < a->n; i++) seen[row(a, i)]++;
}

static void cut_in_two(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_arrays all = {0}, a[3] = {0}, b[3] = {0};
    assert_ok(ctx, make(ctx, &all));
    assert_ok(ctx, frs_arrays_split(ctx, &all, &(frs_cut){.first = 7}, &a[0], &b[0]));
    assert_int_equal(a[0].n, 7);
    for (int64_t i = 0; i < 7; i++) assert_int_equal(row(&a[0], i), i);
    for (int64_t i = 0; i < 3; i++) assert_int_equal(row(&b[0], i), 7 + i);
    const frs_cut mixed = {.first = 7, .shuffled = true, .seed = 5};
    assert_ok(ctx, frs_arrays_split(ctx, &all, &mixed, &a[1], &b[1]));
    assert_ok(ctx, frs_arrays_split(ctx, &all, &mixed, &a[2], &b[2]));
    int seen[N] = {0}, moved = 0;
    count(&a[1], seen);
    count(&b[1], seen);
    for (int i = 0; i < N; i++) assert_int_equal(seen[i], 1);
    for (int64_t i = 0; i < 7; i++) {
        assert_int_equal(row(&a[1], i), row(&a[2], i));
        moved += row(&a[1], i) != i;
    }
    assert_true(moved > 3);
    for (int k = 0; k < 3; k++) frs_arrays_free(ctx, &a[k]), frs_arrays_free(ctx, &b[k]);
    const frs_cut wrong[] = {{.first = 11},
                             {.first = -1},
                             {.folds = 11},
                             {.fold = 3, .folds = 3},
                             {.fold = -1, .folds = 3},
                             {.folds = -1}};
    for (int64_t i = 0; i < FRS_LEN(wrong); i++)
        assert_status(ctx, frs_arrays_split(ctx, &all, &wrong[i], &a[0], &b[0]), FRS_E_ARG);
    assert_ok(ctx, frs_arrays_split(ctx, &all, &(frs_cut){.first = N}, &a[0], &b[0]));
    assert_int_equal(b[0].n, 0);
    frs_arrays_free(ctx, &a[0]);
    frs_arrays_free(ctx, &b[0]);
    frs_arrays_free(ctx, &all);
    test_ctx_free(ctx, &heap);
}

/* 10 = 4 + 3 + 3: every sample is held out once, and learned from by the two other folds. */
static void folds(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_arrays all = {0};
    assert_ok(ctx, make(ctx, &all));
    for (int shuffled = 0; shuffled < 2; shuffled++) {
        int held[N] = {0}, learned[N] = {0};
        for (int64_t k = 0; k < 3; k++) {
            frs_arrays a = {0}, b = {0};
            const frs_cut cut = {.fold = k, .folds = 3, .shuffled = shuffled, .seed = 2};
            assert_ok(ctx, frs_arrays_split(ctx, &all, &cut, &a, &b));
            assert_int_equal(b.n, k == 0 ? 4 : 3);
            assert_int_equal(a.n, N - b.n);
            if (!shuffled) assert_int_equal(row(&b, 0), k == 0 ? 0 : 1 + 3 * k);
            count(&b, held);
            count(&a, learned);
            frs_arrays_free(ctx, &a);
            frs_arrays_free(ctx, &b);
        }
        for (int i = 0; i < N; i++) {
            assert_int_equal(held[i], 1);
            assert_int_equal(learned[i], 2);
        }
    }
    frs_arrays_free(ctx, &all);
    test_ctx_free(ctx, &heap);
}

/* ---- images changed */
static const frs__affine identity = {.xx = 1, .yy = 1};

static void change(const frs_augment *a, const frs__affine *t, frs_shape image, const float *from,
                   const float *want) {
    float to[64];
    const int64_t n = frs__sample_count(image);
    assert_true(n <= 64);
    frs__augment_image(a, t, image, from, to);
    for (int64_t i = 0; i < n; i++) {
        if (isnan(want[i]))
            assert_true(isnan(to[i]));
        else
            assert_close(to[i], want[i], 1e-6);
    }
}

/* 2 x 3 pixels of 2 channels */
static const frs_shape small = {3, {2, 3, 2}};
static const float picture[] = {1, 10, 2, 20, 4, 40, 8, 80, 16, 160, 32, 320};

static void as_it_is(void **state) {
    (void)state;
    const frs_augment none = {0};
    float to[12];
    frs__augment_image(&none, &identity, small, picture, to);
    assert_memory_equal(to, picture, sizeof to);
    const frs_rng epoch = {1, FRS_RNG_AUGMENT, 0};
    for (int64_t sample = 0; sample < 20; sample++) { /* limits of 0 draw what changes nothing */
        const frs__affine t = frs__augment_draw(&none, epoch, sample, small);
        frs__augment_image(&none, &t, small, picture, to);
        assert_memory_equal(to, picture, sizeof to);
    }
}

/* Shifted to the right by 3/4 of a pixel: pixel j is 3/4 of pixel j-1 and 1/4 of pixel j. */
static void shifted_by_hand(void **state) {
    (void)state;
    const frs__affine right = {.xx = 1, .yy = 1, .x0 = -0.75};
    const frs_augment zero = {0}, hundred = {.outside = 100}, edge = {.repeat_edge = true};
    change(&zero, &right, small, picture,
           (float[]){0.25F, 2.5F, 1.25F, 12.5F, 2.5F, 25, 2, 20, 10, 100, 20, 200});
    change(&hundred, &right, small, picture,
           (float[]){75.25F, 77.5F, 1.25F, 12.5F, 2.5F, 25, 77, 95, 10, 100, 20, 200});
    change(&edge, &right, small, picture,
           (float[]){1, 10, 1.25F, 12.5F, 2.5F, 25, 8, 80, 10, 100, 20, 200});
    /* up by half a pixel: the mean with the row below */
    const frs__affine up = {.xx = 1, .yy = 1, .y0 = 0.5};
    change(&zero, &up, small, picture, (float[]){4.5F, 45, 9, 90, 18, 180, 4, 40, 8, 80, 16, 160});
    /* far away there is nothing */
    const frs__affine gone = {.xx = 1, .yy = 1, .y0 = 50};
    change(&hundred, &gone, small, picture,
           (float[]){100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100});
}

/* By 90 degrees clockwise (y is down): what was left is on top. Mirrored: right for left. */
static void turned_and_mirrored(void **state) {
    (void)state;
    const frs_augment zero = {0};
    const frs_shape square = {3, {2, 2, 1}};
    const frs__affine quarter = {.xy = 1, .yx = -1}, mirror = {.xx = -1, .yy = 1};
    change(&zero, &quarter, square, (float[]){1, 2, 3, 4}, (float[]){3, 1, 4, 2});
    change(&zero, &mirror, small, picture, (float[]){4, 40, 2, 20, 1, 10, 32, 320, 16, 160, 8, 80});
}

/* A NaN goes to those that have a share in it, and no further. */
static void missing_pixels(void **state) {
    (void)state;
    const frs_augment zero = {0};
    const frs_shape line = {3, {1, 4, 1}};
    const frs__affine half = {.xx = 1, .yy = 1, .x0 = -0.5}, one = {.xx = 1, .yy = 1, .x0 = -1};
    change(&zero, &half, line, (float[]){2, NAN, 4, 8}, (float[]){1, NAN, NAN, 6});
    change(&zero, &one, line, (float[]){2, NAN, 4, 8}, (float[]){0, 2, NAN, 4});
}

/* Where a point of the image, counted from the middle, ends up: the inverse of the look-up. */
static void lands(const frs__affine *t, double x, double y, double *to_x, double *to_y) {
    const double det = t->xx * t->yy - t->xy * t->yx, a = x - t->x0, b = y - t->y0;
    *to_x = (t->yy * a - t->xy * b) / det;
    *to_y = (t->xx * b - t->yx * a) / det;
}

static void drawn_within_limits(void **state) {
    (void)state;
    const frs_shape image = {3, {20, 10, 1}};
    const frs_augment a = {.shift = 0.1, .rotate_deg = 30, .scale = 0.2}, flips = {.flip = 0.5};
    const frs_rng epoch = {1, FRS_RNG_AUGMENT, 3};
    double most_x = 0, most_y = 0, most_angle = 0, most_scale = 1, least_scale = 1;
    int flipped = 0;
    for (int64_t i = 0; i < 2000; i++) {
        const frs__affine t = frs__augment_draw(&a, epoch, i, image);
        double x0, y0, x1, y1;
        lands(&t, 0, 0, &x0, &y0);
        lands(&t, 1, 0, &x1, &y1);
        const double scale = hypot(x1 - x0, y1 - y0);
        most_x = fmax(most_x, fabs(x0)), most_y = fmax(most_y, fabs(y0));
        most_angle = fmax(most_angle, fabs(atan2(y1 - y0, x1 - x0)));
        most_scale = fmax(most_scale, scale), least_scale = fmin(least_scale, scale);
        flipped += frs__augment_draw(&flips, epoch, i, image).xx < 0;
    }
    assert_true(most_x <= 1 && most_x > 0.98 && most_y <= 2 && most_y > 1.96);
    assert_true(most_angle <= 0.5236 && most_angle > 0.51);
    assert_true(most_scale <= 1.2001 && most_scale > 1.19 && least_scale >= 0.7999 &&
                least_scale < 0.81);
    assert_true(flipped > 900 && flipped < 1100);
    /* another epoch, another change */
    const frs__affine one = frs__augment_draw(&a, epoch, 5, image),
                      two = frs__augment_draw(&a, (frs_rng){1, FRS_RNG_AUGMENT, 4}, 5, image);
    assert_true(one.x0 != two.x0 && one.xx != two.xx);
}

/* The vertical leans, the horizontal stays; the sizes of both stay. */
static void sheared(void **state) {
    (void)state;
    const frs_shape image = {3, {9, 9, 1}};
    const frs_augment a = {.shear_deg = 45};
    double most = 0;
    for (int64_t i = 0; i < 500; i++) {
        const frs__affine t = frs__augment_draw(&a, (frs_rng){2, FRS_RNG_AUGMENT, 0}, i, image);
        double x, y;
        lands(&t, 1, 0, &x, &y);
        assert_close(x, 1, 1e-12);
        assert_close(y, 0, 1e-12);
        lands(&t, 0, 1, &x, &y);
        assert_close(y, 1, 1e-12);
        most = fmax(most, fabs(x));
    }
    assert_true(most <= 1.0001 && most > 0.95);
}

static void wrong_limits(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    const frs_augment wrong[] = {
        {.shift = 1.5}, {.rotate_deg = -1}, {.scale = 1}, {.shear_deg = 90}, {.flip = (double)NAN}};
    const char *const names[] = {"shift", "rotate_deg", "scale", "shear_deg", "flip"};
    for (int64_t i = 0; i < FRS_LEN(wrong); i++) {
        assert_status(ctx, frs__augment_check(ctx, &wrong[i]), FRS_E_ARG);
        assert_message(ctx, names[i]);
    }
    assert_ok(ctx, frs__augment_check(ctx, &(frs_augment){1, 180, 0.9, 80, 1, 0, false}));
    test_ctx_free(ctx, &heap);
}

/* ---- no memory */
static frs_status everything(frs_ctx *ctx, void *arg) {
    (void)arg;
    frs_arrays all = {0}, a = {0}, b = {0}, c = {0}, own = {0};
    frs_status s = make(ctx, &all);
    if (s == FRS_OK)
        s = frs_arrays_split(ctx, &all, &(frs_cut){.folds = 2, .shuffled = true}, &a, &b);
    if (s == FRS_OK) s = frs_arrays_subset(ctx, &a, (int64_t[]){0, 1}, 2, &c);
    if (s == FRS_OK) s = frs__arrays_new(ctx, N, all.arrays, 2, &own);
    frs_arrays_free(ctx, &own);
    frs_arrays_free(ctx, &c);
    frs_arrays_free(ctx, &b);
    frs_arrays_free(ctx, &a);
    frs_arrays_free(ctx, &all);
    return s;
}

static void no_memory(void **state) {
    (void)state;
    test_oom(everything, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borrowed),        cmocka_unit_test(refused),
        cmocka_unit_test(parts_of_parts),  cmocka_unit_test(cut_in_two),
        cmocka_unit_test(folds),           cmocka_unit_test(as_it_is),
        cmocka_unit_test(shifted_by_hand), cmocka_unit_test(turned_and_mirrored),
        cmocka_unit_test(missing_pixels),  cmocka_unit_test(drawn_within_limits),
        cmocka_unit_test(sheared),         cmocka_unit_test(wrong_limits),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
