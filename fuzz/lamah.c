/* The data set lamah: any bytes as one of its files. */
#include "layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const frs_read_opts o = {.format = "lamah"};
    return fuzz_layout(lamah, &o, data, size);
}
