/* Any bytes as a config: refused with a message that names a line, or loaded, and then what it
 * writes of itself loads to the same config. */
#include "fuzz.h"

#include "freshet/config.h"

#include <string.h>

static void again(frs_ctx *ctx, const frs_config *c) {
    char *yaml = NULL;
    frs_config *second = NULL;
    if (frs_config_write(c, &yaml) != FRS_OK) abort();
    const frs_status s =
        frs_config_load(ctx, fuzz_file((const uint8_t *)yaml, strlen(yaml)), NULL, 0, &second);
    if (s != FRS_OK || frs_config_hash(c) != frs_config_hash(second)) {
        fprintf(stderr, "%s\n%s\n", yaml, frs_message(ctx));
        abort();
    }
    frs_config_free(second);
    frs_text_free(ctx, yaml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    frs_ctx *ctx = fuzz_ctx();
    frs_config *c = NULL;
    if (frs_config_load(ctx, fuzz_file(data, size), NULL, 0, &c) == FRS_OK) {
        again(ctx, c);
        frs_config_free(c);
    } else if (!frs_message(ctx)[0]) {
        abort();
    }
    return 0;
}
