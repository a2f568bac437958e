/* CAMELS-CL as tables of all sites: any bytes as one of its files. */
#include "layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const frs_read_opts o = {.format = "camels_cl"};
    return fuzz_layout(camels_cl_2018, &o, data, size);
}
