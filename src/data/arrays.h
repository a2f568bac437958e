/* Shared by the readers of arrays and by what feeds them. */
#ifndef FRS_DATA_ARRAYS_H
#define FRS_DATA_ARRAYS_H
#include "base/base.h"
#include "freshet/arrays.h"

enum { FRS__MAX_CLASSES = 4096 };

/* Elements of one sample; -1: a dimension below 1, a rank that leaves no axis for the batch, or
 * more than memory has bytes for. */
int64_t frs__sample_count(frs_shape s);
/* As frs_arrays_borrow, over zeroed memory of its own (frs__own). */
frs_status frs__arrays_new(frs_ctx *ctx, int64_t n, const frs_array *arrays, int n_arrays,
                           frs_arrays *a);
/* An array's own memory, to be filled. */
float *frs__own(const frs_arrays *a, int array);

/* ---- augment.c: from where in an image [H, W] a pixel comes, both counted from the middle:
 * x = xx x' + xy y' + x0,  y = yx x' + yy y' + y0 */
typedef struct frs__affine {
    double xx, xy, x0, yx, yy, y0;
} frs__affine;
frs_status frs__augment_check(frs_ctx *ctx, const frs_augment *a);
/* The change of one sample in one epoch, for an image of that size. */
frs__affine frs__augment_draw(const frs_augment *a, frs_rng epoch, int64_t sample, frs_shape image);
void frs__augment_image(const frs_augment *a, const frs__affine *t, frs_shape image,
                        const float *from, float *to);
#endif
