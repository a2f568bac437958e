/* Vectors of floats for files compiled once per ISA level (*_isa.c), by gcc's vector extension.
 * VL lanes; "scalar" uses 4 lanes, which any target has or emulates, and no fused multiply-add, so
 * its last bits differ from the other levels. NaN goes through v_min and v_max from x. */
#ifndef FRS_KERNEL_CPU_VEC_H
#define FRS_KERNEL_CPU_VEC_H
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined FRS_ISA_avx512 || defined FRS_ISA_avx2
#include <immintrin.h>
#endif

#define FRS_CAT_(a, b)  a##_##b
#define FRS_CAT(a, b)   FRS_CAT_(a, b)
#define FRS_ISA_NAME(x) FRS_CAT(x, FRS_ISA_SUFFIX)
#define FRS_INLINE      static inline __attribute__((always_inline, unused))

#if defined FRS_ISA_avx512
#define VL 16
#elif defined FRS_ISA_avx2
#define VL 8
#else
#define VL 4
#endif
typedef float vf __attribute__((vector_size(VL * 4)));
typedef int32_t vi __attribute__((vector_size(VL * 4)));
typedef float vf4 __attribute__((vector_size(16)));

FRS_INLINE vf v_set(float x) {
    return x - (vf){0};
}
FRS_INLINE vf v_load(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}
FRS_INLINE void v_store(float *p, vf v) {
    memcpy(p, &v, sizeof v);
}
/* mask: of a comparison, all bits or none in a lane. */
FRS_INLINE vf v_pick(vi mask, vf yes, vf no) {
    return (vf)((mask & (vi)yes) | (~mask & (vi)no));
}
FRS_INLINE vf v_abs(vf x) {
    return (vf)((vi)x & (int32_t)0x7fffffff);
}

/* The first n < VL floats, 0 after them. */
FRS_INLINE vf v_load_part(const float *p, int64_t n) {
#if defined FRS_ISA_avx512
    return (vf)_mm512_maskz_loadu_ps((__mmask16)((1U << n) - 1), p);
#elif defined FRS_ISA_avx2
    static const int32_t bits[2 * VL] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return (vf)_mm256_maskload_ps(p, _mm256_loadu_si256((const __m256i *)(bits + VL - n)));
#else
    vf v = {0};
    memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
#endif
}
/* The first n < VL lanes alone. */
FRS_INLINE void v_store_part(float *p, vf v, int64_t n) {
#if defined FRS_ISA_avx512
    _mm512_mask_storeu_ps(p, (__mmask16)((1U << n) - 1), (__m512)v);
#elif defined FRS_ISA_avx2
    static const int32_t bits[2 * VL] = {-1, -1, -1, -1, -1, -1, -1, -1};
    _mm256_maskstore_ps(p, _mm256_loadu_si256((const __m256i *)(bits + VL - n)), (__m256)v);
#else
    memcpy(p, &v, (size_t)n * sizeof *p);
#endif
}
/* Of an array that has n > 0 floats left: whole vectors, then the part that is there. */
FRS_INLINE vf v_load_some(const float *p, int64_t n) {
    return n >= VL ? v_load(p) : v_load_part(p, n);
}
FRS_INLINE void v_store_some(float *p, vf v, int64_t n) {
    if (n >= VL)
        v_store(p, v);
    else
        v_store_part(p, v, n);
}

#if defined FRS_ISA_avx512
FRS_INLINE vf v_fma(vf a, vf b, vf c) {
    return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
FRS_INLINE vf v_fnma(vf a, vf b, vf c) {
    return (vf)_mm512_fnmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
FRS_INLINE vf v_min(vf x, vf hi) {
    return (vf)_mm512_min_ps((__m512)hi, (__m512)x);
}
FRS_INLINE vf v_max(vf x, vf lo) {
    return (vf)_mm512_max_ps((__m512)lo, (__m512)x);
}
/* Past the caches: for what is not read again soon. 64-byte aligned. */
FRS_INLINE void v_stream(float *p, vf v) {
    _mm512_stream_ps(p, (__m512)v);
}
FRS_INLINE void v_stream_end(void) {
    _mm_sfence();
}
#elif defined FRS_ISA_avx2
FRS_INLINE vf v_fma(vf a, vf b, vf c) {
    return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
FRS_INLINE vf v_fnma(vf a, vf b, vf c) {
    return (vf)_mm256_fnmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
FRS_INLINE vf v_min(vf x, vf hi) {
    return (vf)_mm256_min_ps((__m256)hi, (__m256)x);
}
FRS_INLINE vf v_max(vf x, vf lo) {
    return (vf)_mm256_max_ps((__m256)lo, (__m256)x);
}
FRS_INLINE void v_stream(float *p, vf v) {
    v_store(p, v);
}
FRS_INLINE void v_stream_end(void) {
}
#else
FRS_INLINE vf v_fma(vf a, vf b, vf c) {
    return a * b + c;
}
FRS_INLINE vf v_fnma(vf a, vf b, vf c) {
    return c - a * b;
}
FRS_INLINE vf v_min(vf x, vf hi) {
    return v_pick(x > hi, hi, x);
}
FRS_INLINE vf v_max(vf x, vf lo) {
    return v_pick(x < lo, lo, x);
}
FRS_INLINE void v_stream(float *p, vf v) {
    v_store(p, v);
}
FRS_INLINE void v_stream_end(void) {
}
#endif

/* past_caches: the aligned store is of what is read again only after more than the caches hold. */
FRS_INLINE void v_keep(float *p, vf v, bool past_caches) {
    if (past_caches)
        v_stream(p, v);
    else
        v_store(p, v);
}

/* To the second cache. */
FRS_INLINE void v_prefetch(const float *p) {
    __builtin_prefetch(p, 0, 2);
}

/* Sum of the lanes of a, b, c, d, in this order, in four lanes. */
FRS_INLINE vf4 v_sum4(vf a, vf b, vf c, vf d) {
#if VL == 4
    vf ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
    vf cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
    return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) +
           __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
#elif VL == 8
    __m256 ab = _mm256_unpacklo_ps((__m256)a, (__m256)b) + _mm256_unpackhi_ps((__m256)a, (__m256)b);
    __m256 cd = _mm256_unpacklo_ps((__m256)c, (__m256)d) + _mm256_unpackhi_ps((__m256)c, (__m256)d);
    __m256 lo = _mm256_shuffle_ps(ab, cd, 0x44), hi = _mm256_shuffle_ps(ab, cd, 0xee);
    __m256 s = lo + hi;
    return (vf4)(_mm256_castps256_ps128(s) + _mm256_extractf128_ps(s, 1));
#else
    __m512 ab = _mm512_unpacklo_ps((__m512)a, (__m512)b) + _mm512_unpackhi_ps((__m512)a, (__m512)b);
    __m512 cd = _mm512_unpacklo_ps((__m512)c, (__m512)d) + _mm512_unpackhi_ps((__m512)c, (__m512)d);
    __m512 s = _mm512_shuffle_ps(ab, cd, 0x44) + _mm512_shuffle_ps(ab, cd, 0xee);
    __m256 t = _mm512_castps512_ps256(s) + _mm512_extractf32x8_ps(s, 1);
    return (vf4)(_mm256_castps256_ps128(t) + _mm256_extractf128_ps(t, 1));
#endif
}

/* x = n ln 2 + r, |r| <= ln 2 / 2, ln 2 in two parts (Cody & Waite 1980). Gives exp(r) - 1 and n;
 * *z holds n in its low bits. |x| < 2^21. Polynomial: Cephes expf (S. Moshier). */
FRS_INLINE vf v_expm1_reduced(vf x, vf *n, vf *z) {
    const float magic = 12582912.0f; /* 1.5 2^23: adding it rounds to an integer in the low bits */
    *z = v_fma(x, v_set(1.44269504f), v_set(magic));
    *n = *z - magic;
    vf r = v_fnma(*n, v_set(0.693359375f), x);
    r = v_fnma(*n, v_set(-2.12194440e-4f), r);
    vf p = v_set(1.9875691500e-4f);
    p = v_fma(p, r, v_set(1.3981999507e-3f));
    p = v_fma(p, r, v_set(8.3334519073e-3f));
    p = v_fma(p, r, v_set(4.1665795894e-2f));
    p = v_fma(p, r, v_set(1.6666665459e-1f));
    p = v_fma(p, r, v_set(5.0000001201e-1f));
    return v_fma(p, r * r, r);
}

/* p 2^n */
FRS_INLINE vf v_scale(vf p, vf n, vf z) {
#if defined FRS_ISA_avx512
    (void)z;
    return (vf)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
    /* p * 0: the low bits of a NaN could otherwise carry it out of NaN. */
    (void)n;
    return v_fma(p, v_set(0.0f), (vf)((vi)p + ((vi)z << 23)));
#endif
}

/* exp(x), relative error under 2e-7 (tests/unit/seq.c); x is clamped to [-87.3, 88], so the result
 * is always normal. */
FRS_INLINE vf v_exp(vf x) {
    vf n, z;
    vf p = v_expm1_reduced(v_max(v_min(x, v_set(88.0f)), v_set(-87.3f)), &n, &z);
    return v_scale(p + 1.0f, n, z);
}

/* 1 / (1 + exp(-x)), relative error under 2e-7 for x >= -87. */
FRS_INLINE vf v_sigmoid(vf x) {
    return 1.0f / (1.0f + v_exp(-x));
}

/* tanh(x) = E / (E + 2) of |x|, E = exp(2 |x|) - 1 = 2^n (exp(r) - 1) + (2^n - 1); relative error
 * under 2e-7, and next to 1 within a rounding of it: the gradient multiplies by 1 - tanh(x)^2,
 * where a somewhat cheaper rational approximation (Eigen's) lost two digits over 50 steps. 1 from
 * |x| = 9.02. */
FRS_INLINE vf v_tanh(vf x) {
    const vi sign = (vi)x & (int32_t)0x80000000;
    vf n, z, a = (vf)((vi)x ^ sign);
    a = v_min(a, v_set(9.1f));
    vf p = v_expm1_reduced(a + a, &n, &z), one = v_set(1.0f);
    vf s = v_scale(one, n, z);
    vf e = v_fma(s, p, s - one);
    return (vf)((vi)(e / (e + 2.0f)) | sign);
}
#endif
