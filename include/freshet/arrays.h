/* Data sets of samples for networks: images, sequences, tables, as arrays of floats.
 *
 * A set is n samples of named arrays, each of one shape a sample; an array is fed into the plan's
 * input of its name. Channels last: an image is [H, W, C], a sequence [T, F], a table's row [F], a
 * number rank 0. A class is its number, from 0. Missing is NaN and stays so.
 *
 *     frs_arrays all = {0}, training = {0}, held = {0};
 *     frs_feed *feed = NULL;
 *     const frs_augment small = {.shift = 0.1, .rotate_deg = 10};
 *     frs_arrays_open(ctx, "digits", NULL, &all);          // "x" [28, 28, 1], "y"
 *     frs_arrays_split(ctx, &all, &(frs_cut){.first = 9000, .shuffled = true}, &training, &held);
 *     frs_feed_new(ctx, &training, &(frs_feed_opts){.augment = &small}, &feed);
 *     trainer.training = frs_feed_batches(feed);
 */
#ifndef FRESHET_ARRAYS_H
#define FRESHET_ARRAYS_H
#include "freshet/trainer.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct frs_array {
    char name[64];
    frs_shape shape;   /* of one sample; rank < FRS_MAX_RANK */
    bool target;       /* to be learned: not fed where only inputs are */
    const float *data; /* [rows, shape] */
    void *own;         /* what frs_arrays_free frees of it; NULL: data is borrowed */
    size_t mapped;     /* own is a mapped file of so many bytes */
} frs_array;

/* {0} is valid and empty. */
typedef struct frs_arrays {
    int64_t n; /* samples */
    int n_arrays, n_classes;
    frs_array *arrays;   /* [n_arrays] */
    int64_t *rows;       /* [n] sample i is row rows[i] of each array; NULL: row i */
    char (*classes)[64]; /* [n_classes] names; NULL: none */
} frs_arrays;

/* A set over arrays [n, shape] in memory that stay the caller's and must outlive it; own and mapped
 * are not looked at. errors: FRS_E_ARG a name that is empty or there twice, no data, a dimension
 * below 1. */
frs_status frs_arrays_borrow(frs_ctx *ctx, int64_t n, const frs_array *arrays, int n_arrays,
                             frs_arrays *a);
/* Names of the classes 0..n-1, copied. FRS_E_ARG: a name over 63 bytes. */
frs_status frs_arrays_set_classes(frs_ctx *ctx, frs_arrays *a, const char *const *names, int n);
void frs_arrays_free(frs_ctx *ctx, frs_arrays *a);
int frs_arrays_find(const frs_arrays *a, const char *name); /* -1: none is called so */
const float *frs_arrays_get(const frs_arrays *a, int array, int64_t sample); /* [shape] */

/* The samples index[0..n) of a set (a sample may come twice), over the same data: `from` must
 * outlive it. errors: FRS_E_ARG an index out of range. */
frs_status frs_arrays_subset(frs_ctx *ctx, const frs_arrays *from, const int64_t *index, int64_t n,
                             frs_arrays *a);
/* How a set is cut in two, always in the same way: the first samples and the others, or all but one
 * of `folds` equal parts and that one; in the set's order or in one that the seed gives. Files
 * sorted by class want the latter. */
typedef struct frs_cut {
    int64_t first;       /* samples of part a; not looked at with folds */
    int64_t fold, folds; /* part b is fold 0..folds-1; folds 0: none */
    bool shuffled;
    uint64_t seed;
} frs_cut;
/* Either part may be empty. `from` must outlive both. errors: FRS_E_ARG. */
frs_status frs_arrays_split(frs_ctx *ctx, const frs_arrays *from, const frs_cut *cut, frs_arrays *a,
                            frs_arrays *b);

/* ---- files: docs/images.md says which, and how they are found. */
typedef struct frs_arrays_opts {
    const char *format; /* NULL: by looking; "idx", "mnist_json", "images" */
    const char *part;   /* of several in a folder of IDX files; NULL: the only one, else "train" */
    int64_t height, width; /* images of a folder are brought to that; 0: that of the first image */
    int channels;          /* of images of a folder: 1 grey or 3; 0: 3 */
    bool raw;              /* bytes as 0..255; else as 0..1 */
} frs_arrays_opts;
const char *frs_arrays_format(int64_t i); /* names of the formats; NULL behind the last */
/* All of a data set in memory: images "x" [H, W, C] and, where the classes are known, "y".
 * errors: FRS_E_FORMAT, FRS_E_IO, FRS_E_NODATA; FRS_E_INPUT sizes that do not go together;
 * FRS_E_UNSUPPORTED built without the library of the format. The file is named. */
frs_status frs_arrays_open(frs_ctx *ctx, const char *path, const frs_arrays_opts *o, frs_arrays *a);

/* ---- into a plan */

/* Small changes of an image [H, W, C], each drawn uniformly from its limits, other ones for every
 * sample and epoch; 0: none of the kind. About the image's middle, between pixels bilinear; what
 * comes from outside is `outside`, or the pixel at the edge. A NaN spreads to the pixels that it
 * has a share in. */
typedef struct frs_augment {
    double shift;      /* of height and of width: at most that share, 0..1 */
    double rotate_deg; /* 0..180 */
    double scale;      /* larger or smaller by that share, 0..0.9 */
    double shear_deg;  /* of the vertical, 0..80 */
    double flip;       /* left for right: probability, 0..1 */
    float outside;
    bool repeat_edge;
} frs_augment;
typedef struct frs_feed_opts {
    bool inputs_only; /* without targets, for a plan that has none */
    int64_t steps;    /* of the plans; 0: T of the first input [T, F], else 1 */
    const frs_augment *augment;
    /* The arrays that change, those of one size alike (an image and the map of its classes); 0:
     * every input [H, W, C]. */
    const char *const *augmented;
    int n_augmented;
    uint64_t seed; /* of the changes: they are a function of seed, epoch and sample */
} frs_feed_opts;
/* Batches for frs_train, or for any plan, by frs_batches.feed. A class goes into an input [B] as
 * its number, into one of [B, n_classes] as 1 in its place. float32 models. Over threads, the same
 * bits for any number of them; allocates nothing after frs_feed_new.
 * errors: FRS_E_ARG limits out of range, a name that is no image's; a class that has no name. */
typedef struct frs_feed frs_feed;
/* `a` must outlive the feed; options are copied. */
frs_status frs_feed_new(frs_ctx *ctx, const frs_arrays *a, const frs_feed_opts *o, frs_feed **f);
frs_batches frs_feed_batches(frs_feed *f); /* borrows the feed */
void frs_feed_free(frs_feed *f);

#ifdef __cplusplus
}
#endif
#endif
