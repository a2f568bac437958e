/* Peaks of a series by the rules of scipy.signal.find_peaks, so that peak scores agree with
 * NeuralHydrology's.
 * source: Virtanen et al. (2020), doi:10.1038/s41592-019-0686-2 */
#include "verify/series.h"
#include "verify/sort.h"
#include <math.h>

/* Tops higher than both neighbours, at the middle of a flat one; an end of the record is none. */
static int64_t find_tops(const float *x, int64_t n, int64_t *top) {
    int64_t n_tops = 0;
    for (int64_t i = 1; i < n - 1; i++) {
        if (!(x[i - 1] < x[i])) continue;
        const int64_t first = i;
        while (i + 1 < n - 1 && x[i + 1] == x[i]) i++;
        if (x[i + 1] < x[i]) top[n_tops++] = (first + i) / 2;
    }
    return n_tops;
}

static int64_t keep_high(const float *x, double min_height, int64_t *top, int64_t n) {
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        if (x[top[i]] >= min_height) top[kept++] = top[i];
    return kept;
}

/* From the highest down: each that still stands removes all nearer than `distance`. */
static frs_status keep_apart(frs_ctx *ctx, const float *x, int64_t distance, int64_t *top,
                             int64_t *n) {
    uint64_t *a = frs__alloc(ctx, 2 * *n, sizeof *a);
    bool *gone = frs__alloc(ctx, *n, sizeof *gone);
    const bool ready = a && gone;
    for (int64_t i = 0; ready && i < *n; i++)
        a[i] = (uint64_t)frs__float_key(x[top[i]]) << 32 | (uint64_t)i;
    const uint64_t *by_height = ready ? frs__radix_sort(a, a + *n, *n) : NULL;
    for (int64_t k = *n - 1; ready && k >= 0; k--) {
        const int64_t i = (int64_t)(by_height[k] & UINT32_MAX);
        if (gone[i]) continue;
        for (int64_t j = i - 1; j >= 0 && top[i] - top[j] < distance; j--) gone[j] = true;
        for (int64_t j = i + 1; j < *n && top[j] - top[i] < distance; j++) gone[j] = true;
    }
    int64_t kept = 0;
    for (int64_t i = 0; ready && i < *n; i++)
        if (!gone[i]) top[kept++] = top[i];
    *n = kept;
    frs__free(ctx, a);
    frs__free(ctx, gone);
    return ready ? FRS_OK : FRS_E_NOMEM;
}

/* Height above the higher of the two saddles that part the peak from higher ground (or from the end
 * of the record) on either side. */
static double prominence(const float *x, int64_t n, int64_t top) {
    float left = x[top], right = x[top];
    for (int64_t i = top - 1; i >= 0 && x[i] <= x[top]; i--)
        if (x[i] < left) left = x[i];
    for (int64_t i = top + 1; i < n && x[i] <= x[top]; i++)
        if (x[i] < right) right = x[i];
    return (double)x[top] - (double)(left > right ? left : right);
}

static int64_t keep_prominent(const float *x, int64_t n, double least, int64_t *top,
                              int64_t n_tops) {
    if (least == -INFINITY) return n_tops;
    int64_t kept = 0;
    for (int64_t i = 0; i < n_tops; i++)
        if (prominence(x, n, top[i]) >= least) top[kept++] = top[i];
    return kept;
}

frs_status frs__peaks_find(frs_ctx *ctx, const float *x, int64_t n, frs__peak_opts o,
                           int64_t **peaks, int64_t *n_peaks) {
    *n_peaks = 0;
    *peaks = frs__alloc(ctx, n / 2 + 1, sizeof **peaks);
    if (!*peaks) return FRS_E_NOMEM;
    int64_t k = keep_high(x, o.min_height, *peaks, find_tops(x, n, *peaks));
    const frs_status s = keep_apart(ctx, x, o.distance, *peaks, &k);
    if (s == FRS_OK)
        *n_peaks = keep_prominent(x, n, o.min_prominence, *peaks, k);
    else
        frs__free(ctx, *peaks), *peaks = NULL;
    return s;
}

bool frs__window_whole(const frs__joint *j, int64_t i, int64_t w) {
    return i - w >= 0 && i + w < j->n && j->at[i + w] - j->at[i - w] == 2 * w;
}

int64_t frs__half_day(const frs_score_series *d, int64_t least) {
    const double half = d->steps_per_day / 2;
    if (half >= (double)d->n) return d->n > least ? d->n : least; /* no window is whole anyway */
    return half > (double)least ? (int64_t)half : least;
}

static double deviation(const float *x, int64_t n) {
    double sum = 0, sq = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i];
    const double mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++) sq += (x[i] - mean) * (x[i] - mean);
    return sqrt(sq / (double)n);
}

frs_status frs__observed_peaks(frs_ctx *ctx, const frs__joint *j, int64_t **peaks,
                               int64_t *n_peaks) {
    const frs__peak_opts o = {
        .distance = 100, .min_height = -INFINITY, .min_prominence = deviation(j->obs, j->n)};
    return frs__peaks_find(ctx, j->obs, j->n, o, peaks, n_peaks);
}
