/* Apart from seq_amx.c, which is compiled for processors that have the instructions. */
#include "kernel/cpu/seq_amx.h"

#ifdef FRS_X86
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { XCOMP_PERM = 0x1023, TILE_DATA = 18 }; /* arch_prctl: <asm/prctl.h>, since Linux 5.16 */

bool frs__amx_here(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    const bool tiles = d >> 24 & 1, bf16_tiles = d >> 22 & 1;
    if (!__get_cpuid_count(7, 1, &a, &b, &c, &d)) return false;
    const bool bf16 = a >> 5 & 1; /* AVX512_BF16 */
    return tiles && bf16_tiles && bf16 && syscall(SYS_arch_prctl, XCOMP_PERM, TILE_DATA) == 0;
}

#else
bool frs__amx_here(void) {
    return false;
}
#endif
