#include "config/config_internal.h"
#include <string.h>

static const frs_key keys[] = {
#define KEY(name_, type_, initial_, origin_, status_, choices_, group_, ...)                       \
    KEY2(name_, type_, initial_, origin_, status_, choices_, group_, __VA_ARGS__)
#define KEY2(name_, type_, initial_, origin_, status_, choices_, group_, min_, max_, doc_)         \
    {.name = #name_,                                                                               \
     .type = FRS_KEY_##type_,                                                                      \
     .initial = initial_,                                                                          \
     .origin = FRS_FROM_##origin_,                                                                 \
     .status = FRS_KEY_##status_,                                                                  \
     .choices = choices_,                                                                          \
     .group = group_,                                                                              \
     .doc = doc_,                                                                                  \
     .min = min_,                                                                                  \
     .max = max_},
#include "config/config_list.def"
};

int64_t frs_n_keys(void) {
    return FRS_LEN(keys);
}
const frs_key *frs_key_at(int64_t i) {
    return &keys[i];
}

int64_t frs__key_find(const char *name) {
    for (int64_t i = 0; i < FRS_LEN(keys); i++)
        if (strcmp(keys[i].name, name) == 0) return i;
    return -1;
}

bool frs__key_is_block(const char *name) {
    const size_t n = strlen(name);
    for (int64_t i = 0; i < FRS_LEN(keys); i++)
        if (strncmp(keys[i].name, name, n) == 0 && keys[i].name[n] == '.') return true;
    return false;
}

const char *frs__key_near(const char *name) {
    /* two traps of NeuralHydrology's own documentation */
    if (strcmp(name, "save_all_validation_output") == 0) return "save_all_output";
    if (strcmp(name, "transformer_nhead") == 0) return "transformer_nheads";
    const char *near = NULL;
    const size_t n = strlen(name);
    int best = n < 4 ? 2 : n < 8 ? 3 : 4; /* a short word is near to anything */
    for (int64_t i = 0; i < FRS_LEN(keys); i++) {
        const int d = frs__edit_distance(name, keys[i].name);
        if (d < best) best = d, near = keys[i].name;
    }
    return near;
}
