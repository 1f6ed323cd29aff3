/**
 * The smallest changes that Onlink makes. A {@link io.onlink.step.Step} says itself in {@code ip}'s
 * words, and knows what undoes it. Imports the model only.
 */
@NullMarked
package io.onlink.step;

import org.jspecify.annotations.NullMarked;
