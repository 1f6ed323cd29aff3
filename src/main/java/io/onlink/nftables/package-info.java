/**
 * The kernel's packet filter, nft(8), written and read through libnftables: the table {@code onlink} of the bridge family
 * with the guard and the firewall of containers. Touches nobody else's table.
 *
 * <p>It uses {@code libc} and {@code model}, and Jackson for what the library lists.
 */
@NullMarked
package io.onlink.nftables;

import org.jspecify.annotations.NullMarked;
