/* Freshet: what every other header stands on: status, context, time.
 *
 * Every fallible function returns frs_status and gives results through pointers; on error the
 * results are untouched unless the function says otherwise, and the text for people is in the
 * context (frs_message). The library never prints, exits or installs signal handlers. */
#ifndef FRESHET_BASE_H
#define FRESHET_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FRS_VERSION "0.1.0"

typedef enum frs_status {
    FRS_OK = 0,
    FRS_E_NOMEM,       /* the context's allocator gave NULL                        exit 1 */
    FRS_E_INTERNAL,    /* a promise inside the library is broken: report it        exit 1 */
    FRS_E_DIVERGED,    /* a computation left the finite numbers (loss is NaN)      exit 1 */
    FRS_E_CANCELLED,   /* the cancel callback said so                              exit 130 */
    FRS_E_ARG,         /* an argument is out of its documented range               exit 2 */
    FRS_E_INPUT,       /* config or data say something impossible                  exit 2 */
    FRS_E_FORMAT,      /* a file is not what its format demands                    exit 2 */
    FRS_E_IO,          /* the system refused: no such file, disk full, permission  exit 2 */
    FRS_E_NODATA,      /* nothing left to work on                                  exit 2 */
    FRS_E_UNDEFINED,   /* mathematically undefined here (NSE of a constant record) exit 2 */
    FRS_E_UNSUPPORTED, /* known, but not supported (yet), or built without it      exit 2 */
    FRS_E_BUSY         /* somebody else holds the run folder                       exit 2 */
} frs_status;

typedef struct frs_ctx frs_ctx;

/* align is a power of two. alloc need not zero. size > 0. */
typedef struct frs_allocator {
    void *(*alloc)(void *user, size_t size, size_t align);
    void (*free)(void *user, void *p);
    void *user;
} frs_allocator;

typedef enum frs_log_level {
    FRS_LOG_ERROR,
    FRS_LOG_WARN,
    FRS_LOG_INFO,
    FRS_LOG_DEBUG
} frs_log_level;

/* One state of a long job. total 0: unknown. value: the loss or NaN. eta_s: seconds left or NaN. */
typedef struct frs_progress_info {
    const char *stage; /* short, translated: "training", "evaluating LSTM" */
    int64_t done, total;
    int64_t epoch, epochs; /* 0 when not training */
    double value, eta_s;
} frs_progress_info;

typedef struct frs_ctx_opts {
    frs_allocator allocator; /* all NULL: the C library's */
    int threads;             /* 0: all cores */
    const char *isa;         /* NULL: FRS_ISA or the best here; "scalar" | "avx2" | "avx512" */
    void (*log)(void *user, frs_log_level level, const char *text);
    void (*progress)(void *user, const frs_progress_info *info);
    bool (*cancelled)(void *user); /* polled between steps; must be quick and safe in any thread */
    void *user;
} frs_ctx_opts;

/* opts may be NULL. A context serves one thread at a time; free it after everything made with it.
 */
frs_status frs_ctx_new(const frs_ctx_opts *opts, frs_ctx **ctx);
void frs_ctx_free(frs_ctx *ctx);
/* The text of the last error, "" if none. Borrowed until the next call with this context. */
const char *frs_message(const frs_ctx *ctx);
int frs_ctx_threads(const frs_ctx *ctx);
const char *frs_ctx_isa(const frs_ctx *ctx);
/* Allocations made so far through this context: the test that a training step makes none. */
int64_t frs_ctx_alloc_count(const frs_ctx *ctx);
const char *frs_status_name(frs_status s);
/* Frees a text that the library handed over; NULL is fine. ctx is the one it was made with. */
void frs_text_free(frs_ctx *ctx, char *text);

/* Time is int64 seconds since 1970-01-01 00:00 UTC in the proleptic Gregorian calendar. */
#define FRS_DAY_S INT64_C(86400)
typedef struct frs_civil {
    int year, month, day, hour, minute, second;
} frs_civil;
int64_t frs_time_from_civil(frs_civil c); /* no range check: frs_date_parse checks */
frs_civil frs_civil_from_time(int64_t time_s);
/* YYYY-MM-DD, DD/MM/YYYY, YYYYMMDD, DD.MM.YYYY, each with an optional [T ]HH:MM[:SS]; the whole of
 * text must be used. FRS_E_FORMAT on a date that does not exist (2001-02-29). */
frs_status frs_date_parse(const char *text, size_t n, int64_t *time_s);
/* "2001-02-28" when at midnight, else "2001-02-28T06:00". buf >= 32 bytes; returns buf. */
char *frs_date_format(int64_t time_s, char *buf);

#ifdef __cplusplus
}
#endif
#endif
