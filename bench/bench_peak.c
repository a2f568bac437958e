/* What this machine can do: a product 2048 x 2048 x 2048 by oneDNN's sgemm on all its threads.
 * Prints GF/s, the median of 9.  bench_peak THREADS */
#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

extern void omp_set_num_threads(int n);

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
    enum { N = 2048, REPEATS = 9 };
    float *m = malloc(3 * sizeof(float) * N * N);
    double s[REPEATS + 1];
    if (!m) return 1;
    for (int i = 0; i < 3 * N * N; i++) m[i] = (float)(i % 13) / 13;
    omp_set_num_threads(argc > 1 ? atoi(argv[1]) : 1);
    for (int i = 0; i <= REPEATS; i++) {
        const double start = frs__now_s();
        if (dnnl_sgemm('N', 'N', N, N, N, 1, m, N, m + N * N, N, 0, m + 2 * N * N, N)) return 1;
        s[i] = frs__now_s() - start;
    }
    qsort(s + 1, REPEATS, sizeof *s, ascending);
    printf("%.1f\n", 2e-9 * N * N * N / s[1 + REPEATS / 2]);
    free(m);
    return 0;
}
