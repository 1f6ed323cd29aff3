/**
 * The difference of two states as a {@link io.onlink.plan.Plan}, a value that prints, and the order
 * of its steps. Knows the model and the steps; touches nothing.
 */
@NullMarked
package io.onlink.plan;

import org.jspecify.annotations.NullMarked;
