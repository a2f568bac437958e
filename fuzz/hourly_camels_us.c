/* Hourly CAMELS-US as text: any bytes as one of its files. */
#include "layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const products[] = {"nldas_hourly", "daymet"};
    const frs_read_opts o = {.format = "hourly_camels_us", .forcings = products, .n_forcings = 2};
    return fuzz_layout(hourly_csv, &o, data, size);
}
