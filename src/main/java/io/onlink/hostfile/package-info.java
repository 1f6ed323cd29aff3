/**
 * The host file: read as YAML, validated as a whole, handed on as records.
 *
 * <p>{@link io.onlink.hostfile.HostFile#read} either gives a file in which everything fits together, or refuses it with
 * all that is wrong in one go, each with file, line and column. This room reads one file and touches nothing else: it
 * never looks at the host, so the same file is good or bad everywhere. What a key means is said in {@code
 * docs/host-file.md}.
 */
@NullMarked
package io.onlink.hostfile;

import org.jspecify.annotations.NullMarked;
