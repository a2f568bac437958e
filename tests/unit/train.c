/* The training loop: no allocations in a step, the same bits for any number of threads and after an
 * interruption, the short last batch, losses that are not finite. */
#include "train_net.h"

static small_net net = {.hidden = 12, .dropout = 0.25};

/* Trains anew; the weights, to be freed, and the history. */
static float *trained(frs_ctx *ctx, frs_trainer_opts o, int64_t *n, frs_history *h) {
    frs_model *m = small_net_new(ctx, &net);
    o.model = m;
    assert_ok(ctx, frs_train(ctx, &o, h));
    *n = frs_model_flat_count(m);
    assert_true(*n > 0);
    float *w = malloc((size_t)*n * sizeof *w);
    memcpy(w, frs_model_weights_get(m), (size_t)*n * sizeof *w);
    frs_model_free(m);
    return w;
}

static void assert_same_history(const frs_history *a, const frs_history *b) {
    assert_int_equal(a->n, b->n);
    for (int64_t i = 0; i < a->n; i++) {
        assert_int_equal(a->items[i].epoch, b->items[i].epoch);
        assert_memory_equal(&a->items[i].training_loss, &b->items[i].training_loss, 8);
        assert_memory_equal(&a->items[i].learning_rate, &b->items[i].learning_rate, 8);
    }
}

static void learns(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_history h = {0};
    int64_t n;
    frs_trainer_opts o = small_training(NULL, NULL);
    o.epochs = 40;
    o.optimiser.kind = FRS_OPTIM_ADAM;
    free(trained(ctx, o, &n, &h));
    assert_int_equal(h.n, 40);
    assert_true(h.items[39].training_loss < h.items[0].training_loss / 2);
    assert_close(h.items[1].learning_rate, 0.01, 0);
    assert_close(h.items[2].learning_rate, 0.002, 0);
    assert_true(isnan(h.items[0].validation_loss));
    frs_history_free(ctx, &h);
    test_ctx_free(ctx, &heap);
}

/* From the second epoch on both plans are there, and nothing is allocated any more. */
static void steps_allocate_nothing(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 2);
    feed_log log = {.ctx = ctx};
    frs_history h = {0};
    int64_t n;
    free(trained(ctx, small_training(NULL, &log), &n, &h));
    assert_int_equal(log.calls, 12);
    for (int i = 3; i < 12; i++) assert_int_equal(log.allocs[i], log.allocs[2]);
    assert_int_equal(log.allocs[1], log.allocs[0]);
    assert_true(log.allocs[2] > log.allocs[1]); /* the plan of the short batch: the count counts */
    frs_history_free(ctx, &h);
    test_ctx_free(ctx, &heap);
}

static void every_sample_once_an_epoch(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    feed_log log = {0};
    frs_history h = {0};
    int64_t n;
    free(trained(ctx, small_training(NULL, &log), &n, &h));
    for (int i = 0; i < 22; i++) assert_int_equal(log.visits[i], 4);
    for (int i = 0; i < 12; i++) assert_int_equal(log.sizes[i], i % 3 == 2 ? 6 : 8);
    frs_history_free(ctx, &h);
    test_ctx_free(ctx, &heap);
}

static double no_rate(const void *arg, int64_t epoch, const frs_history *h) {
    (void)h;
    (void)arg, (void)epoch;
    return 0;
}

/* One sample and a net that stands still: only dropout makes the epochs differ. */
static void dropout_is_new_each_epoch(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_history h = {0};
    int64_t n;
    frs_trainer_opts o = small_training(NULL, NULL);
    o.training.n = 1;
    o.rate = no_rate;
    free(trained(ctx, o, &n, &h));
    for (int i = 1; i < 4; i++)
        for (int k = 0; k < i; k++)
            assert_true(h.items[i].training_loss != h.items[k].training_loss);
    frs_history_free(ctx, &h);
    test_ctx_free(ctx, &heap);
}

/* fn with every cell. */
static void for_cells(void (*fn)(void)) {
    for (int cell = 0; cell < NET_CELLS; cell++) {
        net.cell = cell;
        fn();
    }
    net.cell = NET_LSTM;
}

static void same_bits(void) {
    static const int threads[] = {1, 2, 3, 7};
    float *w[4];
    frs_history h[4];
    frs_ctx *ctx[4];
    int64_t n = 0;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.threads = threads[i]}, &ctx[i]), FRS_OK);
        frs_trainer_opts o = small_training(NULL, NULL);
        o.training.n = 230; /* several blocks of rows in a batch */
        o.batch_size = 100;
        w[i] = trained(ctx[i], o, &n, &h[i]);
        assert_memory_equal(w[i], w[0], (size_t)n * sizeof(float));
        assert_same_history(&h[i], &h[0]);
    }
    for (int i = 0; i < 4; i++) {
        frs_history_free(ctx[i], &h[i]);
        frs_ctx_free(ctx[i]);
        free(w[i]);
    }
}

static void same_bits_for_any_threads(void **state) {
    (void)state;
    for_cells(same_bits);
}

/* ---- interruption */
typedef struct stop {
    int polls, after;
} stop;
static bool stop_now(void *user) {
    stop *s = user;
    return ++s->polls > s->after;
}

/* Cancelled at every step in turn, then resumed: as if nothing had been. */
static void resume_anywhere(void) {
    char dir[256], path[512];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/checkpoint.frs", dir);
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_history whole = {0}, h = {0};
    int64_t n = 0;
    float *expected = trained(ctx, small_training(NULL, NULL), &n, &whole);
    for (int after = 0; after < 12; after++) {
        stop s = {.after = after};
        frs_ctx *other = NULL;
        assert_int_equal(
            frs_ctx_new(&(frs_ctx_opts){.threads = 2, .cancelled = stop_now, .user = &s}, &other),
            FRS_OK);
        frs_trainer_opts o = small_training(small_net_new(other, &net), NULL);
        o.checkpoint = path;
        assert_status(other, frs_train(other, &o, &h), FRS_E_CANCELLED);
        assert_null(h.items);
        assert_int_equal(access(path, F_OK) == 0, after >= 3);
        frs_model_free(o.model);
        frs_ctx_free(other);
        o.resume = true;
        float *w = trained(ctx, o, &n, &h);
        assert_memory_equal(w, expected, (size_t)n * sizeof *w);
        assert_same_history(&h, &whole);
        frs_history_free(ctx, &h);
        free(w);
        unlink(path);
    }
    free(expected);
    frs_history_free(ctx, &whole);
    test_ctx_free(ctx, &heap);
    test_dir_remove(dir);
}

static void resumes_in_the_same_bits(void **state) {
    (void)state;
    for_cells(resume_anywhere);
}

/* A run that is over resumes to what it was; with another seed or fewer epochs it is refused. */
static void resuming_what_is_over(void **state) {
    (void)state;
    char dir[256], path[512];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/checkpoint.frs", dir);
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_history a = {0}, b = {0};
    int64_t n;
    frs_trainer_opts o = small_training(NULL, NULL);
    o.checkpoint = path;
    o.resume = true; /* nothing there yet: starts */
    float *w = trained(ctx, o, &n, &a), *again = trained(ctx, o, &n, &b);
    assert_memory_equal(w, again, (size_t)n * sizeof *w);
    assert_same_history(&a, &b);
    frs_history_free(ctx, &b);
    o.model = small_net_new(ctx, &net);
    o.seed++;
    assert_status(ctx, frs_train(ctx, &o, &b), FRS_E_INPUT);
    assert_message(ctx, "another seed");
    o.seed--;
    o.epochs = 3;
    assert_status(ctx, frs_train(ctx, &o, &b), FRS_E_INPUT);
    o.epochs = 4;
    o.optimiser.kind = FRS_OPTIM_SGD;
    assert_status(ctx, frs_train(ctx, &o, &b), FRS_E_INPUT);
    assert_message(ctx, "another optimiser");
    assert_null(b.items);
    frs_model_free(o.model);
    frs_history_free(ctx, &a);
    free(w), free(again);
    test_ctx_free(ctx, &heap);
    test_dir_remove(dir);
}

/* ---- y = w x + b by hand: three batches of 4, 4 and 2, the mean of each over its own samples */
static frs_status line_build(frs_builder *b, const void *arg) {
    (void)arg;
    const int64_t B = frs_build_dims(b).batch;
    frs_tensor *x = frs_input(b, "x", (frs_shape){2, {B, 1}});
    frs_tensor *y = frs_input(b, "y", (frs_shape){2, {B, 1}});
    return frs_build_done(b, frs_loss_mse(b, frs_dense(b, x, 1), y));
}
static frs_status line_feed(const void *arg, frs_plan *plan, const int64_t *index, int64_t n) {
    (void)arg;
    float x[8], y[8];
    for (int64_t i = 0; i < n; i++) x[i] = sample_value(index[i], 0), y[i] = 3 * x[i] - 1;
    FRS_TRY(frs_plan_feed(plan, "x", x, n));
    return frs_plan_feed(plan, "y", y, n);
}
static double constant_rate(const void *arg, int64_t epoch, const frs_history *h) {
    (void)h;
    (void)epoch;
    return *(const double *)arg;
}

static void short_batch_by_hand(void **state) {
    (void)state;
    const double rate = 0.3;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_new(ctx, &(frs_model_opts){.build = line_build}, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){4, 1}, &plan));
    const float *weights = frs_model_weights_get(m);
    double w = (double)weights[frs_model_param(m, 0).offset];
    double b = (double)weights[frs_model_param(m, 1).offset];
    frs_history h = {0};
    const frs_trainer_opts o = {.model = m,
                                .rate = constant_rate,
                                .rate_arg = &rate,
                                .training = {10, 1, line_feed, NULL},
                                .batch_size = 4,
                                .epochs = 3,
                                .seed = 5};
    assert_ok(ctx, frs_train(ctx, &o, &h));
    for (uint64_t epoch = 0; epoch < 3; epoch++) {
        double losses = 0;
        for (int first = 0; first < 10; first += 4) {
            const int n = first == 8 ? 2 : 4;
            double dw = 0, db = 0, loss = 0;
            for (int i = 0; i < n; i++) {
                const int64_t s =
                    frs__rng_permute((frs_rng){5, FRS_RNG_SHUFFLE, epoch}, 10, first + i);
                const double x = (double)sample_value(s, 0), d = w * x + b - (3 * x - 1);
                dw += 2 * d * x / n, db += 2 * d / n, loss += d * d / n;
            }
            w -= rate * dw, b -= rate * db, losses += loss / 3;
        }
        assert_close(h.items[epoch].training_loss, losses, 1e-6 * losses);
    }
    assert_close(weights[frs_model_param(m, 0).offset], w, 1e-6);
    assert_close(weights[frs_model_param(m, 1).offset], b, 1e-6);
    frs_history_free(ctx, &h);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* ---- losses that are not finite */
static void nan_loss_stops(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = small_net_new(ctx, &net);
    frs_history h = {0};
    feed_log log = {.nan_from = 4, .nan_to = 99};
    frs_trainer_opts o = small_training(m, &log);
    assert_status(ctx, frs_train(ctx, &o, &h), FRS_E_DIVERGED);
    assert_message(ctx, "epoch 2, step 2");
    assert_message(ctx, "learning_rate");
    assert_null(h.items);
    assert_int_equal(log.calls, 5);
    log = (feed_log){.nan_from = 0, .nan_to = 99};
    o.nan_losses_allowed = 2;
    assert_status(ctx, frs_train(ctx, &o, &h), FRS_E_DIVERGED);
    assert_message(ctx, "epoch 1, step 3");
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

static void nan_losses_allowed(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = small_net_new(ctx, &net);
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){8, NET_STEPS}, &plan));
    const size_t bytes = (size_t)frs_model_flat_count(m) * sizeof(float);
    float *before = malloc(bytes);
    memcpy(before, frs_model_weights_get(m), bytes);
    frs_history h = {0};
    feed_log log = {.nan_from = 0, .nan_to = 3};
    frs_trainer_opts o = small_training(m, &log);
    o.nan_losses_allowed = 3;
    o.epochs = 1; /* three steps, each with a NaN: nothing changes */
    assert_ok(ctx, frs_train(ctx, &o, &h));
    assert_memory_equal(before, frs_model_weights_get(m), bytes);
    assert_true(isnan(h.items[0].training_loss));
    frs_history_free(ctx, &h);
    log = (feed_log){.nan_every = 2}; /* never two in a row */
    o.nan_losses_allowed = 1;
    o.epochs = 2;
    assert_ok(ctx, frs_train(ctx, &o, &h));
    frs_history_free(ctx, &h);
    memcpy(frs_model_weights(m), before, bytes);
    log = (feed_log){.nan_from = 1, .nan_to = 2}; /* one in the middle: the mean is of the others */
    assert_ok(ctx, frs_train(ctx, &o, &h));
    assert_true(isfinite(h.items[0].training_loss));
    assert_memory_not_equal(before, frs_model_weights_get(m), bytes);
    for (int64_t i = 0; i < frs_model_flat_count(m); i++)
        assert_true(isfinite(((const float *)frs_model_weights_get(m))[i]));
    frs_history_free(ctx, &h);
    free(before);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* ---- the rest of the options */
static frs_status count_validations(frs_ctx *ctx, const void *arg, double *loss) {
    (void)ctx;
    *loss = ++*(int *)(uintptr_t)arg;
    return FRS_OK;
}
static frs_status failing_validation(frs_ctx *ctx, const void *arg, double *loss) {
    (void)arg, (void)loss;
    return frs__fail(ctx, FRS_E_NODATA, "nothing to validate on");
}

static void validates_and_saves(void **state) {
    (void)state;
    char dir[256], prefix[512], path[600];
    test_dir(dir);
    snprintf(prefix, sizeof prefix, "%s/epoch", dir);
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_history h = {0};
    int validations = 0;
    int64_t n;
    frs_trainer_opts o = small_training(NULL, NULL);
    o.validate = count_validations;
    o.validate_arg = &validations;
    o.validate_every = 2;
    o.weights_prefix = prefix;
    o.save_weights_every = 3;
    o.max_updates = 2;
    feed_log log = {0};
    o.training.arg = &log;
    float *w = trained(ctx, o, &n, &h);
    assert_int_equal(log.calls, 8);
    assert_int_equal(validations, 2);
    assert_true(isnan(h.items[0].validation_loss) && isnan(h.items[2].validation_loss));
    assert_close(h.items[1].validation_loss, 1, 0);
    assert_close(h.items[3].validation_loss, 2, 0);
    for (int epoch = 1; epoch <= 4; epoch++) {
        snprintf(path, sizeof path, "%s%03d.frs", prefix, epoch);
        assert_int_equal(access(path, F_OK) == 0, epoch == 3);
    }
    frs_history_free(ctx, &h);
    o.validate = failing_validation;
    o.model = small_net_new(ctx, &net);
    assert_status(ctx, frs_train(ctx, &o, &h), FRS_E_NODATA);
    assert_message(ctx, "nothing to validate on");
    frs_model_free(o.model);
    free(w);
    test_ctx_free(ctx, &heap);
    test_dir_remove(dir);
}

static void refuses(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_history h = {0};
    frs_trainer_opts o = small_training(small_net_new(ctx, &net), NULL);
    o.training.n = 0;
    assert_status(ctx, frs_train(ctx, &o, &h), FRS_E_NODATA);
    assert_message(ctx, "sample");
    o.training.n = 22;
    o.batch_size = 0;
    assert_status(ctx, frs_train(ctx, &o, &h), FRS_E_ARG);
    o.batch_size = 8;
    o.epochs = 0;
    assert_status(ctx, frs_train(ctx, &o, &h), FRS_E_ARG);
    o.epochs = 1;
    o.checkpoint = "/nonexistent/folder/checkpoint.frs";
    assert_status(ctx, frs_train(ctx, &o, &h), FRS_E_IO);
    assert_null(h.items);
    frs_model_free(o.model);
    test_ctx_free(ctx, &heap);
}

/* The plateau worked by hand, with a factor of 0.1 and a patience of 2. */
static void rates(void **state) {
    (void)state;
    assert_close(frs_rate_cosine(0, 10), 1, 1e-15);
    assert_close(frs_rate_cosine(5, 10), 0.5, 1e-15);
    assert_close(frs_rate_cosine(9, 10), 0.5 * (1 + cos(0.9 * 3.14159265358979)), 1e-12);
    static const double loss[] = {1, 0.8, 0.9, NAN, 0.8, 0.79999, 0.7, 0.71, 0.72, 0.73, 0.5};
    static const double rate[] = {1, 1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01};
    frs_epoch epochs[FRS_LEN(loss)];
    for (int64_t n = 0; n <= FRS_LEN(loss); n++) {
        const frs_history h = {n, epochs};
        assert_close(frs_rate_plateau(&h, 0.1, 2), rate[n], 1e-15);
        if (n < FRS_LEN(loss)) epochs[n] = (frs_epoch){.validation_loss = loss[n]};
    }
}

/* ---- early stopping: a validation that is best after the second epoch, and how it is told */

typedef struct script {
    int calls, fails_at;
} script;

static frs_status scripted(frs_ctx *ctx, const void *arg, double *loss) {
    static const double losses[4] = {3, 2, 2.5, 2.25};
    script *s = (script *)(uintptr_t)arg;
    if (++s->calls == s->fails_at) return frs__fail(ctx, FRS_E_NODATA, "stop here");
    *loss = losses[(s->calls - 1) % 4];
    return FRS_OK;
}

static frs_status train_scripted(frs_ctx *ctx, frs_trainer_opts o, script *v, float *weights,
                                 int64_t *epochs) {
    const small_net n = {.hidden = 4};
    frs_history h = {0};
    o.model = small_net_new(ctx, &n);
    o.validate = v ? scripted : NULL;
    o.validate_arg = v;
    o.validate_every = 1;
    const frs_status s = frs_train(ctx, &o, &h);
    *epochs = h.n;
    memset(weights, 0, 4096 * sizeof *weights);
    assert_true(frs_model_flat_count(o.model) <= 4096);
    memcpy(weights, frs_model_weights_get(o.model),
           (size_t)frs_model_flat_count(o.model) * sizeof(float));
    frs_history_free(ctx, &h);
    frs_model_free(o.model);
    return s;
}

static void stops_early_with_the_best_weights(void **state) {
    (void)state;
    static float two[4096], early[4096], resumed[4096];
    char dir[256], path[320];
    frs_ctx *ctx = NULL;
    int64_t epochs;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    test_dir(dir);
    snprintf(path, sizeof path, "%s/c.frs", dir);
    frs_trainer_opts o = small_training(NULL, NULL);
    o.epochs = 2;
    assert_ok(ctx, train_scripted(ctx, o, NULL, two, &epochs));
    o.epochs = 9;
    o.early_stopping = true;
    o.patience = 2;
    o.minimum_epochs = 1;
    assert_ok(ctx, train_scripted(ctx, o, &(script){0}, early, &epochs));
    assert_int_equal(epochs, 4);
    assert_memory_equal(early, two, sizeof two);
    o.minimum_epochs = 5; /* the fifth is a new beginning of the script: 3, no better than 2 */
    assert_ok(ctx, train_scripted(ctx, o, &(script){0}, early, &epochs));
    assert_int_equal(epochs, 5);
    o.minimum_epochs = 1;
    o.checkpoint = path;
    o.resume = true;
    assert_int_equal(train_scripted(ctx, o, &(script){.fails_at = 4}, resumed, &epochs),
                     FRS_E_NODATA);
    assert_ok(ctx, train_scripted(ctx, o, &(script){.calls = 3}, resumed, &epochs));
    assert_int_equal(epochs, 4);
    assert_memory_equal(resumed, two, sizeof two);
    assert_ok(ctx, train_scripted(ctx, o, &(script){0}, resumed, &epochs)); /* nothing left to do */
    assert_int_equal(epochs, 4);
    assert_memory_equal(resumed, two, sizeof two);
    o.early_stopping = false; /* a checkpoint with other contents is refused */
    assert_int_equal(train_scripted(ctx, o, &(script){0}, resumed, &epochs), FRS_E_INPUT);
    test_dir_remove(dir);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates),
        cmocka_unit_test(learns),
        cmocka_unit_test(steps_allocate_nothing),
        cmocka_unit_test(every_sample_once_an_epoch),
        cmocka_unit_test(dropout_is_new_each_epoch),
        cmocka_unit_test(same_bits_for_any_threads),
        cmocka_unit_test(resumes_in_the_same_bits),
        cmocka_unit_test(resuming_what_is_over),
        cmocka_unit_test(short_batch_by_hand),
        cmocka_unit_test(nan_loss_stops),
        cmocka_unit_test(nan_losses_allowed),
        cmocka_unit_test(validates_and_saves),
        cmocka_unit_test(stops_early_with_the_best_weights),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
