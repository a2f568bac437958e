/* Special functions. */
#include "stats/stats.h"
#include <float.h>
#include <math.h>

double frs__normal_cdf(double z) {
    return 0.5 * erfc(-z * M_SQRT1_2);
}

static double polynomial(const double *c, int n, double x) {
    double v = c[n - 1];
    for (int i = n - 2; i >= 0; i--) v = v * x + c[i];
    return v;
}

/* source: Wichura (1988), AS 241, doi:10.2307/2347330 */
double frs__normal_quantile(double p) {
    static const double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                               1.9715909503065514427e+3, 1.3731693765509461125e+4,
                               4.5921953931549871457e+4, 6.7265770927008700853e+4,
                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[] = {1,
                               4.2313330701600911252e+1,
                               6.8718700749205790830e+2,
                               5.3941960214247511077e+3,
                               2.1213794301586595867e+4,
                               3.9307895800092710610e+4,
                               2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    if (!(p > 0)) return p == 0 ? -INFINITY : NAN;
    if (!(p < 1)) return p == 1 ? INFINITY : NAN;
    const double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(a, 8, r) / polynomial(b, 8, r);
    }
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    r = r <= 5 ? polynomial(c, 8, r - 1.6) / polynomial(d, 8, r - 1.6)
               : polynomial(e, 8, r - 5) / polynomial(f, 8, r - 5);
    return q < 0 ? -r : r;
}

double frs__log_gamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

/* Recurrence up to 10, then the asymptotic series. source: Abramowitz & Stegun (1964), 6.3.18 */
double frs__digamma(double x) {
    double v = 0;
    for (; x < 10; x++) v -= 1 / x;
    const double r = 1 / (x * x);
    static const double c[] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132};
    return v + log(x) - 0.5 / x - r * polynomial(c, 5, r);
}

/* By its series below a + 1, by the continued fraction of the upper one above.
 * source: Gautschi (1979), doi:10.1145/355853.355863 */
static double lower_p(double a, double x, double log_gamma) {
    if (!(x > 0)) return 0;
    const double scale = exp(a * log(x) - x - log_gamma);
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (double k = a + 1; term > sum * DBL_EPSILON; k++) {
            term *= x / k;
            sum += term;
        }
        return sum * scale;
    }
    double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
    for (int i = 1; i < 100000; i++) { /* modified Lentz */
        const double an = -i * (i - a);
        b += 2;
        d = an * d + b;
        if (fabs(d) < 1e-300) d = 1e-300;
        c = b + an / c;
        if (fabs(c) < 1e-300) c = 1e-300;
        d = 1 / d;
        h *= d * c;
        if (fabs(d * c - 1) < 4 * DBL_EPSILON) break;
    }
    return 1 - scale * h;
}

double frs__gamma_p(double a, double x) {
    return lower_p(a, x, frs__log_gamma(a));
}

/* Halley's method, whose error falls with its cube, from Wilson & Hilferty's (1931) normal
 * approximation, or from the power law near 0. */
double frs__gamma_quantile(double a, double p) {
    if (!(p > 0)) return 0;
    if (!(p < 1)) return INFINITY;
    const double t = 1 - 1 / (9 * a) + frs__normal_quantile(p) / (3 * sqrt(a));
    double x = a * t * t * t;
    const double lg = frs__log_gamma(a), small = exp((log(p) + lg + log(a)) / a);
    if (!(t > 0.2) || a < 0.3) x = small;
    if (!(x > 0)) return 0; /* below the smallest number */
    for (int i = 0; i < 60; i++) {
        const double density = exp((a - 1) * log(x) - x - lg);
        const double u = (lower_p(a, x, lg) - p) / density;
        double step = u / (1 - 0.5 * fmin(1, u * ((a - 1) / x - 1)));
        if (!isfinite(step)) break;
        if (step >= x) step = 0.5 * x; /* stays above 0 */
        if (step < -2 * x - 1) step = -2 * x - 1;
        x -= step;
        if (fabs(step) <= 1e-5 * x) break;
    }
    return x;
}

double frs__root(double (*f)(const void *arg, double x), const void *arg, double a, double b) {
    double fa = f(arg, a), fb = f(arg, b);
    if (fa == 0) return a;
    if (fb == 0) return b;
    if (!(fa * fb < 0)) return NAN;
    /* Regula falsi with the weight of Illinois (Dowell & Jarratt 1971), bisecting when slow. */
    for (int i = 0; i < 200; i++) {
        double m = (i % 4 == 3) ? 0.5 * (a + b) : b - fb * (b - a) / (fb - fa);
        if (!(m > fmin(a, b) && m < fmax(a, b))) m = 0.5 * (a + b);
        const double fm = f(arg, m);
        if (fm == 0) return m;
        if (fm * fb < 0) {
            a = b;
            fa = fb;
        } else
            fa *= 0.5;
        b = m;
        fb = fm;
        if (fabs(b - a) <= 4 * DBL_EPSILON * (fabs(a) + fabs(b))) break;
    }
    return b;
}
