#include "cmd/cmd.h"
#include <signal.h>
#include <unistd.h>

/* The one variable of the program that is not const: a handler has nowhere else to write. */
static volatile sig_atomic_t asked;

static void on_signal(int number) {
    (void)number;
    if (asked) _exit(130);
    asked = 1;
}

void cmd_signals(void) {
    const struct sigaction a = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction before;
    sigaction(SIGINT, NULL, &before); /* ignored: started in the background, by nohup */
    if (before.sa_handler != SIG_IGN) sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error like a full disk */
}

bool cmd_interrupted(void *unused) {
    (void)unused;
    return asked;
}
