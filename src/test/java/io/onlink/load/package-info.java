/**
 * The agent under load: a thousand calls of an engine's at once, with kills and deleted links meanwhile, and a checker over the journal of the calls.
 * Not in {@code agent}, as tests go by the reverse of their names: this one is long, and would end alone.
 */
@NullMarked
package io.onlink.load;

import org.jspecify.annotations.NullMarked;
