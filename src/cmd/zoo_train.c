/* zoo train: a net of classes learns from a set of images; one folder holds what came of it.
 *
 * The set is shuffled once, always in the same way. Its last images are kept for the scores and
 * looked at once, when a net is done; the last of the others are watched; the rest is learned from.
 * --seed and
 * --seeds change first weights, order and small changes, not who is where. */
#include "cmd/zoo.h"
#include "freshet/zoo.h"
#include <math.h>
#include <string.h>
#include <sys/resource.h>

enum { EPOCHS = 20, BATCH = 32, TEST_SHARE = 5, MOST_SEEDS = 1000, MOST_SETTINGS = 1 << 16 };
static const double usual_rate = 1e-3;
/* Two pixels of 28, a tilt and a size as of another hand. */
static const frs_augment small = {
    .shift = 0.07, .rotate_deg = 10, .scale = 0.1, .shear_deg = 5, .outside = 0};

typedef struct result {
    uint64_t seed;
    frs_net_scores validation, test;
    double seconds, cpu_s; /* of training; cpu_s NaN: a part of it was in another run */
} result;
typedef struct job {
    cmd *c;
    const frs_zoo_net *z;
    const char *out;
    double rate;
    int64_t epochs, batch, seeds, first_seed, n_test, n_validation, n_samples;
    frs_arrays all, others, test, rest, validation, training;
    result *results;
} job;

/* ---- what is asked for */
static int64_t or_else(int64_t given, int64_t usual) {
    return given >= 0 ? given : usual;
}

static frs_status read_options(job *j) {
    const cmd_options *o = j->c->o;
    frs_ctx *ctx = j->c->ctx;
    j->epochs = or_else(o->epochs, EPOCHS);
    j->batch = or_else(o->batch, BATCH);
    j->seeds = or_else(o->seeds, 1);
    j->first_seed = or_else(o->seed, 1);
    j->rate = j->z->rate > 0 ? j->z->rate : usual_rate;
    if (o->rate && (!frs__parse_double(o->rate, strlen(o->rate), '.', &j->rate) || !(j->rate > 0)))
        return frs__fail(ctx, FRS_E_ARG, _("--rate: expected a number above 0, found '%.40s'"),
                         o->rate);
    const char *low = j->epochs < 1  ? "epochs"
                      : j->batch < 1 ? "batch"
                      : j->seeds < 1 ? "seeds"
                      : o->size == 0 ? "size"
                                     : NULL;
    if (low) return frs__fail(ctx, FRS_E_ARG, _("--%s: expected 1 or more"), low);
    if (j->seeds > MOST_SEEDS)
        return frs__fail(ctx, FRS_E_ARG, _("--seeds: expected at most %d"), MOST_SEEDS);
    if (j->z->maps)
        return frs__fail(ctx, FRS_E_ARG,
                         _("%s makes images, not classes: it learns through the library "
                           "(freshet/nn.h), from pairs of images"),
                         j->z->name);
    if (!o->data)
        return frs__fail(ctx, FRS_E_ARG, _("--data is missing: from which images shall it learn?"));
    return FRS_OK;
}

/* ---- the images */
static frs_status check_images(const job *j) {
    const frs_arrays *a = &j->all;
    const int x = frs_arrays_find(a, "x");
    if (x < 0 || a->arrays[x].shape.rank != 3)
        return frs__fail(j->c->ctx, FRS_E_INPUT, _("%s: no images in it"), j->c->o->data);
    if (a->n_classes < 2)
        return frs__fail(
            j->c->ctx, FRS_E_INPUT,
            _("%s: its images have no classes, or one: there is nothing to tell apart"),
            j->c->o->data);
    return FRS_OK;
}

static frs_status split(job *j) {
    const cmd_options *o = j->c->o;
    frs_ctx *ctx = j->c->ctx;
    j->n_test = or_else(o->test, j->all.n / TEST_SHARE);
    j->n_validation = or_else(o->validation, 0);
    const int64_t most = j->all.n - j->n_test - j->n_validation;
    j->n_samples = or_else(o->samples, most);
    if (most < 1 || j->n_samples < 1 || j->n_samples > most)
        return frs__fail(
            ctx, FRS_E_ARG,
            _("%s has %lld images: %lld for the scores and %lld to watch leave %lld to "
              "learn from, --samples asks for %lld"),
            o->data, (long long)j->all.n, (long long)j->n_test, (long long)j->n_validation,
            (long long)(most > 0 ? most : 0), (long long)j->n_samples);
    const int64_t n = j->all.n - j->n_test;
    FRS_TRY(frs_arrays_split(ctx, &j->all, &(frs_cut){.first = n, .shuffled = true}, &j->others,
                             &j->test));
    FRS_TRY(frs_arrays_split(ctx, &j->others, &(frs_cut){.first = most}, &j->rest, &j->validation));
    frs_arrays none = {0};
    FRS_TRY(
        frs_arrays_split(ctx, &j->rest, &(frs_cut){.first = j->n_samples}, &j->training, &none));
    frs_arrays_free(ctx, &none);
    return FRS_OK;
}

static frs_status open_images(job *j) {
    const cmd_options *o = j->c->o;
    const int64_t side = o->size > 0 ? o->size : j->z->input.dim[0];
    const frs_arrays_opts a = {.height = side, .width = side, .channels = (int)j->z->input.dim[2]};
    FRS_TRY(frs_arrays_open(j->c->ctx, o->data, &a, &j->all));
    FRS_TRY(check_images(j));
    return split(j);
}

/* ---- the folder */
static char *path_of(const job *j, const char *what, int64_t i) {
    return frs__asprintf(j->c->ctx, "%s/%s_%lld%s", j->out, what, (long long)(j->first_seed + i),
                         strcmp(what, "log") == 0 ? ".csv" : ".frs");
}

static void settings(const job *j, frs_buf *b) {
    char rate[40];
    frs__buf_printf(b, "net: %s\ndata: %s\nimages: %lld\nclasses: %d\n", j->z->name, j->c->o->data,
                    (long long)j->all.n, j->all.n_classes);
    const frs_shape s = j->all.arrays[frs_arrays_find(&j->all, "x")].shape;
    frs__buf_printf(b, "input: [%lld, %lld, %lld]\n", (long long)s.dim[0], (long long)s.dim[1],
                    (long long)s.dim[2]);
    frs__buf_printf(b, "test: %lld\nvalidation: %lld\nsamples: %lld\n", (long long)j->n_test,
                    (long long)j->n_validation, (long long)j->n_samples);
    frs__buf_printf(b, "epochs: %lld\nbatch: %lld\nrate: %s\naugment: %s\n", (long long)j->epochs,
                    (long long)j->batch, frs__format_double(j->rate, rate),
                    j->c->o->augment ? "true" : "false");
    frs__buf_printf(b, "seed: %lld\nseeds: %lld\n", (long long)j->first_seed, (long long)j->seeds);
}

static void remove_of(const job *j, const char *what) {
    for (int64_t i = 0; i < j->seeds; i++) {
        char *path = path_of(j, what, i);
        if (path) frs__remove(path);
        frs__free(j->c->ctx, path);
    }
}

/* One that is done, or of other settings, is not written over; one of the same goes on. */
static frs_status may_go_on(job *j, const char *file, const char *scores, const frs_buf *now) {
    frs_ctx *ctx = j->c->ctx;
    char *was = NULL;
    int64_t n = 0;
    if (!frs__exists(file)) return FRS_OK;
    FRS_TRY(frs__read_file(ctx, file, MOST_SETTINGS, &was, &n));
    const bool same = n == now->n && memcmp(was, now->data, (size_t)n) == 0;
    frs__free(ctx, was);
    if (!same)
        return frs__fail(ctx, FRS_E_ARG,
                         _("%s: a training with other settings is there; another --out, or --force "
                           "to write over it"),
                         j->out);
    if (frs__exists(scores))
        return frs__fail(
            ctx, FRS_E_ARG,
            _("%s: this training is done, its results are in %s; --force does it again"), j->out,
            scores);
    term_say(&j->c->t, _("%s: goes on with what is there"), j->out);
    return FRS_OK;
}

static frs_status claim(job *j, const char *file, const char *scores) {
    frs_buf now = {.ctx = j->c->ctx};
    settings(j, &now);
    frs_status s = frs__buf_status(&now);
    if (s == FRS_OK && j->c->o->force) {
        remove_of(j, "checkpoint");
        remove_of(j, "log");
        frs__remove(scores);
    } else if (s == FRS_OK)
        s = may_go_on(j, file, scores, &now);
    if (s == FRS_OK) s = frs__write_file(j->c->ctx, file, now.data, now.n);
    frs__buf_free(&now);
    return s;
}

/* ---- learning */
static double cpu_s(void) {
    struct rusage u;
    if (getrusage(RUSAGE_SELF, &u) != 0) return (double)NAN;
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

typedef struct paths {
    char *net, *log, *checkpoint;
} paths;

static frs_status fit(const job *j, frs_net *net, const paths *p, result *r) {
    const frs_fit_opts o = {.epochs = j->epochs,
                            .batch = j->batch,
                            .validation = j->n_validation ? &j->validation : NULL,
                            .augment = j->c->o->augment ? &small : NULL,
                            .cosine = true,
                            .checkpoint = p->checkpoint,
                            .resume = true,
                            .csv_log = p->log};
    const bool gone_on = frs__exists(p->checkpoint);
    const double begin = cpu_s();
    frs_history h = {0};
    FRS_TRY(frs_net_fit(net, &j->training, &o, &h));
    for (int64_t i = 0; i < h.n; i++) r->seconds += h.items[i].seconds;
    r->cpu_s = gone_on ? (double)NAN : cpu_s() - begin;
    frs_history_free(j->c->ctx, &h);
    if (j->n_validation) FRS_TRY(frs_net_evaluate(net, &j->validation, 0, &r->validation));
    if (j->n_test) FRS_TRY(frs_net_evaluate(net, &j->test, 0, &r->test));
    return frs_net_save(net, p->net);
}

static frs_status one_seed(const job *j, int64_t i) {
    frs_ctx *ctx = j->c->ctx;
    const paths p = {path_of(j, j->z->name, i), path_of(j, "log", i), path_of(j, "checkpoint", i)};
    result *r = &j->results[i];
    const frs_shape s = j->all.arrays[frs_arrays_find(&j->all, "x")].shape;
    const frs_zoo_opts o = {s.dim[0], s.dim[1], s.dim[2], j->all.n_classes, r->seed};
    const frs_compile_opts how = {
        .loss = "cross_entropy", .optimiser = {.kind = FRS_OPTIM_ADAM}, .learning_rate = j->rate};
    frs_net *net = NULL;
    frs_status status = p.net && p.log && p.checkpoint ? FRS_OK : FRS_E_NOMEM;
    if (status == FRS_OK) status = frs_zoo_new(ctx, j->z->name, &o, &net);
    if (status == FRS_OK) status = frs_net_compile(net, &how);
    if (status == FRS_OK) status = fit(j, net, &p, r);
    frs_net_free(net);
    frs__free(ctx, p.net);
    frs__free(ctx, p.log);
    frs__free(ctx, p.checkpoint);
    return status;
}

static frs_status all_seeds(job *j) {
    const frs_net_scores none = {NAN, NAN, NAN, NAN, NAN, 0};
    j->results = frs__alloc(j->c->ctx, j->seeds, sizeof *j->results);
    if (!j->results) return FRS_E_NOMEM;
    for (int64_t i = 0; i < j->seeds; i++) {
        j->results[i] =
            (result){.seed = (uint64_t)(j->first_seed + i), .validation = none, .test = none};
        const frs_status s = one_seed(j, i);
        if (s == FRS_E_CANCELLED)
            return frs__fail(j->c->ctx, s, _("interrupted; the same command goes on: %s"),
                             j->c->line);
        FRS_TRY(s);
    }
    return FRS_OK;
}

/* ---- scores.csv, and the same as a table with a row of means */
enum { COLUMNS = 8 };
static const char *const keys[COLUMNS] = {"seed",      "samples", "validation_error", "test_error",
                                          "test_loss", "top5",    "seconds",          "cpu_s"};

static void row_of(const job *j, const result *r, double row[COLUMNS]) {
    row[0] = r ? (double)r->seed : (double)NAN;
    row[1] = (double)j->n_samples;
    for (int k = 2; k < COLUMNS; k++) row[k] = 0;
    for (int64_t i = 0; i < j->seeds; i++) {
        const result *one = r ? r : &j->results[i];
        const double v[] = {1 - one->validation.accuracy,
                            1 - one->test.accuracy,
                            one->test.loss,
                            one->test.top5,
                            one->seconds,
                            one->cpu_s};
        for (int k = 2; k < COLUMNS; k++) row[k] += v[k - 2] / (double)j->seeds;
    }
}

static frs_status write_scores(const job *j, const char *path) {
    frs_buf b = {.ctx = j->c->ctx};
    char text[40];
    for (int k = 0; k < COLUMNS; k++) frs__buf_printf(&b, "%s%s", k ? "," : "", keys[k]);
    frs__buf_add(&b, "\n");
    for (int64_t i = 0; i < j->seeds; i++) {
        double row[COLUMNS];
        row_of(j, &j->results[i], row);
        for (int k = 0; k < COLUMNS; k++)
            frs__buf_printf(&b, "%s%s", k ? "," : "",
                            isnan(row[k]) ? "" : frs__format_float((float)row[k], text));
        frs__buf_add(&b, "\n");
    }
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK) s = frs__write_file(j->c->ctx, path, b.data, b.n);
    frs__buf_free(&b);
    return s;
}

static void add_row(const job *j, term_table *tab, const result *r) {
    static const int digits[COLUMNS] = {0, 0, 4, 4, 4, 4, 1, 1};
    double row[COLUMNS];
    char cells[COLUMNS][40];
    const char *at[COLUMNS];
    row_of(j, r, row);
    for (int k = 0; k < COLUMNS; k++) at[k] = term_number(row[k], digits[k], cells[k]);
    if (!r) at[0] = j->c->t.json ? "" : _("mean");
    term_row(tab, at);
}

static frs_status print(const job *j) {
    const char *titles[COLUMNS] = {_("Seed"), _("Images"), _("Validation error"), _("Test error"),
                                   _("Loss"), _("Top 5"),  _("Seconds"),          _("CPU s")};
    term_table tab = {.memory = {.ctx = j->c->ctx}, .name = "score", .n_columns = COLUMNS};
    for (int k = 0; k < COLUMNS; k++) tab.columns[k] = (term_column){keys[k], titles[k], true};
    for (int64_t i = 0; i < j->seeds; i++) add_row(j, &tab, &j->results[i]);
    if (j->seeds > 1) add_row(j, &tab, NULL);
    return term_table_print(&j->c->t, &tab, j->c->o->csv);
}

static frs_status finish(job *j, const char *scores) {
    FRS_TRY(write_scores(j, scores));
    remove_of(j, "checkpoint");
    FRS_TRY(print(j));
    if (j->c->o->csv) return FRS_OK;
    const term_fact facts[] = {{"path", _("To"), j->out}};
    term_facts(&j->c->t, "done", facts, 1);
    return FRS_OK;
}

static frs_status in_folder(job *j) {
    frs_ctx *ctx = j->c->ctx;
    frs_lock lock = {0};
    FRS_TRY(frs__mkdirs(ctx, j->out));
    FRS_TRY(frs__lock_dir(ctx, j->out, &lock));
    char *file = frs__path_join(ctx, j->out, "settings.txt");
    char *scores = frs__path_join(ctx, j->out, "scores.csv");
    frs_status s = file && scores ? claim(j, file, scores) : FRS_E_NOMEM;
    if (s == FRS_OK) s = all_seeds(j);
    if (s == FRS_OK) s = finish(j, scores);
    frs__free(ctx, file);
    frs__free(ctx, scores);
    frs__unlock_dir(&lock);
    return s;
}

static void release(job *j) {
    frs_arrays *sets[] = {&j->training, &j->validation, &j->rest, &j->test, &j->others, &j->all};
    for (int64_t i = 0; i < FRS_LEN(sets); i++) frs_arrays_free(j->c->ctx, sets[i]);
    frs__free(j->c->ctx, j->results);
}

frs_status cmd_zoo_train(cmd *c, const char *name) {
    job j = {.c = c, .z = frs_zoo_find(name)};
    frs_net *none = NULL;
    if (!j.z) return frs_zoo_new(c->ctx, name, NULL, &none);
    char *own = c->o->out ? NULL : frs__asprintf(c->ctx, "zoo_%s", name);
    j.out = c->o->out ? c->o->out : own;
    frs_status s = j.out ? read_options(&j) : FRS_E_NOMEM;
    if (s == FRS_OK) s = open_images(&j);
    if (s == FRS_OK) s = in_folder(&j);
    release(&j);
    frs__free(c->ctx, own);
    return s;
}
