/* Student's t distribution. */
#ifndef FRS_VERIFY_STUDENT_H
#define FRS_VERIFY_STUDENT_H

/* P(|T| > |t|) with `freedom` > 0 degrees of freedom, to a relative 1e-12. */
double frs__student_p(double t, double freedom);

#endif
