/* UTF-8 out, whatever comes in. */
#include "base/base.h"
#include "report/csv.h"

#include <string.h>

const char *frs__utf8_char(const char *s, char out[5]) {
    const unsigned char u = (unsigned char)*s;
    const int n = frs__utf8_bytes(s);
    if (n > 0)
        memcpy(out, s, (size_t)n);
    else {
        out[0] = (char)(0xC0 | u >> 6);
        out[1] = (char)(0x80 | (u & 0x3F));
    }
    out[n > 0 ? n : 2] = 0;
    return s + (n > 0 ? n : 1);
}
