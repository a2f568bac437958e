/* Numbers below the smallest normal one (1.2e-38 in float) count as 0, in and out. A gradient that
 * vanishes over hundreds of steps ends there, and many processors take a hundred cycles for each
 * operation on one. */
#include "base/base.h"

#ifdef FRS_X86
#include <xmmintrin.h>
#define FLUSH (1U << 15 | 1U << 6) /* flush to zero, denormals are zeros */
#endif

unsigned frs__flush_begin(void) {
#ifdef FRS_X86
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | FLUSH);
    return before;
#else
    return 0;
#endif
}

void frs__flush_end(unsigned before) {
#ifdef FRS_X86
    _mm_setcsr((_mm_getcsr() & ~FLUSH) | (before & FLUSH));
#else
    (void)before;
#endif
}
