/* A config as YAML that loads to the same config. */
#include "config/config_internal.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Text that means itself without quotes, in a flow list, too. Whatever is not ASCII is quoted: it
 * may be one of YAML's other line breaks. */
static bool plain(const char *s) {
    if (!*s || strpbrk(s, ":#[]{},&*!|>'\"%@`=\\") || s[0] == '-' || s[0] == '?' || s[0] == ' ')
        return false;
    for (const unsigned char *p = (const unsigned char *)s; *p; p++)
        if (*p < ' ' || *p > '~') return false;
    return s[strlen(s) - 1] != ' ';
}

/* The code of the UTF-8 character at s (libyaml has checked it) and its bytes. */
static unsigned decode(const unsigned char *s, int64_t *n) {
    *n = s[0] < 0x80 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    unsigned code = *n == 1 ? s[0] : s[0] & (0xFFU >> (*n + 1));
    for (int64_t i = 1; i < *n && s[i]; i++) code = code << 6 | (s[i] & 0x3FU);
    return code;
}

static void put_quoted(frs_buf *b, const char *s) {
    int64_t n;
    frs__buf_add(b, "\"");
    for (; *s; s += n) {
        const unsigned code = decode((const unsigned char *)s, &n);
        const bool breaks = code < ' ' || (code > '~' && code <= 0xA0) || code == 0x2028 ||
                            code == 0x2029 || code == 0xFEFF;
        if (breaks)
            frs__buf_printf(b, "\\u%04X", code);
        else if (code == '"' || code == '\\')
            frs__buf_printf(b, "\\%c", (char)code);
        else
            frs__buf_add_n(b, s, n);
    }
    frs__buf_add(b, "\"");
}

void frs__config_put_scalar(frs_buf *b, const char *s, bool quoted) {
    double v;
    const bool number =
        frs__parse_double(s, strlen(s), '.', &v); /* a negative one starts with '-' */
    if (!quoted && (number || plain(s)))
        frs__buf_add(b, s);
    else
        put_quoted(b, s);
}

static void put_path(const frs_config *c, frs_buf *b, const frs_key *k, const frs_entry *e) {
    char *path = frs_config_path(c, k->name), whole[PATH_MAX];
    if (!path)
        b->failed = true;
    else
        frs__config_put_scalar(b, realpath(path, whole) ? whole : path, e->quoted);
    frs__free(c->ctx, path);
}

static void put_entry(const frs_config *c, frs_buf *b, const frs_key *k, const frs_entry *e) {
    frs__buf_printf(b, "%s: ", k->name);
    if (k->type == FRS_KEY_PATH && e->form == FRS_FORM_SCALAR)
        put_path(c, b, k, e);
    else if (e->form == FRS_FORM_SCALAR)
        frs__config_put_scalar(b, e->text, e->quoted);
    else
        frs__buf_add(b, e->text);
    frs__buf_add(b, "\n");
}

frs_status frs_config_write(const frs_config *c, char **yaml) {
    frs_buf b = {.ctx = c->ctx};
    for (int64_t i = 0; i < frs_n_keys(); i++)
        if (c->entries[i].given) put_entry(c, &b, frs_key_at(i), &c->entries[i]);
    if (!b.n) frs__buf_add(&b, "{}\n");
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK)
        *yaml = b.data;
    else
        frs__buf_free(&b);
    return s;
}
