/* A zip archive made byte by byte, so that it can be wrong in any way. */
#ifndef FRS_TEST_ZIP_CASE_H
#define FRS_TEST_ZIP_CASE_H
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct zip_part {
    const char *name;
    const void *data;
    uint32_t n;
    uint16_t method, flags;
    uint32_t claimed; /* another size than n in the directory; 0: n */
    bool damaged;     /* another checksum */
} zip_part;

typedef struct bytes {
    unsigned char at[1 << 16];
    size_t n;
} bytes;

static inline void put(bytes *b, const void *data, size_t n) {
    if (n > sizeof b->at - b->n) abort();
    if (n) memcpy(b->at + b->n, data, n);
    b->n += n;
}
static inline void put_le(bytes *b, uint64_t v, int count) {
    for (int i = 0; i < count; i++)
        put(b, &(unsigned char){(unsigned char)(i < 8 ? v >> (8 * i) : 0)}, 1);
}

static inline uint32_t crc_of(const void *data, size_t n) {
    uint32_t c = 0xffffffffU;
    for (size_t i = 0; i < n; i++) {
        c ^= ((const unsigned char *)data)[i];
        for (int k = 0; k < 8; k++) c = c >> 1 ^ (c & 1 ? 0xedb88320U : 0);
    }
    return ~c;
}

/* What local header and directory have in common, from "version needed" on. */
static inline void put_facts(bytes *b, const zip_part *p) {
    const uint32_t size = p->claimed ? p->claimed : p->n;
    put_le(b, 20, 2);
    put_le(b, p->flags, 2);
    put_le(b, p->method, 2);
    put_le(b, 0x00210000, 4);
    put_le(b, crc_of(p->data, p->n) ^ (p->damaged ? 1U : 0U), 4);
    put_le(b, size, 4);
    put_le(b, size, 4);
    put_le(b, strlen(p->name), 2);
    put_le(b, 0, 2);
}

static inline void make_zip(bytes *b, const zip_part *parts, int n) {
    uint64_t at[64];
    b->n = 0;
    for (int i = 0; i < n; i++) {
        at[i] = b->n;
        put_le(b, 0x04034b50, 4);
        put_facts(b, &parts[i]);
        put(b, parts[i].name, strlen(parts[i].name));
        put(b, parts[i].data, parts[i].n);
    }
    const uint64_t directory = b->n;
    for (int i = 0; i < n; i++) {
        put_le(b, 0x02014b50, 4);
        put_le(b, 20, 2);
        put_facts(b, &parts[i]);
        put_le(b, 0, 10); /* comment, disk, attributes */
        put_le(b, at[i], 4);
        put(b, parts[i].name, strlen(parts[i].name));
    }
    const uint64_t size = b->n - directory;
    put_le(b, 0x06054b50, 4);
    put_le(b, 0, 4);
    put_le(b, (uint64_t)n, 2);
    put_le(b, (uint64_t)n, 2);
    put_le(b, size, 4);
    put_le(b, directory, 4);
    put_le(b, 0, 2);
}
#endif
