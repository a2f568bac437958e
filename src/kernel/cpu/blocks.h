/* Items shared out among threads in blocks, whose number is a function of the work alone. */
#ifndef FRS_KERNEL_CPU_BLOCKS_H
#define FRS_KERNEL_CPU_BLOCKS_H
#include "base/base.h"

typedef struct frs_blocks {
    int64_t items, blocks;
} frs_blocks;

/* work: elements read, or sums made, for an item. A block has so much of it that handing it to a
 * thread costs little beside; more blocks than that are for threads that come late. */
static inline frs_blocks frs__blocks(int64_t items, int64_t work) {
    const int64_t least = 1 << 16, most = 64;
    int64_t n = items * (work > 0 ? work : 1) / least;
    if (n > most) n = most;
    if (n > items) n = items;
    return (frs_blocks){items, n > 1 ? n : 1};
}

/* Block k has the items from first(k) up to first(k + 1). */
static inline int64_t frs__block_first(frs_blocks b, int64_t block) {
    const int64_t each = b.items / b.blocks, rest = b.items % b.blocks;
    return block * each + (block < rest ? block : rest);
}
#endif
