#include "io/hdf5_lib.h"
#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void frs__hdf5_lock(void) {
    pthread_mutex_lock(&lock);
}

void frs__hdf5_unlock(void) {
    pthread_mutex_unlock(&lock);
}

#ifdef FRS_HDF5_SO
#define NAME(name) #name,
static const char *const names[] = {FRS__HDF5_FUNCTIONS(NAME) "H5T_NATIVE_FLOAT_g"};
static frs__hdf5 loaded; /* the lock guards it */
_Static_assert(sizeof loaded == sizeof names, "one slot a name");

frs_status frs__hdf5_load(frs_ctx *ctx, const frs__hdf5 **h) {
    *h = &loaded;
    if (!loaded.H5open) {
        void *found[FRS_LEN(names)];
        FRS_TRY(frs__dl_open(ctx, "HDF5", FRS_HDF5_SO, names, found, FRS_LEN(names)));
        memcpy(&loaded, found, sizeof loaded);
    }
    if (loaded.H5open() < 0 || loaded.H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0)
        return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s cannot be loaded: %s"), "HDF5", FRS_HDF5_SO);
    return FRS_OK;
}

const char *frs__hdf5_missing(void) {
    return NULL;
}
#else
const char *frs__hdf5_missing(void) {
    return "HDF5";
}
#endif
