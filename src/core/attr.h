/* attr.h - compiler attributes under names that say what they promise. */
#ifndef CORE_ATTR_H
#define CORE_ATTR_H

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define VPRINTF_LIKE(fmt)      __attribute__((format(printf, fmt, 0)))
#define NORETURN               __attribute__((noreturn))
#define CLEANUP(fn)            __attribute__((cleanup(fn)))
#define N_OF(array)            (sizeof(array) / sizeof((array)[0]))

#endif
