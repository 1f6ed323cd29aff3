package io.onlink.verify;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What is wrong with a host by its own kernel's word, whoever made it so. Nothing is sent: this finds what still works on
 * what neighbours remember, and will not for long.
 */
public final class Inspection {
    private Inspection() {}

    /** A sentence each; none where nothing is known to be wrong. */
    public static List<String> of(NetworkState state) {
        List<String> broken = new ArrayList<>();
        state.links().values().stream()
                .filter(link -> link.master() != null && state.link(link.master()) instanceof Bridge)
                .forEach(port -> port(port, state, broken));
        state.addresses().stream()
                .filter(address -> address.flags().contains(Address.Flag.DAD_FAILED))
                .map(address -> "the kernel does not use %s on %s: another machine on the LAN has it (dadfailed)"
                        .formatted(address.address(), address.link()))
                .forEach(broken::add);
        return List.copyOf(broken);
    }

    /** What a port receives goes to its bridge: linux/net/bridge/br_input.c, br_handle_frame. */
    private static void port(Link port, NetworkState state, List<String> broken) {
        String name = port.name();
        String addresses = state.addressesOf(name).stream()
                .filter(address -> !address.isKernelMade())
                .map(Address::address)
                .map(InterfaceAddress::toString)
                .collect(Collectors.joining(", "));
        if (!addresses.isEmpty()) {
            broken.add(
                    "%s is a port of the bridge %s and still has addresses (%s): answers to what it asks go to %s and are lost, so these addresses work on what neighbours remember, for up to 45 s, and not after"
                            .formatted(name, port.master(), addresses, port.master()));
            return;
        }
        String routes = state.routes().stream()
                .filter(route -> !route.isKernelMade() && route.uses(name) && route.type() == Route.Type.UNICAST)
                .map(route -> route.destination().isDefault()
                        ? "default"
                        : route.destination().toString())
                .distinct()
                .collect(Collectors.joining(", "));
        if (!routes.isEmpty()) {
            broken.add("%s is a port of the bridge %s and still has routes (%s): they must lead by %s"
                    .formatted(name, port.master(), routes, port.master()));
        }
    }
}
