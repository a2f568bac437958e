/* Runs that NeuralHydrology trained and evaluated (tests/golden/nh, made by tools/golden_nh.py; the
 * shared ones where they are): its predictions come out of our net, and a run that is not whole, or
 * not supported, is refused with its reason. */
#include "exchange/pt.h"
#include "exchange/zip.h"
#include "forecaster/recurrent.h"
#include "freshet/exchange.h"
#include "freshet/run.h"
#include "support.h"
#include <math.h>

/* ---- a run, opened as `freshet evaluate` does */

typedef struct opened {
    frs_ctx *ctx;
    frs_config *config;
    frs_run_data data;
    frs_findings findings;
    frs_forecaster *model;
} opened;

/* folder: of the run; data: its records; dir: where the packed store may lie. */
static frs_status open_run(frs_ctx *ctx, const char *folder, const char *data, const char *dir,
                           int64_t epoch, opened *r) {
    char config[1024], store[600], set[1200];
    const char *const sets[] = {set};
    *r = (opened){.ctx = ctx};
    snprintf(config, sizeof config, "%s/config.yml", folder);
    snprintf(store, sizeof store, "%s/data.frs", dir);
    snprintf(set, sizeof set, "data_dir=%s", data);
    FRS_TRY(frs_config_load(ctx, config, sets, 1, &r->config));
    FRS_TRY(frs_run_data_open(ctx, r->config, store, &r->data, &r->findings));
    const frs_nh_opts o = {
        .folder = folder, .config = r->config, .task = &r->data.task, .epoch = epoch};
    return frs_nh_load(ctx, &o, &r->model);
}

static void close_run(opened *r) {
    frs_forecaster_free(r->ctx, r->model);
    frs_findings_free(r->ctx, &r->findings);
    frs_run_data_close(r->ctx, &r->data);
    frs_config_free(r->config);
}

static frs_status predict(const opened *r, frs_archive *a) {
    const frs_samples_opts so = {.store = r->data.store,
                                 .task = &r->data.task,
                                 .period = r->data.test,
                                 .sites = r->data.test_sites.index,
                                 .n_sites = r->data.test_sites.n};
    frs_samples *s;
    FRS_TRY(frs_samples_new(r->ctx, &so, &s));
    frs_status status = frs_archive_new(r->ctx, s, a);
    const frs_sink sink = frs_archive_sink(a);
    if (status == FRS_OK) status = r->model->def->predict(r->ctx, r->model, s, &sink);
    frs_samples_free(s);
    return status;
}

/* ---- what NeuralHydrology said */

static const char *column(const char *line, int k) {
    for (; k > 0; k--) line = strchr(line, ',') + 1;
    return line;
}

static double number(const char *cell) {
    double v = NAN;
    const size_t n = strcspn(cell, ",\r\n");
    if (n > 0) assert_true(frs__parse_double(cell, n, '.', &v));
    return v;
}

/* Ours for the site and day of a line; NaN where there is none. */
static float ours(const opened *r, const frs_archive *a, const char *line) {
    char site[64];
    int64_t time_s, at = -1;
    snprintf(site, sizeof site, "%.*s", (int)strcspn(line, ","), line);
    assert_int_equal(frs_date_parse(column(line, 1), 10, &time_s), FRS_OK);
    for (int64_t i = 0; i < r->data.test_sites.n; i++)
        if (strcmp(frs_store_get_site(r->data.store, r->data.test_sites.index[i]).name, site) == 0)
            at = i;
    assert_true(at >= 0);
    const int64_t day = (time_s - a->first_issue_s) / 86400;
    return day < 0 || day >= a->n_issues ? NAN : a->values[at * a->n_issues + day];
}

/* Every prediction within 1e-4, missing where it is missing there. NeuralHydrology saves its
 * predictions before it clips them. */
static void same_predictions(const opened *r, const char *folder, int64_t at_least) {
    char path[1100], *text;
    int64_t n, days = 0, missing = 0;
    frs_archive a;
    assert_ok(r->ctx, predict(r, &a));
    snprintf(path, sizeof path, "%s/test_predictions.csv", folder);
    assert_ok(r->ctx, frs__read_file(r->ctx, path, 1 << 24, &text, &n));
    char *rest = text, *line = strsep(&rest, "\n");
    assert_string_equal(line, "basin,date,q_obs,q_sim");
    while ((line = strsep(&rest, "\n")) && *line) {
        const double theirs = number(column(line, 3)), own = (double)ours(r, &a, line);
        days++;
        missing += isnan(theirs);
        if (isnan(theirs))
            assert_true(isnan(own));
        else
            assert_close(own, theirs < 0 ? 0 : theirs, 1e-4);
    }
    assert_true(days >= at_least && days - missing > days / 2);
    print_message("%s: %lld days, %lld of them missing\n", folder, (long long)days,
                  (long long)missing);
    frs__free(r->ctx, text);
    frs_archive_free(r->ctx, &a);
}

/* ---- tests */

typedef struct fixture {
    char dir[256];
    test_heap heap;
    frs_ctx *ctx;
} fixture;

static int begin(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    test_dir(f->dir);
    f->ctx = test_ctx_new(&f->heap, 0);
    *state = f;
    return 0;
}

static int end(void **state) {
    fixture *f = *state;
    test_ctx_free(f->ctx, &f->heap);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

static const char golden[] = FRS_TEST_DIR "/golden/nh";
static const char golden_data[] = FRS_TEST_DIR "/golden/nh/data";

static void golden_runs(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    static const char gaps_data[] = FRS_TEST_DIR "/golden/nh_gaps/data";
    static const struct {
        const char *folder, *data;
    } runs[] = {{"nh/cudalstm", golden_data},     {"nh/customlstm", golden_data},
                {"nh/gru", golden_data},          {"nh/ealstm", golden_data},
                {"nh_gaps/mean", gaps_data},      {"nh_gaps/attention", gaps_data},
                {"nh_gaps/embedded", golden_data}};
    for (int i = 0; i < FRS_LEN(runs); i++) {
        char folder[1024], store[600];
        opened r;
        snprintf(folder, sizeof folder, FRS_TEST_DIR "/golden/%s", runs[i].folder);
        assert_true(frs_nh_is_run(f->ctx, folder));
        assert_ok(f->ctx, open_run(f->ctx, folder, runs[i].data, f->dir, 0, &r));
        same_predictions(&r, folder, 176); /* gru: predict_last_n 3 */
        close_run(&r);
        snprintf(store, sizeof store, "%s/data.frs", f->dir);
        frs__remove(store);
    }
}

static void shared_run(void **state) {
    char folder[1024], data[1024];
    if (frs__zip_missing() || !test_data(folder, "nh_runs/one") || !test_data(data, "mopex"))
        skip();
    fixture *f = *state;
    opened r;
    assert_ok(f->ctx, open_run(f->ctx, folder, data, f->dir, 0, &r));
    same_predictions(&r, folder, 3650);
    close_run(&r);
}

/* Another epoch is another net. */
static void epochs(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    char folder[1024];
    frs_archive a[3];
    snprintf(folder, sizeof folder, "%s/cudalstm", golden);
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        opened r;
        assert_ok(f->ctx, open_run(f->ctx, folder, golden_data, f->dir, epoch, &r));
        assert_ok(f->ctx, predict(&r, &a[epoch]));
        close_run(&r);
    }
    const size_t n = (size_t)(a[0].n_sites * a[0].n_issues) * sizeof(float);
    assert_memory_equal(a[0].values, a[2].values, n); /* 0: the last, which is the second */
    assert_memory_not_equal(a[0].values, a[1].values, n);
    for (int i = 0; i < 3; i++) frs_archive_free(f->ctx, &a[i]);
}

/* What is exported has the tensors that the run has, bit for bit. */
static void exported(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    static const char *const names[] = {"nh/cudalstm", "nh/gru", "nh/ealstm", "nh_gaps/mean",
                                        "nh_gaps/attention"};
    for (int i = 0; i < FRS_LEN(names); i++) {
        char folder[1024], theirs[1100], own[600], store[600];
        opened r;
        frs__pt a, b;
        snprintf(folder, sizeof folder, FRS_TEST_DIR "/golden/%s", names[i]);
        snprintf(theirs, sizeof theirs, "%s/model_epoch002.pt", folder);
        snprintf(own, sizeof own, "%s/own.pt", f->dir);
        snprintf(store, sizeof store, "%s/data.frs", f->dir);
        assert_ok(f->ctx, open_run(f->ctx, folder, golden_data, f->dir, 0, &r));
        assert_ok(f->ctx, frs_export_pytorch(f->ctx, r.model, own));
        close_run(&r);
        frs__remove(store);
        assert_ok(f->ctx, frs__pt_read(f->ctx, theirs, &a));
        assert_ok(f->ctx, frs__pt_read(f->ctx, own, &b));
        assert_int_equal(a.n, b.n);
        for (int64_t k = 0; k < a.n; k++) {
            const frs__pt_tensor *t = frs__pt_find(&b, a.tensors[k].name);
            assert_non_null(t);
            assert_int_equal(t->rank, a.tensors[k].rank);
            assert_memory_equal(t->dim, a.tensors[k].dim, sizeof t->dim);
            assert_memory_equal(t->values, a.tensors[k].values, (size_t)t->n * sizeof(float));
        }
        frs__pt_free(&a);
        frs__pt_free(&b);
    }
}

/* An EA-LSTM whose numbers tell where they stand: hidden 2, one input, one attribute. */
static void layout_of_ealstm(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    const float gate[] = {1, 2}, gate_bias[] = {3, 4}, head[] = {5, 6}, head_bias[] = {7};
    /* rows: f f g g o o, as the biases; [6][1] and [6][2] */
    const float w_ih[] = {11, 12, 21, 22, 31, 32};
    const float w_hh[] = {101, 102, 111, 112, 201, 202, 211, 212, 301, 302, 311, 312};
    const float b_ih[] = {1, 2, 3, 4, 5, 6}, b_hh[] = {10, 20, 30, 40, 50, 60};
    const frs_weight items[] = {{"ealstm.input_gate.weight", gate, 2},
                                {"ealstm.input_gate.bias", gate_bias, 2},
                                {"ealstm.weight_ih_l0", w_ih, 6},
                                {"ealstm.weight_hh_l0", w_hh, 12},
                                {"ealstm.bias_ih_l0", b_ih, 6},
                                {"ealstm.bias_hh_l0", b_hh, 6},
                                {"head.weight", head, 2},
                                {"head.bias", head_bias, 1}};
    const frs_task task = {
        .n_inputs = 1, .n_statics = 1, .seq_length = 5, .predict_last_n = 1, .target = "q"};
    const frs_recurrent_net net = {.cell = FRS_CELL_EALSTM,
                                   .channels = 1,
                                   .statics = 1,
                                   .hidden = 2,
                                   .layers = 1,
                                   .outputs = 1};
    frs_scaler scaler = {0};
    frs_forecaster *model;
    char path[600];
    frs__pt pt;
    snprintf(path, sizeof path, "%s/x.pt", f->dir);
    assert_ok(f->ctx, frs__recurrent_make(f->ctx, &task, &net, &scaler,
                                          &(frs_weights){items, FRS_LEN(items)}, &model));
    assert_ok(f->ctx, frs_export_pytorch(f->ctx, model, path));
    frs_forecaster_free(f->ctx, model);
    assert_ok(f->ctx, frs__pt_read(f->ctx, path, &pt));
    /* columns: f f o o g g */
    const float ih[] = {11, 12, 31, 32, 21, 22}, bias[] = {11, 22, 55, 66, 33, 44};
    const float hh[] = {101, 111, 301, 311, 201, 211, 102, 112, 302, 312, 202, 212};
    const frs__pt_tensor want[] = {
        {"input_gate.weight", 2, {2, 1}, 2, gate},      {"input_gate.bias", 1, {2}, 2, gate_bias},
        {"dynamic_gates.weight_ih", 2, {1, 6}, 6, ih},  {"dynamic_gates.bias", 1, {6}, 6, bias},
        {"dynamic_gates.weight_hh", 2, {2, 6}, 12, hh}, {"head.net.0.weight", 2, {1, 2}, 2, head},
        {"head.net.0.bias", 1, {1}, 1, head_bias}};
    assert_int_equal(pt.n, FRS_LEN(want));
    for (int i = 0; i < FRS_LEN(want); i++) {
        const frs__pt_tensor *t = frs__pt_find(&pt, want[i].name);
        assert_non_null(t);
        assert_int_equal(t->rank, want[i].rank);
        assert_memory_equal(t->dim, want[i].dim, sizeof t->dim);
        assert_memory_equal(t->values, want[i].values, (size_t)want[i].n * sizeof(float));
    }
    frs__pt_free(&pt);
}

/* A run with one thing changed by a shell command in its folder. */
static const struct {
    const char *run, *command;
    int64_t epoch;
    frs_status status;
    const char *what;
} bad[] = {
    {"cudalstm", "true", 7, FRS_E_INPUT, "no weights of epoch 7 (model_epoch007.pt)"},
    {"cudalstm", "rm model_epoch*.pt; touch model_epochx.pt", 0, FRS_E_INPUT, "no weights in it"},
    {"cudalstm", "sed -i 's/hidden_size: 4/hidden_size: 5/' config.yml", 0, FRS_E_INPUT,
     "'lstm.weight_ih_l0' is 16 x 4, expected 20 x 4"},
    {"cudalstm", "sed -i '/^- slope/d' config.yml", 0, FRS_E_INPUT, "is 16 x 4, expected 16 x 3"},
    {"cudalstm", "cp ../customlstm.pt model_epoch002.pt", 0, FRS_E_INPUT,
     "it has no 'lstm.weight_ih_l0', which a cudalstm needs"},
    {"cudalstm", "cp ../extra.pt model_epoch002.pt", 0, FRS_E_UNSUPPORTED,
     "7 tensors, of which a cudalstm has 6"},
    {"cudalstm", "cp ../nan.pt model_epoch002.pt", 0, FRS_E_INPUT,
     "'head.net.0.bias' holds a number that is not finite"},
    {"cudalstm", "sed -i 's/^model: .*/model: mclstm/' config.yml", 0, FRS_E_UNSUPPORTED,
     "'mclstm' is not supported yet"},
    {"ealstm", "sed -i '/^static_attributes/d; /^- slope/d; /^- area/d' config.yml", 0, FRS_E_INPUT,
     "model: 'ealstm' needs static_attributes"},
    {"cudalstm", "sed -i 's/^head: .*/head: gmm/' config.yml", 0, FRS_E_UNSUPPORTED, "'gmm'"},
    {"cudalstm", "echo 'statics_embedding: {type: fc, hiddens: [3]}' >> config.yml", 0, FRS_E_INPUT,
     "it has no 'embedding_net.statics_embedding.net.0.weight', which a cudalstm needs"},
    {"cudalstm", "echo 'nan_handling_method: input_replacing' >> config.yml", 0, FRS_E_UNSUPPORTED,
     "nan_handling_method: no run with 'input_replacing' is read"},
    {"cudalstm", "mv train_data/train_data_scaler.yml train_data/train_data_scaler.p", 0,
     FRS_E_UNSUPPORTED, "is a pickle of an old NeuralHydrology"},
    {"cudalstm", "sed -i 's/    temp:/    tepm:/' train_data/train_data_scaler.yml", 0, FRS_E_INPUT,
     "it knows nothing of temp"},
    {"cudalstm", "sed -i 's/  slope: .*/  slope: 0.0/' train_data/train_data_scaler.yml", 0,
     FRS_E_INPUT, "slope: scale 0 cannot be used"},
    {"cudalstm", "sed -i 's/  slope: .*/  slope: .nan/' train_data/train_data_scaler.yml", 0,
     FRS_E_INPUT, "slope: centre nan cannot be used"},
    {"cudalstm", "sed -i 's/  slope: .*/  slope: steep/' train_data/train_data_scaler.yml", 0,
     FRS_E_FORMAT, "train_data_scaler.yml:3: expected a number"},
    {"cudalstm", "echo 'a: [' >> train_data/train_data_scaler.yml", 0, FRS_E_FORMAT,
     "train_data_scaler.yml:"},
    {"cudalstm", "echo 'a: &b 1\nc: *b' > train_data/train_data_scaler.yml", 0, FRS_E_FORMAT,
     "train_data_scaler.yml:2: aliases"},
    {"cudalstm", "head -c 1500 model_epoch002.pt > x && mv x model_epoch002.pt", 0, FRS_E_FORMAT,
     "model_epoch002.pt: not a zip archive"},
};

/* The weights of the golden cudalstm with one tensor more (extra.pt), with a NaN (nan.pt). */
static void write_odd_weights(const fixture *f) {
    char path[1100];
    frs__pt pt;
    frs__pt_tensor t[7];
    float nan = NAN;
    snprintf(path, sizeof path, "%s/cudalstm/model_epoch002.pt", golden);
    assert_ok(f->ctx, frs__pt_read(f->ctx, path, &pt));
    assert_int_equal(pt.n, 6);
    memcpy(t, pt.tensors, sizeof *t * 6);
    t[6] = t[0];
    t[6].name = "embedding.weight";
    snprintf(path, sizeof path, "%s/extra.pt", f->dir);
    assert_ok(f->ctx, frs__pt_write(f->ctx, path, t, 7));
    assert_string_equal(t[5].name, "head.net.0.bias");
    t[5].values = &nan;
    snprintf(path, sizeof path, "%s/nan.pt", f->dir);
    assert_ok(f->ctx, frs__pt_write(f->ctx, path, t, 6));
    frs__pt_free(&pt);
}

static void bad_runs(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    write_odd_weights(f);
    for (int i = 0; i < FRS_LEN(bad); i++) {
        char command[2048], folder[512];
        opened r;
        snprintf(folder, sizeof folder, "%s/run", f->dir);
        snprintf(command, sizeof command,
                 "cd '%s' && rm -rf run data.frs && cp -r '%s/%s' run && chmod -R u+w run && cp "
                 "'%s/customlstm/model_epoch002.pt' customlstm.pt && cd run && %s",
                 f->dir, golden, bad[i].run, golden, bad[i].command);
        assert_int_equal(system(command), 0);
        assert_status(f->ctx, open_run(f->ctx, folder, golden_data, f->dir, bad[i].epoch, &r),
                      bad[i].status);
        assert_message(f->ctx, bad[i].what);
        close_run(&r);
    }
}

static void no_run(void **state) {
    fixture *f = *state;
    assert_false(frs_nh_is_run(f->ctx, f->dir));
    assert_false(frs_nh_is_run(f->ctx, "nowhere"));
}

typedef struct places {
    const char *folder, *dir;
} places;

static frs_status load_it(frs_ctx *ctx, void *arg) {
    const places *p = arg;
    opened r;
    const frs_status s = open_run(ctx, p->folder, golden_data, p->dir, 0, &r);
    close_run(&r);
    return s;
}

static void no_memory(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    char folder[1024];
    snprintf(folder, sizeof folder, "%s/cudalstm", golden);
    test_oom(load_it, &(places){folder, f->dir});
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {TEST(golden_runs),      TEST(shared_run), TEST(epochs),
                                       TEST(layout_of_ealstm), TEST(exported),   TEST(bad_runs),
                                       TEST(no_run),           TEST(no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
