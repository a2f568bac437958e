#ifndef FRS_CMD_JSON_H
#define FRS_CMD_JSON_H
#include "base/base.h"
#include <stdio.h>

void line_open(const char *event);
void line_string(const char *key, const char *value);
void line_number(const char *key, double value);    /* not finite: null */
void line_raw(const char *key, const char *number); /* "" : null */
void line_close(void);
/* Valid UTF-8 without control characters but the newline; escaped for JSON. */
void cmd_put_clean(FILE *f, const char *text, bool json);
#endif
