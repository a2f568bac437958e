/* ONNX's own tests (Debian's libonnx-testdata) and nets that PyTorch exported
 * (tools/golden_onnx.py) through the importer: each model is
 * compiled, run on the stored inputs and compared with the stored outputs, by the tolerance of
 * ONNX's runner. usage: onnx_suite [-v] [NAME...]: -v says why what is unsupported is so, NAME runs
 * only tests whose name has it. Exit status 1: one failed, or fewer passed than have passed before;
 * 77: the tests are not here. */
#include "exchange/onnx_internal.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA "/usr/share/libonnx-testdata/data"
/* Passed so far; to be raised with what is added. */
static const struct {
    const char *folder;
    int least, least_again; /* read; and written, read and run again */
    bool ours;
} folders[] = {{"golden/onnx", 6, 6, true},
               {"node", 674, 622, false},
               {"simple", 7, 7, false},
               {"pytorch-converted", 82, 82, false},
               {"pytorch-operator", 35, 35, false}};

/* Their outputs are not what ONNX's own documents say. */
static const char *const wrong[] = {
    /* A scale of 0.6 makes 2 of 4: the corners of 2 elements fall on those of 4 ("length_resized"
     * is 2); stored is what 2.4 elements would give. */
    "test_resize_downsample_scales_linear_align_corners",
};

enum { MAX_FILES = 64, MAX_OPERATORS = 512 };
typedef enum verdict { PASSED, FAILED, UNSUPPORTED, N_VERDICTS } verdict;

typedef struct tally {
    char name[64];
    int n[N_VERDICTS];
    int again[N_VERDICTS]; /* written by frs_onnx_save, read and run once more */
} tally;
typedef struct suite {
    frs_ctx *ctx;
    bool verbose;
    int n_names;
    char **names;
    tally operators[MAX_OPERATORS];
    int n_operators;
} suite;

typedef struct one_test {
    suite *s;
    char folder[700];
    frs_arena memory;
    frs_onnx *net;
    frs__onnx_data *in[MAX_FILES], *out[MAX_FILES];
    int n_in, n_out;
    char operator[64], why[1024];
    bool again; /* anything to write: not when all outputs are known when compiling */
    verdict round_trip;
    char why_again[1024];
} one_test;

static verdict say(one_test *t, frs_status s) {
    snprintf(t->why, sizeof t->why, "%s", frs_message(t->s->ctx));
    return s == FRS_OK ? PASSED : s == FRS_E_UNSUPPORTED ? UNSUPPORTED : FAILED;
}

/* input_0.pb, input_1.pb, ... */
static frs_status read_files(one_test *t, const char *kind, frs__onnx_data **to, int *n) {
    char path[800];
    for (*n = 0; *n < MAX_FILES; ++*n) {
        const char *name;
        snprintf(path, sizeof path, "%s/test_data_set_0/%s_%d.pb", t->folder, kind, *n);
        if (!frs__exists(path)) break;
        FRS_TRY(frs__onnx_read_tensor(t->s->ctx, path, &t->memory, &to[*n], &name));
    }
    return FRS_OK;
}

static verdict different(one_test *t, const char *fmt, double a, double b, int64_t i) {
    snprintf(t->why, sizeof t->why, fmt, a, b, (long long)i);
    return FAILED;
}

static verdict compare(one_test *t, int k) {
    frs_shape shape;
    const float *is;
    const frs__onnx_data *d = t->out[k];
    if (frs_onnx_result(t->net, k, &shape, &is) != FRS_OK) return say(t, FRS_E_ARG);
    bool same = shape.rank == d->shape.rank;
    for (int i = 0; same && i < shape.rank; i++) same = shape.dim[i] == d->shape.dim[i];
    if (!same) return different(t, "shape: rank %g, expected %g", shape.rank, d->shape.rank, 0);
    for (int64_t i = 0; i < d->n; i++) {
        const double want = (double)(float)frs__onnx_real(d, i), got = (double)is[i];
        if (isnan(want) ? isnan(got) : got == want) continue;
        if (!(fabs(got - want) <= 1e-3 * fabs(want) + 1e-7))
            return different(t, "%.8g, expected %.8g, at %lld", got, want, i);
    }
    return PASSED;
}

/* ONNX 1.12 stored bfloat16 as the uint16 of the same bits. */
static void mend(one_test *t, frs_onnx_value v, frs__onnx_data *d) {
    if (v.type != ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16 ||
        d->type != ONNX__TENSOR_PROTO__DATA_TYPE__UINT16)
        return;
    float *f = frs__arena_alloc(&t->memory, d->n, sizeof *f);
    for (int64_t i = 0; i < d->n; i++) {
        const uint32_t bits = (uint32_t)d->i[i] << 16;
        memcpy(&f[i], &bits, sizeof bits);
    }
    d->f = f;
    d->i = NULL;
}

static frs_status compile(one_test *t) {
    frs_onnx_given given[MAX_FILES] = {0};
    for (int i = 0; i < t->n_in; i++) {
        given[i].shape = t->in[i]->shape;
        if (!frs_onnx_input(t->net, i).decides_shapes) continue;
        double *v = frs__arena_alloc(&t->memory, t->in[i]->n, sizeof *v);
        for (int64_t k = 0; k < t->in[i]->n; k++) v[k] = frs__onnx_real(t->in[i], k);
        given[i].values = v;
    }
    return frs_onnx_compile(t->net, given);
}

static frs_status run(one_test *t) {
    const float *feed[MAX_FILES] = {0};
    for (int i = 0; i < t->n_in; i++) {
        float *v = frs__arena_alloc(&t->memory, t->in[i]->n, sizeof *v);
        for (int64_t k = 0; k < t->in[i]->n; k++) v[k] = (float)frs__onnx_real(t->in[i], k);
        feed[i] = v;
    }
    return frs_onnx_run(t->net, feed);
}

/* The operator of a model of one node. */
static void name_operator(one_test *t, const char *path) {
    Onnx__ModelProto *m;
    int64_t opset;
    snprintf(t->operator, sizeof t->operator, "(several)");
    if (frs__onnx_read(t->s->ctx, path, &m, &opset) != FRS_OK) return;
    if (m->graph->n_node == 1 && m->graph->node[0]->op_type)
        snprintf(t->operator, sizeof t->operator, "%s", m->graph->node[0]->op_type);
    frs__onnx_read_free(t->s->ctx, m);
}

/* ---- the net written as ONNX, read and run again: the same values */

static int input_named(const frs_onnx *net, const char *name) {
    for (int i = 0; i < frs_onnx_n_inputs(net); i++)
        if (strcmp(frs_onnx_input(net, i).name, name) == 0) return i;
    return -1;
}

static frs_status run_again(one_test *t, frs_onnx *copy) {
    frs_onnx_given given[MAX_FILES] = {0};
    const float *feed[MAX_FILES] = {0};
    for (int i = 0; i < frs_onnx_n_inputs(copy); i++) {
        const int from = input_named(t->net, frs_onnx_input(copy, i).name);
        if (from < 0) return FRS_E_INTERNAL;
        float *v = frs__arena_alloc(&t->memory, t->in[from]->n, sizeof *v);
        for (int64_t k = 0; k < t->in[from]->n; k++) v[k] = (float)frs__onnx_real(t->in[from], k);
        given[i].shape = t->in[from]->shape;
        feed[i] = v;
    }
    FRS_TRY(frs_onnx_compile(copy, given));
    return frs_onnx_run(copy, feed);
}

static bool close_to(double is, double want) {
    return isnan(want) ? isnan(is) : is == want || fabs(is - want) <= 1e-5 * fabs(want) + 1e-6;
}

/* Output k of the copy is the one of the net that has its name. */
static bool same_output(one_test *t, frs_onnx *copy, int k) {
    frs_shape shape, own_shape;
    const float *v, *own;
    int from = 0;
    while (strcmp(frs_onnx_output(t->net, from).name, frs_onnx_output(copy, k).name) != 0) from++;
    if (frs_onnx_result(copy, k, &shape, &v) != FRS_OK) return false;
    if (frs_onnx_result(t->net, from, &own_shape, &own) != FRS_OK) return false;
    bool same =
        frs_shape_count(shape) == frs_shape_count(own_shape) && shape.rank == own_shape.rank;
    for (int64_t i = 0; same && i < frs_shape_count(shape); i++) {
        same = close_to((double)v[i], (double)own[i]);
        if (!same)
            snprintf(t->why_again, sizeof t->why_again, "%.8g, not %.8g, at %lld", (double)v[i],
                     (double)own[i], (long long)i);
    }
    return same;
}

static verdict compare_again(one_test *t, const char *path) {
    frs_onnx *copy = NULL;
    frs_status s = frs_onnx_open(t->s->ctx, path, &copy);
    if (s == FRS_OK) s = run_again(t, copy);
    snprintf(t->why_again, sizeof t->why_again, "%s", frs_message(t->s->ctx));
    bool same = s == FRS_OK;
    for (int k = 0; same && k < frs_onnx_n_outputs(copy); k++) same = same_output(t, copy, k);
    frs_onnx_free(copy);
    return same ? PASSED : FAILED;
}

static void round_trip(one_test *t) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/onnx_suite-%ld.onnx", (long)getpid());
    const frs_onnx_save_opts o = {.opset = 17, .batch = 1};
    const frs_status s = frs_onnx_save(frs_onnx_model(t->net), path, &o);
    snprintf(t->why_again, sizeof t->why_again, "%s", frs_message(t->s->ctx));
    t->again = s == FRS_OK || !strstr(t->why_again, "the model has no output");
    t->round_trip = s == FRS_E_UNSUPPORTED ? UNSUPPORTED : FAILED;
    if (s == FRS_OK) t->round_trip = compare_again(t, path);
    remove(path);
}

static verdict run_test(one_test *t) {
    char path[800];
    frs_status s;
    snprintf(path, sizeof path, "%s/model.onnx", t->folder);
    name_operator(t, path);
    if ((s = frs_onnx_open(t->s->ctx, path, &t->net)) != FRS_OK) return say(t, s);
    if ((s = read_files(t, "input", t->in, &t->n_in)) != FRS_OK) return say(t, s);
    if ((s = read_files(t, "output", t->out, &t->n_out)) != FRS_OK) return say(t, s);
    if (t->n_in != frs_onnx_n_inputs(t->net) || t->n_out != frs_onnx_n_outputs(t->net))
        return different(t, "%g inputs and %g outputs are stored", t->n_in, t->n_out, 0);
    for (int i = 0; i < t->n_in; i++) mend(t, frs_onnx_input(t->net, i), t->in[i]);
    for (int i = 0; i < t->n_out; i++) mend(t, frs_onnx_output(t->net, i), t->out[i]);
    if ((s = compile(t)) != FRS_OK) return say(t, s);
    if ((s = run(t)) != FRS_OK) return say(t, s);
    for (int k = 0; k < t->n_out; k++)
        if (compare(t, k) != PASSED) return FAILED;
    round_trip(t);
    return PASSED;
}

static void count(suite *s, const one_test *t, verdict v) {
    const char *operator= t->operator;
    int i = 0;
    while (i < s->n_operators && strcmp(s->operators[i].name, operator) != 0) i++;
    if (i == MAX_OPERATORS) return;
    if (i == s->n_operators) snprintf(s->operators[s->n_operators++].name, 64, "%s", operator);
    s->operators[i].n[v]++;
    if (t->again) s->operators[i].again[t->round_trip]++;
}

static bool chosen(const suite *s, const char *name) {
    for (int i = 0; i < FRS_LEN(wrong); i++)
        if (strcmp(name, wrong[i]) == 0) return false;
    for (int i = 0; i < s->n_names; i++)
        if (strstr(name, s->names[i])) return true;
    return s->n_names == 0;
}

static void say_again(const one_test *t, const char *folder, const char *name) {
    if (!t->again || t->round_trip == PASSED) return;
    if (t->round_trip == FAILED || t->s->verbose)
        printf("round trip %s %s/%s: %s\n", t->round_trip == FAILED ? "FAILED" : "unsupported",
               folder, name, t->why_again);
}

static void run_folder(suite *s, const char *root, const char *folder, tally *to) {
    char path[400];
    struct dirent **entry;
    snprintf(path, sizeof path, "%s/%s", root, folder);
    const int count_of = scandir(path, &entry, NULL, alphasort);
    for (int i = 0; i < count_of; i++) {
        static one_test t;
        t = (one_test){.s = s, .memory = {.ctx = s->ctx}};
        snprintf(t.folder, sizeof t.folder, "%s/%s", path, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.' && chosen(s, entry[i]->d_name)) {
            const verdict v = run_test(&t);
            to->n[v]++;
            to->again[t.round_trip] += t.again;
            count(s, &t, v);
            say_again(&t, folder, entry[i]->d_name);
            if (v == FAILED || (v == UNSUPPORTED && s->verbose))
                printf("%s %s/%s: %s\n", v == FAILED ? "FAILED" : "unsupported", folder,
                       entry[i]->d_name, t.why);
        }
        frs_onnx_free(t.net);
        frs__arena_free(&t.memory);
        free(entry[i]);
    }
    if (count_of >= 0) free(entry);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const tally *)a)->name, ((const tally *)b)->name);
}

static void print_operators(suite *s) {
    qsort(s->operators, (size_t)s->n_operators, sizeof *s->operators, by_name);
    printf("%-28s %25s | round trip\n%-28s", "", "", "operator");
    printf(" passed failed unsupported | passed failed unsupported\n");
    for (int i = 0; i < s->n_operators; i++) {
        const tally *o = &s->operators[i];
        printf("%-28s %6d %6d %11d | %6d %6d %11d\n", o->name, o->n[PASSED], o->n[FAILED],
               o->n[UNSUPPORTED], o->again[PASSED], o->again[FAILED], o->again[UNSUPPORTED]);
    }
}

int main(int argc, char **argv) {
    static suite s;
    const char *root = getenv("FRS_ONNX_DATA") ? getenv("FRS_ONNX_DATA") : DATA;
    int status = 0;
    s.verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    s.n_names = argc - 1 - s.verbose;
    s.names = argv + 1 + s.verbose;
    if (frs_ctx_new(&(frs_ctx_opts){.threads = 1}, &s.ctx) != FRS_OK) return 1;
    tally n[FRS_LEN(folders)] = {0};
    const bool here = frs__is_dir(root);
    for (int i = 0; i < FRS_LEN(folders); i++)
        if (folders[i].ours || here)
            run_folder(&s, folders[i].ours ? FRS_TEST_DIR : root, folders[i].folder, &n[i]);
    print_operators(&s);
    if (!here) printf("skipped: no %s (Debian package libonnx-testdata)\n", root);
    for (int i = 0; i < FRS_LEN(folders); i++) {
        if (!folders[i].ours && !here) continue;
        const tally *t = &n[i];
        printf("%s: %d passed, %d failed, %d unsupported; round trip: %d, %d, %d\n",
               folders[i].folder, t->n[PASSED], t->n[FAILED], t->n[UNSUPPORTED], t->again[PASSED],
               t->again[FAILED], t->again[UNSUPPORTED]);
        if (t->n[FAILED] || t->again[FAILED]) status = 1;
        if (s.n_names ||
            (t->n[PASSED] >= folders[i].least && t->again[PASSED] >= folders[i].least_again))
            continue;
        printf("FAILED: %s: %d and %d passed before\n", folders[i].folder, folders[i].least,
               folders[i].least_again);
        status = 1;
    }
    frs_ctx_free(s.ctx);
    return status;
}
