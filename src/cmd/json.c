/* One JSON object a line on standard output. */
#include "cmd/json.h"
#include <stdio.h>
#include <string.h>

/* Bytes of the UTF-8 character at p, 0 if it is not one. */
static int utf8(const unsigned char *p) {
    const int n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
    if (p[0] > 0xf4) return 0;
    for (int i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))) return 0;
    if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))) return 0;
    return n;
}

/* Messages quote what stood in a file: no control character reaches the terminal, no broken byte
 * the reader of JSON. */
void cmd_put_clean(FILE *f, const char *text, bool json) {
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        const int n = utf8(p);
        if (n == 0)
            fputc('?', f), p++;
        else if (json && (*p == '"' || *p == '\\'))
            fprintf(f, "\\%c", *p++);
        else if (json && *p == '\n')
            fputs("\\n", f), p++;
        else if ((*p < 0x20 && *p != '\n') || *p == 0x7f)
            fputc(json ? ' ' : '?', f), p++;
        else
            p += fwrite(p, 1, (size_t)n, f);
    }
}

void line_open(const char *event) {
    printf("{\"event\":\"%s\"", event);
}

static void key_of(const char *key) {
    printf(",\"%s\":", key);
}

void line_string(const char *key, const char *value) {
    key_of(key);
    putchar('"');
    cmd_put_clean(stdout, value, true);
    putchar('"');
}

void line_number(const char *key, double value) {
    char buf[40];
    key_of(key);
    const bool finite = value - value == 0;
    fputs(finite ? frs__format_double(value, buf) : "null", stdout);
}

void line_raw(const char *key, const char *number) {
    key_of(key);
    fputs(*number ? number : "null", stdout);
}

void line_close(void) {
    puts("}");
    fflush(stdout);
}
