/* Learning rates that change from epoch to epoch (freshet/trainer.h). */
#include "freshet/trainer.h"
#include <math.h>

double frs_rate_cosine(int64_t epoch, int64_t epochs) {
    return 0.5 * (1 + cos(3.14159265358979323846 * (double)epoch / (double)epochs));
}

double frs_rate_plateau(const frs_history *h, double factor, int64_t patience) {
    double rate = 1, best = INFINITY;
    int64_t bad = 0;
    for (int64_t i = 0; i < h->n; i++) {
        const double loss = h->items[i].validation_loss;
        if (isnan(loss)) continue;
        if (loss < best * (1 - 1e-4)) {
            best = loss;
            bad = 0;
        } else if (++bad > patience) {
            rate *= factor;
            bad = 0;
        }
    }
    return rate;
}
