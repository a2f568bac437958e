/* The layers of Keras 2 that are known here, by class_name. A setting that changes what is computed
 * and has no counterpart is refused; those of training (initialisers, regularisers) are passed
 * over. source: get_config of keras/layers, Keras 2.10 */
#include "exchange/keras_layer.h"
#include "config/yaml.h"
#include <stdio.h>
#include <string.h>

typedef struct layer {
    const frs__keras_writing *w;
    const frs__keras_item *l;
    frs_buf *out;
    frs__keras_also *also;
} layer;

frs_status frs__keras_refuse(const frs__keras_writing *w, const frs__keras_item *l, const char *key,
                             const char *what) {
    return frs__fail(w->ctx, FRS_E_UNSUPPORTED, _("%s: layer '%.80s' (%.40s): %s: %s"), w->path,
                     l->name, l->kind, key, what);
}

static frs_status refuse(const layer *y, const char *key, const char *what) {
    return frs__keras_refuse(y->w, y->l, key, what);
}

/* ---- settings */

static const json_t *setting(const layer *y, const char *key) {
    const json_t *v = json_object_get(y->l->config, key);
    return json_is_null(v) ? NULL : v;
}

/* Only this value (or none) is known here. */
static frs_status only(const layer *y, const char *key, const char *value) {
    const json_t *v = setting(y, key);
    char what[128];
    if (!v || (json_is_string(v) && strcmp(json_string_value(v), value) == 0)) return FRS_OK;
    snprintf(what, sizeof what, _("only '%s' is known here"), value);
    return refuse(y, key, what);
}

static frs_status never(const layer *y, const char *key) {
    const json_t *v = setting(y, key);
    if (!v || json_is_false(v)) return FRS_OK;
    return refuse(y, key, _("it is not known here"));
}

static frs_status flag(const layer *y, const char *key, bool usual, bool *v) {
    const json_t *given = setting(y, key);
    *v = given ? json_is_true(given) : usual;
    return !given || json_is_boolean(given) ? FRS_OK : refuse(y, key, _("expected true or false"));
}

static frs_status number(const layer *y, const char *key, double usual, double *v) {
    const json_t *given = setting(y, key);
    *v = given ? json_number_value(given) : usual;
    return !given || json_is_number(given) ? FRS_OK : refuse(y, key, _("expected a number"));
}

static frs_status whole(const layer *y, const char *key, int64_t usual, int64_t *v) {
    const json_t *given = setting(y, key);
    *v = given ? json_integer_value(given) : usual;
    if ((given && !json_is_integer(given)) || *v < 1 || *v > INT32_MAX)
        return refuse(y, key, _("expected a whole number above 0"));
    return FRS_OK;
}

/* One to three numbers, or one for all axes; *n 0: not there. */
static frs_status three(const layer *y, const char *key, int64_t v[3], int *n) {
    const json_t *given = setting(y, key);
    const size_t size = json_is_array(given) ? json_array_size(given) : given ? 1 : 0;
    *n = (int)(size <= 3 ? size : 0);
    bool good = size <= 3 && (!given || size > 0);
    for (int i = 0; i < *n; i++) {
        const json_t *one = json_is_array(given) ? json_array_get(given, (size_t)i) : given;
        v[i] = json_integer_value(one);
        good = good && json_is_integer(one) && v[i] >= 1 && v[i] <= INT16_MAX;
    }
    return good ? FRS_OK : refuse(y, key, _("expected one to three whole numbers"));
}

/* ---- fields */

static void put_int(const layer *y, const char *field, int64_t v) {
    frs__buf_printf(y->out, ", %s: %lld", field, (long long)v);
}

static void put_number(const layer *y, const char *field, double v) {
    char text[40];
    frs__buf_printf(y->out, ", %s: %s", field, frs__format_double(v, text));
}

static void put_list(const layer *y, const char *field, const int64_t *v, int n) {
    frs__buf_printf(y->out, ", %s: [", field);
    for (int i = 0; i < n; i++) frs__buf_printf(y->out, "%s%lld", i ? ", " : "", (long long)v[i]);
    frs__buf_add(y->out, "]");
}

static void put_type(const layer *y, const char *type) {
    frs__buf_printf(y->out, "type: %s", type);
}

static frs_status put_three(const layer *y, const char *key, const char *field) {
    int64_t v[3];
    int n;
    FRS_TRY(three(y, key, v, &n));
    if (n) put_list(y, field, v, n);
    return FRS_OK;
}

static frs_status put_activation(const layer *y) {
    const json_t *v = setting(y, "activation");
    const char *name = json_string_value(v);
    frs_activation kind;
    if (!v) return FRS_OK;
    y->also->softmax = name && strcmp(name, "softmax") == 0;
    if (y->also->softmax || (name && strcmp(name, "linear") == 0)) return FRS_OK;
    if (!name || !frs_activation_find(name, &kind))
        return refuse(y, "activation", _("it is not known here"));
    frs__buf_printf(y->out, ", activation: %s", frs_activation_name(kind));
    return FRS_OK;
}

static frs_status put_bias(const layer *y) {
    bool bias;
    FRS_TRY(flag(y, "use_bias", true, &bias));
    if (!bias) frs__buf_add(y->out, ", no_bias: true");
    return FRS_OK;
}

/* ---- dense, activations */

static frs_status dense(const layer *y) {
    int64_t units;
    FRS_TRY(whole(y, "units", 0, &units));
    put_type(y, "dense");
    put_int(y, "units", units);
    FRS_TRY(put_bias(y));
    return put_activation(y);
}

static frs_status activation(const layer *y) {
    const char *name = json_string_value(setting(y, "activation"));
    if (name && strcmp(name, "softmax") == 0) {
        put_type(y, "softmax");
        return FRS_OK;
    }
    put_type(y, "activation");
    return put_activation(y);
}

static frs_status put_slope(const layer *y, const char *kind, const char *key, double usual) {
    double alpha;
    FRS_TRY(number(y, key, usual, &alpha));
    put_type(y, "activation");
    if (alpha == 0 && strcmp(kind, "leaky_relu") == 0)
        kind = "relu"; /* an alpha of 0 means the usual one here */
    else if (alpha == 0)
        return refuse(y, key, _("0 is not known here"));
    frs__buf_printf(y->out, ", activation: %s", kind);
    if (strcmp(kind, "relu") != 0) put_number(y, "alpha", alpha);
    return FRS_OK;
}

static frs_status leaky(const layer *y) {
    return put_slope(y, "leaky_relu", "alpha", 0.3);
}
static frs_status elu(const layer *y) {
    return put_slope(y, "elu", "alpha", 1);
}
static frs_status thresholded(const layer *y) {
    return put_slope(y, "thresholded_relu", "theta", 1);
}

static frs_status relu(const layer *y) {
    double most, slope, threshold;
    FRS_TRY(number(y, "max_value", 0, &most));
    FRS_TRY(number(y, "negative_slope", 0, &slope));
    FRS_TRY(number(y, "threshold", 0, &threshold));
    if (threshold != 0) return refuse(y, "threshold", _("only 0 is known here"));
    if (!setting(y, "max_value")) return put_slope(y, "leaky_relu", "negative_slope", 0);
    if (most != 6 || slope != 0)
        return refuse(y, "max_value", _("only 6, without a slope, is known"));
    put_type(y, "activation");
    frs__buf_add(y->out, ", activation: relu6");
    return FRS_OK;
}

/* -1: the last, as here. */
static frs_status put_axis(const layer *y) {
    const json_t *v = setting(y, "axis");
    const json_int_t axis = v ? json_integer_value(v) : -1;
    if ((v && !json_is_integer(v)) || axis == 0 || axis < -1 || axis >= FRS_MAX_RANK)
        return refuse(y, "axis", _("only -1 and the axes behind the batch are known here"));
    if (axis > 0) put_int(y, "axis", axis);
    return FRS_OK;
}

static frs_status softmax(const layer *y) {
    put_type(y, "softmax");
    return put_axis(y);
}

/* ---- convolutions */

/* Steps back in time alone. */
static frs_status put_causal(const layer *y) {
    int64_t kernel[3], dilation[3] = {1, 1, 1};
    int n, n_dilation;
    FRS_TRY(three(y, "kernel_size", kernel, &n));
    FRS_TRY(three(y, "dilation_rate", dilation, &n_dilation));
    if (n != 1) return refuse(y, "padding", _("'causal' is of one axis"));
    const int64_t back = dilation[0] * (kernel[0] - 1);
    if (back > INT16_MAX) return refuse(y, "dilation_rate", _("the window is too wide"));
    frs__buf_printf(y->out, ", padding: explicit, pad_lo: [%lld], pad_hi: [0]", (long long)back);
    return FRS_OK;
}

static frs_status put_padding(const layer *y, bool causal) {
    const json_t *v = setting(y, "padding");
    const char *name = v ? json_string_value(v) : "valid";
    if (causal && name && strcmp(name, "causal") == 0) return put_causal(y);
    if (!name || (strcmp(name, "valid") != 0 && strcmp(name, "same") != 0))
        return refuse(y, "padding", _("expected 'valid' or 'same'"));
    frs__buf_printf(y->out, ", padding: %s", name);
    return FRS_OK;
}

static frs_status put_window(const layer *y, bool causal) {
    FRS_TRY(only(y, "data_format", "channels_last"));
    FRS_TRY(put_three(y, "kernel_size", "kernel"));
    FRS_TRY(put_three(y, "strides", "stride"));
    FRS_TRY(put_padding(y, causal));
    FRS_TRY(put_three(y, "dilation_rate", "dilation"));
    FRS_TRY(put_bias(y));
    return put_activation(y);
}

static frs_status conv(const layer *y) {
    int64_t filters, groups;
    FRS_TRY(whole(y, "filters", 0, &filters));
    FRS_TRY(whole(y, "groups", 1, &groups));
    put_type(y, "conv");
    put_int(y, "filters", filters);
    if (groups != 1) put_int(y, "groups", groups);
    return put_window(y, true);
}

/* Keras makes at least n stride of an axis of n, ours with 'valid' less where the kernel is smaller
 * than the stride. */
static frs_status transposed(const layer *y) {
    int64_t filters, kernel[3], stride[3] = {1, 1, 1};
    int n, n_stride;
    FRS_TRY(whole(y, "filters", 0, &filters));
    FRS_TRY(three(y, "kernel_size", kernel, &n));
    FRS_TRY(three(y, "strides", stride, &n_stride));
    for (int i = 0; i < n; i++)
        if (kernel[i] < stride[i < n_stride ? i : 0])
            return refuse(y, "strides", _("larger than the kernel is not known here"));
    if (setting(y, "output_padding")) return refuse(y, "output_padding", _("it is not known here"));
    put_type(y, "conv_transpose");
    put_int(y, "filters", filters);
    return put_window(y, false);
}

static frs_status separable(const layer *y) {
    int64_t filters, multiplier;
    FRS_TRY(whole(y, "filters", 0, &filters));
    FRS_TRY(whole(y, "depth_multiplier", 1, &multiplier));
    if (multiplier != 1) return refuse(y, "depth_multiplier", _("only 1 is known here"));
    put_type(y, "separable_conv");
    put_int(y, "filters", filters);
    return put_window(y, true);
}

/* How many channels there are, its weights alone say: [k.., C, m]. */
static int64_t channels(const layer *y) {
    const frs__keras_file *f = y->w->file;
    for (int64_t i = 0; i < f->n; i++) {
        if (strcmp(f->layers[i].name, y->l->name) != 0 || f->layers[i].n < 1) continue;
        const frs__keras_weight *w = &f->layers[i].weights[0];
        return w->rank > 2 ? w->dim[w->rank - 2] : 0;
    }
    return 0;
}

static frs_status depthwise(const layer *y) {
    int64_t multiplier;
    FRS_TRY(whole(y, "depth_multiplier", 1, &multiplier));
    put_type(y, "depthwise_conv");
    if (multiplier != 1) put_int(y, "filters", multiplier * channels(y));
    return put_window(y, false);
}

/* ---- pooling, sizes */

static frs_status pool(const layer *y) {
    put_type(y, strncmp(y->l->kind, "Max", 3) == 0 ? "max_pool" : "average_pool");
    FRS_TRY(only(y, "data_format", "channels_last"));
    FRS_TRY(put_three(y, "pool_size", "kernel"));
    FRS_TRY(put_three(y, "strides", "stride"));
    return put_padding(y, false);
}

static frs_status global_pool(const layer *y) {
    FRS_TRY(only(y, "data_format", "channels_last"));
    FRS_TRY(never(y, "keepdims"));
    put_type(y, strstr(y->l->kind, "Max") ? "global_max_pool" : "global_average_pool");
    return FRS_OK;
}

static frs_status upsample(const layer *y) {
    int64_t size[3] = {0};
    int n;
    const char *mode = json_string_value(setting(y, "interpolation"));
    FRS_TRY(only(y, "data_format", "channels_last"));
    FRS_TRY(three(y, "size", size, &n));
    for (int i = 1; i < n; i++)
        if (size[i] != size[0]) return refuse(y, "size", _("only one size for all axes is known"));
    if (!n || (mode && strcmp(mode, "nearest") != 0 && strcmp(mode, "bilinear") != 0))
        return refuse(y, n ? "interpolation" : "size", _("it is not known here"));
    put_type(y, "upsample");
    put_int(y, "size", size[0]);
    if (mode) frs__buf_printf(y->out, ", mode: %s", mode);
    return FRS_OK;
}

/* [1, 2] of one axis, [[1, 2], [3, 4]] of more: before and behind. */
static frs_status edges(const layer *y) {
    const bool crop = strncmp(y->l->kind, "Crop", 4) == 0;
    const char *key = crop ? "cropping" : "padding";
    const json_t *v = setting(y, key);
    const bool one = json_is_integer(json_array_get(v, 0));
    const size_t n = one ? 1 : json_array_size(v);
    int64_t lo[3], hi[3];
    bool good = n >= 1 && n <= 3;
    for (size_t i = 0; i < n && good; i++) {
        const json_t *axis = one ? v : json_array_get(v, i);
        lo[i] = json_integer_value(json_array_get(axis, 0));
        hi[i] = json_integer_value(json_array_get(axis, 1));
        good = json_array_size(axis) == 2 && lo[i] >= 0 && hi[i] >= 0 && lo[i] <= INT16_MAX &&
               hi[i] <= INT16_MAX;
    }
    FRS_TRY(only(y, "data_format", "channels_last"));
    if (!good) return refuse(y, key, _("expected a pair of numbers for each axis"));
    put_type(y, crop ? "crop" : "pad");
    put_list(y, "pad_lo", lo, (int)n);
    put_list(y, "pad_hi", hi, (int)n);
    return FRS_OK;
}

/* ---- shapes */

static frs_status flatten(const layer *y) {
    FRS_TRY(only(y, "data_format", "channels_last"));
    put_type(y, "flatten");
    return FRS_OK;
}

static frs_status put_sizes(const layer *y, const char *key, const char *field) {
    const json_t *v = setting(y, key);
    const size_t n = json_array_size(v);
    int64_t size[FRS_MAX_RANK];
    bool good = n >= 1 && n < FRS_MAX_RANK;
    for (size_t i = 0; i < n && good; i++) {
        size[i] = json_integer_value(json_array_get(v, i));
        good = size[i] >= 1;
    }
    if (!good) return refuse(y, key, _("expected a list of one to five numbers above 0"));
    put_list(y, field, size, (int)n);
    return FRS_OK;
}

static frs_status reshape(const layer *y) {
    put_type(y, "reshape");
    return put_sizes(y, "target_shape", "shape");
}

static frs_status permute(const layer *y) {
    put_type(y, "permute");
    return put_sizes(y, "dims", "order");
}

static frs_status repeat(const layer *y) {
    int64_t n;
    FRS_TRY(whole(y, "n", 0, &n));
    put_type(y, "repeat");
    put_int(y, "size", n);
    return FRS_OK;
}

/* ---- normalisation, dropout */

/* axis: a number or a list; whether they are the last ones is seen when the shapes are known. */
static frs_status find_axes(const layer *y) {
    const json_t *v = setting(y, "axis");
    const size_t n = json_is_array(v) ? json_array_size(v) : 1;
    json_int_t before = 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_is_array(v) ? json_array_get(v, i) : v;
        const json_int_t axis = one ? json_integer_value(one) : -1;
        if ((one && !json_is_integer(one)) || axis < -1 || axis == 0 || axis >= FRS_MAX_RANK ||
            (i && axis != before + 1))
            return refuse(y, "axis", _("only the last axes are known here"));
        if (i == 0) y->also->first = (int)axis;
        before = axis;
    }
    y->also->axes = (int)n;
    return n >= 1 && n < FRS_MAX_RANK ? FRS_OK : refuse(y, "axis", _("expected the last axes"));
}

static frs_status put_eps(const layer *y) {
    double eps;
    FRS_TRY(number(y, "epsilon", 1e-3, &eps));
    if (!(eps > 0)) return refuse(y, "epsilon", _("expected a number above 0"));
    put_number(y, "eps", eps);
    return FRS_OK;
}

static frs_status batch_norm(const layer *y) {
    double momentum;
    FRS_TRY(find_axes(y));
    FRS_TRY(number(y, "momentum", 0.99, &momentum));
    if (y->also->axes != 1) return refuse(y, "axis", _("only the last axis is known here"));
    if (!(momentum >= 0 && momentum < 1)) return refuse(y, "momentum", _("expected 0 to 1"));
    put_type(y, "batch_norm");
    put_number(y, "momentum", 1 - momentum);
    return put_eps(y);
}

static frs_status layer_norm(const layer *y) {
    FRS_TRY(find_axes(y));
    put_type(y, "layer_norm");
    put_int(y, "size", y->also->axes);
    return put_eps(y);
}

static frs_status dropout(const layer *y) {
    double rate;
    FRS_TRY(number(y, "rate", 0, &rate));
    if (!(rate >= 0 && rate < 1)) return refuse(y, "rate", _("expected 0 to 1"));
    FRS_TRY(never(y, "noise_shape"));
    put_type(y, strncmp(y->l->kind, "Spatial", 7) == 0 ? "spatial_dropout" : "dropout");
    put_number(y, "rate", rate);
    return FRS_OK;
}

/* ---- sequences */

static frs_status embedding(const layer *y) {
    int64_t words, units;
    FRS_TRY(whole(y, "input_dim", 0, &words));
    FRS_TRY(whole(y, "output_dim", 0, &units));
    FRS_TRY(never(y, "mask_zero"));
    put_type(y, "embedding");
    put_int(y, "size", words);
    put_int(y, "units", units);
    return FRS_OK;
}

static frs_status put_sequences(const layer *y) {
    bool sequences;
    static const char *const none[] = {"return_state", "go_backwards", "stateful", "time_major"};
    for (int64_t i = 0; i < FRS_LEN(none); i++) FRS_TRY(never(y, none[i]));
    FRS_TRY(flag(y, "return_sequences", false, &sequences));
    if (sequences) frs__buf_add(y->out, ", sequences: true");
    if (y->l->bidirectional) frs__buf_add(y->out, ", bidirectional: true");
    return FRS_OK;
}

static frs_status recurrent(const layer *y) {
    const char *kind = y->l->kind;
    const bool plain = strcmp(kind, "SimpleRNN") == 0, gru = strcmp(kind, "GRU") == 0;
    const char *f = json_string_value(setting(y, "activation"));
    const bool relu_cell = plain && f && strcmp(f, "relu") == 0;
    int64_t units;
    FRS_TRY(whole(y, "units", 0, &units));
    if (!relu_cell) FRS_TRY(only(y, "activation", "tanh"));
    if (!plain) FRS_TRY(only(y, "recurrent_activation", "sigmoid"));
    if (gru && json_is_false(setting(y, "reset_after")))
        return refuse(y, "reset_after", _("only true is known here"));
    put_type(y, plain ? "rnn" : gru ? "gru" : "lstm");
    put_int(y, "units", units);
    if (relu_cell) frs__buf_add(y->out, ", activation: relu");
    return put_sequences(y);
}

static frs_status conv_lstm(const layer *y) {
    int64_t filters, stride[3];
    int n;
    const char *gates = json_string_value(setting(y, "recurrent_activation"));
    FRS_TRY(whole(y, "filters", 0, &filters));
    FRS_TRY(three(y, "strides", stride, &n));
    for (int i = 0; i < n; i++)
        if (stride[i] != 1) return refuse(y, "strides", _("only 1 is known here"));
    FRS_TRY(only(y, "data_format", "channels_last"));
    FRS_TRY(only(y, "padding", "same"));
    FRS_TRY(only(y, "activation", "tanh"));
    if (!setting(y, "padding")) return refuse(y, "padding", _("only 'same' is known here"));
    if (json_is_false(setting(y, "use_bias")))
        return refuse(y, "use_bias", _("only true is known here"));
    if (gates && strcmp(gates, "hard_sigmoid") != 0)
        FRS_TRY(only(y, "recurrent_activation", "sigmoid"));
    put_type(y, "conv_lstm");
    put_int(y, "filters", filters);
    FRS_TRY(put_three(y, "kernel_size", "kernel"));
    FRS_TRY(put_three(y, "dilation_rate", "dilation"));
    if (!gates || strcmp(gates, "hard_sigmoid") == 0)
        frs__buf_add(y->out, ", mode: hard_sigmoid"); /* Keras' own default */
    return put_sequences(y);
}

/* ---- several inputs */

static frs_status merge(const layer *y) {
    static const char *const names[][2] = {{"Add", "add"},           {"Multiply", "multiply"},
                                           {"Subtract", "subtract"}, {"Average", "average"},
                                           {"Maximum", "maximum"},   {"Minimum", "minimum"}};
    for (int64_t i = 0; i < FRS_LEN(names); i++)
        if (strcmp(names[i][0], y->l->kind) == 0) put_type(y, names[i][1]);
    return FRS_OK;
}

static frs_status concat(const layer *y) {
    put_type(y, "concat");
    return put_axis(y);
}

/* ---- wrapped layers */

static frs_status put(const layer *y);

static frs_status inner_of(const layer *y, const char *key, frs__keras_item *inner) {
    const json_t *wrapped = setting(y, key);
    inner->kind = json_string_value(json_object_get(wrapped, "class_name"));
    inner->config = json_object_get(wrapped, "config");
    if (inner->kind && json_is_object(inner->config)) return FRS_OK;
    return refuse(y, key, _("expected a layer"));
}

static frs_status bidirectional(const layer *y) {
    frs__keras_item inner = {.name = y->l->name, .bidirectional = true};
    layer within = *y;
    FRS_TRY(inner_of(y, "layer", &inner));
    FRS_TRY(only(y, "merge_mode", "concat"));
    if (!setting(y, "merge_mode")) return refuse(y, "merge_mode", _("only 'concat' is known here"));
    if (!frs__word_in("LSTM GRU SimpleRNN", inner.kind))
        return refuse(y, inner.kind, _("only LSTM, GRU and SimpleRNN are known here"));
    within.l = &inner;
    return put(&within);
}

/* A layer on each step; where it works on the last axis alone, it is the layer itself. */
static frs_status each_step(const layer *y) {
    frs__keras_item inner = {.name = y->l->name};
    layer within = *y;
    FRS_TRY(inner_of(y, "layer", &inner));
    if (!frs__word_in("Dense Activation ReLU LeakyReLU ELU Softmax Dropout", inner.kind))
        return refuse(y, inner.kind, _("only layers of the last axis are known here"));
    within.l = &inner;
    return put(&within);
}

/* ---- which is which */

static const struct {
    const char *kind;
    frs_status (*put)(const layer *y);
} kinds[] = {
    {"Dense", dense},
    {"Activation", activation},
    {"ReLU", relu},
    {"LeakyReLU", leaky},
    {"ELU", elu},
    {"ThresholdedReLU", thresholded},
    {"Softmax", softmax},
    {"Conv1D", conv},
    {"Conv2D", conv},
    {"Conv3D", conv},
    {"Conv1DTranspose", transposed},
    {"Conv2DTranspose", transposed},
    {"Conv3DTranspose", transposed},
    {"SeparableConv1D", separable},
    {"SeparableConv2D", separable},
    {"DepthwiseConv1D", depthwise},
    {"DepthwiseConv2D", depthwise},
    {"ConvLSTM2D", conv_lstm},
    {"MaxPooling1D", pool},
    {"MaxPooling2D", pool},
    {"MaxPooling3D", pool},
    {"AveragePooling1D", pool},
    {"AveragePooling2D", pool},
    {"AveragePooling3D", pool},
    {"GlobalMaxPooling1D", global_pool},
    {"GlobalMaxPooling2D", global_pool},
    {"GlobalMaxPooling3D", global_pool},
    {"GlobalAveragePooling1D", global_pool},
    {"GlobalAveragePooling2D", global_pool},
    {"GlobalAveragePooling3D", global_pool},
    {"UpSampling1D", upsample},
    {"UpSampling2D", upsample},
    {"UpSampling3D", upsample},
    {"ZeroPadding1D", edges},
    {"ZeroPadding2D", edges},
    {"ZeroPadding3D", edges},
    {"Cropping1D", edges},
    {"Cropping2D", edges},
    {"Cropping3D", edges},
    {"Flatten", flatten},
    {"Reshape", reshape},
    {"Permute", permute},
    {"RepeatVector", repeat},
    {"BatchNormalization", batch_norm},
    {"LayerNormalization", layer_norm},
    {"Dropout", dropout},
    {"SpatialDropout1D", dropout},
    {"SpatialDropout2D", dropout},
    {"SpatialDropout3D", dropout},
    {"Embedding", embedding},
    {"LSTM", recurrent},
    {"GRU", recurrent},
    {"SimpleRNN", recurrent},
    {"Bidirectional", bidirectional},
    {"TimeDistributed", each_step},
    {"Add", merge},
    {"Subtract", merge},
    {"Multiply", merge},
    {"Average", merge},
    {"Maximum", merge},
    {"Minimum", merge},
    {"Concatenate", concat},
};

static frs_status put(const layer *y) {
    for (int64_t i = 0; i < FRS_LEN(kinds); i++)
        if (strcmp(kinds[i].kind, y->l->kind) == 0) return kinds[i].put(y);
    return frs__fail(y->w->ctx, FRS_E_UNSUPPORTED,
                     _("%s: layer '%.80s': a layer of class '%.60s' is not known here"), y->w->path,
                     y->l->name, y->l->kind);
}

frs_status frs__keras_put_layer(const frs__keras_writing *w, const frs__keras_item *l,
                                frs__keras_also *also) {
    const layer y = {.w = w, .l = l, .out = w->yaml, .also = also};
    *also = (frs__keras_also){0};
    return put(&y);
}
