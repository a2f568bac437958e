/* Sets of arrays into plans: by name, classes as numbers or columns, images changed the same way
 * whatever the threads and after a resume, nothing allocated. */
#include "support.h"

#include "freshet/arrays.h"
#include <math.h>

/* Large enough that a batch of 20 is several blocks. */
enum { N = 40, H = 45, W = 41, PIXELS = H * W, CLASSES = 3 };

typedef struct fixture {
    test_heap heap;
    frs_ctx *ctx;
    frs_arrays a;
    frs_model *m;
    float x[N * PIXELS], map[N * PIXELS], y[N];
} fixture;

typedef struct net {
    int64_t columns; /* of the target: 1 or CLASSES */
    bool map;
} net;

/* Classes from the pixels' sum; enough to be learned. */
static frs_status build(frs_builder *b, const void *arg) {
    const net *n = arg;
    const int64_t B = frs_build_dims(b).batch;
    frs_tensor *x = frs_input(b, "x", (frs_shape){4, {B, H, W, 1}});
    frs_tensor *y = frs_input(b, "y", (frs_shape){2, {B, n->columns}});
    frs_tensor *flat = frs_reshape(b, x, (frs_shape){2, {B, PIXELS}});
    if (n->map)
        flat = frs_add(b, flat,
                       frs_reshape(b, frs_input(b, "map", (frs_shape){4, {B, H, W, 1}}),
                                   (frs_shape){2, {B, PIXELS}}));
    return frs_build_done(b, frs_loss_mse(b, frs_dense(b, flat, n->columns), y));
}

static void begin_with(fixture *f, int threads, net n) {
    static const char *const names[] = {"a", "b", "c"};
    f->ctx = test_ctx_new(&f->heap, threads);
    for (int64_t i = 0; i < N; i++) {
        f->y[i] = (float)(i % CLASSES);
        for (int64_t k = 0; k < PIXELS; k++) {
            const double noise =
                frs__rng_uniform((frs_rng){4, FRS_RNG_TEST, 0}, (uint64_t)(i * PIXELS + k));
            f->x[i * PIXELS + k] = (float)(noise / 8 + (double)(k % CLASSES == i % CLASSES));
            f->map[i * PIXELS + k] = 2 * f->x[i * PIXELS + k];
        }
    }
    const frs_array three[] = {
        {.name = "x", .shape = {3, {H, W, 1}}, .data = f->x},
        {.name = "y", .target = true, .data = f->y},
        {.name = "map", .shape = {3, {H, W, 1}}, .target = true, .data = f->map}};
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, N, three, n.map ? 3 : 2, &f->a));
    assert_ok(f->ctx, frs_arrays_set_classes(f->ctx, &f->a, names, CLASSES));
    const frs_model_opts o = {.build = build, .arg = &n, .arg_size = sizeof n, .seed = 1};
    assert_ok(f->ctx, frs_model_new(f->ctx, &o, &f->m));
}

static int begin(void **state) {
    *state = calloc(1, sizeof(fixture));
    return 0;
}

static int end(void **state) {
    fixture *f = *state;
    frs_model_free(f->m);
    frs_arrays_free(f->ctx, &f->a);
    test_ctx_free(f->ctx, &f->heap);
    free(f);
    return 0;
}

static frs_plan *plan_of(fixture *f, int64_t batch) {
    frs_plan *p = NULL;
    assert_ok(f->ctx, frs_model_compile(f->m, FRS_TRAIN, (frs_dims){batch, 1}, &p));
    return p;
}

static const float *input(fixture *f, frs_plan *p, const char *name) {
    float *data = NULL;
    int64_t n;
    assert_ok(f->ctx, frs_plan_input(p, name, &data, &n));
    return data;
}

static frs_feed *feed_of(fixture *f, const frs_feed_opts *o) {
    frs_feed *feed = NULL;
    assert_ok(f->ctx, frs_feed_new(f->ctx, &f->a, o, &feed));
    return feed;
}

static void by_name(void **state) {
    fixture *f = *state;
    begin_with(f, 2, (net){1, false});
    frs_feed *feed = feed_of(f, NULL);
    const frs_batches b = frs_feed_batches(feed);
    assert_int_equal(b.n, N);
    assert_int_equal(b.steps, 1);
    frs_plan *p = plan_of(f, 3);
    assert_ok(f->ctx, b.feed(b.arg, p, (int64_t[]){5, 0, 39}, 3));
    const float *x = input(f, p, "x"), *y = input(f, p, "y");
    assert_memory_equal(x, f->x + 5 * PIXELS, PIXELS * sizeof *x);
    assert_memory_equal(x + PIXELS, f->x, PIXELS * sizeof *x);
    assert_memory_equal(x + 2 * PIXELS, f->x + 39 * PIXELS, PIXELS * sizeof *x);
    assert_close(y[0], 2, 0);
    assert_close(y[2], 0, 0);
    assert_status(f->ctx, b.feed(b.arg, p, (int64_t[]){5, 0, N}, 3), FRS_E_ARG);
    assert_message(f->ctx, "sample 40 of a set of 40");
    frs_feed_free(feed);
}

static void classes_in_columns(void **state) {
    fixture *f = *state;
    begin_with(f, 1, (net){CLASSES, false});
    f->y[7] = NAN;
    frs_feed *feed = feed_of(f, NULL);
    const frs_batches b = frs_feed_batches(feed);
    frs_plan *p = plan_of(f, 2);
    assert_ok(f->ctx, b.feed(b.arg, p, (int64_t[]){1, 7}, 2));
    const float *y = input(f, p, "y");
    for (int k = 0; k < CLASSES; k++) {
        assert_close(y[k], k == 1, 0);
        assert_true(isnan(y[CLASSES + k]));
    }
    frs_feed_free(feed);
    const float wrong[] = {-1, 3, 0.5F, INFINITY};
    for (int64_t i = 0; i < FRS_LEN(wrong); i++) {
        f->y[9] = wrong[i];
        assert_status(f->ctx, frs_feed_new(f->ctx, &f->a, NULL, &feed), FRS_E_ARG);
        assert_message(f->ctx, "'y' of sample 9");
    }
}

static void what_does_not_fit(void **state) {
    fixture *f = *state;
    begin_with(f, 1, (net){2, false}); /* two columns for three classes */
    frs_feed *feed = feed_of(f, &(frs_feed_opts){.inputs_only = true});
    frs_batches b = frs_feed_batches(feed);
    frs_plan *p = plan_of(f, 1);
    assert_ok(f->ctx, b.feed(b.arg, p, (int64_t[]){1}, 1));
    frs_feed_free(feed);
    feed = feed_of(f, NULL);
    b = frs_feed_batches(feed);
    assert_status(f->ctx, b.feed(b.arg, p, (int64_t[]){1}, 1), FRS_E_ARG);
    assert_message(f->ctx, "input 'y': 2 elements for 1 samples");
    frs_feed_free(feed);
    const char *const none[] = {"y"};
    assert_status(
        f->ctx,
        frs_feed_new(f->ctx, &f->a, &(frs_feed_opts){.augmented = none, .n_augmented = 1}, &feed),
        FRS_E_ARG);
    assert_message(f->ctx, "'y'");
    const frs_augment wild = {.shift = 7};
    assert_status(f->ctx, frs_feed_new(f->ctx, &f->a, &(frs_feed_opts){.augment = &wild}, &feed),
                  FRS_E_ARG);
}

/* ---- changed images */
static const frs_augment all_kinds = {
    .shift = 0.2, .rotate_deg = 25, .scale = 0.3, .shear_deg = 15, .flip = 0.5, .outside = -1};

/* Inputs of two batches of an epoch, whatever came before it. */
static void epoch_of(fixture *f, int64_t epoch, float to[2 * 20 * PIXELS]) {
    frs_feed *feed = feed_of(f, &(frs_feed_opts){.augment = &all_kinds, .seed = 11});
    const frs_batches b = frs_feed_batches(feed);
    frs_plan *p = plan_of(f, 20);
    b.begin_epoch(b.epoch_arg, epoch);
    for (int64_t k = 0; k < 2; k++) {
        int64_t index[20];
        for (int64_t i = 0; i < 20; i++) index[i] = (7 * (20 * k + i)) % N;
        assert_ok(f->ctx, b.feed(b.arg, p, index, 20));
        memcpy(to + k * 20 * PIXELS, input(f, p, "x"), 20 * PIXELS * sizeof *to);
    }
    frs_feed_free(feed);
}

static void same_for_any_threads_and_after_a_resume(void **state) {
    fixture *f = *state;
    begin_with(f, 1, (net){1, false});
    static float first[N * PIXELS], again[N * PIXELS], later[N * PIXELS];
    epoch_of(f, 3, first);
    epoch_of(f, 4, later);
    assert_int_not_equal(memcmp(first, later, sizeof first), 0);
    assert_int_not_equal(memcmp(first, first + 20 * PIXELS, 20 * PIXELS * sizeof *first), 0);
    for (int threads = 2; threads <= 5; threads += 3) {
        fixture *other = calloc(1, sizeof *other);
        begin_with(other, threads, (net){1, false});
        epoch_of(other, 3, again);
        assert_memory_equal(first, again, sizeof first);
        end((void *[]){other});
    }
}

static void nothing_changes_at_limits_of_zero(void **state) {
    fixture *f = *state;
    begin_with(f, 2, (net){1, false});
    const frs_augment none = {.outside = 5, .repeat_edge = true};
    frs_feed *feed = feed_of(f, &(frs_feed_opts){.augment = &none});
    const frs_batches b = frs_feed_batches(feed);
    frs_plan *p = plan_of(f, 1);
    assert_ok(f->ctx, b.feed(b.arg, p, (int64_t[]){4}, 1));
    assert_memory_equal(input(f, p, "x"), f->x + 4 * PIXELS, PIXELS * sizeof(float));
    frs_feed_free(feed);
}

/* A map that belongs to an image moves with it: it stays twice the image. */
static void a_map_moves_along(void **state) {
    fixture *f = *state;
    begin_with(f, 2, (net){1, true});
    static const char *const both[] = {"x", "map"};
    frs_augment a = all_kinds;
    a.outside = 0;
    frs_feed *feed =
        feed_of(f, &(frs_feed_opts){.augment = &a, .augmented = both, .n_augmented = 2});
    const frs_batches b = frs_feed_batches(feed);
    frs_plan *p = plan_of(f, 2);
    assert_ok(f->ctx, b.feed(b.arg, p, (int64_t[]){4, 30}, 2));
    const float *x = input(f, p, "x"), *map = input(f, p, "map");
    for (int i = 0; i < 2 * PIXELS; i++) assert_close(map[i], 2 * x[i], 1e-6);
    assert_int_not_equal(memcmp(x, f->x + 4 * PIXELS, PIXELS * sizeof *x), 0);
    frs_feed_free(feed);
    feed = feed_of(f, &(frs_feed_opts){.augment = &a}); /* by default targets stay */
    assert_ok(f->ctx, frs_feed_batches(feed).feed(feed, p, (int64_t[]){4, 30}, 2));
    assert_memory_equal(map, f->map + 4 * PIXELS, PIXELS * sizeof *map);
    frs_feed_free(feed);
}

static double rate(const void *arg, int64_t epoch, const frs_history *h) {
    (void)arg, (void)epoch, (void)h;
    return 0.01;
}

static frs_trainer_opts training(fixture *f, frs_feed *feed, int64_t epochs) {
    return (frs_trainer_opts){.model = f->m,
                              .optimiser = {.kind = FRS_OPTIM_ADAM},
                              .rate = rate,
                              .training = frs_feed_batches(feed),
                              .batch_size = 16,
                              .epochs = epochs,
                              .seed = 3};
}

static void a_net_learns_from_a_part(void **state) {
    fixture *f = *state;
    begin_with(f, 2, (net){CLASSES, false});
    frs_arrays part = {0}, rest = {0};
    assert_ok(f->ctx, frs_arrays_split(f->ctx, &f->a, &(frs_cut){.first = 36, .shuffled = true},
                                       &part, &rest));
    frs_feed *feed = NULL;
    assert_ok(f->ctx, frs_feed_new(f->ctx, &part, NULL, &feed));
    frs_trainer_opts o = training(f, feed, 60);
    frs_history h = {0};
    assert_ok(f->ctx, frs_train(f->ctx, &o, &h));
    assert_true(h.items[59].training_loss < h.items[0].training_loss / 10);
    frs_history_free(f->ctx, &h);
    frs_feed_free(feed);
    frs_arrays_free(f->ctx, &part);
    frs_arrays_free(f->ctx, &rest);
}

/* Killed after two epochs and resumed: the weights of four epochs in one go. */
static void resumes_in_the_same_bits(void **state) {
    fixture *f = *state;
    begin_with(f, 2, (net){1, false});
    char dir[256], path[300];
    snprintf(path, sizeof path, "%s/checkpoint.frs", test_dir(dir));
    frs_feed *feed = feed_of(f, &(frs_feed_opts){.augment = &all_kinds});
    frs_history h = {0};
    frs_trainer_opts o = training(f, feed, 4);
    assert_ok(f->ctx, frs_train(f->ctx, &o, &h));
    frs_history_free(f->ctx, &h);
    fixture *g = calloc(1, sizeof *g);
    begin_with(g, 1, (net){1, false});
    frs_feed *other = feed_of(g, &(frs_feed_opts){.augment = &all_kinds});
    o = training(g, other, 4);
    o.checkpoint = path;
    o.stop_after = 2;
    assert_ok(g->ctx, frs_train(g->ctx, &o, &h));
    frs_history_free(g->ctx, &h);
    frs_feed_free(other);
    other = feed_of(g, &(frs_feed_opts){.augment = &all_kinds});
    o.training = frs_feed_batches(other);
    o.stop_after = 0;
    o.resume = true;
    assert_ok(g->ctx, frs_train(g->ctx, &o, &h));
    assert_int_equal(h.n, 4);
    assert_memory_equal(frs_model_weights_get(g->m), frs_model_weights_get(f->m),
                        (size_t)frs_model_flat_count(f->m) * sizeof(float));
    frs_history_free(g->ctx, &h);
    frs_feed_free(other);
    end((void *[]){g});
    frs_feed_free(feed);
    test_dir_remove(dir);
}

static void allocates_nothing(void **state) {
    fixture *f = *state;
    begin_with(f, 2, (net){CLASSES, false});
    frs_feed *feed = feed_of(f, &(frs_feed_opts){.augment = &all_kinds});
    const frs_batches b = frs_feed_batches(feed);
    frs_plan *p = plan_of(f, 20);
    int64_t index[20];
    for (int64_t i = 0; i < 20; i++) index[i] = i;
    const int64_t before = frs_ctx_alloc_count(f->ctx);
    for (int k = 0; k < 3; k++) assert_ok(f->ctx, b.feed(b.arg, p, index, 20));
    assert_int_equal(frs_ctx_alloc_count(f->ctx), before);
    frs_feed_free(feed);
}

static void steps_of_sequences(void **state) {
    fixture *f = *state;
    begin_with(f, 1, (net){1, false});
    frs_arrays a = {0};
    frs_feed *feed = NULL;
    const frs_array one = {.name = "x", .shape = {2, {PIXELS, 1}}, .data = f->x};
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, N, &one, 1, &a));
    assert_ok(f->ctx, frs_feed_new(f->ctx, &a, NULL, &feed));
    assert_int_equal(frs_feed_batches(feed).steps, PIXELS);
    frs_feed_free(feed);
    assert_ok(f->ctx, frs_feed_new(f->ctx, &a, &(frs_feed_opts){.steps = 4}, &feed));
    assert_int_equal(frs_feed_batches(feed).steps, 4);
    frs_feed_free(feed);
    frs_arrays_free(f->ctx, &a);
}

static frs_status make_feed(frs_ctx *ctx, void *arg) {
    const frs_array one = {.name = "x", .shape = {3, {H, W, 1}}, .data = arg};
    frs_arrays a = {0};
    frs_feed *feed = NULL;
    FRS_TRY(frs_arrays_borrow(ctx, N, &one, 1, &a));
    const frs_status s = frs_feed_new(ctx, &a, &(frs_feed_opts){.augment = &all_kinds}, &feed);
    frs_feed_free(feed);
    frs_arrays_free(ctx, &a);
    return s;
}

static void no_memory(void **state) {
    fixture *f = *state;
    begin_with(f, 1, (net){1, false});
    test_oom(make_feed, f->x);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(by_name),
        TEST(classes_in_columns),
        TEST(what_does_not_fit),
        TEST(same_for_any_threads_and_after_a_resume),
        TEST(nothing_changes_at_limits_of_zero),
        TEST(a_map_moves_along),
        TEST(a_net_learns_from_a_part),
        TEST(resumes_in_the_same_bits),
        TEST(allocates_nothing),
        TEST(steps_of_sequences),
        TEST(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
