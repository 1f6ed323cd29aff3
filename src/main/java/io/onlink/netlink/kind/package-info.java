/**
 * One file for each kind of link: what its IFLA_LINKINFO says, written and read.
 *
 * <p>A new kind is a class here, a record of the model, and the three switches of {@link
 * io.onlink.netlink.kind.LinkKinds}.
 */
@NullMarked
package io.onlink.netlink.kind;

import org.jspecify.annotations.NullMarked;
