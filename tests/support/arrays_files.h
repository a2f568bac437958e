/* IDX files, gzip files and folders of images made byte by byte, so that they can be wrong in any
 * way. */
#ifndef FRS_TEST_ARRAYS_FILES_H
#define FRS_TEST_ARRAYS_FILES_H
#include "support.h"
#include "zip_case.h"

/* rank sizes (NULL: none of them is there), then the values as they stand in memory of a big-endian
 * machine */
static inline void idx_bytes(bytes *b, int type, int rank, const uint32_t *sizes,
                             const void *values, size_t n) {
    b->n = 0;
    put(b, (unsigned char[]){0, 0, (unsigned char)type, (unsigned char)rank}, 4);
    for (int i = 0; i < rank && sizes; i++)
        for (int k = 3; k >= 0; k--)
            put(b, &(unsigned char){(unsigned char)(sizes[i] >> (8 * k))}, 1);
    put(b, values, n);
}

/* A .gz of one stored block. */
static inline void gzip_bytes(bytes *b, const bytes *of) {
    b->n = 0;
    put(b, "\x1f\x8b\x08\0\0\0\0\0\0\x03\x01", 11);
    put_le(b, of->n, 2);
    put_le(b, ~of->n, 2);
    put(b, of->at, of->n);
    put_le(b, crc_of(of->at, of->n), 4);
    put_le(b, of->n, 4);
}

/* dir/name into path (>= 512 bytes), with these bytes; folders are made. */
static inline const char *put_file(char *path, const char *dir, const char *name, const void *data,
                                   size_t n) {
    snprintf(path, 512, "%s/%s", dir, name);
    char *slash = strrchr(path, '/');
    *slash = 0;
    assert_int_equal(frs__mkdirs(NULL, path), FRS_OK);
    *slash = '/';
    unlink(path); /* a file that is cut and written anew waits for the disk on some systems */
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

/* The bytes of a file of tests/golden/pictures. */
static inline void picture_bytes(bytes *b, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/golden/pictures/%s", FRS_TEST_DIR, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    b->n = fread(b->at, 1, sizeof b->at, f);
    assert_int_equal(fclose(f), 0);
    assert_true(b->n > 0 && b->n < sizeof b->at);
}

/* 0.json .. 9.json: digit d has d + 1 pictures, all of one value, d / 16. */
static inline void put_digits(const char *dir, const char *folder) {
    char path[512], name[64];
    for (int d = 0; d < 10; d++) {
        bytes b = {.n = 0};
        put(&b, "{\"data\": [", 10);
        for (int i = 0; i < 784 * (d + 1); i++) {
            char number[16];
            const int n = snprintf(number, sizeof number, "%s%.4g", i ? "," : "", d / 16.0);
            put(&b, number, (size_t)n);
        }
        put(&b, "]}", 2);
        snprintf(name, sizeof name, "%s%d.json", folder, d);
        put_file(path, dir, name, b.at, b.n);
    }
}
#endif
