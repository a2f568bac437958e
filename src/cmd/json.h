#ifndef FRS_CMD_JSON_H
#define FRS_CMD_JSON_H
#include "base/base.h"
#include <stdio.h>

void json_open(const char *event);
void json_string(const char *key, const char *value);
void json_number(const char *key, double value);    /* not finite: null */
void json_raw(const char *key, const char *number); /* "" : null */
void json_close(void);
/* Valid UTF-8 without control characters but the newline; escaped for JSON. */
void cmd_put_clean(FILE *f, const char *text, bool json);
#endif
