/* The engine: build -> infer shapes -> differentiate -> plan memory -> run.
 *
 * A model is weights plus a pure build function. frs_model_compile calls the build function with
 * dims and a mode and makes a plan of fixed shape. All plans of a model share one flat weight
 * buffer, one flat gradient buffer of the same layout and one step arena (the largest wins), so
 * plans of one model run one at a time. Running a plan allocates nothing. Plans are cached by
 * (mode, batch, steps).  Axes: [B, T, F], slowest first. */
#ifndef FRESHET_GRAPH_H
#define FRESHET_GRAPH_H
#include "freshet/base.h"
#ifdef __cplusplus
extern "C" {
#endif

#define FRS_MAX_RANK 6
typedef enum frs_dtype { FRS_F32, FRS_F64 } frs_dtype;
typedef struct frs_shape {
    int rank;
    int64_t dim[FRS_MAX_RANK];
} frs_shape;                          /* rank 0: a scalar */
int64_t frs_shape_count(frs_shape s); /* elements */

typedef struct frs_builder frs_builder;
typedef struct frs_tensor frs_tensor; /* symbolic; owned by the plan being built */
typedef struct frs_model frs_model;
typedef struct frs_plan frs_plan;

typedef enum frs_mode { FRS_INFER, FRS_TRAIN } frs_mode; /* TRAIN: dropout on, gradient added */
typedef struct frs_dims {
    int64_t batch, steps;
} frs_dims;
/* Pure: same arg, dims and mode give the same graph. Ends with `return frs_build_done(b, loss)`. */
typedef frs_status (*frs_build_fn)(frs_builder *b, const void *arg);

/* ---- inside a build function. All builders accept NULL tensors and keep the first error, told
 * with the layer's name and the shapes; they return NULL then. */
frs_dims frs_build_dims(const frs_builder *b);
frs_mode frs_build_mode(const frs_builder *b);
void frs_scope_push(frs_builder *b, const char *name); /* parameter names become "scope.name" */
void frs_scope_pop(frs_builder *b);
frs_tensor *frs_input(frs_builder *b, const char *name, frs_shape shape); /* f32, fed by pointer */
typedef enum frs_init_kind {
    FRS_INIT_ZERO,
    FRS_INIT_CONST,
    FRS_INIT_UNIFORM /* (-a, a) */,
    FRS_INIT_NORMAL /* sd a */,
    FRS_INIT_GLOROT_UNIFORM,
    FRS_INIT_HE_NORMAL,
    FRS_INIT_LSTM_FORGET,   /* UNIFORM(-a, a), then elements [n/4, n/2) set to b */
    FRS_INIT_EALSTM_FORGET, /* 0, then elements [0, n/3) set to b */
    FRS_INIT_ORTHOGONAL,    /* [m, n..]: as a matrix [m, n] its rows (m <= n) or columns are
                               orthonormal */
    FRS_INIT_IDENTITIES,    /* [k n, n]: k unit matrices under each other */
    FRS_INIT_HE_UNIFORM,
    FRS_INIT_GLOROT_NORMAL,
    FRS_INIT_LECUN_NORMAL,
    FRS_INIT_LECUN_UNIFORM,
    FRS_INIT_TRUNCATED_NORMAL /* sd a before values beyond 2 a were drawn again, as Keras' */
} frs_init_kind; /* Glorot's, He's, LeCun's normal ones are not cut (PyTorch's); Keras cuts them at
                    2 sd. Fans of a weight [out, in, kernel..]: in x kernel, out x kernel. */
typedef struct frs_init {
    frs_init_kind kind;
    double a, b;
} frs_init;
frs_tensor *frs_param(frs_builder *b, const char *name, frs_shape shape, frs_init init);
/* Kept and saved with the weights and never trained: running statistics, constants. No gradient
 * goes through it. */
frs_tensor *frs_state(frs_builder *b, const char *name, frs_shape shape, frs_init init);
/* From the next run on the state has this value, of its shape, computed in this one; only when
 * training, and not by a run whose loss is not finite. */
void frs_state_set(frs_builder *b, frs_tensor *state, frs_tensor *value);
/* Between the two, parameters and states whose names are there already are these once more: layers
 * that share weights. */
void frs_share_begin(frs_builder *b);
void frs_share_end(frs_builder *b);
void frs_output(frs_builder *b, const char *name, frs_tensor *t); /* readable after a run */
frs_status frs_build_done(frs_builder *b, frs_tensor *loss);      /* loss NULL: inference only */
frs_shape frs_tensor_shape(const frs_tensor *t);

/* ---- operators (documented in full in src/op/<name>.c). Broadcasting of binary operators:
 * NumPy's. */
frs_tensor *frs_add(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_sub(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_mul(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_div(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_scale(frs_builder *b, frs_tensor *x, double a, double c); /* a x + c */
/* Of each value; NaN stays NaN. */
frs_tensor *frs_neg(frs_builder *b, frs_tensor *x);
frs_tensor *frs_abs(frs_builder *b, frs_tensor *x);
frs_tensor *frs_sign(frs_builder *b, frs_tensor *x); /* -1, 0, 1 */
frs_tensor *frs_exp(frs_builder *b, frs_tensor *x);
frs_tensor *frs_log(frs_builder *b, frs_tensor *x); /* natural; of 0 -infinity, below 0 NaN */
frs_tensor *frs_sqrt(frs_builder *b, frs_tensor *x);
frs_tensor *frs_square(frs_builder *b, frs_tensor *x);
frs_tensor *frs_floor(frs_builder *b, frs_tensor *x);
frs_tensor *frs_ceil(frs_builder *b, frs_tensor *x);
frs_tensor *frs_round(frs_builder *b, frs_tensor *x);      /* half to even */
frs_tensor *frs_reciprocal(frs_builder *b, frs_tensor *x); /* 1 / x */
frs_tensor *frs_erf(frs_builder *b, frs_tensor *x);
frs_tensor *frs_log1p(frs_builder *b, frs_tensor *x); /* ln(1 + x) */
frs_tensor *frs_expm1(frs_builder *b, frs_tensor *x); /* exp(x) - 1 */
frs_tensor *frs_sin(frs_builder *b, frs_tensor *x);
frs_tensor *frs_cos(frs_builder *b, frs_tensor *x);
frs_tensor *frs_tan(frs_builder *b, frs_tensor *x);
frs_tensor *frs_asin(frs_builder *b, frs_tensor *x);
frs_tensor *frs_acos(frs_builder *b, frs_tensor *x);
frs_tensor *frs_atan(frs_builder *b, frs_tensor *x);
frs_tensor *frs_sinh(frs_builder *b, frs_tensor *x);
frs_tensor *frs_cosh(frs_builder *b, frs_tensor *x);
frs_tensor *frs_asinh(frs_builder *b, frs_tensor *x);
frs_tensor *frs_acosh(frs_builder *b, frs_tensor *x);
frs_tensor *frs_atanh(frs_builder *b, frs_tensor *x);
frs_tensor *frs_not(frs_builder *b, frs_tensor *x);   /* 1 - x of 0 and 1 */
frs_tensor *frs_isnan(frs_builder *b, frs_tensor *x); /* 1 where NaN, else 0 */
frs_tensor *frs_isinf(frs_builder *b, frs_tensor *x); /* 1 where infinite, else 0 */
/* Of two values. Comparisons and and, or, xor (of what is above 0) give 0 or 1, 0 where one is NaN,
 * and have no gradient. min, max: NaN where one is. mod has the sign of y, fmod that of x. */
frs_tensor *frs_min(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_max(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_pow(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_mod(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_fmod(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_greater(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_less(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_equal(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_greater_equal(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_less_equal(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_and(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_or(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_xor(frs_builder *b, frs_tensor *x, frs_tensor *y);
frs_tensor *frs_where(frs_builder *b, frs_tensor *cond, frs_tensor *x,
                      frs_tensor *y); /* x where cond is above 0, else y; all three broadcast */
frs_tensor *frs_clip(frs_builder *b, frs_tensor *x, double lo,
                     double hi); /* into [lo, hi]; -INFINITY, INFINITY: no bound; NaN stays NaN */
/* Activations; NaN stays NaN. alpha and beta where the formula has a and b (their values unless
 * told others behind it). Names, as in YAML and Keras: src/op/activation_list.def. */
typedef enum frs_activation {
    FRS_LINEAR,
    FRS_RELU,             /* max(x, 0) */
    FRS_LEAKY_RELU,       /* x > 0: x, else a x (0.2) */
    FRS_ELU,              /* x > 0: x, else a (exp(x) - 1) (1); a above 0, as for the next two */
    FRS_CELU,             /* x > 0: x, else a (exp(x / a) - 1) (1) */
    FRS_SELU,             /* b times elu (1.6733, 1.0507) */
    FRS_GELU,             /* x Phi(x), Phi the normal distribution, by erf */
    FRS_GELU_TANH,        /* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
    FRS_SILU,             /* x sigmoid(x); also "swish" */
    FRS_MISH,             /* x tanh(softplus(x)) */
    FRS_HARD_SIGMOID,     /* a x + b within [0, 1] (0.2, 0.5); Keras 3, PyTorch: (1 / 6, 0.5) */
    FRS_HARD_SWISH,       /* x times (a x + b within [0, 1]) (1 / 6, 0.5); also "hard_silu" */
    FRS_SOFTSIGN,         /* x / (1 + |x|) */
    FRS_SOFTPLUS,         /* ln(1 + exp(x)) */
    FRS_RELU6,            /* x within [a, b] (0, 6) */
    FRS_THRESHOLDED_RELU, /* x > a: x, else 0 (1) */
    FRS_SHRINK,           /* x > a: x - b; x < -a: x + b; else 0 (0.5, 0) */
    FRS_SCALED_TANH,      /* a tanh(b x) (1.7159, 2 / 3); a above 0 */
    FRS_SIGMOID,          /* 1 / (1 + exp(-x)) */
    FRS_TANH
} frs_activation;
frs_tensor *frs_activate(frs_builder *b, frs_tensor *x, frs_activation kind);
frs_tensor *frs_activate_with(frs_builder *b, frs_tensor *x, frs_activation kind, double alpha,
                              double beta);
const char *frs_activation_name(frs_activation kind); /* "leaky_relu"; NULL: no such kind */
bool frs_activation_find(const char *name, frs_activation *kind); /* false: no such name */
frs_tensor *frs_relu(frs_builder *b, frs_tensor *x);
frs_tensor *frs_sigmoid(frs_builder *b, frs_tensor *x);
frs_tensor *frs_tanh(frs_builder *b, frs_tensor *x);
frs_tensor *frs_softplus(frs_builder *b, frs_tensor *x);
frs_tensor *frs_prelu(frs_builder *b, frs_tensor *x,
                      frs_tensor *slope); /* x < 0: slope x; slope [C], [1], or x's shape */
/* Shares of the last axis (or of `axis`) among those whose mask is above 0; 0 for the others, and
 * where none is. The mask may be broadcast to x; NULL: all count. */
frs_tensor *frs_softmax(frs_builder *b, frs_tensor *x, frs_tensor *mask);
frs_tensor *frs_softmax_axis(frs_builder *b, frs_tensor *x, frs_tensor *mask, int axis);
frs_tensor *frs_log_softmax(frs_builder *b, frs_tensor *x, int axis);
frs_tensor *frs_matmul(frs_builder *b, frs_tensor *x, frs_tensor *y, bool trans_x,
                       bool trans_y); /* last two axes; NumPy broadcasting of those before */
frs_tensor *frs_reduce_sum(frs_builder *b, frs_tensor *x,
                           uint32_t axes); /* bit a: axis a; kept as 1; all: ~0u */
frs_tensor *frs_reduce_mean(frs_builder *b, frs_tensor *x, uint32_t axes);
frs_tensor *frs_reduce_max(frs_builder *b, frs_tensor *x, uint32_t axes);
frs_tensor *frs_reduce_min(frs_builder *b, frs_tensor *x, uint32_t axes);
frs_tensor *frs_reduce_prod(frs_builder *b, frs_tensor *x, uint32_t axes);
frs_tensor *frs_argmax(frs_builder *b, frs_tensor *x,
                       int axis); /* index of the first of the largest, axis kept as 1 */
frs_tensor *frs_argmin(frs_builder *b, frs_tensor *x, int axis); /* neither has a gradient */
typedef struct frs_cumsum_opts {
    bool exclusive; /* without the element itself */
    bool reverse;   /* from the end */
} frs_cumsum_opts;
frs_tensor *frs_cumsum(frs_builder *b, frs_tensor *x, int axis,
                       const frs_cumsum_opts *opts); /* NULL: neither */
frs_tensor *frs_slice(frs_builder *b, frs_tensor *x, int axis, int64_t first, int64_t n);
frs_tensor *frs_concat(frs_builder *b, frs_tensor *const *xs, int n, int axis);
frs_tensor *frs_reshape(frs_builder *b, frs_tensor *x, frs_shape shape);
frs_tensor *frs_expand(frs_builder *b, frs_tensor *x, frs_shape shape); /* broadcast copy */
frs_tensor *frs_dropout(frs_builder *b, frs_tensor *x,
                        double rate); /* identity when inferring; Philox(seed, DROPOUT, step) */
/* Likewise, whole channels of a sample of [B, spatial.., C] at once (Keras' SpatialDropout). */
frs_tensor *frs_spatial_dropout(frs_builder *b, frs_tensor *x, double rate);
frs_tensor *frs_last_step(frs_builder *b, frs_tensor *x);             /* [B,T,F] -> [B,F] */
frs_tensor *frs_last_steps(frs_builder *b, frs_tensor *x, int64_t n); /* -> [B,n,F] */
/* Moving elements. Axis k of the result is axis order[k] of x. */
frs_tensor *frs_permute(frs_builder *b, frs_tensor *x, const int *order);
frs_tensor *frs_flip(frs_builder *b, frs_tensor *x, uint32_t axes); /* bit a: axis a backwards */
frs_tensor *frs_depth_to_space(frs_builder *b, frs_tensor *x,
                               int64_t block); /* [B,H,W,b b C] -> [B,b H,b W,C] */
frs_tensor *frs_space_to_depth(frs_builder *b, frs_tensor *x, int64_t block); /* the inverse */
/* lo[a] elements before and hi[a] behind axis a: `value`, the same mirrored at the first and last
 * element (which is not repeated), or the first and last element repeated. */
typedef enum frs_pad_mode { FRS_PAD_CONSTANT, FRS_PAD_REFLECT, FRS_PAD_EDGE } frs_pad_mode;
typedef struct frs_pad_opts {
    int64_t lo[FRS_MAX_RANK], hi[FRS_MAX_RANK];
    frs_pad_mode mode;
    double value;
} frs_pad_opts;
frs_tensor *frs_pad(frs_builder *b, frs_tensor *x, const frs_pad_opts *opts);
/* x without lo[a] elements before and hi[a] behind axis a. */
frs_tensor *frs_crop(frs_builder *b, frs_tensor *x, const int64_t *lo, const int64_t *hi);
frs_tensor *frs_tile(frs_builder *b, frs_tensor *x,
                     const int64_t *times); /* times[a] copies behind each other on axis a */
/* Indices are whole numbers; -1 is the last. gather: slices of x at the indices, whose axes stand
 * in the place of `axis`; NaN where the index is out of range. scatter_add: the same backwards,
 * slices of x added up at their indices on an axis of n, in order; one out of range is dropped. */
frs_tensor *frs_gather(frs_builder *b, frs_tensor *x, frs_tensor *index, int axis);
frs_tensor *frs_scatter_add(frs_builder *b, frs_tensor *x, frs_tensor *index, int axis, int64_t n);
/* [..] -> [.., n]: 1 at the index, else 0; none out of range. No gradient. */
frs_tensor *frs_one_hot(frs_builder *b, frs_tensor *index, int64_t n);
/* Of the last two axes: on and above, on and below the k-th diagonal (0: the main one, 1: above
 * it), else 0. */
frs_tensor *frs_triu(frs_builder *b, frs_tensor *x, int64_t k);
frs_tensor *frs_tril(frs_builder *b, frs_tensor *x, int64_t k);
/* x [B, T, C], [B, H, W, C] or [B, D, H, W, C] to other sizes between batch and channels. Formulas
 * of the conventions: src/op/resize.c; names as ONNX's. */
typedef enum frs_resize_mode { FRS_RESIZE_NEAREST, FRS_RESIZE_LINEAR } frs_resize_mode;
typedef enum frs_resize_at {
    FRS_AT_HALF_PIXEL,
    FRS_AT_PYTORCH_HALF_PIXEL,
    FRS_AT_ALIGN_CORNERS,
    FRS_AT_ASYMMETRIC
} frs_resize_at;
typedef enum frs_resize_round {
    FRS_ROUND_PREFER_FLOOR,
    FRS_ROUND_PREFER_CEIL,
    FRS_ROUND_FLOOR,
    FRS_ROUND_CEIL
} frs_resize_round;
typedef struct frs_resize_opts {
    int64_t size[3]; /* of the axes between batch and channels */
    double scale[3]; /* output / input; 0: of the sizes */
    frs_resize_mode mode;
    frs_resize_at at;
    frs_resize_round round; /* of nearest */
} frs_resize_opts;
frs_tensor *frs_resize(frs_builder *b, frs_tensor *x, const frs_resize_opts *opts);
/* factor times as large on each of those axes. PyTorch's nn.Upsample: nearest, and linear with
 * align_corners=False. */
frs_tensor *frs_upsample(frs_builder *b, frs_tensor *x, int64_t factor, frs_resize_mode mode);

/* ---- windows over the spatial axes of [B, spatial.., C] (1 to 3 axes): pooling, convolutions */
typedef enum frs_padding {
    FRS_VALID,   /* none */
    FRS_SAME,    /* ceil(size / stride) outputs; TensorFlow's: the odd one stands at the end */
    FRS_EXPLICIT /* pad_lo and pad_hi */
} frs_padding;

typedef struct frs_pool_opts {
    int kernel[3];   /* one a spatial axis, slowest first; 0 after the first: as the first */
    int stride[3];   /* likewise; 0: as kernel */
    int dilation[3]; /* likewise; 0: 1 */
    frs_padding padding;
    int pad_lo[3], pad_hi[3]; /* with FRS_EXPLICIT */
    bool ceil_mode;           /* a last window that begins inside counts, though it ends outside */
    bool count_padding; /* avg_pool: padding counts as zeros (PyTorch's own default; Keras: not) */
} frs_pool_opts;
typedef enum frs_pool_kind { FRS_POOL_AVG, FRS_POOL_MAX } frs_pool_kind;
frs_tensor *frs_max_pool(frs_builder *b, frs_tensor *x, const frs_pool_opts *opts); /* NaN wins */
frs_tensor *frs_avg_pool(frs_builder *b, frs_tensor *x, const frs_pool_opts *opts);
/* out[3] outputs a spatial axis (0 after the first: as the first), each of the inputs from
 * floor(i n / out) to ceil((i + 1) n / out), as PyTorch's. */
frs_tensor *frs_adaptive_pool(frs_builder *b, frs_tensor *x, frs_pool_kind kind, const int *out);
frs_tensor *frs_global_pool(frs_builder *b, frs_tensor *x, frs_pool_kind kind); /* -> [B, C] */

typedef struct frs_lrn_opts {
    int size;              /* channels, the own one in the middle; required */
    double alpha, beta, k; /* 0: 1e-4, 0.75, 1. alpha goes with the mean of squares, as PyTorch's */
} frs_lrn_opts;
/* Local response normalisation across channels: x / (k + alpha mean of the squares around)^beta. */
frs_tensor *frs_lrn(frs_builder *b, frs_tensor *x, const frs_lrn_opts *opts);

/* ---- layers (src/nn) */
frs_tensor *frs_dense(frs_builder *b, frs_tensor *x,
                      int64_t units); /* last axis; weight [units, F], bias */
typedef struct frs_dense_opts {
    int64_t units;
    bool no_bias;
    frs_activation activation;
    frs_init init; /* of the weights; ZERO: UNIFORM(-1/sqrt F, 1/sqrt F), as PyTorch's */
} frs_dense_opts;
frs_tensor *frs_dense_with(frs_builder *b, frs_tensor *x, const frs_dense_opts *o);
/* Convolutions over the 1 to 3 spatial axes of x [B, spatial.., C], channels last; weight [filters,
 * C / groups, kernel..] and bias as PyTorch's, which they also start as. kernel, stride, dilation:
 * 0 after the first axis: as the first; stride, dilation 0: 1. */
typedef struct frs_conv_opts {
    int64_t filters;
    int kernel[3], stride[3], dilation[3];
    frs_padding padding;
    int pad_lo[3], pad_hi[3]; /* with FRS_EXPLICIT */
    int64_t groups;           /* 0: 1 */
    bool no_bias;
    frs_activation activation;
    frs_init init; /* as in frs_dense_opts, F: C / groups x kernel */
} frs_conv_opts;
frs_tensor *frs_conv(frs_builder *b, frs_tensor *x, const frs_conv_opts *o);
/* Each channel by itself; filters: a multiple of C, 0: C. groups is not looked at. */
frs_tensor *frs_depthwise_conv(frs_builder *b, frs_tensor *x, const frs_conv_opts *o);
/* depthwise, then a convolution of kernel 1 to filters: Chollet (2017), doi:10.1109/CVPR.2017.195.
 * Parameters "depthwise.weight", "pointwise.weight", "pointwise.bias". */
frs_tensor *frs_separable_conv(frs_builder *b, frs_tensor *x, const frs_conv_opts *o);
/* The other way: weight [C, filters / groups, kernel..]; an axis of n becomes (n - 1) stride - lo -
 * hi + dilation (kernel - 1) + 1; with FRS_SAME n stride. */
frs_tensor *frs_conv_transpose(frs_builder *b, frs_tensor *x, const frs_conv_opts *o);
/* A convolution in which each filter sees some channels only: table "0 1 2; 1 2 3; .." has a row a
 * filter, the channels it sees, ascending (at most 60 of each). Parameters weight_0 [1, n,
 * kernel..], weight_1, .. a filter and bias, as PyTorch's start (n x kernel inputs). filters and
 * groups are not looked at. LeCun et al. (1998), doi:10.1109/5.726791, table I. */
frs_tensor *frs_table_conv(frs_builder *b, frs_tensor *x, const char *table,
                           const frs_conv_opts *o);
/* weight[c] x + bias[c] of each channel, the last axis; weight starts as 1, bias as 0. */
frs_tensor *frs_scale_shift(frs_builder *b, frs_tensor *x);
frs_tensor *frs_flatten(frs_builder *b, frs_tensor *x); /* [B, ..] -> [B, n] */
/* Recurrent layers whose products are convolutions, over x [B, T, spatial.., C] (1 or 2 spatial
 * axes; padding SAME) -> [B, spatial.., H], or [B, T, spatial.., H] with sequences; twice the
 * channels when bidirectional, with parameters *_reverse. conv.filters is H; stride, padding,
 * groups and activation are not looked at. The initial state is 0. Gates: sigmoid, as Keras 3;
 * hard_gates: max(0, min(1, 0.2 x + 0.5)), Keras 2's own default.
 * LSTM, gates i f g o, without peepholes, as Keras: weight_ih [4 H, C, k..], weight_hh [4 H, H,
 * k..], bias [4 H]. Shi et al. (2015), arXiv:1506.04214.
 * GRU, gates r z, then n = tanh(W x + U (r h)): weight_ih [3 H, C, k..], weight_hh [2 H, H, k..],
 * weight_hn [H, H, k..], bias [3 H]; h = (1 - z) n + z h. Ballas et al. (2016), arXiv:1511.06432 */
typedef struct frs_conv_cell_opts {
    frs_conv_opts conv;
    bool sequences, bidirectional;
    bool hard_gates; /* hard_sigmoid in the gates */
} frs_conv_cell_opts;
frs_tensor *frs_conv_lstm(frs_builder *b, frs_tensor *x, const frs_conv_cell_opts *o);
frs_tensor *frs_conv_gru(frs_builder *b, frs_tensor *x, const frs_conv_cell_opts *o);
typedef struct frs_recurrent_opts {
    int64_t hidden;      /* H, required */
    int layers;          /* 0: 1 */
    double forget_bias;  /* LSTM, EA-LSTM; 0: as PyTorch; else its gate's bias_hh starts here */
    double dropout;      /* between layers, in training */
    frs_tensor *h0, *c0; /* [layers x directions, B, H]; NULL: zero. c0: LSTM, EA-LSTM */
    frs_tensor *statics; /* [B, S] that stand behind x at every step of the first layer,
                            weight_ih_l0 [G H, F + S], and are met once; NULL: none */
    frs_tensor *mask;    /* [B, T]; not above 0: the state stays and y repeats; NULL: none */
    bool last_only;      /* -> [B, H] after the last step (backward starts there, less memory) */
    bool bidirectional;  /* -> [B, T, 2 H]: each layer also reads from the last time to the first.
                            With last_only, as Keras, each direction's h after all its steps */
    bool bfloat16; /* when training by kernels: products and kept activations in bfloat16, sums in
                      float; FRS_E_UNSUPPORTED unless processor and ISA level have AMX */
    bool relu;     /* RNN: ReLU in place of tanh */
} frs_recurrent_opts;
typedef frs_recurrent_opts frs_lstm_opts;
/* Recurrent layers, x [B, T, F] -> [B, T, H]. PyTorch's parameters weight_ih_l0 [G H, F],
 * weight_hh_l0 [G H, H], bias_ih_l0, bias_hh_l0 [G H] (and _reverse), all starting as
 * UNIFORM(-1/sqrt H, 1/sqrt H); gates i f g o (LSTM), r z n (GRU), one (RNN), f g o (EA-LSTM).
 * Registers outputs "h_n" and, for LSTM and EA-LSTM, "c_n" [layers x directions, B, H] when
 * inferring. Equations and sources: src/op/seq_cells.c. */
frs_tensor *frs_lstm(frs_builder *b, frs_tensor *x, const frs_recurrent_opts *opts);
frs_tensor *frs_gru(frs_builder *b, frs_tensor *x, const frs_recurrent_opts *opts);
frs_tensor *frs_rnn(frs_builder *b, frs_tensor *x, const frs_recurrent_opts *opts);
/* The input gate is made from static attributes alone (statics [B, S]; parameters
 * input_gate.weight [H, S], input_gate.bias) and does not change with time: what a catchment is
 * decides which units it uses. One layer. Its first weights are those of the paper's code and
 * NeuralHydrology: weight_ih orthogonal, weight_hh a unit matrix a gate, biases 0 (forget_bias in
 * bias_hh's gate f). Kratzert et al. (2019), doi:10.5194/hess-23-5089-2019 */
frs_tensor *frs_ealstm(frs_builder *b, frs_tensor *x, frs_tensor *statics,
                       const frs_recurrent_opts *opts);

/* Rows of a table of n by index, [..] -> [.., units]; parameter weight [n, units], NORMAL(0, 1) as
 * torch.nn.Embedding. NaN where the index is out of range. */
frs_tensor *frs_embed(frs_builder *b, frs_tensor *index, int64_t n, int64_t units);
/* [T, D], not learned: sin(t / 10000^(2i/D)) at 2i, the cosine at 2i + 1. Vaswani et al. (2017),
 * arXiv:1706.03762, 3.5. frs_add to [B, T, D]. */
frs_tensor *frs_positions(frs_builder *b, int64_t steps, int64_t units);
/* softmax(q k' / sqrt(D)) v of q [.., T, D], k [.., S, D], v [.., S, E]; mask broadcast to
 * [.., T, S], what is not above 0 does not count; NULL: all do. Vaswani et al. (2017). */
frs_tensor *frs_dot_attention(frs_builder *b, frs_tensor *q, frs_tensor *k, frs_tensor *v,
                              frs_tensor *mask);
/* Additive attention: shares softmax_s(v' tanh(W q_t + U k_s)) of the values, q [B, T, Dq],
 * k [B, S, Dk], v [B, S, E] -> [B, T, E]; mask as above. Parameters query.weight [units, Dq],
 * key.weight [units, Dk], score.weight [1, units]. Bahdanau et al. (2015), arXiv:1409.0473 */
frs_tensor *frs_additive_attention(frs_builder *b, frs_tensor *q, frs_tensor *k, frs_tensor *v,
                                   int64_t units, frs_tensor *mask);
/* Multi-head attention, torch.nn.MultiheadAttention(batch_first) with kdim and vdim E: parameters
 * in_proj_weight [3E, E], in_proj_bias [3E], out_proj.weight [E, E], out_proj.bias [E] and their
 * first values. q [B, T, E], k and v [B, S, E]. Vaswani et al. (2017) */
typedef struct frs_attention_opts {
    int64_t heads;        /* E is a multiple; 0: 1 */
    frs_tensor *key_mask; /* [B, S]; not above 0: has no share (PyTorch's key_padding_mask is its
                             opposite); NULL: none. No key at all: shares of 0, PyTorch's are NaN */
    bool causal;          /* step t looks at steps up to t */
    double dropout;       /* of the shares, in training */
} frs_attention_opts;
frs_tensor *frs_attention(frs_builder *b, frs_tensor *q, frs_tensor *k, frs_tensor *v,
                          const frs_attention_opts *opts);
/* A layer on each step: [B, T, ..] as [B T, ..] through it, and back. arg goes to the layer. */
typedef frs_tensor *(*frs_layer_fn)(frs_builder *b, frs_tensor *x, const void *arg);
frs_tensor *frs_each_step(frs_builder *b, frs_tensor *x, frs_layer_fn layer, const void *arg);
/* Normalisation: src/op/batch_norm.c, group_norm.c, lrn.c. Parameters weight and bias, and batch
 * norm's states running_mean and running_var, as torch.nn's. NULL for the options: defaults. */
typedef struct frs_batch_norm_opts {
    double momentum; /* share of a batch in the running values; 0: 0.1 */
    double eps;      /* 0: 1e-5 */
    bool relu;       /* then ReLU, in one */
    bool frozen;     /* when training, too, by the running values, which stay */
} frs_batch_norm_opts;
/* x [B, .., C]: each channel by the batch's mean and variance when training, by the running ones
 * when inferring, and where weight and bias are frozen (frs_model_freeze), as Keras. */
frs_tensor *frs_batch_norm(frs_builder *b, frs_tensor *x, const frs_batch_norm_opts *opts);
typedef struct frs_norm_opts {
    double eps;     /* 0: 1e-5 */
    bool no_affine; /* no weight and no bias */
    bool no_bias;
} frs_norm_opts;
/* Over the last `axes` axes (0: 1); weight and bias have their shape. */
frs_tensor *frs_layer_norm(frs_builder *b, frs_tensor *x, int axes, const frs_norm_opts *opts);
/* x / sqrt(mean x^2 + eps) over the last axis, times weight. */
frs_tensor *frs_rms_norm(frs_builder *b, frs_tensor *x, const frs_norm_opts *opts);
/* x [B, spatial.., C]: each sample's `groups` groups of neighbouring channels over all of space;
 * instance: each channel by itself (PyTorch's own default has no weight and bias there). */
frs_tensor *frs_group_norm(frs_builder *b, frs_tensor *x, int groups, const frs_norm_opts *opts);
frs_tensor *frs_instance_norm(frs_builder *b, frs_tensor *x, const frs_norm_opts *opts);
/* A layer of the transformer's encoder, x [B, T, E] -> [B, T, E]: torch.nn.TransformerEncoderLayer
 * with its parameters self_attn.*, linear1.*, linear2.*, norm1.*, norm2.* (src/nn/transformer.c).
 * Several: each in a scope of its own. */
typedef struct frs_transformer_opts {
    int64_t heads;             /* 0: 1 */
    int64_t hidden;            /* of the two dense layers; required */
    frs_activation activation; /* between them; FRS_LINEAR: ReLU */
    double dropout;            /* of shares, of both parts and between the dense layers */
    double eps;                /* of the normalisation; 0: 1e-5 */
    bool norm_first;           /* before each part, else behind each sum */
    bool causal;
    frs_tensor *key_mask; /* as in frs_attention_opts */
} frs_transformer_opts;
frs_tensor *frs_transformer_encoder(frs_builder *b, frs_tensor *x,
                                    const frs_transformer_opts *opts);

/* ---- losses: scalar. A target that is NaN does not count; no target at all gives 0 and no
 * gradient. */
frs_tensor *frs_loss_mse(frs_builder *b, frs_tensor *sim, frs_tensor *obs);
frs_tensor *frs_loss_rmse(frs_builder *b, frs_tensor *sim, frs_tensor *obs);
/* mean of w (sim-obs)^2, w = 1/(std + 0.1)^2 per sample, std [B] of the site's flow as given to the
 * model. Kratzert et al. (2019), doi:10.5194/hess-23-5089-2019 */
frs_tensor *frs_loss_nse(frs_builder *b, frs_tensor *sim, frs_tensor *obs, frs_tensor *std);
/* 1 - KGE of the whole batch (sites and leads together). shift: mean / std of the target when sim
 * and obs are standardised by them, else 0. Gupta et al. (2009), doi:10.1016/j.jhydrol.2009.08.003
 */
frs_tensor *frs_loss_kge(frs_builder *b, frs_tensor *sim, frs_tensor *obs, double shift);
/* Means of a loss of each value; formulas and sources: src/op/loss_point.c. Huber: squared up to
 * delta, then linear. Pinball: its least value is at the quantile. Peaks: squared, a standardised
 * reading o above the mean weighs 1 + weight o. Focal: squared, times tanh(beta |error| / 2)^gamma.
 */
frs_tensor *frs_loss_huber(frs_builder *b, frs_tensor *sim, frs_tensor *obs, double delta);
frs_tensor *frs_loss_pinball(frs_builder *b, frs_tensor *sim, frs_tensor *obs, double quantile);
frs_tensor *frs_loss_peaks(frs_builder *b, frs_tensor *sim, frs_tensor *obs, double weight);
frs_tensor *frs_loss_focal(frs_builder *b, frs_tensor *sim, frs_tensor *obs, double beta,
                           double gamma);
frs_tensor *frs_loss_mae(frs_builder *b, frs_tensor *sim, frs_tensor *obs);
frs_tensor *frs_loss_log_cosh(frs_builder *b, frs_tensor *sim, frs_tensor *obs); /* RainNet's */
/* Of yes and no: means of a loss of each value, targets 0 or 1; formulas: src/op/loss_point.c.
 * Cross-entropy of probabilities, of logits; of_ones: how much more a 1 weighs (1: as much). Focal,
 * of logits; alpha: the weight of a 1, 1 - alpha that of a 0. Hinge: a target above 0 is yes, else
 * no. */
frs_tensor *frs_loss_bce(frs_builder *b, frs_tensor *p, frs_tensor *target, double of_ones);
frs_tensor *frs_loss_bce_logits(frs_builder *b, frs_tensor *x, frs_tensor *target, double of_ones);
frs_tensor *frs_loss_focal_binary(frs_builder *b, frs_tensor *x, frs_tensor *target, double alpha,
                                  double gamma);
frs_tensor *frs_loss_hinge(frs_builder *b, frs_tensor *x, frs_tensor *target);
frs_tensor *frs_loss_squared_hinge(frs_builder *b, frs_tensor *x, frs_tensor *target);
/* Of classes, the last axis of [.., K]: target [.., K], shares of the classes, or [..], the number
 * of the class, 0 .. K - 1 (one that is no class makes the loss NaN). weights: of the classes [K],
 * NULL:
 * 1. Means over rows; of weighted numbers over their weights, as PyTorch's, but for focal.
 * Formulas: src/op/loss_classes.c. Of logits: cross-entropy, the targets' shares smoothed by (1 -
 * smoothing) t
 * + smoothing / K; focal, (1 - p)^gamma times it. Of probabilities: negative log likelihood;
 * Kullback and Leibler's divergence. */
frs_tensor *frs_loss_cross_entropy(frs_builder *b, frs_tensor *x, frs_tensor *target,
                                   frs_tensor *weights, double smoothing);
frs_tensor *frs_loss_focal_classes(frs_builder *b, frs_tensor *x, frs_tensor *target,
                                   frs_tensor *weights, double gamma);
frs_tensor *frs_loss_nll(frs_builder *b, frs_tensor *p, frs_tensor *target, frs_tensor *weights);
frs_tensor *frs_loss_kl(frs_builder *b, frs_tensor *p, frs_tensor *target);
/* l1 sum |w| + l2 sum w^2 of a parameter, to be added to a loss. */
frs_tensor *frs_penalty(frs_builder *b, frs_tensor *w, double l1, double l2);

/* ---- models and plans */
typedef struct frs_model_opts {
    frs_build_fn build;
    const void *arg;
    size_t arg_size; /* arg is copied */
    uint64_t seed;
    frs_dtype dtype;     /* F64: every operator by its reference, for checks */
    bool reference_only; /* ignore faster kernels */
    bool unfused;        /* operators as they were built, none as part of another */
} frs_model_opts;
frs_status frs_model_new(frs_ctx *ctx, const frs_model_opts *opts, frs_model **m);
void frs_model_free(frs_model *m);
frs_status frs_model_compile(frs_model *m, frs_mode mode, frs_dims dims,
                             frs_plan **plan); /* borrowed, cached */
typedef struct frs_param_info {
    const char *name;
    frs_shape shape;
    int64_t offset;
    bool state;  /* frs_state */
    bool frozen; /* frs_model_freeze */
} frs_param_info;
/* The build function alone: its errors are found and parameters become known, but neither weights
 * nor a plan are made. */
frs_status frs_model_outline(frs_model *m, frs_dims dims);
int64_t frs_model_n_params(const frs_model *m);
frs_param_info frs_model_param(const frs_model *m, int64_t i);
int64_t frs_model_flat_count(
    const frs_model *m); /* elements in the flat buffers, padding included (padding stays 0) */
frs_dtype frs_model_dtype(const frs_model *m);
/* float* or double* by dtype; NULL before the first compile. To be asked for anew before each
 * change of weights: inference plans keep them packed until then. */
void *frs_model_weights(frs_model *m);
void *frs_model_gradients(frs_model *m); /* NULL before the first compile for training */
/* Parameters named `scope` or `scope.*` ("": all) are trained no more, or again: they get no
 * gradient (0) and optimisers leave them. All plans are freed.
 * errors: FRS_E_ARG no such parameter */
frs_status frs_model_freeze(frs_model *m, const char *scope, bool frozen);
/* Frees all plans; the weights stay. For a build function that now builds otherwise. */
void frs_model_forget_plans(frs_model *m);
const void *frs_model_weights_get(const frs_model *m);
/* n is the number of elements the input has; data is float* whatever the dtype (widened for F64).
 */
frs_status frs_plan_feed(frs_plan *p, const char *input, const float *data, int64_t n); /* copies */
/* The input's own place in the arena, to gather straight into; F32 only. Valid until the next
 * compile. */
frs_status frs_plan_input(frs_plan *p, const char *input, float **data, int64_t *n);
frs_status frs_plan_run(frs_plan *p,
                        uint64_t step); /* step keys dropout; TRAIN also fills the gradients */
frs_status frs_plan_output(frs_plan *p, const char *name, double *out,
                           int64_t n); /* "loss" is one, too */
frs_status frs_plan_output_shape(const frs_plan *p, const char *name, frs_shape *shape);
frs_status frs_plan_output_f32(frs_plan *p, const char *name, const float **data,
                               int64_t *n); /* borrowed until the next run */
size_t frs_plan_arena_bytes(const frs_plan *p);
/* Multiplications and additions of the products (matrices, convolutions, recurrent layers) of a
 * run, in nodes named `scope` or `scope.*` ("": all). */
double frs_plan_operations(const frs_plan *p, const char *scope);
/* One line a node: name, op, backend/kernel, shapes, bytes; "reference" marks the slow ones. Caller
 * frees by frs_text_free. */
frs_status frs_plan_explain(const frs_plan *p, char **text);

#ifdef __cplusplus
}
#endif
#endif
