/**
 * The daemon: its life cycle, its lasting state, and what wires the Docker driver, the address manager, the attachments
 * and the companions together.
 */
@NullMarked
package io.onlink.agent;

import org.jspecify.annotations.NullMarked;
