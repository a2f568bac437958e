/* Small changes of an image: turned, sheared, scaled, shifted, mirrored, between pixels bilinear.
 * A point p of the image (x to the right, y down, from the middle) goes to
 *     p' = R(angle) [1 tan(shear); 0 1] scale F p + t,   F = diag(-1, 1) where mirrored;
 * each pixel p' of the result is looked up at the p that goes there. */
#include "data/arrays.h"
#include <math.h>
#include <string.h>

#define RADIANS 0.017453292519943295769 /* a degree */

/* Which of a sample's random numbers is for what. */
enum { SHIFT_X, SHIFT_Y, ANGLE, SCALE, SHEAR, FLIP, N_DRAWS };

frs_status frs__augment_check(frs_ctx *ctx, const frs_augment *a) {
    const struct {
        const char *name;
        double value, most;
    } limits[] = {{"shift", a->shift, 1},
                  {"rotate_deg", a->rotate_deg, 180},
                  {"scale", a->scale, 0.9},
                  {"shear_deg", a->shear_deg, 80},
                  {"flip", a->flip, 1}};
    for (int64_t i = 0; i < FRS_LEN(limits); i++)
        if (!(limits[i].value >= 0 && limits[i].value <= limits[i].most))
            return frs__fail(ctx, FRS_E_ARG, _("augmentation: %s is %g; expected 0 to %g"),
                             limits[i].name, limits[i].value, limits[i].most);
    return FRS_OK;
}

frs__affine frs__augment_draw(const frs_augment *a, frs_rng epoch, int64_t sample,
                              frs_shape image) {
    double u[N_DRAWS]; /* in [-1, 1) */
    for (int k = 0; k < N_DRAWS; k++)
        u[k] = 2 * frs__rng_uniform(epoch, (uint64_t)sample * N_DRAWS + (uint64_t)k) - 1;
    const double angle = a->rotate_deg * RADIANS * u[ANGLE], c = cos(angle), s = sin(angle);
    const double shear = tan(a->shear_deg * RADIANS * u[SHEAR]), scale = 1 + a->scale * u[SCALE];
    const double mirror = (u[FLIP] + 1) / 2 < a->flip ? -1 : 1;
    const double tx = a->shift * u[SHIFT_X] * (double)image.dim[1],
                 ty = a->shift * u[SHIFT_Y] * (double)image.dim[0];
    /* F [1 -tan(shear); 0 1] R(-angle) / scale */
    frs__affine t = {.xx = mirror * (c + shear * s) / scale,
                     .xy = mirror * (s - shear * c) / scale,
                     .yx = -s / scale,
                     .yy = c / scale};
    t.x0 = -(t.xx * tx + t.xy * ty);
    t.y0 = -(t.yx * tx + t.yy * ty);
    return t;
}

/* The four pixels around a place and the shares they have in it. */
typedef struct around {
    const float *pixel[4]; /* NULL: outside */
    float share[4];
} around;

/* x and y are within some image sizes of the image, so the casts are safe. */
static void look_around(const frs_augment *a, const float *image, frs_shape shape, double x,
                        double y, around *out) {
    const int64_t H = shape.dim[0], W = shape.dim[1], C = shape.dim[2];
    if (a->repeat_edge) {
        x = fmin(fmax(x, 0), (double)(W - 1));
        y = fmin(fmax(y, 0), (double)(H - 1));
    }
    const double left = floor(x), top = floor(y), fx = x - left, fy = y - top;
    for (int k = 0; k < 4; k++) {
        const int right = k & 1, below = k >> 1;
        const int64_t j = (int64_t)left + right, i = (int64_t)top + below;
        out->share[k] = (float)((right ? fx : 1 - fx) * (below ? fy : 1 - fy));
        out->pixel[k] = i < 0 || i >= H || j < 0 || j >= W ? NULL : image + (i * W + j) * C;
    }
}

/* A pixel without a share does not count: it may be NaN. */
static float blend(const around *p, int64_t channel, float outside) {
    float sum = 0;
    for (int k = 0; k < 4; k++)
        if (p->share[k] > 0) sum += p->share[k] * (p->pixel[k] ? p->pixel[k][channel] : outside);
    return sum;
}

void frs__augment_image(const frs_augment *a, const frs__affine *t, frs_shape image,
                        const float *from, float *to) {
    const int64_t H = image.dim[0], W = image.dim[1], C = image.dim[2];
    const double middle_x = (double)(W - 1) / 2, middle_y = (double)(H - 1) / 2;
    around p;
    for (int64_t i = 0; i < H; i++) {
        const double y = (double)i - middle_y;
        for (int64_t j = 0; j < W; j++) {
            const double x = (double)j - middle_x;
            look_around(a, from, image, t->xx * x + t->xy * y + t->x0 + middle_x,
                        t->yx * x + t->yy * y + t->y0 + middle_y, &p);
            for (int64_t c = 0; c < C; c++) *to++ = blend(&p, c, a->outside);
        }
    }
}
