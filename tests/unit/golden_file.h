/* Golden values in the files that write_records of tools/golden_torch.py makes, and the numbers
 * that both sides compute. */
#ifndef FRS_TEST_GOLDEN_FILE_H
#define FRS_TEST_GOLDEN_FILE_H
#include "support.h"

#include "freshet/graph.h"

#include <math.h>

enum { GOLDEN_RECORDS = 48 };
typedef struct golden_record {
    char name[48];
    int64_t size, n; /* bytes an element, elements */
    void *data;
} golden_record;

typedef struct golden_file {
    const char *name;
    golden_record records[GOLDEN_RECORDS];
    int n;
} golden_file;

static inline const golden_record *golden_find(const golden_file *g, const char *name) {
    for (int i = 0; i < g->n; i++)
        if (strcmp(g->records[i].name, name) == 0) return &g->records[i];
    fail_msg("%s.bin has no '%s'", g->name, name);
    return NULL;
}

static inline void golden_open(golden_file *g, const char *folder, const char *name) {
    char path[512];
    *g = (golden_file){.name = name};
    snprintf(path, sizeof path, "%s/golden/%s/%s.bin", FRS_TEST_DIR, folder, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    for (golden_record *r = g->records; fread(r, 1, 64, f) == 64; r++, g->n++) {
        assert_true(g->n + 1 < GOLDEN_RECORDS);
        r->data = malloc((size_t)(r->size * r->n));
        assert_int_equal(fread(r->data, (size_t)r->size, (size_t)r->n, f), r->n);
    }
    fclose(f);
}

static inline void golden_close(golden_file *g) {
    for (int i = 0; i < g->n; i++) free(g->records[i].data);
}

/* number() of the script. */
static inline double golden_number(uint64_t key, uint64_t j) {
    uint64_t z = j + (key << 32);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    return (double)(z >> 40) / 8388608 - 1;
}

static inline double golden_value(const golden_record *r, int64_t i) {
    return r->size == 4 ? (double)((const float *)r->data)[i] : ((const double *)r->data)[i];
}

/* wide: x is double and every element must fit; else float and the 2-norm counts. */
static inline void golden_compare(const golden_file *g, const char *what, const void *x, int64_t n,
                                  bool wide, double limit) {
    const golden_record *r = golden_find(g, what);
    assert_int_equal(n, r->n);
    double d2 = 0, size2 = 0, worst = 0, most = 0;
    for (int64_t i = 0; i < n; i++) most = fmax(most, fabs(golden_value(r, i)));
    for (int64_t i = 0; i < n; i++) {
        const double v = wide ? ((const double *)x)[i] : (double)((const float *)x)[i];
        const double ref = golden_value(r, i), d = fabs(v - ref);
        if (!(d <= worst * (fabs(ref) + most))) worst = d / (fabs(ref) + most);
        d2 += d * d;
        size2 += ref * ref;
    }
    const double far = wide ? worst : sqrt(d2 / size2);
    if (!(far <= limit))
        fail_msg("%s, %s: %g from PyTorch's, allowed %g", g->name, what, far, limit);
}

static inline void golden_compare_output(frs_ctx *ctx, const golden_file *g, frs_plan *plan,
                                         const char *name, double limit, bool wide) {
    const int64_t n = golden_find(g, name)->n;
    double *y = malloc((size_t)n * sizeof *y);
    float *narrow = malloc((size_t)n * sizeof *narrow);
    assert_int_equal(frs_plan_output(plan, name, y, n), FRS_OK);
    (void)ctx;
    for (int64_t i = 0; i < n; i++) narrow[i] = (float)y[i];
    golden_compare(g, name, wide ? (void *)y : narrow, n, wide, limit);
    free(narrow);
    free(y);
}

/* All parameters: number(0, ..), number(1, ..) in their order. */
static inline void golden_set_weights(frs_model *m) {
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        void *at = frs_model_weights(m);
        for (int64_t j = 0; j < frs_shape_count(p.shape); j++) {
            const double v = golden_number((uint64_t)i, (uint64_t)j);
            if (frs_model_dtype(m) == FRS_F64)
                ((double *)at)[p.offset + j] = v;
            else
                ((float *)at)[p.offset + j] = (float)v;
        }
    }
}
#endif
