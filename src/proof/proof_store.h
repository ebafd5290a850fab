/* proof_store.h - the record of a test send, and its message, beside the launch file. */
#ifndef PROOF_PROOF_STORE_H
#define PROOF_PROOF_STORE_H

#include "core/attr.h"
#include "mail/proof.h"

/* PATH beside the launch file: "ops/launchready.yaml" and PROOF_FILE give "ops/.launchready/email-proof.json". */
struct str proof_path(struct arena *arena, const char *launch_path, const char *file);

/* Writes both, the message first: a record never speaks of a message that is not there. message empty: the one of an
 * earlier send is taken away. */
MUST_CHECK bool proof_store(struct arena *arena, const char *launch_path, const struct proof *proof, struct str message,
                            struct err *reterr);
/* False with ERR_SYSTEM when there is none. */
MUST_CHECK bool proof_load(struct arena *arena, const char *launch_path, struct proof *ret, struct err *reterr);

#endif
