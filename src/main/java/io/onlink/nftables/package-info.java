/**
 * The kernel's packet filter, nft(8), written and read through libnftables: the table {@code onlink} of the bridge family
 * with the guard and the firewall of containers, and that of the family inet with the host's own. Touches nobody else's table.
 *
 * <p>It uses {@code libc}, {@code model} and what a {@code step} says of itself, and Jackson for what the library lists.
 */
@NullMarked
package io.onlink.nftables;

import org.jspecify.annotations.NullMarked;
