/* Layers and operators without state beside PyTorch's: values of tests/golden/layers, which
 * tools/golden_layers.py makes; in double each element within 1e-9, in float each tensor within
 * 1e-5 in the 2-norm. */
#include "golden_net.h"

static frs_tensor *param(frs_builder *b, const char *name, frs_shape s) {
    return frs_param(b, name, s, (frs_init){0});
}
static frs_tensor *sequence(frs_builder *b, const char *name, int64_t T, int64_t F) {
    return param(b, name, (frs_shape){3, {2, T, F}});
}
static frs_tensor *keys(frs_builder *b) {
    return frs_input(b, "keys", (frs_shape){2, {2, 5}});
}

/* ---- attention */
static frs_tensor *of_itself(frs_builder *b, int64_t n, bool masked, bool causal) {
    frs_tensor *x = sequence(b, "x", 5, 6);
    const frs_attention_opts o = {
        .heads = n, .key_mask = masked ? keys(b) : NULL, .causal = causal};
    return frs_attention(b, x, x, x, &o);
}
static frs_tensor *attention_self(frs_builder *b) {
    return of_itself(b, 3, false, false);
}
static frs_tensor *attention_masked(frs_builder *b) {
    return of_itself(b, 2, true, false);
}
static frs_tensor *attention_causal(frs_builder *b) {
    return of_itself(b, 1, true, true);
}
static frs_tensor *attention_cross(frs_builder *b) {
    frs_tensor *q = sequence(b, "q", 4, 6), *k = sequence(b, "k", 5, 6);
    return frs_attention(b, q, k, sequence(b, "v", 5, 6),
                         &(frs_attention_opts){.heads = 6, .key_mask = keys(b)});
}
static frs_tensor *encoder(frs_builder *b) {
    frs_tensor *x = sequence(b, "x", 5, 6);
    const frs_transformer_opts o = {.heads = 2, .hidden = 7, .key_mask = keys(b)};
    return frs_transformer_encoder(b, x, &o);
}
static frs_tensor *encoder_first(frs_builder *b) {
    frs_tensor *x = sequence(b, "x", 5, 6);
    return frs_transformer_encoder(
        b, x, &(frs_transformer_opts){.heads = 3, .hidden = 7, .norm_first = true});
}
static frs_tensor *additive(frs_builder *b) {
    frs_tensor *q = sequence(b, "q", 3, 4), *k = sequence(b, "k", 5, 3);
    frs_tensor *v = sequence(b, "v", 5, 2);
    frs_tensor *mask = frs_reshape(b, keys(b), (frs_shape){3, {2, 1, 5}});
    return frs_additive_attention(b, q, k, v, 6, mask);
}

/* ---- other sizes */
static frs_tensor *image(frs_builder *b) {
    return param(b, "x", (frs_shape){4, {2, 3, 4, 3}});
}
static frs_tensor *nearest(frs_builder *b) {
    return frs_resize(b, image(b),
                      &(frs_resize_opts){.size = {7, 5},
                                         .mode = FRS_RESIZE_NEAREST,
                                         .at = FRS_AT_ASYMMETRIC,
                                         .round = FRS_ROUND_FLOOR});
}
static frs_tensor *nearest_exact(frs_builder *b) {
    return frs_resize(b, image(b),
                      &(frs_resize_opts){.size = {7, 5},
                                         .mode = FRS_RESIZE_NEAREST,
                                         .round = FRS_ROUND_PREFER_CEIL});
}
static frs_tensor *bilinear(frs_builder *b) {
    return frs_resize(b, image(b), &(frs_resize_opts){.size = {7, 3}, .mode = FRS_RESIZE_LINEAR});
}
static frs_tensor *bilinear_corners(frs_builder *b) {
    return frs_resize(
        b, image(b),
        &(frs_resize_opts){.size = {7, 3}, .mode = FRS_RESIZE_LINEAR, .at = FRS_AT_ALIGN_CORNERS});
}
static frs_tensor *linear(frs_builder *b) {
    return frs_resize(b, sequence(b, "x", 5, 3),
                      &(frs_resize_opts){
                          .size = {8}, .mode = FRS_RESIZE_LINEAR, .at = FRS_AT_PYTORCH_HALF_PIXEL});
}
static frs_tensor *trilinear(frs_builder *b) {
    return frs_resize(b, param(b, "x", (frs_shape){5, {1, 2, 3, 4, 3}}),
                      &(frs_resize_opts){.size = {4, 3, 9}, .mode = FRS_RESIZE_LINEAR});
}
static frs_tensor *upsample(frs_builder *b) {
    return frs_upsample(b, image(b), 2, FRS_RESIZE_LINEAR);
}
static frs_tensor *upsample_nearest(frs_builder *b) {
    return frs_upsample(b, image(b), 3, FRS_RESIZE_NEAREST);
}
static frs_tensor *padded(frs_builder *b, frs_pad_mode mode) {
    return frs_pad(b, param(b, "x", (frs_shape){4, {2, 4, 5, 3}}),
                   &(frs_pad_opts){.lo = {0, 3, 1}, .hi = {0, 0, 2}, .mode = mode});
}
static frs_tensor *pad_reflect(frs_builder *b) {
    return padded(b, FRS_PAD_REFLECT);
}
static frs_tensor *pad_edge(frs_builder *b) {
    return padded(b, FRS_PAD_EDGE);
}

/* ---- along axes */
static frs_tensor *log_softmax(frs_builder *b) {
    return frs_log_softmax(b, sequence(b, "x", 4, 5), 1);
}
static frs_tensor *softmax(frs_builder *b) {
    return frs_softmax_axis(b, sequence(b, "x", 4, 5), NULL, 0);
}

/* ---- products */
static frs_tensor *batch_product(frs_builder *b) {
    frs_tensor *x = param(b, "x", (frs_shape){4, {2, 1, 3, 4}});
    return frs_matmul(b, x, param(b, "y", (frs_shape){3, {5, 2, 4}}), false, true);
}
static frs_tensor *vector_product(frs_builder *b) {
    frs_tensor *x = sequence(b, "x", 3, 4);
    return frs_matmul(b, x, param(b, "y", (frs_shape){1, {4}}), false, false);
}
static frs_tensor *product_of_vector(frs_builder *b) {
    frs_tensor *x = param(b, "x", (frs_shape){1, {4}});
    return frs_matmul(b, x, sequence(b, "y", 4, 3), false, false);
}

#define NET(NAME)                                                                                  \
    { #NAME, NAME, false }
#define MASKED(NAME)                                                                               \
    { #NAME, NAME, true }
static const golden_net nets[] = {
    NET(attention_self),
    MASKED(attention_masked),
    MASKED(attention_causal),
    MASKED(attention_cross),
    MASKED(additive),
    MASKED(encoder),
    NET(encoder_first),
    NET(nearest),
    NET(nearest_exact),
    NET(bilinear),
    NET(bilinear_corners),
    NET(linear),
    NET(trilinear),
    NET(upsample),
    NET(upsample_nearest),
    NET(pad_reflect),
    NET(pad_edge),
    NET(log_softmax),
    NET(softmax),
    NET(batch_product),
    NET(vector_product),
    NET(product_of_vector),
};

static void in_double(void **state) {
    (void)state;
    for (int i = 0; i < FRS_LEN(nets); i++) golden_in_double(&nets[i]);
}
static void in_float(void **state) {
    (void)state;
    for (int i = 0; i < FRS_LEN(nets); i++) golden_in_float(&nets[i]);
}

/* The names that PyTorch's state has. */
static void names_of_attention(void **state) {
    (void)state;
    static const char *const expected[] = {"x", "in_proj_weight", "in_proj_bias", "out_proj.weight",
                                           "out_proj.bias"};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    const frs_model_opts o = {.build = golden_build, .arg = &nets[0], .arg_size = sizeof nets[0]};
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &plan));
    assert_int_equal(frs_model_n_params(m), FRS_LEN(expected));
    for (int i = 0; i < FRS_LEN(expected); i++)
        assert_string_equal(frs_model_param(m, i).name, expected[i]);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_double),
        cmocka_unit_test(in_float),
        cmocka_unit_test(names_of_attention),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
