/* The data set camels_gb: any bytes as one of its files. */
#include "layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const frs_read_opts o = {.format = "camels_gb"};
    return fuzz_layout(camels_gb, &o, data, size);
}
