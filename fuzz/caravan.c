/* The data set caravan: any bytes as one of its files. */
#include "layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const frs_read_opts o = {.format = "caravan"};
    return fuzz_layout(caravan, &o, data, size);
}
