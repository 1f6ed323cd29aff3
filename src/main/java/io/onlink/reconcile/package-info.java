/**
 * The agent's single writer: triggers, back-off, drift. It sees within a second when somebody changes what Onlink owns,
 * says what, and puts it right in the way of {@code apply}: the same plan, under the same lock, with a journal.
 *
 * <p>It touches the host through {@link io.onlink.apply.Transaction} and containers' ports through {@link
 * io.onlink.attach.Attachments}; it decides nothing about what is right: the file last applied does, and the endpoints.
 */
@NullMarked
package io.onlink.reconcile;

import org.jspecify.annotations.NullMarked;
