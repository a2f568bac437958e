/* CAMELS-US: any bytes as one of its files. */
#include "layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const products[] = {"daymet", "maurer"};
    const frs_read_opts o = {.format = "camels_us", .forcings = products, .n_forcings = 2};
    return fuzz_layout(camels_us, &o, data, size);
}
