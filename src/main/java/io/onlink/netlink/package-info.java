/**
 * rtnetlink, the kernel's own protocol for links, addresses, routes, rules and neighbours: rtnetlink(7).
 *
 * <p>{@link io.onlink.netlink.NetlinkSocket} asks and waits for the answer, {@link io.onlink.netlink.LinkMonitor}
 * listens, the classes named {@code …Messages} and {@code …Requests} put the model's words into bytes and back. This room
 * uses {@code libc} and {@code model}, and changes nothing but the network namespace its sockets belong to.
 */
@NullMarked
package io.onlink.netlink;

import org.jspecify.annotations.NullMarked;
