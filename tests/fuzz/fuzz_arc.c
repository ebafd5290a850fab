/* A chain of forwarders: the same target as fuzz_dkim, with its own corpus of chains. */
#include "fuzz_dkim.c" /* NOLINT(bugprone-suspicious-include) */
