/* Box-Cox transformation, (x^lambda - 1) / lambda or ln x, with the lambda of greatest likelihood:
 *     L = (lambda - 1) sum ln x - n / 2 ln(variance of x^lambda / lambda)
 * source: Box & Cox (1964), doi:10.1111/j.2517-6161.1964.tb00553.x; search: Brent (1973), ch. 5 */
#include "stats/stats.h"
#include <math.h>

static const double least = -5, most = 5, golden = 0.3819660112501051;

typedef struct logs {
    const double *v;
    int64_t n;
    double sum;
} logs;

static double likelihood(const logs *l, double lambda) {
    const double n = (double)l->n;
    double mean = 0, m2 = 0;
    for (int64_t i = 0; i < l->n; i++) { /* Welford: large powers do not cancel */
        const double y = fabs(lambda) < 1e-12 ? l->v[i] : exp(lambda * l->v[i]) / lambda;
        const double d = y - mean;
        mean += d / (double)(i + 1);
        m2 += d * (y - mean);
    }
    return (lambda - 1) * l->sum - n / 2 * log(m2 / n);
}

/* Brent's minimiser of -L: parabolas where they help, golden sections elsewhere. */
static double maximise(const logs *l) {
    double a = least, b = most, x = a + golden * (b - a), w = x, v = x, e = 0, d = 0;
    double fx = -likelihood(l, x), fw = fx, fv = fx;
    for (int i = 0; i < 100; i++) {
        const double m = 0.5 * (a + b), tol = 1e-9 * fabs(x) + 1e-10;
        if (fabs(x - m) <= 2 * tol - 0.5 * (b - a)) break;
        double p = (x - v) * (x - v) * (fx - fw) - (x - w) * (x - w) * (fx - fv);
        double q = 2 * ((x - v) * (fx - fw) - (x - w) * (fx - fv));
        if (q > 0) p = -p;
        q = fabs(q);
        const double before = e;
        e = d;
        if (fabs(p) < fabs(0.5 * q * before) && p > q * (a - x) && p < q * (b - x))
            d = p / q;
        else {
            e = x < m ? b - x : a - x;
            d = golden * e;
        }
        const double u = x + (fabs(d) >= tol ? d : d > 0 ? tol : -tol), fu = -likelihood(l, u);
        if (fu <= fx) {
            if (u < x)
                b = x;
            else
                a = x;
            v = w, fv = fw, w = x, fw = fx, x = u, fx = fu;
        } else {
            if (u < x)
                a = u;
            else
                b = u;
            if (fu <= fw || w == x)
                v = w, fv = fw, w = u, fw = fu;
            else if (fu <= fv || v == x || v == w)
                v = u, fv = fu;
        }
    }
    return x;
}

frs_status frs_box_cox(frs_ctx *ctx, const double *x, int64_t n, frs_boxcox *b) {
    double *v = NULL;
    int64_t all, m = 0;
    *b = (frs_boxcox){.lambda = NAN, .log_likelihood = NAN};
    FRS_TRY(frs__present(ctx, x, n, false, &v, &all));
    logs l = {.v = v};
    bool constant = true;
    for (int64_t i = 0; i < all; i++)
        if (v[i] > 0) {
            v[m] = log(v[i]);
            constant &= v[m] == v[0];
            l.sum += v[m++];
        }
    l.n = b->n = m;
    b->n_not_positive = all - m;
    if (m >= 3 && !constant) {
        b->lambda = maximise(&l);
        b->log_likelihood = likelihood(&l, b->lambda);
    }
    frs__free(ctx, v);
    if (m < 3) return frs__fail(ctx, FRS_E_NODATA, _("Box-Cox: fewer than 3 positive values"));
    return constant ? frs__fail(ctx, FRS_E_UNDEFINED, _("Box-Cox: all values are equal")) : FRS_OK;
}
