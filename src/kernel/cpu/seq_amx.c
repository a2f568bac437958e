#include "kernel/cpu/seq_amx.h"

#include <string.h>

#ifdef FRS_X86
#include <immintrin.h>

enum { ROWS = FRS_AMX_ROWS, K = FRS_AMX_K, TILE = ROWS * K };
typedef struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} tile_config;

/* Eight whole tiles. */
static const tile_config config = {.palette = 1,
                                   .bytes = {64, 64, 64, 64, 64, 64, 64, 64},
                                   .rows = {ROWS, ROWS, ROWS, ROWS, ROWS, ROWS, ROWS, ROWS}};

void frs__amx_begin(void) {
    _tile_loadconfig(&config);
}

void frs__amx_end(void) {
    _tile_release();
}

int64_t frs__amx_packed_count(int64_t rows, int64_t n) {
    return FRS_AMX_UP(rows, ROWS) * FRS_AMX_UP(n, K);
}

/* Round to nearest, ties to even. */
static frs_bf16 narrow(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    if ((u & 0x7fffffffU) > 0x7f800000U) return (frs_bf16)(u >> 16 | 64); /* stays a NaN */
    return (frs_bf16)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

void frs__amx_pack_row(const float *w, int64_t n, int64_t row, int64_t n_all, int64_t first_k,
                       frs_bf16 *packed) {
    const int64_t tiles = FRS_AMX_UP(n_all, K) / K;
    for (int64_t i = 0; i < n; i++) {
        const int64_t k = first_k + i;
        packed[((row / ROWS * tiles + k / K) * ROWS + row % ROWS) * K + k % K] = narrow(w[i]);
    }
}

/* Rows of two tiles by lanes of two: four sums; or fewer at the ends. */
static void product2(const frs_amx_product *p, int64_t r, bool two_rows) {
    const int64_t tiles = FRS_AMX_UP(p->n, K) / K, L = p->lanes;
    const frs_bf16 *a = p->packed + r * tiles * K, *b = p->pairs;
    const bool two = L > ROWS;
    if (p->start) {
        const int64_t n = p->start_lanes, right = n > ROWS ? ROWS : 0;
        const float *start = p->start + r * n;
        _tile_loadd(0, start, (int)n * 4);
        _tile_loadd(1, start + right, (int)n * 4);
        if (two_rows) {
            _tile_loadd(2, start + ROWS * n, (int)n * 4);
            _tile_loadd(3, start + ROWS * n + right, (int)n * 4);
        }
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (int64_t t = 0; t < tiles; t++, a += TILE, b += 2 * ROWS * L) {
        _tile_loadd(4, a, 64);
        _tile_loadd(6, b, (int)L * 4);
        _tile_dpbf16ps(0, 4, 6);
        if (two) {
            _tile_loadd(7, b + 2 * ROWS, (int)L * 4);
            _tile_dpbf16ps(1, 4, 7);
        }
        if (!two_rows) continue;
        _tile_loadd(5, a + tiles * TILE, 64);
        _tile_dpbf16ps(2, 5, 6);
        if (two) _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, p->out + r * L, (int)L * 4);
    if (two) _tile_stored(1, p->out + r * L + ROWS, (int)L * 4);
    if (!two_rows) return;
    _tile_stored(2, p->out + (r + ROWS) * L, (int)L * 4);
    if (two) _tile_stored(3, p->out + (r + ROWS) * L + ROWS, (int)L * 4);
}

void frs__amx_product(const frs_amx_product *p) {
    int64_t r = 0;
    for (; r + ROWS < p->rows; r += 2 * ROWS) product2(p, r, true);
    if (r < p->rows) product2(p, r, false);
}

static __m512i narrow16(const float *v) {
    return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(v)));
}

void frs__amx_narrow(const float *v, int64_t n, frs_bf16 *to) {
    for (int64_t i = 0; i < n; i += 16)
        _mm256_storeu_si256((__m256i *)(to + i),
                            (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(v + i)));
}

void frs__amx_widen(const frs_bf16 *v, int64_t n, float *to) {
    for (int64_t i = 0; i < n; i += 16) {
        const __m512i w = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(v + i)));
        _mm512_storeu_si512(to + i, _mm512_slli_epi32(w, 16));
    }
}

void frs__amx_pairs(const float *v, int64_t n, int64_t lanes, int64_t first, frs_bf16 *pairs) {
    frs_bf16 *to = pairs + first * lanes;
    for (int64_t k = 0; k < n; k += 2, to += 2 * lanes)
        for (int64_t l = 0; l < lanes; l += 16) {
            const __m512i low = narrow16(v + k * lanes + l);
            const __m512i high =
                k + 1 < n ? narrow16(v + (k + 1) * lanes + l) : _mm512_setzero_si512();
            _mm512_storeu_si512(to + 2 * l, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
        }
}

void frs__amx_rows(const float *v, int64_t n, int64_t lanes, frs_bf16 *to) {
    for (int64_t i = 0; i < n; i++, v += lanes, to += K) {
        const __m512 low = _mm512_loadu_ps(v);
        const __m512 high = lanes > 16 ? _mm512_loadu_ps(v + 16) : _mm512_setzero_ps();
        _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
}

/* 16 x 16 of 32 bits. */
static void transpose(__m512i r[16]) {
    __m512i t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4)
        for (int j = 0; j < 2; j++) {
            r[i + 2 * j] = _mm512_unpacklo_epi64(t[i + j], t[i + j + 2]);
            r[i + 2 * j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + j + 2]);
        }
    for (int i = 0; i < 16; i += 8)
        for (int j = 0; j < 4; j++) {
            t[i + j] = _mm512_shuffle_i32x4(r[i + j], r[i + j + 4], 0x88);
            t[i + j + 4] = _mm512_shuffle_i32x4(r[i + j], r[i + j + 4], 0xdd);
        }
    for (int j = 0; j < 8; j++) {
        r[j] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0x88);
        r[j + 8] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0xdd);
    }
}

void frs__amx_columns(const float *v, int64_t n, int64_t lanes, int64_t first, frs_bf16 *to) {
    to += first * K;
    for (int64_t k = 0; k < n; k += ROWS, to += TILE) {
        frs_bf16 rows[TILE] = {0};
        __m512i r[16];
        frs__amx_rows(v + k * lanes, n - k < ROWS ? n - k : ROWS, lanes, rows);
        for (int i = 0; i < 16; i++) r[i] = _mm512_loadu_si512(rows + i * K);
        transpose(r);
        for (int i = 0; i < 16; i++) _mm512_storeu_si512(to + i * K, r[i]);
    }
}

static void grad2(const frs_amx_grad *p, int64_t r, int64_t k, bool two_rows, bool two) {
    float *out = p->out + r * p->out_ld + k;
    const int ld = (int)p->out_ld * 4;
    const frs_bf16 *a = p->d + r * K, *b = p->v + k * K;
    _tile_loadd(0, out, ld);
    if (two) _tile_loadd(1, out + ROWS, ld);
    if (two_rows) _tile_loadd(2, out + ROWS * p->out_ld, ld);
    if (two_rows && two) _tile_loadd(3, out + ROWS * p->out_ld + ROWS, ld);
    for (int64_t s = 0; s < p->steps; s++, a += p->d_stride, b += p->v_stride) {
        _tile_loadd(4, a, 64);
        _tile_loadd(6, b, 64);
        _tile_dpbf16ps(0, 4, 6);
        if (two) {
            _tile_loadd(7, b + TILE, 64);
            _tile_dpbf16ps(1, 4, 7);
        }
        if (!two_rows) continue;
        _tile_loadd(5, a + TILE, 64);
        _tile_dpbf16ps(2, 5, 6);
        if (two) _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, out, ld);
    if (two) _tile_stored(1, out + ROWS, ld);
    if (two_rows) _tile_stored(2, out + ROWS * p->out_ld, ld);
    if (two_rows && two) _tile_stored(3, out + ROWS * p->out_ld + ROWS, ld);
}

void frs__amx_weight_grad(const frs_amx_grad *p) {
    for (int64_t r = 0; r < p->rows; r += 2 * ROWS)
        for (int64_t k = p->first_k / ROWS * ROWS; k < p->end_k; k += 2 * ROWS)
            grad2(p, r, k, r + ROWS < p->rows, k + ROWS < p->end_k);
}

#else /* never called */
void frs__amx_begin(void) {
}
void frs__amx_end(void) {
}
int64_t frs__amx_packed_count(int64_t rows, int64_t n) {
    (void)rows, (void)n;
    return 0;
}
void frs__amx_pack_row(const float *w, int64_t n, int64_t row, int64_t n_all, int64_t first_k,
                       frs_bf16 *packed) {
    (void)w, (void)n, (void)row, (void)n_all, (void)first_k, (void)packed;
}
void frs__amx_product(const frs_amx_product *p) {
    (void)p;
}
void frs__amx_pairs(const float *v, int64_t n, int64_t lanes, int64_t first, frs_bf16 *pairs) {
    (void)v, (void)n, (void)lanes, (void)first, (void)pairs;
}
void frs__amx_weight_grad(const frs_amx_grad *p) {
    (void)p;
}
void frs__amx_rows(const float *v, int64_t n, int64_t lanes, frs_bf16 *to) {
    (void)v, (void)n, (void)lanes, (void)to;
}
void frs__amx_columns(const float *v, int64_t n, int64_t lanes, int64_t first, frs_bf16 *to) {
    (void)v, (void)n, (void)lanes, (void)first, (void)to;
}
void frs__amx_narrow(const float *v, int64_t n, frs_bf16 *to) {
    (void)v, (void)n, (void)to;
}
void frs__amx_widen(const frs_bf16 *v, int64_t n, float *to) {
    (void)v, (void)n, (void)to;
}
#endif
