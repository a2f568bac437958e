/* Sets of samples: made, cut, freed. A part of a set is a list of its rows over the same data. */
#include "data/arrays.h"
#include <string.h>

int64_t frs__sample_count(frs_shape s) {
    int64_t n = 1;
    if (s.rank < 0 || s.rank >= FRS_MAX_RANK) return -1;
    for (int i = 0; i < s.rank; i++) {
        if (s.dim[i] < 1 || s.dim[i] > INT64_MAX / (int64_t)sizeof(float) / n) return -1;
        n *= s.dim[i];
    }
    return n;
}

int frs_arrays_find(const frs_arrays *a, const char *name) {
    for (int k = 0; k < a->n_arrays; k++)
        if (strcmp(a->arrays[k].name, name) == 0) return k;
    return -1;
}

const float *frs_arrays_get(const frs_arrays *a, int array, int64_t sample) {
    const frs_array *x = &a->arrays[array];
    return x->data + (a->rows ? a->rows[sample] : sample) * frs__sample_count(x->shape);
}

float *frs__own(const frs_arrays *a, int array) {
    return a->arrays[array].own;
}

void frs_arrays_free(frs_ctx *ctx, frs_arrays *a) {
    for (int k = 0; k < a->n_arrays; k++)
        frs__room_free(ctx, &(frs_room){a->arrays[k].own, a->arrays[k].mapped});
    frs__free(ctx, a->arrays);
    frs__free(ctx, a->rows);
    frs__free(ctx, a->classes);
    *a = (frs_arrays){0};
}

/* The description of one array of a set of n, put behind those that are there. */
static frs_status add(frs_ctx *ctx, frs_arrays *a, const frs_array *x) {
    const size_t length = strnlen(x->name, sizeof x->name);
    if (length == 0 || length == sizeof x->name || frs_arrays_find(a, x->name) >= 0)
        return frs__fail(ctx, FRS_E_ARG,
                         _("array %d: its name '%.63s' is empty, too long or there twice"),
                         a->n_arrays, x->name);
    const int64_t count = frs__sample_count(x->shape);
    if (count < 1 || a->n > INT64_MAX / (int64_t)sizeof(float) / count)
        return frs__fail(ctx, FRS_E_ARG,
                         _("array '%s': %lld samples of rank %d: a shape that no data has"),
                         x->name, (long long)a->n, x->shape.rank);
    frs_array *to = &a->arrays[a->n_arrays++];
    *to = *x;
    to->own = NULL;
    to->mapped = 0;
    return FRS_OK;
}

static frs_status describe(frs_ctx *ctx, int64_t n, const frs_array *arrays, int n_arrays,
                           frs_arrays *a) {
    *a = (frs_arrays){.n = n};
    if (n < 0 || n_arrays < 1)
        return frs__fail(ctx, FRS_E_ARG, _("a set of %lld samples of %d arrays"), (long long)n,
                         n_arrays);
    a->arrays = frs__alloc(ctx, n_arrays, sizeof *a->arrays);
    if (!a->arrays) return FRS_E_NOMEM;
    for (int k = 0; k < n_arrays; k++) FRS_TRY(add(ctx, a, &arrays[k]));
    return FRS_OK;
}

static frs_status have_data(frs_ctx *ctx, const frs_arrays *a) {
    for (int k = 0; k < a->n_arrays; k++)
        if (!a->arrays[k].data && a->n > 0)
            return frs__fail(ctx, FRS_E_ARG, _("array '%s' has no data"), a->arrays[k].name);
    return FRS_OK;
}

/* *a is `got` when all went well; else nothing of it is left. */
static frs_status hand_over(frs_ctx *ctx, frs_status s, frs_arrays *got, frs_arrays *a) {
    if (s == FRS_OK)
        *a = *got;
    else
        frs_arrays_free(ctx, got);
    return s;
}

frs_status frs_arrays_borrow(frs_ctx *ctx, int64_t n, const frs_array *arrays, int n_arrays,
                             frs_arrays *a) {
    frs_arrays got;
    frs_status s = describe(ctx, n, arrays, n_arrays, &got);
    if (s == FRS_OK) s = have_data(ctx, &got);
    return hand_over(ctx, s, &got, a);
}

frs_status frs__arrays_new(frs_ctx *ctx, int64_t n, const frs_array *arrays, int n_arrays,
                           frs_arrays *a) {
    frs_arrays got;
    frs_status s = describe(ctx, n, arrays, n_arrays, &got);
    for (int k = 0; k < got.n_arrays && s == FRS_OK; k++) {
        frs_array *x = &got.arrays[k];
        frs_room room;
        s = frs__room_new(ctx, n * frs__sample_count(x->shape), sizeof(float), &room);
        x->data = x->own = room.data;
        x->mapped = room.mapped;
    }
    return hand_over(ctx, s, &got, a);
}

frs_status frs_arrays_set_classes(frs_ctx *ctx, frs_arrays *a, const char *const *names, int n) {
    if (n < 0 || n > FRS__MAX_CLASSES)
        return frs__fail(ctx, FRS_E_ARG, _("%d classes; at most %d are known"), n,
                         FRS__MAX_CLASSES);
    char(*classes)[64] = frs__alloc(ctx, n, sizeof *classes);
    if (!classes) return FRS_E_NOMEM;
    for (int i = 0; i < n; i++) {
        const size_t length = strlen(names[i]);
        if (length >= sizeof *classes) {
            frs__free(ctx, classes);
            return frs__fail(ctx, FRS_E_ARG,
                             _("class '%.80s': expected a name of at most 63 bytes"), names[i]);
        }
        memcpy(classes[i], names[i], length);
    }
    frs__free(ctx, a->classes);
    a->classes = classes;
    a->n_classes = n;
    return FRS_OK;
}

/* ---- parts of a set */

/* A set of n samples over the data of `from`, its rows to be filled in. */
static frs_status view(frs_ctx *ctx, const frs_arrays *from, int64_t n, frs_arrays *a) {
    FRS_TRY(describe(ctx, n, from->arrays, from->n_arrays, a));
    a->rows = frs__alloc(ctx, n, sizeof *a->rows);
    if (!a->rows) return FRS_E_NOMEM;
    if (!from->classes) return FRS_OK;
    a->classes = frs__alloc(ctx, from->n_classes, sizeof *a->classes);
    if (!a->classes) return FRS_E_NOMEM;
    memcpy(a->classes, from->classes, (size_t)from->n_classes * sizeof *a->classes);
    a->n_classes = from->n_classes;
    return FRS_OK;
}

static int64_t row_of(const frs_arrays *a, int64_t i) {
    return a->rows ? a->rows[i] : i;
}

frs_status frs_arrays_subset(frs_ctx *ctx, const frs_arrays *from, const int64_t *index, int64_t n,
                             frs_arrays *a) {
    frs_arrays got;
    frs_status s = view(ctx, from, n, &got);
    for (int64_t i = 0; i < n && s == FRS_OK; i++) {
        if (index[i] < 0 || index[i] >= from->n)
            s = frs__fail(ctx, FRS_E_ARG, _("sample %lld of a set of %lld"), (long long)index[i],
                          (long long)from->n);
        else
            got.rows[i] = row_of(from, index[i]);
    }
    return hand_over(ctx, s, &got, a);
}

/* Part b is what stands at [*begin, *end) of the order. */
static frs_status find_cut(frs_ctx *ctx, int64_t n, const frs_cut *c, int64_t *begin,
                           int64_t *end) {
    if (c->folds == 0 && c->first >= 0 && c->first <= n) {
        *begin = c->first, *end = n;
        return FRS_OK;
    }
    if (c->folds > 0 && c->folds <= n && c->fold >= 0 && c->fold < c->folds) {
        /* n / folds each, the first n % folds of them one more */
        const int64_t each = n / c->folds, more = n % c->folds, k = c->fold;
        *begin = k * each + (k < more ? k : more);
        *end = *begin + each + (k < more);
        return FRS_OK;
    }
    return frs__fail(ctx, FRS_E_ARG,
                     _("a set of %lld samples cannot be cut: first %lld, fold %lld of %lld"),
                     (long long)n, (long long)c->first, (long long)c->fold, (long long)c->folds);
}

frs_status frs_arrays_split(frs_ctx *ctx, const frs_arrays *from, const frs_cut *cut, frs_arrays *a,
                            frs_arrays *b) {
    const frs_rng order = {cut->seed, FRS_RNG_SPLIT, 0};
    int64_t begin = 0, end = 0;
    FRS_TRY(find_cut(ctx, from->n, cut, &begin, &end));
    frs_arrays in = {0}, out = {0};
    frs_status s = view(ctx, from, from->n - (end - begin), &out);
    if (s == FRS_OK) s = view(ctx, from, end - begin, &in);
    for (int64_t i = 0, n_out = 0; i < from->n && s == FRS_OK; i++) {
        const int64_t row = row_of(from, cut->shuffled ? frs__rng_permute(order, from->n, i) : i);
        if (i >= begin && i < end)
            in.rows[i - begin] = row;
        else
            out.rows[n_out++] = row;
    }
    hand_over(ctx, s, &out, a);
    return hand_over(ctx, s, &in, b);
}
