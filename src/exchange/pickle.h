/* The pickle inside a PyTorch file, read as data: a machine that knows the opcodes of a state_dict
 * and the names of the few things it is made of. Nothing that a pickle names is ever run; whatever
 * else it asks for is refused with its place.
 * source: Lib/pickletools.py of CPython (opcodes); torch/serialization.py, torch/_utils.py (what
 * PyTorch puts into them). */
#ifndef FRS_EXCHANGE_PICKLE_H
#define FRS_EXCHANGE_PICKLE_H
#include "base/base.h"

#define FRS_PICKLE_MAX_RANK 8
typedef enum frs__pickled_type {
    FRS__PICKLED_FLOAT,
    FRS__PICKLED_DOUBLE,
    FRS__PICKLED_HALF,
    FRS__PICKLED_BFLOAT16,
    FRS__PICKLED_WHOLE, /* numbers: known, not read */
} frs__pickled_type;
/* A tensor as the pickle describes it; numbers are as found, but none is negative. */
typedef struct frs__pickled {
    const char *name;
    frs__pickled_type type;
    const char *type_name; /* "FloatStorage" */
    const char *key;       /* its storage: the entry data/KEY */
    int64_t stored;        /* elements of the storage */
    int64_t offset;        /* of the first element */
    int rank;
    int64_t dim[FRS_PICKLE_MAX_RANK], stride[FRS_PICKLE_MAX_RANK];
} frs__pickled;
/* The tensors of a state_dict in their order; all texts and *tensors lie in `memory`. where names
 * the file in messages. errors: FRS_E_FORMAT. */
frs_status frs__pickle_read(frs_arena *memory, const char *where, const unsigned char *data,
                            int64_t n, frs__pickled **tensors, int64_t *count);
/* A state_dict of contiguous float tensors whose storages are keyed by their number. Only name,
 * rank and dim are looked at. */
void frs__pickle_write(frs_buf *b, const frs__pickled *tensors, int64_t count);
#endif
