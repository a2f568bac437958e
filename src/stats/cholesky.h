/* Least squares by the normal equations: a small symmetric positive definite system. */
#ifndef FRS_STATS_CHOLESKY_H
#define FRS_STATS_CHOLESKY_H
#include <stdbool.h>
#include <stdint.h>
/* a [n][n], its lower triangle, becomes the factor L of a = L L'; false: not positive definite. */
bool frs__cholesky(double *a, int64_t n);
/* b becomes L^-1 b, then (the second) L'^-1 b: both solve a x = b. */
void frs__forward(const double *l, int64_t n, double *b);
void frs__backward(const double *l, int64_t n, double *b);
#endif
