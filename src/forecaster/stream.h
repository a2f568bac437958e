/* One pass through every record that the samples name: `fn` is called at each sample with the state
 * of the forecaster after the sample's issue time. Past flow is shown to a forecast's state. */
#ifndef FRS_FORECASTER_STREAM_H
#define FRS_FORECASTER_STREAM_H
#include "freshet/forecaster.h"

frs_status frs__stream_each(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s,
                            frs_status (*fn)(void *arg, frs_sample_id id, const void *state),
                            void *arg);
#endif
