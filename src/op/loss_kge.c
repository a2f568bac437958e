/* 1 - KGE of all the values of a batch whose target is there:
 *     E = sqrt((r - 1)^2 + (alpha - 1)^2 + (beta - 1)^2)
 *     r = cov / (s_sim s_obs), alpha = s_sim / s_obs, beta = (m_sim + shift) / (m_obs + shift)
 * m means, s standard deviations, their squares raised by 1e-8 so that a constant simulation has a
 * gradient; shift undoes the standardisation. Source: Gupta et al. (2009),
 * doi:10.1016/j.jhydrol.2009.08.003.
 *
 * Inputs sim, obs of one shape. Fewer than 2 targets, a constant observation or a mean flow of 0:
 * 0 and no gradient. obs gets none. */
#include "op/elementwise.h"
#include "op/loss.h"
#include <math.h>

frs_kge_at frs__loss_kge(double n, frs_kge_sums s, double shift) {
    frs_kge_at e = {0};
    if (n < 2) return e;
    const double tiny = 1e-8;
    e.mean_sim = s.sim / n;
    e.mean_obs = s.obs / n;
    const double var_obs = s.obs2 / n - e.mean_obs * e.mean_obs;
    const double level = e.mean_obs + shift;
    if (!(var_obs > tiny) || !(fabs(level) > tiny)) return e;
    const double var_sim = fmax(s.sim2 / n - e.mean_sim * e.mean_sim, 0) + tiny;
    const double both = sqrt(var_sim * (var_obs + tiny));
    const double r = (s.cov / n - e.mean_sim * e.mean_obs) / both;
    const double alpha = sqrt(var_sim / (var_obs + tiny)), beta = (e.mean_sim + shift) / level;
    e.value = sqrt((r - 1) * (r - 1) + (alpha - 1) * (alpha - 1) + (beta - 1) * (beta - 1));
    if (!(e.value > 0)) return e;
    const double k = 1 / (e.value * n);
    e.c = k * (beta - 1) / level;
    e.of_obs = k * (r - 1) / both;
    e.of_sim = k * ((alpha - 1) / both - (r - 1) * r / var_sim);
    return e;
}

#ifdef FRS_OP_CASES
#define SHIFT                                                                                      \
    { [7] = 0x40 } /* 2 */
static const frs_op_case cases[] = {
    {.name = "kge",
     .n_in = 2,
     .in = {{2, {7, 3}}, {2, {7, 3}}},
     .attr = SHIFT,
     .lo = -1,
     .hi = 2,
     .no_grad = 2},
    {.name = "gaps",
     .n_in = 2,
     .in = {{2, {7, 3}}, {2, {7, 3}}},
     .attr = SHIFT,
     .lo = -1,
     .hi = 2,
     .no_grad = 2,
     .nan_share = 0.4,
     .nan_in = 1},
    {.name = "no target",
     .n_in = 2,
     .in = {{2, {7, 3}}, {2, {7, 3}}},
     .attr = SHIFT,
     .lo = -1,
     .hi = 2,
     .no_grad = 2,
     .nan_share = 1,
     .nan_in = 1},
    {.name = "one",
     .n_in = 2,
     .in = {{2, {1, 1}}, {2, {1, 1}}},
     .attr = SHIFT,
     .lo = -1,
     .hi = 2,
     .no_grad = 2},
    {.name = "empty",
     .n_in = 2,
     .in = {{2, {0, 3}}, {2, {0, 3}}},
     .attr = SHIFT,
     .lo = -1,
     .hi = 2,
     .no_grad = 2},
};
#endif

static frs_kge_at at(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]);
    frs_kge_sums sums = {0};
    double count = 0;
    for (int64_t i = 0; i < n; i++) {
        const double s = a->in[0][i], o = a->in[1][i];
        if (isnan(o)) continue;
        count += 1;
        sums.sim += s;
        sums.obs += o;
        sums.sim2 += s * s;
        sums.obs2 += o * o;
        sums.cov += s * o;
    }
    return frs__loss_kge(count, sums, ((const frs_kge_attr *)a->attr)->shift);
}

static void reference(const frs_ref_args *a) {
    a->out[0][0] = at(a).value;
}

/* ---- gradient: inputs sim, obs, dy */
static void grad_reference(const frs_ref_args *a) {
    const frs_kge_at e = at(a);
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) {
        const double s = a->in[0][i], o = a->in[1][i];
        const double slope = e.c + e.of_sim * (s - e.mean_sim) + e.of_obs * (o - e.mean_obs);
        a->out[0][i] = isnan(o) ? 0 : slope * a->in[2][0];
    }
}

const frs_op frs__loss_kge_grad_op = {.name = "loss_kge_grad",
                                      .n_in_min = 3,
                                      .n_in_max = 3,
                                      .n_out = 1,
                                      .n_main = 1,
                                      .shape = frs__shape_same,
                                      .reference = grad_reference};

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *in[] = {g->in[0], g->in[1], g->d_out[0]};
    g->d_in[0] = frs__op_add(g->b, &frs__loss_kge_grad_op, in, 3, g->attr, sizeof(frs_kge_attr));
    return FRS_OK;
}

const frs_op frs__loss_kge_op = {.name = "loss_kge",
                                 .n_in_min = 2,
                                 .n_in_max = 2,
                                 .n_out = 1,
                                 .n_main = 1,
                                 .shape = frs__shape_loss,
                                 .reference = reference,
                                 .gradient = gradient,
                                 FRS_CASES};

frs_tensor *frs_loss_kge(frs_builder *b, frs_tensor *sim, frs_tensor *obs, double shift) {
    const frs_kge_attr attr = {shift};
    frs_tensor *in[] = {sim, obs};
    if (!sim || !obs) return NULL;
    return frs__op_add(b, &frs__loss_kge_op, in, 2, &attr, sizeof attr);
}
