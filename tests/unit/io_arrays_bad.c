/* Files of arrays that are broken, each in one way: refused, the file named, and what was expected.
 */
#include "arrays_files.h"

#include "io/arrays_format.h"
#include "io/picture.h"

typedef struct fixture {
    test_heap heap;
    frs_ctx *ctx;
    char dir[256], path[512];
    bytes b, packed;
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
    test_dir_remove(f->dir);
    test_ctx_free(f->ctx, &f->heap);
    free(f);
    return 0;
}

/* dir/name is refused; the message has the path's end and `part`. */
static void refused(fixture *f, const char *name, const frs_arrays_opts *o, frs_status want,
                    const char *part) {
    char path[512];
    frs_arrays a = {0};
    snprintf(path, sizeof path, "%s%s%s", f->dir, *name ? "/" : "", name);
    assert_status(f->ctx, frs_arrays_open(f->ctx, path, o, &a), want);
    assert_message(f->ctx, part);
    assert_message(f->ctx, name);
    assert_null(a.arrays);
}

static void put_bytes(fixture *f, const char *name, const bytes *b) {
    put_file(f->path, f->dir, name, b->at, b->n);
}
static void put_text(fixture *f, const char *name, const char *text) {
    put_file(f->path, f->dir, name, text, strlen(text));
}

/* ---- what it is at all */
static void nothing_known(void **state) {
    fixture *f = *state;
    refused(f, "absent", NULL, FRS_E_IO, "cannot read");
    put_text(f, "words", "a text");
    refused(f, "words", NULL, FRS_E_FORMAT, "expected an IDX file");
    put_text(f, "nothing", "");
    refused(f, "nothing", NULL, FRS_E_FORMAT, "expected an IDX file");
    put_text(f, "folder/readme", "a text");
    refused(f, "folder", NULL, FRS_E_FORMAT, "expected an IDX file");
    const frs_arrays_opts o = {.format = "cifar"};
    frs_arrays a = {0};
    assert_status(f->ctx, frs_arrays_open(f->ctx, f->dir, &o, &a), FRS_E_ARG);
    assert_message(f->ctx, "idx, mnist_json, images");
}

/* ---- IDX */
static const frs_arrays_opts as_idx = {.format = "idx"};
static void idx(fixture *f, int type, int rank, const uint32_t *sizes, size_t n, const char *part) {
    idx_bytes(&f->b, type, rank, sizes, "abcdefgh", n);
    put_bytes(f, "a", &f->b);
    refused(f, "a", &as_idx, FRS_E_FORMAT, part);
}

static void idx_heads(void **state) {
    fixture *f = *state;
    idx(f, 0x0A, 1, (uint32_t[]){1}, 1, "not an IDX file");
    idx(f, 0x0F, 1, (uint32_t[]){1}, 1, "not an IDX file");
    idx(f, 8, 0, NULL, 0, "0 sizes; expected 1 to 5");
    idx(f, 8, 6, (uint32_t[]){1, 1, 1, 1, 1, 1}, 1, "6 sizes");
    idx(f, 8, 255, NULL, 0, "255 sizes");
    idx(f, 8, 1, (uint32_t[]){0}, 0, "size 1 is 0");
    idx(f, 8, 2, (uint32_t[]){3, 0}, 3, "size 2 is 0");
    idx(f, 8, 2, (uint32_t[]){2, 2}, 3, "size 2 is 2, and 3 bytes");
    idx(f, 8, 2, (uint32_t[]){2, 2}, 5, "expected 4 bytes of values, found 5");
    idx(f, 0x0E, 1, (uint32_t[]){1}, 7, "size 1 is 1");
    idx(f, 8, 3, (uint32_t[]){0xffffffff, 0xffffffff, 0xffffffff}, 8, "size 1 is 4294967295");
    idx(f, 8, 5, (uint32_t[]){1, 0x10000, 0x10000, 0x10000, 0x10000}, 8, "size 2 is 65536");
    for (size_t n = 0; n < 12; n++) {
        idx_bytes(&f->b, 8, 2, (uint32_t[]){2, 2}, "abcd", 4);
        f->b.n = n;
        put_bytes(f, "a", &f->b);
        refused(f, "a", &as_idx, FRS_E_FORMAT,
                n < 4 ? "not an IDX file" : "expected a head of 12 bytes");
    }
}

static void idx_pairs(void **state) {
    fixture *f = *state;
    idx_bytes(&f->b, 8, 3, (uint32_t[]){2, 1, 2}, "abcd", 4);
    put_bytes(f, "s/b-images-idx3-ubyte", &f->b);
    idx_bytes(&f->b, 8, 1, (uint32_t[]){3}, "abc", 3);
    put_bytes(f, "s/b-labels-idx1-ubyte", &f->b);
    refused(f, "s", NULL, FRS_E_INPUT, "b-labels-idx1-ubyte: expected 2 labels");
    put_text(f, "s/b-labels-idx1-ubyte", "no");
    refused(f, "s", NULL, FRS_E_FORMAT, "b-labels-idx1-ubyte: not an IDX file");
    idx_bytes(&f->b, 8, 3, (uint32_t[]){2, 1, 2}, "abcd", 4);
    put_bytes(f, "s/c-images-idx3-ubyte", &f->b);
    refused(f, "s", NULL, FRS_E_INPUT, "say which part");
    refused(f, "s", &(frs_arrays_opts){.part = "t10k"}, FRS_E_NODATA, "t10k*images*idx*");
}

static void broken_gzip(void **state) {
    fixture *f = *state;
    if (frs__gzip_missing()) skip();
    idx_bytes(&f->b, 8, 2, (uint32_t[]){2, 2}, "abcd", 4);
    gzip_bytes(&f->packed, &f->b);
    for (size_t i = 0; i < f->packed.n; i++) {
        bytes *b = &f->packed;
        const unsigned char was = b->at[i];
        if (i >= 4 && i < 11) continue; /* time, system, padding: anything goes */
        b->at[i] ^= 0x40;
        put_bytes(f, "a.gz", b);
        refused(f, "a.gz", &as_idx, FRS_E_FORMAT, i < 2 ? "not an IDX file" : "gz");
        b->at[i] = was;
    }
    for (size_t n = 18; n < f->packed.n; n++) {
        bytes cut = f->packed;
        cut.n = n;
        put_bytes(f, "a.gz", &cut);
        refused(f, "a.gz", &as_idx, FRS_E_FORMAT, "gz");
    }
    memcpy(f->packed.at + f->packed.n - 4, "\xff\xff\xff\xff", 4);
    put_bytes(f, "a.gz", &f->packed);
    refused(f, "a.gz", &as_idx, FRS_E_FORMAT, "2 GiB");
    memcpy(f->packed.at + f->packed.n - 4, "\0\0\0\x40", 4);
    put_bytes(f, "a.gz", &f->packed);
    refused(f, "a.gz", &as_idx, FRS_E_FORMAT, "damaged");
}

/* ---- the npm package */
static void digits(void **state) {
    fixture *f = *state;
    static const struct {
        const char *text, *part;
    } wrong[] = {{"", "not JSON"},
                 {"{\"data\": [0, 1", "7.json:1: not JSON"},
                 {"[0, 1]", "784 numbers a digit, found 0"},
                 {"{\"data\": 3}", "784 numbers a digit, found 0"},
                 {"{\"data\": []}", "784 numbers a digit, found 0"},
                 {"{\"data\": [0, 1, 0.5]}", "784 numbers a digit, found 3"},
                 {"{\"data\": [1], \"data\": [2]}", "not JSON"}};
    put_digits(f->dir, "d/");
    for (int64_t i = 0; i < FRS_LEN(wrong); i++) {
        put_text(f, "d/7.json", wrong[i].text);
        refused(f, "d", NULL, FRS_E_FORMAT, wrong[i].part);
        assert_message(f->ctx, "7.json");
    }
    static const char *const values[] = {"-0.1", "1.1", "null", "\"1\"", "[]", "1e400"};
    for (int64_t i = 0; i < FRS_LEN(values); i++) {
        f->b.n = 0;
        put(&f->b, "{\"data\": [", 10);
        for (int k = 0; k < 783; k++) put(&f->b, "0,", 2);
        put(&f->b, values[i], strlen(values[i]));
        put(&f->b, "]}", 2);
        put_bytes(f, "d/7.json", &f->b);
        refused(f, "d", NULL, FRS_E_FORMAT, i < 5 ? "item 784" : "not JSON");
    }
    put_digits(f->dir, "d/");
    snprintf(f->path, sizeof f->path, "%s/d/9.json", f->dir);
    unlink(f->path);
    refused(f, "d", NULL, FRS_E_IO, "9.json");
    refused(f, "", &(frs_arrays_opts){.format = "mnist_json"}, FRS_E_IO, "0.json");
}

/* ---- pictures */
static void refused_picture(fixture *f, frs_status want, const char *part) {
    frs__picture p = {0};
    put_bytes(f, "p", &f->b);
    assert_status(f->ctx, frs__picture_read(f->ctx, f->path, &p), want);
    assert_message(f->ctx, part);
    assert_message(f->ctx, f->path);
    assert_null(p.rgb);
}

/* Cut anywhere but in its last bytes, it is refused; with any byte changed, refused or read. */
static void cut_and_changed(fixture *f, const char *name, const char *format, size_t end_bytes) {
    bytes whole;
    frs__picture p = {0};
    picture_bytes(&whole, name);
    for (size_t n = 0; n + end_bytes < whole.n; n++) {
        f->b = whole;
        f->b.n = n;
        refused_picture(f, FRS_E_FORMAT, n < 8 ? "" : format);
    }
    for (size_t i = 0; i < whole.n; i++) {
        f->b = whole;
        f->b.at[i] ^= 0x10;
        put_bytes(f, "p", &f->b);
        if (frs__picture_read(f->ctx, f->path, &p) == FRS_OK) frs__free(f->ctx, p.rgb);
        p.rgb = NULL;
    }
}

static void broken_png(void **state) {
    fixture *f = *state;
    if (frs__png_missing()) skip();
    cut_and_changed(f, "rgb.png", "PNG", 16); /* checksum of the pixels; IEND */
    picture_bytes(&f->b, "rgb.png");
    f->b.at[40] ^= 0xff;
    refused_picture(f, FRS_E_FORMAT, "damaged or truncated PNG");
}

/* The sizes of a PNG's head, with its checksum made right. */
static void huge_png(void **state) {
    fixture *f = *state;
    if (frs__png_missing()) skip();
    static const struct {
        uint32_t w, h;
        const char *part;
    } sizes[] = {{60000, 60000, "at most 67108864 are read"},
                 {100000, 1, "at most"},
                 {8000, 8000, "cannot be in 81 bytes"}};
    for (int64_t i = 0; i < FRS_LEN(sizes); i++) {
        picture_bytes(&f->b, "rgb.png");
        for (int k = 0; k < 4; k++) {
            f->b.at[16 + k] = (unsigned char)(sizes[i].w >> (24 - 8 * k));
            f->b.at[20 + k] = (unsigned char)(sizes[i].h >> (24 - 8 * k));
        }
        const uint32_t crc = crc_of(f->b.at + 12, 17);
        for (int k = 0; k < 4; k++) f->b.at[29 + k] = (unsigned char)(crc >> (24 - 8 * k));
        refused_picture(f, FRS_E_FORMAT, sizes[i].part);
    }
}

static void broken_jpeg(void **state) {
    fixture *f = *state;
    if (frs__jpeg_missing()) skip();
    cut_and_changed(f, "grey.jpg", "JPEG", 2);
    put_text(f, "c/a/x.png", "GIF89a");
    refused(f, "c", NULL, FRS_E_FORMAT, "x.png: expected a PNG or a JPEG");
}

static void folders(void **state) {
    fixture *f = *state;
    const frs_arrays_opts images = {.format = "images"};
    put_text(f, "e/empty/readme", "x");
    refused(f, "e", &images, FRS_E_NODATA, "a folder for each class");
    refused(f, "absent", &images, FRS_E_IO, "cannot read");
    picture_bytes(&f->b, "grey.png");
    put_bytes(f, "c/a/1.png", &f->b);
    const frs_arrays_opts wrong[] = {
        {.channels = 2}, {.channels = 4}, {.height = -1}, {.width = 1 << 20}};
    for (int64_t i = 0; i < FRS_LEN(wrong); i++) {
        frs_arrays a = {0};
        char path[512];
        snprintf(path, sizeof path, "%s/c", f->dir);
        assert_status(f->ctx, frs_arrays_open(f->ctx, path, &wrong[i], &a), FRS_E_ARG);
    }
    if (frs__png_missing()) skip();
    char name[128] = "c/";
    memset(name + 2, 'n', 70);
    strcat(name, "/1.png");
    put_bytes(f, name, &f->b);
    frs_arrays a = {0};
    char path[512];
    snprintf(path, sizeof path, "%s/c", f->dir);
    assert_status(f->ctx, frs_arrays_open(f->ctx, path, NULL, &a), FRS_E_ARG);
    assert_message(f->ctx, "at most 63 bytes");
}

/* ---- built without, or without memory */
static void built_without(void **state) {
    fixture *f = *state;
    if (!frs__png_missing() && !frs__jpeg_missing() && !frs__gzip_missing()) skip();
    picture_bytes(&f->b, "rgb.png");
    if (frs__png_missing()) refused_picture(f, FRS_E_UNSUPPORTED, "built without libpng");
    picture_bytes(&f->b, "ramp.jpg");
    if (frs__jpeg_missing()) refused_picture(f, FRS_E_UNSUPPORTED, "built without libturbojpeg");
    if (!frs__gzip_missing()) return;
    idx_bytes(&f->b, 8, 1, (uint32_t[]){1}, "a", 1);
    gzip_bytes(&f->packed, &f->b);
    put_bytes(f, "a.gz", &f->packed);
    refused(f, "a.gz", NULL, FRS_E_UNSUPPORTED, "built without zlib");
}

static frs_status open_all(frs_ctx *ctx, void *dir) {
    static const char *const sets[] = {"idx", "packed", "images", "digits"};
    for (int64_t i = 0; i < FRS_LEN(sets); i++) {
        char path[512];
        frs_arrays a = {0};
        snprintf(path, sizeof path, "%s/%s", (const char *)dir, sets[i]);
        if (!frs__exists(path)) continue;
        FRS_TRY(frs_arrays_open(ctx, path, NULL, &a));
        frs_arrays_free(ctx, &a);
    }
    return FRS_OK;
}

static void no_memory(void **state) {
    fixture *f = *state;
    idx_bytes(&f->b, 8, 1, (uint32_t[]){2}, "ab", 2);
    put_bytes(f, "idx/a-labels-idx1", &f->b);
    idx_bytes(&f->b, 8, 3, (uint32_t[]){2, 1, 2}, "abcd", 4);
    put_bytes(f, "idx/a-images-idx3", &f->b);
    if (!frs__gzip_missing()) {
        gzip_bytes(&f->packed, &f->b);
        put_bytes(f, "packed/a-images-idx3.gz", &f->packed);
    }
    picture_bytes(&f->b, "rgb.png");
    if (!frs__png_missing()) put_bytes(f, "images/a/1.png", &f->b);
    picture_bytes(&f->b, "grey.jpg");
    if (!frs__jpeg_missing()) put_bytes(f, "images/b/1.jpg", &f->b);
    test_oom(open_all, f->dir);
    put_digits(f->dir, "digits/"); /* slow: alone, and once */
    test_oom(open_all, f->dir);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(nothing_known), TEST(idx_heads),     TEST(idx_pairs), TEST(broken_gzip),
        TEST(digits),        TEST(broken_png),    TEST(huge_png),  TEST(broken_jpeg),
        TEST(folders),       TEST(built_without), TEST(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
