/* Periods by site: any bytes are a table or an error, without a leak; what is a table is in order.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static frs_ctx *ctx;
    if (!ctx && frs_ctx_new(&(frs_ctx_opts){.threads = 1}, &ctx) != FRS_OK) abort();
    frs__period_table t;
    const frs_status s = frs__parse_periods(ctx, "fuzz", (const char *)data, (int64_t)size, &t);
    for (int64_t i = 0; i < t.n && s == FRS_OK; i++) {
        const frs_periods p = frs__periods_of(&t, t.items[i].site);
        if (p.n < 1) abort();
        for (int64_t k = 0; k < p.n; k++)
            if (p.at[k].first_s > p.at[k].last_s || (k && p.at[k].first_s <= p.at[k - 1].last_s))
                abort();
    }
    frs__period_table_free(ctx, &t);
    return 0;
}
