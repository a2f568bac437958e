/* Filling gaps in the inputs from what is known at a time. A value between two readings is known
 * only once the second has been made, so until then the first stands in: what a forecaster on that
 * day would have had. */
#include "data/data.h"
#include <math.h>

float frs__gap_value(const frs__gappy *g, int64_t row, int64_t known) {
    const int64_t stride = g->stride, last = known < g->n - 1 ? known : g->n - 1;
    int64_t before = row - 1, after = row + 1;
    if (row > last) return NAN;
    while (before >= 0 && row - before <= g->max_gap && isnan(g->v[before * stride])) before--;
    if (before < 0 || isnan(g->v[before * stride])) return NAN;
    while (after <= last && after - before <= g->max_gap && isnan(g->v[after * stride])) after++;
    if (after - before - 1 > g->max_gap) return NAN;
    const float from = g->v[before * stride];
    if (after > last) return from; /* not ended yet */
    const float to = g->v[after * stride];
    return from + (to - from) * (float)(row - before) / (float)(after - before);
}
