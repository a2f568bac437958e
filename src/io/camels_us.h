/* What the daily and the hourly CAMELS-US share. */
#ifndef FRS_IO_CAMELS_US_H
#define FRS_IO_CAMELS_US_H
#include "io/layout.h"

/* One daily forcing product: the whole of its file, names as they stand there, and the catchment's
 * area from the file's third line. */
frs_status frs__camels_us_forcing(frs_dataset *d, int64_t i, int part, frs_series *s);
/* camels_attributes_v2.0/camels_*.txt */
frs_status frs__camels_us_statics(frs_dataset *d);
/* basin_mean_forcing/PRODUCT, one file a site. */
frs_status frs__camels_us_find_product(frs_dataset *d, int part, const char *product);
#endif
