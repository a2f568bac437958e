/* The file of a fitted forecaster: magic "FRSFCAST", version, kind, task, then what the kind puts,
 * then a hash of everything before it. Little endian; every length is checked before it is used.
 * Shared by all forecasters in this folder. */
#ifndef FRS_FORECASTER_BLOB_H
#define FRS_FORECASTER_BLOB_H
#include "base/base.h"
#include "freshet/forecaster.h"
#include "freshet/graph.h"

/* Writing: the first failure sticks; frs__blob_save tells it. */
typedef struct frs_blob {
    frs_buf buf;
} frs_blob;
void frs__blob_start(frs_ctx *ctx, const frs_forecaster *f, frs_blob *b);
void frs__blob_put(frs_blob *b, const void *data, int64_t bytes);
void frs__blob_put_int(frs_blob *b, int64_t v);
void frs__blob_put_real(frs_blob *b, double v);
void frs__blob_put_scaler(frs_blob *b, const frs_scaler *s);
/* Epochs and weights of a net, without the seconds: the same training gives the same file. */
void frs__blob_put_model(frs_blob *b, const frs_model *m, const frs_history *h);
/* A forecaster inside another: its own file as a block. path is used meanwhile for that file. */
frs_status frs__blob_put_inner(frs_blob *b, const frs_forecaster *inner, const char *path);
frs_status frs__blob_save(frs_blob *b, const char *path); /* frees b in any case */

/* Reading: gets past the end fail once and for all; frs__blob_end tells it. */
typedef struct frs_blob_in {
    frs_ctx *ctx;
    const char *path;
    char *data;
    int64_t n, at;
    bool failed, no_memory;
    char kind[32];
    frs_task task;
} frs_blob_in;
frs_status frs__blob_open(frs_ctx *ctx, const char *path,
                          frs_blob_in *b);                     /* checks magic, version, hash */
void frs__blob_get(frs_blob_in *b, void *data, int64_t bytes); /* zeroes on failure */
int64_t frs__blob_get_int(frs_blob_in *b, int64_t min, int64_t max);
double frs__blob_get_real(frs_blob_in *b);
/* A new block of n elements of `size` bytes, both known to fit in the file; NULL on failure. */
void *frs__blob_get_block(frs_blob_in *b, int64_t n, size_t size);
void frs__blob_get_scaler(frs_blob_in *b, frs_scaler *s);
/* Read through a file of its own beside the outer one, which is gone afterwards. A block that does
 * not fit fails at frs__blob_end. */
frs_status frs__blob_get_inner(frs_blob_in *b, frs_forecaster **inner);
void frs__blob_get_model(frs_blob_in *b, frs_model *m, frs_history *h);
frs_status
frs__blob_end(frs_blob_in *b); /* FRS_E_FORMAT if anything was missing or is left over; frees */
void frs__blob_close(frs_blob_in *b); /* frees without a verdict */

/* ---- streaming state: starts with this header; its payload follows at frs__state_payload. */
typedef struct frs_state_header {
    char magic[8]; /* "FRSSTATE" */
    uint32_t version, pad;
    uint64_t size, model_hash;
} frs_state_header;
void frs__state_start(void *state, size_t size, uint64_t model_hash); /* zeroes the payload */
#endif
