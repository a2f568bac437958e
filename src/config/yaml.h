/* A YAML document as parts (freshet/config.h), for files that are no configs of a run. */
#ifndef FRS_CONFIG_YAML_H
#define FRS_CONFIG_YAML_H
#include "base/base.h"
#include "freshet/config.h"

typedef struct frs_yaml frs_yaml;
/* source names it in messages; the same limits as for a config. errors: FRS_E_INPUT */
frs_status frs__yaml_read(frs_ctx *ctx, const char *source, const char *text, int64_t n,
                          frs_yaml **y);
const frs_part *frs__yaml_root(const frs_yaml *y);
void frs__yaml_free(frs_yaml *y);
/* s as one YAML scalar. */
void frs__yaml_put_text(frs_buf *b, const char *s);
#endif
