/* Normal equations of ridge regression, in double. Every element of the Gram matrix is summed by
 * one body in the samples' order, so the bits do not depend on the number of threads. */
#include "forecaster/ridge.h"
#include <math.h>
#include <string.h>

enum { TILE = 8, ROWS = 4 };

frs_status frs__ridge_sums_new(frs_ctx *ctx, int64_t p, int64_t n_leads, ridge_sums *s) {
    *s = (ridge_sums){.p = p, .n_leads = n_leads};
    s->gram = frs__alloc(ctx, p * p, sizeof(double));
    s->right = frs__alloc(ctx, n_leads * p, sizeof(double));
    s->squares = frs__alloc(ctx, n_leads, sizeof(double));
    return s->gram && s->right && s->squares ? FRS_OK : FRS_E_NOMEM;
}

void frs__ridge_sums_free(frs_ctx *ctx, ridge_sums *s) {
    frs__free(ctx, s->gram);
    frs__free(ctx, s->right);
    frs__free(ctx, s->squares);
    *s = (ridge_sums){0};
}

typedef struct add_arg {
    ridge_sums *s;
    const float *z, *y;
    int64_t n;
} add_arg;

/* gram[i..i+rows)[j..j+cols) += sum over samples; whole tiles have constant loops. */
static void tile(const add_arg *a, int64_t i, int64_t j, int64_t rows, int64_t cols) {
    const int64_t p = a->s->p;
    double sum[ROWS][TILE] = {{0}};
    for (int64_t k = 0; k < a->n; k++) {
        const float *z = a->z + k * p;
        double right[TILE] = {0};
        if (cols == TILE)
            for (int c = 0; c < TILE; c++) right[c] = z[j + c];
        else
            for (int64_t c = 0; c < cols; c++) right[c] = z[j + c];
        for (int64_t r = 0; r < rows; r++) {
            const double left = z[i + r];
            for (int c = 0; c < TILE; c++) sum[r][c] += left * right[c];
        }
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) a->s->gram[(i + r) * p + j + c] += sum[r][c];
}

/* One block: ROWS rows of the Gram matrix from the diagonal on, and of the right-hand sides. */
static void add_rows(void *arg, int64_t block, int worker) {
    (void)worker;
    const add_arg *a = arg;
    const int64_t p = a->s->p, i = block * ROWS, rows = p - i < ROWS ? p - i : ROWS;
    for (int64_t j = i; j < p; j += TILE) tile(a, i, j, rows, p - j < TILE ? p - j : TILE);
    for (int64_t l = 0; l < a->s->n_leads; l++)
        for (int64_t r = i; r < i + rows; r++) {
            double sum = 0;
            for (int64_t k = 0; k < a->n; k++)
                sum += (double)a->z[k * p + r] * a->y[k * a->s->n_leads + l];
            a->s->right[l * p + r] += sum;
        }
}

void frs__ridge_sums_add(frs_ctx *ctx, ridge_sums *s, const float *z, const float *y, int64_t n) {
    add_arg a = {s, z, y, n};
    frs__parallel(ctx, (s->p + ROWS - 1) / ROWS, add_rows, &a);
    for (int64_t l = 0; l < s->n_leads; l++)
        for (int64_t k = 0; k < n; k++)
            s->squares[l] += (double)y[k * s->n_leads + l] * y[k * s->n_leads + l];
    s->n += n;
}

void frs__ridge_sums_merge(ridge_sums *s, const ridge_sums *from) {
    for (int64_t i = 0; i < s->p * s->p; i++) s->gram[i] += from->gram[i];
    for (int64_t i = 0; i < s->n_leads * s->p; i++) s->right[i] += from->right[i];
    for (int64_t i = 0; i < s->n_leads; i++) s->squares[i] += from->squares[i];
    s->n += from->n;
}

/* ---- Cholesky factorisation G + penalty D = U'U, in place in the upper triangle */

typedef struct factor_arg {
    double *a;
    int64_t p, k, from; /* pivot rows k .. from - 1 */
} factor_arg;

enum { PIVOTS = 32, UPDATE_ROWS = 8 };

/* Subtracts what the pivot rows explain from a few rows behind them. */
static void update_rows(void *arg, int64_t block, int worker) {
    (void)worker;
    const factor_arg *f = arg;
    const int64_t first = f->from + block * UPDATE_ROWS;
    for (int64_t i = first; i < first + UPDATE_ROWS && i < f->p; i++)
        for (int64_t q = f->k; q < f->from; q++) {
            const double *restrict row = f->a + q * f->p;
            double *restrict to = f->a + i * f->p;
            const double m = row[i];
            for (int64_t j = i; j < f->p; j++) to[j] -= m * row[j];
        }
}

/* Rows k .. end - 1, each freed of those before it and divided by its pivot's root. */
static bool factor_rows(double *a, int64_t p, int64_t k, int64_t end) {
    for (int64_t i = k; i < end; i++) {
        double *to = a + i * p;
        for (int64_t q = k; q < i; q++) {
            const double *row = a + q * p, m = row[i];
            for (int64_t j = i; j < p; j++) to[j] -= m * row[j];
        }
        if (!(to[i] > 0)) return false;
        const double root = 1 / sqrt(to[i]);
        for (int64_t j = i; j < p; j++) to[j] *= root;
    }
    return true;
}

static bool factor(frs_ctx *ctx, double *a, int64_t p) {
    for (int64_t k = 0; k < p; k += PIVOTS) {
        factor_arg f = {a, p, k, k + PIVOTS < p ? k + PIVOTS : p};
        if (!factor_rows(a, p, k, f.from)) return false;
        frs__parallel(ctx, (p - f.from + UPDATE_ROWS - 1) / UPDATE_ROWS, update_rows, &f);
    }
    return true;
}

static void substitute(const double *u, int64_t p, double *b) {
    for (int64_t i = 0; i < p; i++) {
        b[i] /= u[i * p + i];
        for (int64_t j = i + 1; j < p; j++) b[j] -= u[i * p + j] * b[i];
    }
    for (int64_t i = p - 1; i >= 0; i--) {
        for (int64_t j = i + 1; j < p; j++) b[i] -= u[i * p + j] * b[j];
        b[i] /= u[i * p + i];
    }
}

bool frs__ridge_solve(frs_ctx *ctx, const ridge_sums *s, double penalty, double *coef,
                      double *work) {
    const int64_t p = s->p;
    const double n = (double)s->n;
    memcpy(work, s->gram, sizeof *work * (size_t)(p * p));
    for (int64_t i = 1; i < p; i++) {
        const double mean = s->gram[i] / n; /* feature 0 is 1 */
        const double spread = s->gram[i * p + i] - n * mean * mean;
        /* A feature that never changes says nothing: its coefficient is held at 0. */
        const bool constant = !(spread > 1e-9 * s->gram[i * p + i]);
        work[i * p + i] += constant ? n + s->gram[i * p + i] * 1e6 : penalty * spread;
    }
    if (!factor(ctx, work, p)) return false;
    memcpy(coef, s->right, sizeof *coef * (size_t)(s->n_leads * p));
    for (int64_t l = 0; l < s->n_leads; l++) substitute(work, p, coef + l * p);
    return true;
}

double frs__ridge_error(const ridge_sums *s, const double *coef) {
    const int64_t p = s->p;
    double all = 0;
    for (int64_t l = 0; l < s->n_leads; l++) {
        const double *b = coef + l * p;
        double e = s->squares[l];
        for (int64_t i = 0; i < p; i++) {
            double row = s->gram[i * p + i] * b[i];
            for (int64_t j = i + 1; j < p; j++) row += 2 * s->gram[i * p + j] * b[j];
            e += b[i] * (row - 2 * s->right[l * p + i]);
        }
        all += e;
    }
    return all / ((double)s->n * (double)s->n_leads);
}
