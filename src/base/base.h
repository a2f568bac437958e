/* Shared inside the library: memory, errors, threads, random numbers, text, files.
 * Only src/base includes malloc, stdio and friends; everyone else goes through here. */
#ifndef FRS_BASE_BASE_H
#define FRS_BASE_BASE_H

#include "freshet/base.h"

#ifdef FRS_WITH_NLS
#include <libintl.h>
#define _(s)  dgettext("freshet", s)
#define N_(s) s
#else
#define _(s)  (s)
#define N_(s) s
#endif

#define FRS_LEN(a)       ((int64_t)(sizeof(a) / sizeof((a)[0])))
#define FRS_PRINTF(f, a) __attribute__((format(printf, f, a)))
/* Returns the status of `call` from this function if it failed. */
#define FRS_TRY(call)                                                                              \
    do {                                                                                           \
        frs_status frs_try_ = (call);                                                              \
        if (frs_try_ != FRS_OK) return frs_try_;                                                   \
    } while (0)

/* ---- errors: alloc.c, context.c */
/* Sets the context's message and returns s: `return frs__fail(ctx, FRS_E_INPUT, _("..."), ...)`. */
frs_status frs__fail(frs_ctx *ctx, frs_status s, const char *fmt, ...) FRS_PRINTF(3, 4);
/* Puts "text: " before the message already there (a caller that knows the file or the layer). */
frs_status frs__fail_in(frs_ctx *ctx, frs_status s, const char *fmt, ...) FRS_PRINTF(3, 4);
void frs__log(frs_ctx *ctx, frs_log_level level, const char *fmt, ...) FRS_PRINTF(3, 4);
/* From now on log lines (errors, warnings, information) also go to the end of this file; NULL: no
 * more. */
frs_status frs__log_to(frs_ctx *ctx, const char *path);
void frs__progress(frs_ctx *ctx, const frs_progress_info *info);
bool frs__cancelled(const frs_ctx *ctx);

/* ---- memory. n * size is checked for overflow; zeroed; 64-byte aligned; n or size 0 gives a
 * valid pointer of at least one byte. On failure NULL and the message is set (FRS_E_NOMEM). */
void *frs__alloc(frs_ctx *ctx, int64_t n, size_t size);
/* Keeps the first old_n elements, zeroes the rest; on failure p stays valid and NULL is returned.
 */
void *frs__realloc(frs_ctx *ctx, void *p, int64_t old_n, int64_t n, size_t size);
void frs__free(frs_ctx *ctx, void *p); /* NULL is fine */
char *frs__strdup(frs_ctx *ctx, const char *s);
char *frs__strndup(frs_ctx *ctx, const char *s, size_t n);
char *frs__asprintf(frs_ctx *ctx, const char *fmt, ...) FRS_PRINTF(2, 3);
/* Arena: many small things freed at once. {0} is valid and empty. */
typedef struct frs_arena {
    frs_ctx *ctx;
    struct frs_arena_chunk *head;
} frs_arena;
void *frs__arena_alloc(frs_arena *a, int64_t n, size_t size); /* zeroed, 16-byte aligned */
char *frs__arena_strdup(frs_arena *a, const char *s);
void frs__arena_free(frs_arena *a);

/* ---- threads: parallel.c. body(arg, block, worker) for block 0..n-1; worker in [0, threads) only
 * picks scratch. n_blocks must be a function of shapes only. Bodies return nothing, allocate
 * nothing, touch no context. A call from inside a body runs inline. */
typedef void (*frs_body)(void *arg, int64_t block, int worker);
void frs__parallel(frs_ctx *ctx, int64_t n_blocks, frs_body body, void *arg);
/* ---- flush.c: between the two, numbers below 1.2e-38 count as 0 in this thread; so they do in
 * every body, whichever thread runs it. */
unsigned frs__flush_begin(void);
void frs__flush_end(unsigned before);

/* ---- ISA level of our kernels */
typedef enum frs_isa { FRS_ISA_SCALAR, FRS_ISA_AVX2, FRS_ISA_AVX512 } frs_isa;
frs_isa frs__isa(const frs_ctx *ctx);

/* ---- random numbers: Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405), a pure
 * function of (seed, purpose, step, index). Never any hidden state. */
typedef enum frs_purpose {
    FRS_RNG_INIT = 1,
    FRS_RNG_SHUFFLE,
    FRS_RNG_DROPOUT,
    FRS_RNG_NOISE,
    FRS_RNG_SYNTH,
    FRS_RNG_BOOTSTRAP,
    FRS_RNG_TEST,
    FRS_RNG_SELECT,
    FRS_RNG_HOLDOUT,
    FRS_RNG_DROP_STEP,
    FRS_RNG_DROP_SEQUENCE,
    FRS_RNG_SPLIT,
    FRS_RNG_AUGMENT,
    FRS_RNG_TUNE = 32
} frs_purpose;
typedef struct frs_rng {
    uint64_t seed;
    uint32_t purpose;
    uint64_t step;
} frs_rng; /* step < 2^32 */
void frs__rng_u32x4(frs_rng r, uint64_t index, uint32_t out[4]);
double frs__rng_uniform(frs_rng r, uint64_t index); /* [0, 1) */
double frs__rng_normal(frs_rng r, uint64_t index);
/* Element i of a keyed permutation of 0..n-1 (Feistel with cycle walking): no index array. */
int64_t frs__rng_permute(frs_rng r, int64_t n, int64_t i);

/* ---- text: the only place where numbers become text and back; '.' whatever the locale. */
/* The whole of s[0..n) must be one number (leading/trailing blanks allowed; "nan", "inf" are not).
 * decimal: '.' or ','. */
bool frs__parse_double(const char *s, size_t n, char decimal, double *out);
bool frs__parse_int(const char *s, size_t n, int64_t *out);
/* Shortest text that reads back to the same float/double; "nan" for NaN. buf >= 40 bytes. */
char *frs__format_float(float v, char *buf);
char *frs__format_double(double v, char *buf);
/* Growing text buffer; the first failure sticks (buf.failed) and is reported by frs__buf_status. */
typedef struct frs_buf {
    frs_ctx *ctx;
    char *data;
    int64_t n, cap;
    bool failed;
} frs_buf;
void frs__buf_add(frs_buf *b, const char *s);
void frs__buf_add_n(frs_buf *b, const char *s, int64_t n);
void frs__buf_printf(frs_buf *b, const char *fmt, ...)
    FRS_PRINTF(2, 3); /* %g etc. print with '.' */
frs_status frs__buf_status(const frs_buf *b);
void frs__buf_free(frs_buf *b);
/* Bytes of the character at s, which ends with a NUL; 0: not UTF-8 (RFC 3629: no overlong form, no
 * surrogate). */
int frs__utf8_bytes(const char *s);
int frs__text_width(const char *text); /* cells on a terminal */
/* Damerau-Levenshtein distance, for "did you mean". Both under 64 characters, else a large value.
 */
int frs__edit_distance(const char *a, const char *b);

/* Room for large arrays, zeroed: above 64 MiB a file without a name in TMPDIR (or /var/tmp),
 * mapped, so that it may leave memory; where that cannot be, and below, memory. */
typedef struct frs_room {
    void *data;
    size_t mapped; /* bytes of the file; 0: memory */
} frs_room;
frs_status frs__room_new(frs_ctx *ctx, int64_t n, size_t size, frs_room *room);
void frs__room_free(frs_ctx *ctx, frs_room *room);

/* ---- files */
typedef struct frs_map {
    const unsigned char *data;
    int64_t n;
} frs_map; /* read-only memory map */
frs_status frs__map_open(frs_ctx *ctx, const char *path, frs_map *m);
void frs__map_close(frs_map *m);
/* Whole file with a NUL after it; FRS_E_INPUT when larger than limit bytes. */
frs_status frs__read_file(frs_ctx *ctx, const char *path, int64_t limit, char **text, int64_t *n);
/* Written under "path.tmp-PID", synced and renamed by commit; abort (or a failed write) removes it.
 */
typedef struct frs_writer frs_writer;
frs_status frs__writer_open(frs_ctx *ctx, const char *path, frs_writer **w);
frs_status frs__writer_put(frs_writer *w, const void *data, int64_t n); /* buffered */
frs_status frs__writer_seek(frs_writer *w, int64_t offset);             /* for headers */
/* The temporary name, for a library that writes the file by itself; NULL: path is no regular file
 * and nothing stands aside. */
const char *frs__writer_aside(const frs_writer *w);
frs_status frs__writer_commit(frs_writer *w); /* frees w in any case */
void frs__writer_abort(frs_writer *w);        /* frees w; NULL is fine */
frs_status frs__write_file(frs_ctx *ctx, const char *path, const void *data, int64_t n);
/* The same, but not synced: for many files that others beside them can make again. */
frs_status frs__write_derived(frs_ctx *ctx, const char *path, const void *data, int64_t n);
frs_status frs__mkdirs(frs_ctx *ctx, const char *path);
bool frs__exists(const char *path);
void frs__remove(const char *path); /* a file; nothing is said if it is not there */
bool frs__is_dir(const char *path);
/* Sorted names in a folder (without . and ..); one block, free with frs__free. */
frs_status frs__list_dir(frs_ctx *ctx, const char *path, char ***names, int64_t *n);
char *frs__path_join(frs_ctx *ctx, const char *a, const char *b); /* b absolute: b */
/* Lock a folder for one run: FRS_E_BUSY names the holder's process. */
typedef struct frs_lock {
    int fd;
} frs_lock;
frs_status frs__lock_dir(frs_ctx *ctx, const char *path, frs_lock *l);
void frs__unlock_dir(frs_lock *l);
uint64_t frs__hash64(const void *data, int64_t n, uint64_t seed); /* content hashes; not secret */
double frs__now_s(void);                                          /* monotonic */
int64_t frs__wall_time_s(void);                                   /* UTC */

/* ---- libraries opened at first use (netCDF, udunits). names: n function names, fns: n slots.
 * FRS_E_UNSUPPORTED "built without X" / "X cannot be loaded: why". Never closed. */
frs_status frs__dl_open(frs_ctx *ctx, const char *title, const char *soname,
                        const char *const *names, void **fns, int64_t n);
#endif
