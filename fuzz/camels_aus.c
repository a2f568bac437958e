/* The data set camels_aus: any bytes as one of its files. */
#include "layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const frs_read_opts o = {.format = "camels_aus"};
    return fuzz_layout(camels_aus, &o, data, size);
}
