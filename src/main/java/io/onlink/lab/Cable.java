package io.onlink.lab;

import io.onlink.model.LinkAttributes;

/**
 * A cable from a switch to a machine: a pair of veth links, one end in the namespace of each.
 *
 * @param network name of the member that is the switch
 * @param port the switch's end; its alias says who is plugged in
 * @param machine name of the member at the other end
 * @param socket the machine's end, with the MAC address it keeps from one lab of the file to the next
 */
public record Cable(String network, LinkAttributes port, String machine, LinkAttributes socket) {}
