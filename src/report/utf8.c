/* UTF-8 out, whatever comes in. */
#include "report/csv.h"

#include <string.h>

/* Bytes of the character at s, 0: not UTF-8 (RFC 3629: no overlong form, no surrogate). */
static int char_bytes(const unsigned char *s) {
    if (s[0] < 0x80) return 1;
    const int n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4) return 0;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F)) return 0;
    if ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F)) return 0;
    return n;
}

const char *frs__utf8_char(const char *s, char out[5]) {
    const unsigned char u = (unsigned char)*s;
    const int n = char_bytes((const unsigned char *)s);
    if (n > 0)
        memcpy(out, s, (size_t)n);
    else {
        out[0] = (char)(0xC0 | u >> 6);
        out[1] = (char)(0x80 | (u & 0x3F));
    }
    out[n > 0 ? n : 2] = 0;
    return s + (n > 0 ? n : 1);
}
