/* Rows of an array put into blocks for frs__parallel: how many is a function of the sizes alone, so
 * that bits do not depend on threads. */
#ifndef FRS_KERNEL_CPU_BLOCKS_H
#define FRS_KERNEL_CPU_BLOCKS_H
#include <stdint.h>

enum { FRS_BLOCK_WORK = 1 << 14 }; /* values touched a block: some microseconds */
typedef struct frs_blocks {
    int64_t rows, each, n; /* rows, rows a block, blocks */
} frs_blocks;

/* work: values that a row touches. */
static inline frs_blocks frs__blocks(int64_t rows, int64_t work) {
    const int64_t each = work < FRS_BLOCK_WORK ? FRS_BLOCK_WORK / (work > 0 ? work : 1) : 1;
    return (frs_blocks){rows, each, (rows + each - 1) / each};
}
static inline int64_t frs__block_end(const frs_blocks *b, int64_t block) {
    const int64_t end = (block + 1) * b->each;
    return end < b->rows ? end : b->rows;
}
#endif
