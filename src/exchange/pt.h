/* PyTorch's .pt files that hold a state_dict: a zip of one folder with data.pkl (the pickle that
 * names the tensors) and data/0, data/1, ... (their storages, little endian).
 * source: torch/serialization.py and caffe2/serialize/inline_container.h of PyTorch. */
#ifndef FRS_EXCHANGE_PT_H
#define FRS_EXCHANGE_PT_H
#include "exchange/pickle.h"

typedef struct frs__pt_tensor {
    const char *name;
    int rank;
    int64_t dim[FRS_PICKLE_MAX_RANK];
    int64_t n;
    const float *values; /* [n] in C's order; of whatever kind of float it was */
} frs__pt_tensor;
typedef struct frs__pt {
    frs_arena memory; /* of everything here */
    frs__pt_tensor *tensors;
    int64_t n;
} frs__pt;
/* errors: FRS_E_FORMAT with the file, the entry or the pickle's byte, and what is wrong there;
 * FRS_E_UNSUPPORTED PyTorch's format before 1.6, big endian, tensors of whole
 * numbers, built without libzip. Counts of batches (NAME.num_batches_tracked) are left out. */
frs_status frs__pt_read(frs_ctx *ctx, const char *path, frs__pt *pt);
void frs__pt_free(frs__pt *pt);
const frs__pt_tensor *frs__pt_find(const frs__pt *pt, const char *name); /* NULL: none */
/* As torch.save(state_dict, path) would. */
frs_status frs__pt_write(frs_ctx *ctx, const char *path, const frs__pt_tensor *tensors, int64_t n);
#endif
