/* Rows of pooling (pool.h): vectors of channels. */
#include "kernel/cpu/pool.h"
#include "kernel/cpu/vec.h"
#include <math.h>

/* One row of outputs, or of inputs. */
typedef struct row {
    const frs_pool_plan *p;
    int64_t image, i0, i1; /* of the batch, along the outer axes */
} row;

FRS_INLINE row row_at(const frs_pool_plan *p, const int64_t *n, int64_t number) {
    return (row){p, number / n[1] / n[0], number / n[1] % n[0], number % n[1]};
}

/* First channel of tap (k, l) of an output with the outer spans s[0], s[1], at the start of its row
 * of inputs. */
FRS_INLINE int64_t line(const row *r, const frs_pool_span *const *s, int64_t k, int64_t l) {
    const int64_t p0 = s[0]->base + k * s[0]->step, p1 = s[1]->base + l * s[1]->step;
    return ((r->image * r->p->in[0] + p0) * r->p->in[1] + p1) * r->p->in[2] * r->p->C;
}

FRS_INLINE vf load(const float *p, int64_t n, const bool whole) {
    return whole ? v_load(p) : v_load_part(p, n);
}
FRS_INLINE void store(float *p, vf v, int64_t n, const bool whole) {
    if (whole)
        v_store(p, v);
    else
        v_store_part(p, v, n);
}

/* ---- forward: n channels of one output pixel; s: its spans. y_at only where its number is kept.
 */
typedef struct pixel {
    const row *r;
    const frs_pool_span *s[FRS_SPATIAL];
    const float *x;
    float *y, *y_at;
    float scale; /* of a mean */
} pixel;

FRS_INLINE void max_part(const pixel *q, int64_t c, int64_t n, const bool whole, const bool keep) {
    const frs_pool_plan *p = q->r->p;
    vf most = v_set(-INFINITY), at = {0};
    bool first = true;
    for (int64_t k = q->s[0]->k0; k < q->s[0]->k1; k++)
        for (int64_t l = q->s[1]->k0; l < q->s[1]->k1; l++) {
            const float *x = q->x + line(q->r, q->s, k, l) + c;
            for (int64_t m = q->s[2]->k0; m < q->s[2]->k1; m++) {
                const vf v = load(x + (q->s[2]->base + m * q->s[2]->step) * p->C, n, whole);
                const vi take = (v > most) | (v != v);
                most = v_pick(take, v, most);
                if (!keep) continue;
                const vf number = v_set((float)((k * p->most[1] + l) * p->most[2] + m));
                at = first ? number : v_pick(take, number, at);
                first = false;
            }
        }
    store(q->y + c, most, n, whole);
    if (keep) store(q->y_at + c, at, n, whole);
}

/* Sums of rows are added up: errors grow with the sides of a window, not with its area. */
FRS_INLINE void avg_part(const pixel *q, int64_t c, int64_t n, const bool whole) {
    vf sum = {0};
    for (int64_t k = q->s[0]->k0; k < q->s[0]->k1; k++)
        for (int64_t l = q->s[1]->k0; l < q->s[1]->k1; l++) {
            const float *x = q->x + line(q->r, q->s, k, l) + c;
            vf part = {0};
            for (int64_t m = q->s[2]->k0; m < q->s[2]->k1; m++)
                part += load(x + (q->s[2]->base + m * q->s[2]->step) * q->r->p->C, n, whole);
            sum += part;
        }
    store(q->y + c, sum * v_set(q->scale), n, whole);
}

FRS_INLINE float scale_of(const frs_pool_plan *p, const frs_pool_span *const *s) {
    int64_t n = 1;
    for (int i = 0; i < FRS_SPATIAL; i++)
        n *= p->count_padding ? s[i]->counted : s[i]->k1 - s[i]->k0;
    return n > 0 ? 1 / (float)n : 0;
}

enum { MAX_KEEP, MAX, AVG };
FRS_INLINE void part(const pixel *q, int64_t c, int64_t n, const bool whole, const int kind) {
    if (kind == AVG)
        avg_part(q, c, n, whole);
    else
        max_part(q, c, n, whole, kind == MAX_KEEP);
}

/* ---- means of fewer channels than a vector has: what is found out for each pixel above would take
 * longer than its sums */
enum { FEW_ROW = 2048 }; /* values of a row of inputs */

FRS_INLINE bool few(const frs_pool_plan *p) {
    return p->C < VL && p->in[2] * p->C <= FEW_ROW;
}

/* sum = the taps of a row of outputs along the outer axes, and zeros that a vector may reach. */
FRS_INLINE void add_lines(const row *r, const frs_pool_span *const *s, const float *x, float *sum) {
    const int64_t width = r->p->in[2] * r->p->C;
    for (int64_t i = 0; i < width + VL; i += VL) v_store(sum + i, (vf){0});
    for (int64_t k = s[0]->k0; k < s[0]->k1; k++)
        for (int64_t l = s[1]->k0; l < s[1]->k1; l++) {
            const float *at = x + line(r, s, k, l);
            for (int64_t i = 0; i < width; i += VL)
                v_store(sum + i, v_load(sum + i) + v_load_some(at + i, width - i));
        }
}

FRS_INLINE void few_avg(const frs_pool_rows *f) {
    const frs_pool_plan *p = f->plan;
    const int64_t C = p->C;
    float sum[FEW_ROW + 2 * VL];
    for (int64_t number = f->first; number < f->end; number++) {
        const row r = row_at(p, p->out, number);
        const frs_pool_span *s[] = {p->span[0] + r.i0, p->span[1] + r.i1, p->span[2]};
        float *y = f->y + number * p->out[2] * C;
        add_lines(&r, s, f->x, sum);
        for (int64_t o = 0; o < p->out[2]; o++, s[2]++) {
            const frs_pool_span w = *s[2];
            const float *at = sum + (w.base + (int64_t)w.k0 * w.step) * C;
            vf v = {0};
            for (int32_t m = w.k0; m < w.k1; m++, at += w.step * C) v += v_load(at);
            v_store_part(y + o * C, v * v_set(scale_of(p, s)), C);
        }
    }
}

FRS_INLINE void forward(const frs_pool_rows *f, const int kind) {
    const frs_pool_plan *p = f->plan;
    if (kind == AVG && few(p)) {
        few_avg(f);
        return;
    }
    for (int64_t number = f->first; number < f->end; number++) {
        const row r = row_at(p, p->out, number);
        for (int64_t o = 0; o < p->out[2]; o++) {
            const int64_t to = (number * p->out[2] + o) * p->C;
            pixel q = {.r = &r,
                       .s = {p->span[0] + r.i0, p->span[1] + r.i1, p->span[2] + o},
                       .x = f->x,
                       .y = f->y + to};
            if (kind == MAX_KEEP) q.y_at = f->y_at + to;
            if (kind == AVG) q.scale = scale_of(p, q.s);
            int64_t c = 0;
            for (; c + VL <= p->C; c += VL) part(&q, c, VL, true, kind);
            if (c < p->C) part(&q, c, p->C - c, false, kind);
        }
    }
}

void FRS_ISA_NAME(frs__pool_max)(const frs_pool_rows *r) {
    if (r->y_at)
        forward(r, MAX_KEEP);
    else
        forward(r, MAX);
}
void FRS_ISA_NAME(frs__pool_avg)(const frs_pool_rows *r) {
    forward(r, AVG);
}

/* ---- gradient: a row of dx, from those windows that hold it along the outer axes */

/* dx += dy where the number is `tap`; apart: nothing is there yet. */
FRS_INLINE void add_where(float *dx, const float *dy, const float *at, float tap, int64_t C,
                          const bool apart) {
    int64_t c = 0;
    for (; c + VL <= C; c += VL) {
        const vf d = v_pick(v_load(at + c) == v_set(tap), v_load(dy + c), (vf){0});
        v_store(dx + c, apart ? d : v_load(dx + c) + d);
    }
    if (c == C) return;
    const vi hit = v_load_part(at + c, C - c) == v_set(tap);
    const vf d = v_pick(hit, v_load_part(dy + c, C - c), (vf){0});
    v_store_part(dx + c, apart ? d : v_load_part(dx + c, C - c) + d, C - c);
}

FRS_INLINE void add_scaled(float *dx, const float *dy, float scale, int64_t C, const bool apart) {
    const vf s = v_set(scale);
    int64_t c = 0;
    for (; c + VL <= C; c += VL) {
        const vf d = v_load(dy + c);
        v_store(dx + c, apart ? d * s : v_fma(d, s, v_load(dx + c)));
    }
    if (c == C) return;
    const vf d = v_load_part(dy + c, C - c);
    v_store_part(dx + c, apart ? d * s : v_fma(d, s, v_load_part(dx + c, C - c)), C - c);
}

/* The tap of a window that an input is; -1: none. */
FRS_INLINE int64_t tap_of(const frs_pool_span *s, int64_t i) {
    const int64_t t = i - s->base;
    if (t < 0 || (s->step > 1 && t % s->step != 0)) return -1;
    const int64_t k = s->step > 1 ? t / s->step : t;
    return k >= s->k0 && k < s->k1 ? k : -1;
}

/* The row of outputs (o0, o1), of which the row of dx is tap (k, l). */
FRS_INLINE void back_row(const frs_pool_rows *f, const row *r, const int64_t *o, const int64_t *k,
                         const bool is_max, const bool apart) {
    const frs_pool_plan *p = r->p;
    float *dx = f->y + ((r->image * p->in[0] + r->i0) * p->in[1] + r->i1) * p->in[2] * p->C;
    const int64_t from = ((r->image * p->out[0] + o[0]) * p->out[1] + o[1]) * p->out[2] * p->C;
    for (int64_t q = 0; q < p->out[2]; q++) {
        const frs_pool_span *s[] = {p->span[0] + o[0], p->span[1] + o[1], p->span[2] + q};
        const float scale = is_max ? 0 : scale_of(p, s);
        for (int64_t m = s[2]->k0; m < s[2]->k1; m++) {
            float *to = dx + (s[2]->base + m * s[2]->step) * p->C;
            const int64_t at = from + q * p->C;
            const float number = (float)((k[0] * p->most[1] + k[1]) * p->most[2] + m);
            if (is_max)
                add_where(to, f->x + at, f->at + at, number, p->C, apart);
            else
                add_scaled(to, f->x + at, scale, p->C, apart);
        }
    }
}

/* The same for means of few channels, of windows that do not meet. */
FRS_INLINE void few_back_row(const frs_pool_rows *f, const row *r, const int64_t *o) {
    const frs_pool_plan *p = r->p;
    const int64_t C = p->C, from = (r->image * p->out[0] + o[0]) * p->out[1] + o[1];
    const float *dy = f->x + from * p->out[2] * C;
    float *dx = f->y + ((r->image * p->in[0] + r->i0) * p->in[1] + r->i1) * p->in[2] * C;
    const frs_pool_span *s[] = {p->span[0] + o[0], p->span[1] + o[1], p->span[2]};
    for (int64_t q = 0; q < p->out[2]; q++, s[2]++) {
        const frs_pool_span w = *s[2];
        const vf d = v_load_part(dy + q * C, C) * v_set(scale_of(p, s));
        float *to = dx + (w.base + (int64_t)w.k0 * w.step) * C;
        for (int32_t m = w.k0; m < w.k1; m++, to += w.step * C) v_store_part(to, d, C);
    }
}

FRS_INLINE void backward(const frs_pool_rows *f, const bool is_max, const bool apart) {
    const frs_pool_plan *p = f->plan;
    const int64_t width = p->in[2] * p->C;
    for (int64_t number = f->first; number < f->end; number++) {
        const row r = row_at(p, p->in, number);
        const frs_pool_range h0 = p->holds[0][r.i0], h1 = p->holds[1][r.i1];
        memset(f->y + number * width, 0, (size_t)width * sizeof(float));
        for (int64_t a = h0.first; a < h0.end; a++)
            for (int64_t b = h1.first; b < h1.end; b++) {
                const int64_t o[] = {a, b};
                const int64_t k[] = {tap_of(p->span[0] + a, r.i0), tap_of(p->span[1] + b, r.i1)};
                if (k[0] < 0 || k[1] < 0) continue;
                if (!is_max && apart && few(p))
                    few_back_row(f, &r, o);
                else
                    back_row(f, &r, o, k, is_max, apart);
            }
    }
}

void FRS_ISA_NAME(frs__pool_max_back)(const frs_pool_rows *r) {
    if (r->plan->apart)
        backward(r, true, true);
    else
        backward(r, true, false);
}
void FRS_ISA_NAME(frs__pool_avg_back)(const frs_pool_rows *r) {
    if (r->plan->apart)
        backward(r, false, true);
    else
        backward(r, false, false);
}
