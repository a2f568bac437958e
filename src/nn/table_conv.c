/* A convolution in which a table says which channels each filter sees. The weights that are there
 * are put between zeros, and one convolution over all channels does the rest: its products with
 * zeros cost less than many small convolutions. */
#include "op/conv.h"
#include <math.h>
#include <string.h>

enum { MOST = 60 };
typedef struct table {
    int n;               /* filters */
    uint64_t sees[MOST]; /* bit c: channel c */
} table;

/* Reads a row up to its end; false: it is not a row. */
static bool read_row(const char **at, uint64_t *sees) {
    const size_t n = strcspn(*at, ";");
    const char *end = *at + n;
    int64_t c, last = -1;
    for (const char *p = *at + strspn(*at, " "); p < end; p += strspn(p, " ")) {
        const size_t word = strcspn(p, " ;");
        if (!frs__parse_int(p, word, &c) || c <= last || c >= MOST) return false;
        *sees |= UINT64_C(1) << c;
        last = c;
        p += word;
    }
    *at = *end ? end + 1 : end;
    return last >= 0;
}

static bool read_table(const char *text, table *t) {
    for (t->n = 0; *text; t->n++)
        if (t->n == MOST || !read_row(&text, &t->sees[t->n])) return false;
    return t->n > 0;
}

/* The channels first .. end - 1 of a filter's weights, which begin at `from` among those that are
 * there, with zeros up to `next`. */
static frs_tensor *between_zeros(frs_builder *b, frs_tensor *w, int64_t from,
                                 const int64_t run[4]) {
    frs_pad_opts pad = {.mode = FRS_PAD_CONSTANT};
    pad.lo[1] = run[1] - run[0];
    pad.hi[1] = run[3] - run[2];
    return frs_pad(b, frs_slice(b, w, 1, from, run[2] - run[1]), &pad);
}

/* [1, n, k..] -> [1, C, k..]: runs of neighbouring channels one after another. */
static frs_tensor *spread(frs_builder *b, frs_tensor *w, uint64_t sees, int64_t C) {
    frs_tensor *parts[MOST];
    int n = 0;
    int64_t from = 0;
    for (int64_t c = 0; c < C;) {
        int64_t run[4] = {c}; /* of a part: its begin, the run's begin and end, its end */
        while (!(sees >> c & 1)) c++;
        run[1] = c;
        while (sees >> c & 1) c++;
        run[2] = c;
        run[3] = c = sees >> c ? c : C;
        parts[n++] = between_zeros(b, w, from, run);
        from += run[2] - run[1];
    }
    return n == 1 ? parts[0] : frs_concat(b, parts, n, 1);
}

static frs_tensor *weights(frs_builder *b, const table *t, frs_shape whole, frs_init init) {
    frs_tensor *rows[MOST];
    for (int i = 0; i < t->n; i++) {
        char name[24] = "weight_";
        frs_shape s = whole;
        s.dim[0] = 1;
        s.dim[1] = __builtin_popcountll(t->sees[i]);
        const frs_init usual = {FRS_INIT_UNIFORM, 1 / sqrt((double)frs_shape_count(s)), 0};
        frs__format_double(i, name + strlen(name));
        rows[i] = spread(b, frs_param(b, name, s, init.kind == FRS_INIT_ZERO ? usual : init),
                         t->sees[i], whole.dim[1]);
    }
    return frs_concat(b, rows, t->n, 0);
}

frs_tensor *frs_table_conv(frs_builder *b, frs_tensor *x, const char *text,
                           const frs_conv_opts *o) {
    table t = {0};
    if (!x) return NULL;
    const frs_shape s = frs_tensor_shape(x);
    const int64_t C = s.dim[s.rank - 1];
    bool fits = text && read_table(text, &t) && C <= MOST;
    for (int i = 0; i < t.n && fits; i++) fits = t.sees[i] >> C == 0;
    if (!fits) {
        frs__build_fail(
            b, FRS_E_ARG,
            _("table_conv: the table must list for each filter which of %lld channels it "
              "sees, ascending, as in \"0 1 2; 1 2 3\""),
            (long long)C);
        return NULL;
    }
    frs_conv_attr attr = {.groups = 1};
    const frs_window_opts w = {o->kernel, o->stride, o->dilation, o->padding,
                               o->pad_lo, o->pad_hi, false};
    if (frs__window_make(b, "table_conv", s, &w, &attr.window) != FRS_OK) return NULL;
    const int n = frs__spatial(s);
    frs_shape whole = {.rank = n + 2, .dim = {t.n, C}};
    for (int i = 0; i < n; i++) whole.dim[2 + i] = attr.window.kernel[i];
    const frs_init init = {FRS_INIT_UNIFORM, sqrt((double)t.n / (double)frs_shape_count(whole)), 0};
    frs_tensor *all = weights(b, &t, whole, o->init);
    frs_tensor *bias = o->no_bias ? NULL : frs_param(b, "bias", (frs_shape){1, {t.n}}, init);
    return frs_activate(b, frs__conv(b, x, all, bias, &attr), o->activation);
}
