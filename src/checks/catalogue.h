/* catalogue.h - prototypes of all checks, made from the rows. */
#ifndef CHECKS_CATALOGUE_H
#define CHECKS_CATALOGUE_H

struct ask;
struct findings;

#define CHECK(fn, ...) void check_##fn(struct ask *q, struct findings *out);
#define LATER(...)
#define AUDIT(...)
#include "checks/catalogue.def"
#undef CHECK
#undef LATER
#undef AUDIT

#endif
