/* Shared by the files of src/data: time steps as row numbers, the store's format. */
#ifndef FRS_DATA_DATA_H
#define FRS_DATA_DATA_H
#include "base/base.h"
#include "freshet/data.h"

/* Number of whole steps from start_s to time_s, rounded down (negative before the start). */
int64_t frs__step_index(frs_step step, int64_t start_s, int64_t time_s);
typedef struct frs__rows {
    int64_t lo, hi;
} frs__rows; /* both included; may lie outside the record */
/* Rows of a record that starts at start_s whose time lies in the period. */
frs__rows frs__period_rows(frs_step step, int64_t start_s, frs_period p);
/* Of the static inputs those that are attributes. */
static inline int frs__n_attrs(const frs_task *t) {
    return t->n_statics - t->n_evolving - t->n_codes;
}
/* Of the inputs those that are weather: they stand first. */
static inline int frs__n_weather(const frs_task *t) {
    return t->n_inputs - t->n_calendar - t->n_upstream;
}
/* Flow of a gauge upstream: nothing is known of it after the issue time. */
static inline bool frs__is_upstream(const frs_task *t, int input) {
    return input >= frs__n_weather(t) && input < t->n_inputs - t->n_calendar;
}
/* Values of one variable in a store's rows, and how long a gap may be filled. */
typedef struct frs__gappy {
    const float *v; /* of row 0 */
    int64_t stride, n, max_gap;
} frs__gappy;
/* What FRS_GAPS_LINEAR puts in the place of a missing value at `row`, looking no further than row
 * `known`; NaN: nothing. */
float frs__gap_value(const frs__gappy *g, int64_t row, int64_t known);
/* Day of a leap year, 0 .. 365: 1 March is 60 in every year, 29 February 59. */
int frs__day_of_year(int64_t time_s);
/* Copies a name into a field of `size` bytes; FRS_E_INPUT when it is empty or too long. */
frs_status frs__name_copy(frs_ctx *ctx, char *to, size_t size, const char *from);

/* ---- the store's format, version 1: docs/store.md. All numbers in the byte order of the machine
 * that wrote it (endian mark); every table starts at a multiple of 64 bytes. */
#define FRS_STORE_MAGIC     "FRSSTORE"
#define FRS_STORE_VERSION   1U
#define FRS_STORE_ENDIAN    0x01020304U
#define FRS_STORE_ALIGN     64
#define FRS_STORE_MAX_SITES INT64_C(10000000)
#define FRS_STORE_MAX_STEPS INT64_C(1000000000)
#define FRS_STORE_MAX_VARS  4096U
enum { FRS_STORE_SERIES = 1, FRS_STORE_GRID = 2 };
enum { FRS_STORE_F32 = 1, FRS_STORE_I16 = 2, FRS_STORE_U8 = 3 };

typedef struct frs__store_header {
    char magic[8];
    uint32_t version, endian, kind, dtype;
    uint64_t header_size;
    int64_t step_count;
    uint32_t step_unit, n_vars, n_attrs, reserved;
    int64_t n_sites;
    uint64_t vars_offset, attrs_offset, sites_offset, statics_offset, values_offset, file_size;
    uint64_t hash;
    unsigned char padding[72];
} frs__store_header; /* 192 bytes */

typedef struct frs__store_var {
    char name[64], unit[32];
    uint32_t kind, label_end;
    unsigned char padding[24];
} frs__store_var; /* 128 bytes */

typedef struct frs__store_site_record {
    char name[64];
    int64_t start_s, n;
    uint64_t offset, hash;
    unsigned char padding[32];
} frs__store_site_record; /* 128 bytes */

_Static_assert(sizeof(frs__store_header) == 192, "store header");
_Static_assert(sizeof(frs__store_var) == 128, "store variable record");
_Static_assert(sizeof(frs__store_site_record) == 128, "store site record");

/* A store that lies in memory: data is 64-byte aligned, borrowed until frs_store_close. */
frs_status frs__store_from_memory(frs_ctx *ctx, const char *name, const void *data, int64_t n,
                                  frs_store **s);
/* Reads every value and compares the hashes: FRS_E_FORMAT names the first damaged site. */
frs_status frs__store_verify(frs_ctx *ctx, const frs_store *s);
#endif
