/* libhdf5, opened at first use. It is not safe for threads, and netCDF calls it, too: one lock
 * stands around both. */
#ifndef FRS_IO_HDF5_LIB_H
#define FRS_IO_HDF5_LIB_H
#include "base/base.h"

void frs__hdf5_lock(void);
void frs__hdf5_unlock(void);
/* NULL: built with HDF5; else what is missing. */
const char *frs__hdf5_missing(void);

#ifdef FRS_HDF5_SO
#include <hdf5.h>

#define FRS__HDF5_FUNCTIONS(X)                                                                     \
    X(H5open)                                                                                      \
    X(H5Eset_auto2)                                                                                \
    X(H5Fopen)                                                                                     \
    X(H5Fclose)                                                                                    \
    X(H5Gopen2)                                                                                    \
    X(H5Gclose)                                                                                    \
    X(H5Lexists)                                                                                   \
    X(H5Lget_val)                                                                                  \
    X(H5Aexists)                                                                                   \
    X(H5Aopen)                                                                                     \
    X(H5Aclose)                                                                                    \
    X(H5Aget_type)                                                                                 \
    X(H5Aget_space)                                                                                \
    X(H5Aread)                                                                                     \
    X(H5Tget_class)                                                                                \
    X(H5Tget_size)                                                                                 \
    X(H5Tis_variable_str)                                                                          \
    X(H5Tclose)                                                                                    \
    X(H5Sget_simple_extent_npoints)                                                                \
    X(H5Sget_simple_extent_ndims)                                                                  \
    X(H5Sget_simple_extent_dims)                                                                   \
    X(H5Sclose)                                                                                    \
    X(H5Dopen2)                                                                                    \
    X(H5Dclose)                                                                                    \
    X(H5Dget_type)                                                                                 \
    X(H5Dget_space)                                                                                \
    X(H5Dget_create_plist)                                                                         \
    X(H5Dget_storage_size)                                                                         \
    X(H5Dread)                                                                                     \
    X(H5Dvlen_reclaim)                                                                             \
    X(H5Pget_layout)                                                                               \
    X(H5Pget_external_count)                                                                       \
    X(H5Pclose)

#define FRS__HDF5_MEMBER(name) __typeof__(name) *name;
typedef struct frs__hdf5 {
    FRS__HDF5_FUNCTIONS(FRS__HDF5_MEMBER)
    const hid_t *native_float; /* H5T_NATIVE_FLOAT */
} frs__hdf5;
/* The functions, the library's own printing switched off; the caller holds the lock. */
frs_status frs__hdf5_load(frs_ctx *ctx, const frs__hdf5 **h);
#endif
#endif
