/* Any bytes as a config, and as a --set: refused with a message, or loaded, and then what it writes
 * of itself loads and writes the same. */
#include "fuzz.h"

#include "freshet/config.h"

#include <string.h>

static void again(frs_ctx *ctx, const frs_config *c) {
    char *yaml = NULL, *twice = NULL;
    frs_config *second = NULL;
    if (frs_config_write(c, &yaml) != FRS_OK) abort();
    const char *path = fuzz_file((const uint8_t *)yaml, strlen(yaml));
    if (frs_config_load(ctx, path, NULL, 0, &second) != FRS_OK ||
        frs_config_write(second, &twice) != FRS_OK || strcmp(yaml, twice) != 0) {
        fprintf(stderr, "%s\n%s\n%s\n", yaml, twice ? twice : "", frs_message(ctx));
        abort();
    }
    frs_config_free(second);
    frs_text_free(ctx, yaml);
    frs_text_free(ctx, twice);
}

static void load(frs_ctx *ctx, const char *path, const char *set) {
    frs_config *c = NULL;
    if (frs_config_load(ctx, path, &set, set ? 1 : 0, &c) == FRS_OK) {
        again(ctx, c);
        frs_config_free(c);
    } else if (!frs_message(ctx)[0]) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    frs_ctx *ctx = fuzz_ctx();
    load(ctx, fuzz_file(data, size), NULL);
    if (size < 400) {
        char set[400] = {0};
        memcpy(set, data, size);
        load(ctx, NULL, set);
    }
    return 0;
}
