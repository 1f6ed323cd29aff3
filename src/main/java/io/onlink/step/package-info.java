/**
 * The smallest changes that Onlink makes. A {@link io.onlink.step.Step} says itself as the {@code ip},
 * {@code bridge}, {@code sysctl} or {@code nft} command it equals. Imports the model only.
 */
@NullMarked
package io.onlink.step;

import org.jspecify.annotations.NullMarked;
