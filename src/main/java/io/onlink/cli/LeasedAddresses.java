package io.onlink.cli;

import io.onlink.coexistence.Claim;
import io.onlink.coexistence.DhcpClient;
import io.onlink.coexistence.Program;
import io.onlink.coexistence.Survey;
import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Position;
import io.onlink.hostfile.Segment;
import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Addresses of the file's NICs that are only lent to the host, by DHCP or by a program that reads routers' advertisements
 * itself. They end when nobody renews them, and who does would put them back on the NIC. Onlink gives fixed addresses; what
 * the kernel itself has of a router's advertisement it takes along ({@link Address#isLearned}) and is not meant here.
 */
final class LeasedAddresses {
    private final NetworkState observed;
    private final List<Nic> nics;

    /**
     * A NIC of the file.
     *
     * @param key of the file that its addresses stand under
     * @param declared addresses that the file gives it, or its bridge
     * @param lent those that it has now and that end by themselves; of IPv6 none where the file says whether routers are
     *     obeyed, for then the kernel makes its own, or the file wants none
     * @param manager who has it, if not a client by itself; null if nobody was found
     * @param client a DHCP client that runs for it by itself
     */
    private record Nic(
            String name,
            Position position,
            String key,
            List<InterfaceAddress> declared,
            List<Address> lent,
            @Nullable Program manager,
            Optional<DhcpClient> client) {
        private boolean isInTheWay() {
            boolean isLeft = lent.stream().allMatch(address -> declared.contains(address.address()));
            return client.isPresent() || !isLeft || (manager != null && !lent.isEmpty());
        }

        private String keeper() {
            return client.map(running -> "%s (pid %d) renews it".formatted(running.program(), running.pid()))
                    .orElse(manager == null ? "who renews it was not found (DHCP?)" : manager + " renews it");
        }
    }

    private LeasedAddresses(NetworkState observed, List<Nic> nics) {
        this.observed = observed;
        this.nics = List.copyOf(nics);
    }

    /** Looks only. */
    static LeasedAddresses of(
            HostFile file, NetworkState observed, Function<String, Optional<DhcpClient>> clients, Survey survey) {
        List<Nic> nics = new ArrayList<>();
        for (Segment segment : file.segments().values()) {
            nics.add(nic(
                    segment.uplink(),
                    segment.position(),
                    "segments." + segment.name(),
                    segment.addresses(),
                    segment.acceptRa().isPresent(),
                    observed,
                    clients,
                    survey));
        }
        for (HostFile.Ethernet ethernet : file.ethernets().values()) {
            boolean isUplink = file.segments().values().stream()
                    .anyMatch(segment -> segment.uplink().equals(ethernet.name()));
            if (!isUplink) {
                nics.add(nic(
                        ethernet.name(),
                        ethernet.position(),
                        "ethernets." + ethernet.name(),
                        ethernet.addresses(),
                        ethernet.acceptRa().isPresent(),
                        observed,
                        clients,
                        survey));
            }
        }
        return new LeasedAddresses(observed, nics);
    }

    private static Nic nic(
            String name,
            Position position,
            String key,
            List<InterfaceAddress> declared,
            boolean speaksOfRouters,
            NetworkState observed,
            Function<String, Optional<DhcpClient>> clients,
            Survey survey) {
        List<Address> lent = observed.addressesOf(name).stream()
                .filter(address -> !address.isPermanent() && !address.isKernelMade())
                .filter(address -> address.family() == Family.IPV4 || !speaksOfRouters)
                .toList();
        return new Nic(
                name, position, key, declared, lent, manager(name, survey).orElse(null), clients.apply(name));
    }

    private static Optional<Program> manager(String nic, Survey survey) {
        return survey.claims().stream()
                .filter(claim -> claim.program() == Program.NETWORK_MANAGER || claim.program() == Program.NETWORKD)
                .filter(claim -> claim.instructions().stream()
                        .anyMatch(instruction -> instruction.link().equals(nic)))
                .map(Claim::program)
                .findFirst();
    }

    /**
     * @throws ConfigurationException naming each NIC whose address is lent, who renews it, and what to write and do
     */
    void require() {
        String refused =
                nics.stream().filter(Nic::isInTheWay).map(this::refusal).collect(Collectors.joining("\n"));
        if (!refused.isEmpty()) {
            throw new ConfigurationException(refused + "\nNothing was changed.");
        }
    }

    /** What is said where it is no reason to refuse, a line each. */
    List<String> notes() {
        List<String> notes = new ArrayList<>();
        for (Nic nic : nics) {
            nic.client()
                    .ifPresent(client ->
                            notes.add("%s (pid %d) still runs for %s and may give it addresses: stop it (kill -KILL %d)"
                                    .formatted(client.program(), client.pid(), nic.name(), client.pid())));
            nic.lent().stream()
                    .filter(address -> nic.declared().contains(address.address()))
                    .map(address ->
                            "%s on %s is lent for another %s and becomes fixed: is it reserved for this host where it came from?"
                                    .formatted(address.address(), nic.name(), time(address)))
                    .forEach(notes::add);
        }
        return notes;
    }

    private String refusal(Nic nic) {
        String what = nic.lent().isEmpty()
                ? "%s is configured by %s"
                        .formatted(
                                nic.name(),
                                nic.client()
                                        .map(client -> "%s (pid %d)".formatted(client.program(), client.pid()))
                                        .orElseThrow())
                : nic.lent().stream()
                                .map(address -> "%s on %s is only lent, for another %s"
                                        .formatted(address.address(), nic.name(), time(address)))
                                .collect(Collectors.joining("; "))
                        + ", and "
                        + nic.keeper();
        StringBuilder text = new StringBuilder(
                "%s: %s: %s; Onlink gives fixed addresses only. Have the DHCP server reserve the address, or take one that it gives to nobody; then write\n"
                        .formatted(nic.position(), nic.key(), what));
        text.append(lines(nic).indent(4));
        if (nic.lent().stream().anyMatch(address -> address.family() == Family.IPV6)) {
            text.append(
                    "  (or, for IPv6, 'accept-ra: true': the kernel makes an address of what the router advertises; 'false': none)\n");
        }
        stop(nic).ifPresent(words -> text.append(words.indent(2)));
        return text.toString().stripTrailing();
    }

    /** How to stop who renews it, so that the address stays. */
    private static Optional<String> stop(Nic nic) {
        if (nic.client().isPresent()) {
            long pid = nic.client().get().pid();
            return Optional.of(
                    "and stop the client so that the address stays: kill -KILL %d (its own way, and SIGTERM to some, take the address away). So that it does not come back at the next boot, make %s 'manual' or 'static' where it is started (in /etc/network/interfaces: iface %s inet manual)"
                            .formatted(pid, nic.name(), nic.name()));
        }
        return switch (nic.manager()) {
            case NETWORK_MANAGER ->
                Optional.of(
                        "and make the address fixed in its profile too: nmcli connection modify PROFILE ipv4.method manual ipv4.addresses ADDRESS/LENGTH ipv4.gateway ROUTER; nmcli device reapply %s"
                                .formatted(nic.name()));
            case NETWORKD ->
                Optional.of(
                        "and make the address fixed in its .network file too: Address= and Gateway= in place of DHCP=, then, on the console, networkctl reload (it gives the lease back when it is stopped)");
            case null -> Optional.empty();
            case NETPLAN, IFUPDOWN, CLOUD_INIT, FIREWALLD, SYSTEMD -> Optional.empty();
        };
    }

    /** What the host file would say of the NIC as it is. */
    private String lines(Nic nic) {
        List<String> addresses = observed.addressesOf(nic.name()).stream()
                .filter(address -> !address.isKernelMade())
                .map(address -> quoted(address.address().toString(), address.family()))
                .toList();
        List<String> routers = observed.routes().stream()
                .filter(route -> !route.isKernelMade()
                        && route.destination().isDefault()
                        && nic.name().equals(route.link()))
                .flatMap(LeasedAddresses::router)
                .map(router -> "  - { to: default, via: %s }".formatted(router))
                .toList();
        StringBuilder text = new StringBuilder(
                "addresses: [%s]\n".formatted(addresses.isEmpty() ? "ADDRESS/LENGTH" : String.join(", ", addresses)));
        if (!routers.isEmpty()) {
            text.append("routes:\n").append(String.join("\n", routers)).append('\n');
        }
        return text.toString();
    }

    private static Stream<String> router(Route route) {
        return route.nextHops().stream()
                .limit(1)
                .flatMap(hop -> Stream.ofNullable(hop.via()))
                .map(via -> quoted(via.toString(), via.family()));
    }

    /** YAML takes the colon for its own. */
    private static String quoted(String address, Family family) {
        return switch (family) {
            case IPV4 -> address;
            case IPV6 -> '"' + address + '"';
        };
    }

    private static String time(Address address) {
        long seconds = address.lifetime().valid();
        return seconds < 120 ? seconds + " s" : seconds / 60 + " min";
    }
}
