/* Student's t: the regularised incomplete beta function by its continued fraction.
 *     P(|T| > t) = I_x(v / 2, 1 / 2), x = v / (v + t^2)
 * source: DLMF 8.17.22, https://dlmf.nist.gov/8.17; evaluated as Lentz (1976),
 * doi:10.1364/AO.15.000668 */
#include "verify/student.h"
#include <math.h>

static double not_zero(double v) {
    return fabs(v) < 1e-300 ? 1e-300 : v;
}

/* x below (a + 1) / (a + b + 2), where it converges fast. */
static double fraction(double x, double a, double b) {
    double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), f = d;
    for (int m = 1; m < 1000; m++) {
        const double k = m, even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k)),
                     odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
        d = 1 / not_zero(1 + even * d);
        c = not_zero(1 + even / c);
        f *= d * c;
        d = 1 / not_zero(1 + odd * d);
        c = not_zero(1 + odd / c);
        f *= d * c;
        if (fabs(d * c - 1) < 1e-16) break;
    }
    return f;
}

static double beta(double x, double y, double a, double b) {
    if (!(x > 0) || !(y > 0)) return x > 0 ? 1 : 0;
    const double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y));
    return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a
                                     : 1 - front * fraction(y, b, a) / b;
}

double frs__student_p(double t, double freedom) {
    const double sq = t * t;
    return beta(freedom / (freedom + sq), sq / (freedom + sq), freedom / 2, 0.5);
}
