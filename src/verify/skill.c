/* Mean-squared-error skill score against a reference forecast: 1 - mse / mse_ref.
 * source: Murphy (1988), doi:10.1175/1520-0493(1988)116<2417:SSBOTM>2.0.CO;2 */
#include "verify/score.h"
#include <math.h>

frs_status frs_skill(const float *sim, const float *ref, const float *obs, int64_t n,
                     double *skill) {
    double sq = 0, sq_ref = 0;
    int64_t pairs = 0;
    for (int64_t i = 0; i < n; i++) {
        if (isnan(sim[i]) || isnan(ref[i]) || isnan(obs[i])) continue;
        const double e = (double)sim[i] - (double)obs[i], e_ref = (double)ref[i] - (double)obs[i];
        sq += e * e;
        sq_ref += e_ref * e_ref;
        pairs++;
    }
    return frs__score_end(pairs, 1 - sq / sq_ref, skill);
}
