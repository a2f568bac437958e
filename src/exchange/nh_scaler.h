/* train_data/train_data_scaler.yml of a NeuralHydrology run: what was subtracted and divided by. */
#ifndef FRS_EXCHANGE_NH_SCALER_H
#define FRS_EXCHANGE_NH_SCALER_H
#include "base/base.h"

typedef enum frs__nh_part {
    FRS__NH_CENTER,
    FRS__NH_SCALE,
    FRS__NH_ATTRIBUTE_MEAN,
    FRS__NH_ATTRIBUTE_STD,
    FRS__NH_PARTS
} frs__nh_part;
typedef struct frs__nh_number {
    const char *name;
    double value;
    struct frs__nh_number *next;
} frs__nh_number;
typedef struct frs__nh_scaler {
    frs_arena memory;
    frs__nh_number *numbers[FRS__NH_PARTS];
    int64_t n;
} frs__nh_scaler;
/* errors: FRS_E_FORMAT with file and line. */
frs_status frs__nh_scaler_read(frs_ctx *ctx, const char *path, frs__nh_scaler *s);
void frs__nh_scaler_free(frs__nh_scaler *s);
bool frs__nh_scaler_get(const frs__nh_scaler *s, frs__nh_part part, const char *name, double *v);
#endif
