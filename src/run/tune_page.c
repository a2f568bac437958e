#include "run/tune_internal.h"
frs_status frs__tune_page(frs_tune *t) {
    (void)t;
    return FRS_OK;
}
