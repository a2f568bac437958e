/* Only messages follow the language: LC_NUMERIC stays C, so that no comma reaches a file.
 * A locale C.UTF-8 with LANGUAGE gives translations whether the system has that language or not. */
#include "cmd/cmd.h"
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As gettext: LANGUAGE counts only where the locale is not C. NULL: messages as in the source. */
static const char *wanted(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *locale = NULL;
    for (int i = 0; i < 3 && !(locale && *locale); i++) locale = getenv(names[i]);
    if (!locale || !*locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
        return NULL;
    const char *language = getenv("LANGUAGE");
    return language && *language ? language : locale;
}

#ifdef FRS_WITH_NLS
/* Beside the program in a build tree, in share/ once installed, else where it was configured. */
static void bind_folder(void) {
    static const char *const beside[] = {"locale", "../share/locale"};
    char path[4096];
    const char *set = getenv("FRS_LOCALEDIR");
    if (set && *set) {
        bindtextdomain("freshet", set);
        return;
    }
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);
    path[n > 0 ? n : 0] = 0;
    char *slash = strrchr(path, '/');
    for (int i = 0; slash && i < 2; i++) {
        memcpy(slash + 1, beside[i], strlen(beside[i]) + 1);
        if (!frs__is_dir(path)) continue;
        bindtextdomain("freshet", path);
        return;
    }
#ifdef FRS_LOCALEDIR
    bindtextdomain("freshet", FRS_LOCALEDIR);
#endif
}

void cmd_language(const char *lang) {
    if (!lang) lang = wanted();
    if (!lang || strcmp(lang, "en") == 0) return;
    if (!setlocale(LC_MESSAGES, "C.UTF-8")) return;
    setenv("LANGUAGE", lang, 1);
    bind_folder();
    bind_textdomain_codeset("freshet", "UTF-8");
}
#else
void cmd_language(const char *lang) {
    (void)lang;
    (void)wanted;
}
#endif
