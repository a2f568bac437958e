/* The members of the forecaster "ensemble", for a leaderboard that shows them too. */
#ifndef FRS_FORECASTER_ENSEMBLE_H
#define FRS_FORECASTER_ENSEMBLE_H
#include "freshet/forecaster.h"

int64_t frs__ensemble_members(const frs_forecaster *f); /* 0: f is no ensemble */
frs_forecaster *frs__ensemble_member(const frs_forecaster *f, int64_t i);
#endif
