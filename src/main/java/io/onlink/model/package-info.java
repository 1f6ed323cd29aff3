/**
 * What a network is made of: links, addresses, routes, rules, neighbours, sysctls, and {@link
 * io.onlink.model.NetworkState} that holds them.
 *
 * <p>One vocabulary for what is desired, what is observed, what differs and what is undone. This
 * room imports no other room and no library.
 */
@NullMarked
package io.onlink.model;

import org.jspecify.annotations.NullMarked;
