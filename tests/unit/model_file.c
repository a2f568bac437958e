/* Model files and checkpoints: round trips, every byte damaged, every length cut, hostile counts.
 */
#include "train_net.h"

#include "train/optim.h"

typedef struct trained_net {
    frs_model *m;
    frs_optim *o;
} trained_net;

/* After two steps, so that the optimiser has something to keep. */
static frs_status try_net(frs_ctx *ctx, int64_t hidden, frs_optim_kind kind, trained_net *t) {
    const small_net net = {.hidden = hidden};
    const frs_model_opts mo = {
        .build = small_net_build, .arg = &net, .arg_size = sizeof net, .seed = 3};
    const int64_t samples[2][4] = {{0, 1, 2, 3}, {4, 5, 6, 7}};
    frs_plan *plan = NULL;
    FRS_TRY(frs_model_new(ctx, &mo, &t->m));
    FRS_TRY(frs_model_compile(t->m, FRS_TRAIN, (frs_dims){4, NET_STEPS}, &plan));
    FRS_TRY(frs_optim_new(ctx, t->m, &(frs_optim_opts){.kind = kind, .momentum = 0.9}, &t->o));
    for (uint64_t step = 0; step < 2; step++) {
        FRS_TRY(small_net_feed(NULL, plan, samples[step], 4));
        FRS_TRY(frs_plan_run(plan, step));
        FRS_TRY(frs_optim_step(t->o, 0.01, 1));
    }
    return FRS_OK;
}

static trained_net net_of(frs_ctx *ctx, int64_t hidden, frs_optim_kind kind) {
    trained_net t = {0};
    assert_ok(ctx, try_net(ctx, hidden, kind, &t));
    return t;
}

static void net_free(trained_net *t) {
    frs_optim_free(t->o);
    frs_model_free(t->m);
}

static size_t flat_bytes(const frs_model *m) {
    return (size_t)frs_model_flat_count(m) * sizeof(float);
}

static void assert_same_net(const trained_net *a, const trained_net *b) {
    assert_int_equal(flat_bytes(a->m), flat_bytes(b->m));
    assert_memory_equal(frs_model_weights_get(a->m), frs_model_weights_get(b->m), flat_bytes(a->m));
    assert_int_equal(a->o->step, b->o->step);
    assert_memory_equal(a->o->first, b->o->first, flat_bytes(a->m));
    if (a->o->second) assert_memory_equal(a->o->second, b->o->second, flat_bytes(a->m));
}

/* Another state than the first two steps leave. */
static void disturb(trained_net *t) {
    float *w = frs_model_weights(t->m);
    for (int64_t i = 0; i < frs_model_n_params(t->m); i++) w[frs_model_param(t->m, i).offset] += 1;
    t->o->step = 77;
    t->o->first[0] = 5;
    if (t->o->second) t->o->second[0] = 6;
}

static const char blob[] = "anything\0at all";

static void save(frs_ctx *ctx, const trained_net *t, const char *path) {
    const frs_checkpoint c = {
        .epoch = 5, .seed = 99, .blob = (void *)(uintptr_t)blob, .blob_bytes = sizeof blob};
    assert_ok(ctx, frs_checkpoint_save(ctx, path, t->m, t->o, &c));
}

/* SGD without momentum keeps nothing but its step; its files are read by one with momentum. */
static void keeps_no_state(void **state) {
    (void)state;
    char dir[256], path[512];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/a.frs", dir);
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    trained_net a = net_of(ctx, 7, FRS_OPTIM_SGD);
    frs_optim *plain = NULL, *rms = NULL;
    assert_ok(ctx, frs_optim_new(ctx, a.m, &(frs_optim_opts){.kind = FRS_OPTIM_SGD}, &plain));
    assert_ok(ctx, frs_optim_new(ctx, a.m, &(frs_optim_opts){.kind = FRS_OPTIM_RMSPROP}, &rms));
    assert_true(!plain->first && !plain->second && !rms->first && rms->second);
    const int64_t at = frs_model_param(a.m, 0).offset;
    const float w = ((const float *)frs_model_weights_get(a.m))[at];
    const float g = ((const float *)frs_model_gradients(a.m))[at];
    assert_ok(ctx, frs_optim_step(plain, 0.5, 0));
    assert_true(((const float *)frs_model_weights_get(a.m))[at] == w - 0.5F * g && g != 0);
    assert_ok(ctx, frs_optim_step(rms, 0.5, 0));
    frs_checkpoint c = {0};
    assert_ok(ctx, frs_checkpoint_save(ctx, path, a.m, plain, &c));
    a.o->step = 77;
    a.o->first[0] = 5;
    assert_ok(ctx, frs_checkpoint_load(ctx, path, a.m, a.o, &c));
    assert_true(a.o->step == 1 && a.o->first[0] == 0);
    frs_text_free(ctx, c.blob);
    assert_ok(ctx, frs_checkpoint_load(ctx, path, a.m, plain, &c));
    frs_text_free(ctx, c.blob);
    frs_optim_free(plain);
    frs_optim_free(rms);
    net_free(&a);
    test_ctx_free(ctx, &heap);
    test_dir_remove(dir);
}

static void round_trips(void **state) {
    (void)state;
    char dir[256], path[512];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/a.frs", dir);
    for (int kind = 0; kind < 2; kind++) {
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, 1);
        trained_net a = net_of(ctx, 7, (frs_optim_kind)kind),
                    b = net_of(ctx, 7, (frs_optim_kind)kind);
        save(ctx, &a, path);
        disturb(&b);
        frs_checkpoint c = {0};
        assert_ok(ctx, frs_checkpoint_load(ctx, path, b.m, b.o, &c));
        assert_same_net(&a, &b);
        assert_int_equal(c.epoch, 5);
        assert_int_equal(c.seed, 99);
        assert_int_equal(c.blob_bytes, sizeof blob);
        assert_memory_equal(c.blob, blob, sizeof blob);
        frs_text_free(ctx, c.blob);
        disturb(&b); /* the weights alone can be taken from a checkpoint, too */
        assert_ok(ctx, frs_weights_load(ctx, b.m, path));
        assert_memory_equal(frs_model_weights_get(a.m), frs_model_weights_get(b.m),
                            flat_bytes(a.m));
        assert_int_equal(b.o->step, 77);
        assert_ok(ctx, frs_weights_save(ctx, a.m, path, "{\"text\": 1}"));
        disturb(&b);
        assert_ok(ctx, frs_weights_load(ctx, b.m, path));
        assert_memory_equal(frs_model_weights_get(a.m), frs_model_weights_get(b.m),
                            flat_bytes(a.m));
        assert_ok(ctx, frs_checkpoint_save(ctx, path, a.m, a.o, &(frs_checkpoint){.epoch = 1}));
        assert_ok(ctx, frs_checkpoint_load(ctx, path, b.m, b.o, &c)); /* no blob */
        assert_same_net(&a, &b);
        assert_int_equal(c.blob_bytes, 0);
        frs_text_free(ctx, c.blob);
        net_free(&a);
        net_free(&b);
        test_ctx_free(ctx, &heap);
    }
    test_dir_remove(dir);
}

static void other_models(void **state) {
    (void)state;
    char dir[256], path[512];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/a.frs", dir);
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    trained_net a = net_of(ctx, 7, FRS_OPTIM_ADAM), b = net_of(ctx, 8, FRS_OPTIM_ADAM);
    trained_net sgd = net_of(ctx, 7, FRS_OPTIM_SGD), as_it_was = net_of(ctx, 8, FRS_OPTIM_ADAM);
    frs_checkpoint c = {0};
    save(ctx, &a, path);
    assert_status(ctx, frs_weights_load(ctx, b.m, path), FRS_E_INPUT);
    assert_message(ctx, "lstm.weight_ih_l0");
    assert_message(ctx, "28");
    assert_message(ctx, "32");
    assert_status(ctx, frs_checkpoint_load(ctx, path, b.m, b.o, &c), FRS_E_INPUT);
    assert_same_net(&b, &as_it_was);
    assert_status(ctx, frs_checkpoint_load(ctx, path, sgd.m, sgd.o, &c), FRS_E_INPUT);
    assert_message(ctx, "another optimiser");
    assert_ok(ctx, frs_weights_save(ctx, a.m, path, "{}"));
    assert_status(ctx, frs_checkpoint_load(ctx, path, a.m, a.o, &c), FRS_E_FORMAT);
    assert_message(ctx, "weights alone");
    assert_null(c.blob);
    snprintf(path, sizeof path, "%s/none.frs", dir);
    assert_status(ctx, frs_weights_load(ctx, a.m, path), FRS_E_IO);
    assert_message(ctx, "none.frs");
    snprintf(path, sizeof path, "%s/no/such/folder/a.frs", dir);
    assert_status(ctx, frs_weights_save(ctx, a.m, path, "{}"), FRS_E_IO);
    net_free(&a), net_free(&b), net_free(&sgd), net_free(&as_it_was);
    test_ctx_free(ctx, &heap);
    test_dir_remove(dir);
}

/* Only a compiled float32 model has weights to save. */
static void no_weights(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    const small_net net = {.hidden = 4};
    frs_model_opts o = {.build = small_net_build, .arg = &net, .arg_size = sizeof net};
    frs_model *m = NULL;
    frs_optim *optim = NULL;
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_status(ctx, frs_weights_save(ctx, m, "/tmp/never.frs", ""), FRS_E_ARG);
    assert_status(ctx, frs_optim_new(ctx, m, &(frs_optim_opts){0}, &optim), FRS_E_ARG);
    frs_model_free(m);
    o.dtype = FRS_F64;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){2, NET_STEPS}, &plan));
    assert_status(ctx, frs_weights_save(ctx, m, "/tmp/never.frs", ""), FRS_E_ARG);
    assert_status(ctx, frs_optim_new(ctx, m, &(frs_optim_opts){0}, &optim), FRS_E_ARG);
    assert_null(optim);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* ---- damage; a refused file has changed nothing */
static void damaged(void **state) {
    (void)state;
    char dir[256], path[512];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/a.frs", dir);
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    trained_net a = net_of(ctx, 2, FRS_OPTIM_ADAM), b = net_of(ctx, 2, FRS_OPTIM_ADAM);
    trained_net as_it_was = net_of(ctx, 2, FRS_OPTIM_ADAM);
    save(ctx, &a, path);
    disturb(&b), disturb(&as_it_was);
    char *good = NULL;
    int64_t n = 0;
    assert_ok(ctx, frs__read_file(ctx, path, 1 << 20, &good, &n));
    frs_checkpoint c = {0};
    for (int64_t length = 0; length < n;
         length++) { /* cut: an exact copy, so that reading on shows */
        char *cut = malloc((size_t)length + !length);
        memcpy(cut, good, (size_t)length);
        assert_status(ctx, frs__model_file_parse(ctx, "cut.frs", cut, length, b.m, b.o, &c),
                      FRS_E_FORMAT);
        free(cut);
    }
    for (int64_t bit = 0; bit < n * 8; bit++) {
        good[bit / 8] = (char)(good[bit / 8] ^ 1 << bit % 8);
        assert_status(ctx, frs__model_file_parse(ctx, "flipped.frs", good, n, b.m, b.o, &c),
                      FRS_E_FORMAT);
        good[bit / 8] = (char)(good[bit / 8] ^ 1 << bit % 8);
    }
    assert_message(ctx, "flipped.frs");
    assert_null(c.blob);
    assert_same_net(&b, &as_it_was);
    assert_ok(ctx, frs__model_file_parse(ctx, "good.frs", good, n, b.m, b.o, &c));
    assert_same_net(&a, &b);
    frs_text_free(ctx, c.blob);
    frs__free(ctx, good);
    net_free(&a), net_free(&b), net_free(&as_it_was);
    test_ctx_free(ctx, &heap);
    test_dir_remove(dir);
}

/* Counts that cannot be, under a hash that fits: whatever stands in any eight bytes. */
static void hostile(void **state) {
    (void)state;
    static const int64_t values[] = {-1, INT64_MIN, INT64_MAX, INT64_MAX / 4, 1 << 30, 0, 1, 64};
    char dir[256], path[512];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/a.frs", dir);
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    trained_net a = net_of(ctx, 1, FRS_OPTIM_ADAM);
    save(ctx, &a, path);
    char *data = NULL;
    int64_t n = 0;
    assert_ok(ctx, frs__read_file(ctx, path, 1 << 20, &data, &n));
    for (int64_t at = 0; at + 16 <= n; at++)
        for (int k = 0; k < FRS_LEN(values); k++) {
            char *copy = malloc((size_t)n);
            memcpy(copy, data, (size_t)n);
            memcpy(copy + at, &values[k], 8);
            const uint64_t hash = frs__hash64(copy, n - 8, 0);
            memcpy(copy + n - 8, &hash, 8);
            frs_checkpoint c = {0};
            const frs_status s = frs__model_file_parse(ctx, "hostile.frs", copy, n, a.m, a.o, &c);
            assert_true(s == FRS_OK || s == FRS_E_FORMAT || s == FRS_E_INPUT);
            assert_true(s == FRS_OK || !c.blob);
            frs_text_free(ctx, c.blob);
            free(copy);
        }
    frs__free(ctx, data);
    net_free(&a);
    test_ctx_free(ctx, &heap);
    test_dir_remove(dir);
}

/* ---- the n-th allocation fails */
static frs_status save_and_load(frs_ctx *ctx, void *arg) {
    trained_net t = {0};
    frs_checkpoint c = {.epoch = 1, .blob = (void *)(uintptr_t)blob, .blob_bytes = sizeof blob};
    frs_checkpoint back = {0};
    frs_status s = try_net(ctx, 3, FRS_OPTIM_ADAM, &t);
    if (s == FRS_OK) s = frs_checkpoint_save(ctx, arg, t.m, t.o, &c);
    if (s == FRS_OK) {
        trained_net same = t;
        const float w = *(const float *)frs_model_weights_get(t.m);
        disturb(&t);
        s = frs_checkpoint_load(ctx, arg, t.m, t.o, &back);
        const float now = *(const float *)frs_model_weights_get(same.m);
        assert_true(now == (s == FRS_OK ? w : w + 1)); /* all or nothing */
        assert_int_equal(t.o->step, s == FRS_OK ? 2 : 77);
    }
    if (s == FRS_OK) s = frs_weights_save(ctx, t.m, arg, "{}");
    if (s == FRS_OK) s = frs_weights_load(ctx, t.m, arg);
    frs_text_free(ctx, back.blob);
    net_free(&t);
    return s;
}

static frs_status whole_training(frs_ctx *ctx, void *arg) {
    const small_net net = {.hidden = 3};
    const frs_model_opts mo = {.build = small_net_build, .arg = &net, .arg_size = sizeof net};
    frs_model *m = NULL;
    frs_history h = {0};
    frs_status s = frs_model_new(ctx, &mo, &m);
    frs_trainer_opts o = small_training(m, NULL);
    o.training.n = 3;
    o.batch_size = 2;
    o.checkpoint = arg;
    o.resume = true;
    for (int epochs = 1; epochs <= 2 && s == FRS_OK; epochs++) {
        o.epochs = epochs;
        s = frs_train(ctx, &o, &h);
        assert_int_equal(h.n, s == FRS_OK ? epochs : 0);
        frs_history_free(ctx, &h);
    }
    frs_model_free(m);
    unlink(arg);
    return s;
}

static void out_of_memory(void **state) {
    (void)state;
    char dir[256], path[512];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/a.frs", dir);
    test_oom(save_and_load, path);
    unlink(path);
    test_oom(whole_training, path);
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),   cmocka_unit_test(keeps_no_state),
        cmocka_unit_test(other_models),  cmocka_unit_test(no_weights),
        cmocka_unit_test(damaged),       cmocka_unit_test(hostile),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
