package io.onlink.cli;

import io.onlink.apply.HostChange;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.model.Address;
import io.onlink.model.IpAddress;
import io.onlink.model.NetworkState;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Why a change that could be planned is not made. */
final class Refusals {
    /** What the option says of itself, wherever it is. */
    static final String ALLOW_DISCONNECT =
            "Go on where the change takes away the address that your own ssh connection goes to, or its firewall would not let"
                    + " you in again.";

    private final HostChange change;
    private final Optional<String> disconnection;

    private final List<String> containers;

    private Refusals(HostChange change, Optional<String> disconnection, List<String> containers) {
        this.change = change;
        this.containers = containers;
        this.disconnection = disconnection;
    }

    /** @param file whose change it is, for its names; an empty one where there is none */
    static Refusals of(HostChange change, HostFile file, boolean allowDisconnect) {
        return new Refusals(
                change,
                allowDisconnect
                        ? Optional.empty()
                        : Session.connection(System.getenv())
                                .filter(SshConnection::isAlive)
                                .flatMap(connection -> disconnection(change, connection)
                                        .or(() -> new ShutOut(change, file, connection).reason())),
                List.of());
    }

    /** And what the change would take from containers, a sentence each. */
    Refusals and(List<String> fromContainers) {
        return new Refusals(change, disconnection, fromContainers);
    }

    /** A sentence each. */
    List<String> sentences() {
        return Stream.concat(
                        Stream.of(change.missingWayBack(), disconnection).flatMap(Optional::stream),
                        containers.stream())
                .toList();
    }

    /**
     * Before anything is touched.
     *
     * @throws io.onlink.failure.UnsupportedException if the change could not be taken back
     * @throws ConfigurationException if it ends the connection of the person at the terminal, or takes from containers what they
     *     have
     */
    void refuse() {
        change.requireWayBack();
        disconnection.ifPresent(reason -> {
            throw new ConfigurationException(reason);
        });
        if (!containers.isEmpty()) {
            throw new ConfigurationException(String.join("\n", containers));
        }
    }

    /** Neither a probe nor a peer tells: the client is reached from another address as well. */
    private static Optional<String> disconnection(HostChange change, SshConnection connection) {
        return isTakenAway(connection.server(), change)
                ? Optional.of(
                        "the change takes %s away, and your ssh connection from %s goes to it; nothing was changed. %s, or give --allow-disconnect, best with --confirm where there is one"
                                .formatted(connection.server(), connection.client(), wayOn(change)))
                : boundTo(connection, change);
    }

    private static Optional<String> boundTo(SshConnection connection, HostChange change) {
        return change.observed().addresses().stream()
                .filter(address -> address.ip().equals(connection.server()))
                .findFirst()
                .flatMap(address -> change.vrfLeftBy(address.link()))
                .map(vrf ->
                        "your ssh connection from %s goes to %s, which leaves VRF %s: what was accepted there is bound to it and ends; nothing was changed. Log in by another NIC or on the console, or give --allow-disconnect, best with --confirm where there is one"
                                .formatted(connection.client(), connection.server(), vrf));
    }

    private static boolean isTakenAway(IpAddress ip, HostChange change) {
        // A link-local address comes and goes with its link, and is the kernel's.
        return !ip.isIpv6LinkLocal() && has(change.observed(), ip) && !has(change.desired(), ip);
    }

    private static boolean has(NetworkState state, IpAddress ip) {
        return state.addresses().stream().anyMatch(address -> address.ip().equals(ip));
    }

    private static String wayOn(HostChange change) {
        String staying = change.desired().addresses().stream()
                .filter(address -> !address.isKernelMade())
                .map(Address::ip)
                .filter(ip -> has(change.observed(), ip) && !ip.toInetAddress().isLoopbackAddress())
                .map(IpAddress::toString)
                .distinct()
                .collect(Collectors.joining(" or "));
        return staying.isEmpty() ? "Log in on the console" : "Log in to one that stays (" + staying + ")";
    }
}
