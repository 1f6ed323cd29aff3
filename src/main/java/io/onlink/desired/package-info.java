/**
 * What the host's network should be: the host file laid over what was found, as a {@link
 * io.onlink.model.NetworkState}. What neither the file names nor Onlink made stands in it as observed.
 */
@NullMarked
package io.onlink.desired;

import org.jspecify.annotations.NullMarked;
