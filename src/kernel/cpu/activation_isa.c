/* Activations in vectors: the formulas of op/activation_list.def, in forms that neither overflow
 * nor cancel in float. A NaN stays NaN whatever the formula makes of it. */
#include "freshet/graph.h"
#include "kernel/cpu/activation.h"
#include "kernel/cpu/vec.h"

FRS_INLINE vf within(vf x, vf lo, vf hi) {
    return v_min(v_max(x, lo), hi);
}

/* exp(x) - 1 of x <= 0, as v_tanh has it; -1 from x = -17.4 down. */
FRS_INLINE vf expm1_below(vf x) {
    vf n, z, p = v_expm1_reduced(v_max(v_min(x, v_set(0)), v_set(-30)), &n, &z);
    vf one = v_set(1), s = v_scale(one, n, z);
    return v_fma(s, p, s - one);
}

/* ln(1 + e) of 0 <= e <= 1: 2 artanh(s), s = e / (2 + e) <= 1/3, by its power series; what is left
 * out is below 3e-9 of it. */
FRS_INLINE vf log1p_unit(vf e) {
    vf s = e / (2.0f + e), s2 = s * s, p = v_set(1.0f / 15);
    p = v_fma(p, s2, v_set(1.0f / 13));
    p = v_fma(p, s2, v_set(1.0f / 11));
    p = v_fma(p, s2, v_set(1.0f / 9));
    p = v_fma(p, s2, v_set(1.0f / 7));
    p = v_fma(p, s2, v_set(1.0f / 5));
    p = v_fma(p, s2, v_set(1.0f / 3));
    return 2.0f * v_fma(p * s2, s, s);
}

FRS_INLINE vf softplus(vf x) {
    return v_max(x, v_set(0)) + log1p_unit(v_exp(-v_abs(x)));
}

/* The normal distribution up to x, by erfc(z), z = |x| / sqrt 2, of a relative error below 1.2e-7
 * but for the rounding of -z^2. Press et al. (1992), Numerical Recipes in C, 6.2 (erfcc). */
FRS_INLINE vf normal_share(vf x) {
    const float c[] = {-0.82215223f, 1.48851587f, -1.13520398f, 0.27886807f, -0.18628806f,
                       0.09678418f,  0.37409196f, 1.00002368f,  -1.26551223f};
    vf z = 0.707106781f * v_abs(x), t = 1.0f / v_fma(z, v_set(0.5f), v_set(1));
    vf p = v_set(0.17087277f);
    for (int k = 0; k < 9; k++) p = v_fma(p, t, v_set(c[k]));
    vf beyond = 0.5f * t * v_exp(v_fnma(z, z, p));
    return v_pick(x < v_set(0), beyond, 1.0f - beyond);
}
FRS_INLINE vf gelu_slope(vf x) {
    vf density = 0.39894228f * v_exp(-0.5f * x * x); /* 1 / sqrt(2 pi) */
    return v_fma(x, density, normal_share(x));
}

/* 2 sqrt(2 / pi) (x + 0.044715 x^3), and its derivative */
FRS_INLINE vf gelu_twice(vf x) {
    return 1.59576912f * x * v_fma(x * x, v_set(0.044715f), v_set(1));
}
FRS_INLINE vf gelu_twice_slope(vf x) {
    return 1.59576912f * v_fma(x * x, v_set(0.134145f), v_set(1));
}
/* d / dx of x logistic(u) */
FRS_INLINE vf swish_slope(vf u, vf x_du) {
    vf s = v_sigmoid(u);
    return s * v_fma(x_du, 1.0f - s, v_set(1));
}

/* tanh(ln(1 + e)) = n / (n + 2), n = e (e + 2), e = exp(x); 1 in float beyond x = 20. */
FRS_INLINE vf mish(vf x) {
    vf e = v_exp(v_min(x, v_set(20))), n = e * (e + 2.0f);
    return x * (n / (n + 2.0f));
}
FRS_INLINE vf mish_slope(vf x) {
    vf e = v_exp(v_min(x, v_set(20))), w = 1.0f / v_fma(e, e + 2.0f, v_set(2));
    vf t = 1.0f - 2.0f * w, s = e / (1.0f + e);
    t = v_pick(x < v_set(-1), e * (e + 2.0f) * w, t);
    return v_fma(2.0f * x * s * w, 1.0f + t, t);
}

FRS_INLINE vf hard_swish_slope(vf x, vf a, vf b) {
    vf u = v_fma(a, x, b), zero = v_set(0), one = v_set(1);
    vf inside = v_pick((u > zero) & (u < one), a * x, zero);
    return within(u, zero, one) + inside;
}

/* Of each kind two loops: VALUE in terms of x, SLOPE in terms of v; a and b are alpha and beta. */
#define KIND(NAME, VALUE, SLOPE)                                                                   \
    static void NAME##_values(const frs_activation_run *r) {                                       \
        const vf a = v_set(r->alpha), b = v_set(r->beta), zero = v_set(0), one = v_set(1);         \
        (void)a, (void)b, (void)zero, (void)one;                                                   \
        for (int64_t i = 0; i < r->n; i += VL) {                                                   \
            const vf x = v_load_some(r->x + i, r->n - i);                                          \
            v_store_some(r->y + i, v_pick(x == x, (VALUE), x), r->n - i);                          \
        }                                                                                          \
    }                                                                                              \
    static void NAME##_slopes(const frs_activation_run *r) {                                       \
        const vf a = v_set(r->alpha), b = v_set(r->beta), zero = v_set(0), one = v_set(1);         \
        (void)a, (void)b, (void)zero, (void)one;                                                   \
        for (int64_t i = 0; i < r->n; i += VL) {                                                   \
            const vf v = v_load_some(r->x + i, r->n - i), d = v_load_some(r->d + i, r->n - i);     \
            v_store_some(r->y + i, v_pick(v == v, (SLOPE), v) * d, r->n - i);                      \
        }                                                                                          \
    }
KIND(RELU, v_max(x, zero), v_pick(v > zero, one, zero))
KIND(LEAKY_RELU, v_pick(x > zero, x, a *x), v_pick(v > zero, one, a))
KIND(ELU, v_pick(x > zero, x, a *expm1_below(x)), v_pick(v > zero, one, v + a))
KIND(CELU, v_pick(x > zero, x, a *expm1_below(x / a)), v_pick(v > zero, one, v / a + 1.0f))
KIND(SELU, b *v_pick(x > zero, x, a *expm1_below(x)), v_pick(v > zero, b, v + a * b))
KIND(GELU, x *normal_share(x), gelu_slope(v))
KIND(GELU_TANH, x *v_sigmoid(gelu_twice(x)), swish_slope(gelu_twice(v), v *gelu_twice_slope(v)))
KIND(SILU, x *v_sigmoid(x), swish_slope(v, v))
KIND(MISH, mish(x), mish_slope(v))
KIND(HARD_SIGMOID, within(v_fma(a, x, b), zero, one), v_pick((v > zero) & (v < one), a, zero))
KIND(HARD_SWISH, x *within(v_fma(a, x, b), zero, one), hard_swish_slope(v, a, b))
KIND(SOFTSIGN, x / (1.0f + v_abs(x)), 1.0f / ((1.0f + v_abs(v)) * (1.0f + v_abs(v))))
KIND(SOFTPLUS, softplus(x), v_sigmoid(v))
KIND(RELU6, within(x, a, b), v_pick((v > a) & (v < b), one, zero))
KIND(THRESHOLDED_RELU, v_pick(x > a, x, zero), v_pick(v > a, one, zero))
KIND(SHRINK, v_pick(x > a, x - b, v_pick(x < -a, x + b, zero)), v_pick(v_abs(v) > a, one, zero))
KIND(SCALED_TANH, a *v_tanh(b *x), b / a * (a - v) * (a + v))
KIND(SIGMOID, v_sigmoid(x), v *(1.0f - v))
KIND(TANH, v_tanh(x), (1.0f - v) * (1.0f + v))

typedef void (*loop)(const frs_activation_run *r);
static const loop loops[][2] = {
#define FRS_ACTIVATION(KIND, NAME, ALPHA, BETA, BY_VALUE, VALUE, SLOPE)                            \
    [FRS_##KIND] = {KIND##_values, KIND##_slopes},
#include "op/activation_list.def"
#undef FRS_ACTIVATION
};

void FRS_ISA_NAME(frs__activation_values)(int kind, const frs_activation_run *r) {
    loops[kind][0](r);
}
void FRS_ISA_NAME(frs__activation_slopes)(int kind, const frs_activation_run *r) {
    loops[kind][1](r);
}

void FRS_ISA_NAME(frs__activation_add)(float *y, const float *x, int64_t n) {
    for (int64_t i = 0; i < n; i += VL)
        v_store_some(y + i, v_load_some(y + i, n - i) + v_load_some(x + i, n - i), n - i);
}
