/* Sets of arrays into the inputs of plans, images changed on the way. */
#include "data/arrays.h"
#include <math.h>
#include <string.h>

enum { BLOCK = 1 << 14 }; /* elements that are worth a block of their own */

struct frs_feed {
    frs_ctx *ctx;
    const frs_arrays *arrays;
    bool inputs_only, changes; /* some limit of the augmentation is above 0 */
    frs_augment augment;
    bool *augmented; /* [n_arrays] */
    frs_rng epoch;
    int64_t steps;
};

/* One array of one batch; bodies read it only. */
typedef struct job {
    const frs_feed *feed;
    int array;
    const int64_t *index;
    int64_t n, count, per_block; /* samples, elements of one, samples of a block */
    int64_t classes;             /* columns of classes to be set; 0: as it is */
    float *to;
} job;

/* 1 in the column of the class; a class that is missing is missing in all of them. */
static void spread(float class, int64_t n, float *to) {
    for (int64_t k = 0; k < n; k++) to[k] = isnan(class) ? class : (float)(k == (int64_t) class);
}

static void one_sample(const job *j, int64_t i) {
    const frs_feed *f = j->feed;
    const frs_array *x = &f->arrays->arrays[j->array];
    const float *from = frs_arrays_get(f->arrays, j->array, j->index[i]);
    float *to = j->to + i * j->count;
    if (j->classes) {
        spread(*from, j->classes, to);
    } else if (f->changes && f->augmented[j->array]) {
        const frs__affine t = frs__augment_draw(&f->augment, f->epoch, j->index[i], x->shape);
        frs__augment_image(&f->augment, &t, x->shape, from, to);
    } else
        memcpy(to, from, (size_t)j->count * sizeof *to);
}

static void block(void *arg, int64_t b, int worker) {
    (void)worker;
    const job *j = arg;
    const int64_t begin = b * j->per_block, end = begin + j->per_block;
    for (int64_t i = begin; i < end && i < j->n; i++) one_sample(j, i);
}

/* How many elements a sample of array k has in an input of n elements for n_index samples: its own,
 * or one for each class. */
static frs_status fit(const frs_feed *f, int k, int64_t n, int64_t n_index, job *j) {
    const frs_arrays *a = f->arrays;
    const frs_array *x = &a->arrays[k];
    j->count = frs__sample_count(x->shape);
    if (n == n_index * j->count) return FRS_OK;
    if (x->target && x->shape.rank == 0 && a->n_classes > 0 && n == n_index * a->n_classes) {
        j->count = j->classes = a->n_classes;
        return FRS_OK;
    }
    return frs__fail(f->ctx, FRS_E_ARG,
                     _("input '%s': %lld elements for %lld samples; the data have %lld a sample"),
                     x->name, (long long)n, (long long)n_index, (long long)j->count);
}

static frs_status feed_array(const frs_feed *f, int k, frs_plan *plan, const int64_t *index,
                             int64_t n_index) {
    job j = {.feed = f, .array = k, .index = index, .n = n_index};
    int64_t n;
    FRS_TRY(frs_plan_input(plan, f->arrays->arrays[k].name, &j.to, &n));
    FRS_TRY(fit(f, k, n, n_index, &j));
    j.per_block = 1 + BLOCK / j.count;
    frs__parallel(f->ctx, (n_index + j.per_block - 1) / j.per_block, block, &j);
    return FRS_OK;
}

static frs_status feed(const void *arg, frs_plan *plan, const int64_t *index, int64_t n) {
    const frs_feed *f = arg;
    for (int64_t i = 0; i < n; i++)
        if (index[i] < 0 || index[i] >= f->arrays->n)
            return frs__fail(f->ctx, FRS_E_ARG, _("sample %lld of a set of %lld"),
                             (long long)index[i], (long long)f->arrays->n);
    for (int k = 0; k < f->arrays->n_arrays; k++)
        if (!f->inputs_only || !f->arrays->arrays[k].target)
            FRS_TRY(feed_array(f, k, plan, index, n));
    return FRS_OK;
}

static void begin_epoch(void *arg, int64_t epoch) {
    frs_feed *f = arg;
    f->epoch.step = (uint64_t)epoch;
}

/* ---- the feed is made */

static frs_status mark_augmented(frs_feed *f, const frs_feed_opts *o) {
    const frs_arrays *a = f->arrays;
    for (int k = 0; k < a->n_arrays && o->n_augmented == 0; k++)
        f->augmented[k] = !a->arrays[k].target && a->arrays[k].shape.rank == 3;
    for (int i = 0; i < o->n_augmented; i++) {
        const int k = frs_arrays_find(a, o->augmented[i]);
        if (k < 0 || a->arrays[k].shape.rank != 3)
            return frs__fail(f->ctx, FRS_E_ARG,
                             _("augmentation: '%s' is no array [H, W, C] of the set"),
                             o->augmented[i]);
        f->augmented[k] = true;
    }
    return FRS_OK;
}

/* A class is a whole number that has a name, or missing: `spread` relies on it. */
static frs_status check_classes(const frs_feed *f) {
    const frs_arrays *a = f->arrays;
    for (int k = 0; k < a->n_arrays; k++) {
        if (a->n_classes == 0 || !a->arrays[k].target || a->arrays[k].shape.rank != 0) continue;
        for (int64_t i = 0; i < a->n; i++) {
            const float class = *frs_arrays_get(a, k, i);
            if (isnan(class) ||
                (class >= 0 && class < (float)a->n_classes && class == truncf(class)))
                continue;
            return frs__fail(f->ctx, FRS_E_ARG,
                             _("'%s' of sample %lld is %g: not one of %d classes"),
                             a->arrays[k].name, (long long)i, (double)class, a->n_classes);
        }
    }
    return FRS_OK;
}

static int64_t default_steps(const frs_arrays *a) {
    for (int k = 0; k < a->n_arrays; k++)
        if (!a->arrays[k].target)
            return a->arrays[k].shape.rank == 2 ? a->arrays[k].shape.dim[0] : 1;
    return 1;
}

static frs_status set_up(frs_feed *f, const frs_feed_opts *o) {
    const frs_augment *a = o->augment;
    f->augmented = frs__alloc(f->ctx, f->arrays->n_arrays, sizeof *f->augmented);
    if (!f->augmented) return FRS_E_NOMEM;
    f->inputs_only = o->inputs_only;
    f->steps = o->steps > 0 ? o->steps : default_steps(f->arrays);
    f->epoch = (frs_rng){o->seed, FRS_RNG_AUGMENT, 0};
    if (a) {
        FRS_TRY(frs__augment_check(f->ctx, a));
        f->augment = *a;
        f->changes =
            a->shift > 0 || a->rotate_deg > 0 || a->scale > 0 || a->shear_deg > 0 || a->flip > 0;
    }
    FRS_TRY(mark_augmented(f, o));
    return check_classes(f);
}

frs_status frs_feed_new(frs_ctx *ctx, const frs_arrays *a, const frs_feed_opts *o, frs_feed **out) {
    static const frs_feed_opts none = {0};
    frs_feed *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    *f = (frs_feed){.ctx = ctx, .arrays = a};
    const frs_status s = set_up(f, o ? o : &none);
    if (s == FRS_OK)
        *out = f;
    else
        frs_feed_free(f);
    return s;
}

frs_batches frs_feed_batches(frs_feed *f) {
    return (frs_batches){.n = f->arrays->n,
                         .steps = f->steps,
                         .feed = feed,
                         .arg = f,
                         .begin_epoch = begin_epoch,
                         .epoch_arg = f};
}

void frs_feed_free(frs_feed *f) {
    if (!f) return;
    frs__free(f->ctx, f->augmented);
    frs__free(f->ctx, f);
}
