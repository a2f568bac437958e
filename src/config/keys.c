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
