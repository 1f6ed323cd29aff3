package io.onlink.cli;

import io.onlink.coexistence.Claim;
import io.onlink.coexistence.DhcpClient;
import io.onlink.coexistence.OtherPrograms;
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
import java.util.stream.Collectors;
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
     * @param hearsRouters whether the file has the kernel make addresses of what routers advertise
     * @param lent those that it has now and that end by themselves
     * @param keeper who renews them, in words; null if nobody was found
     * @param client a DHCP client that runs for it by itself
     */
    private record Nic(
            String name,
            Position position,
            String key,
            List<InterfaceAddress> declared,
            boolean hearsRouters,
            List<Address> lent,
            @Nullable String keeper,
            Optional<DhcpClient> client) {
        private List<Address> undeclared() {
            return lent.stream()
                    .filter(address -> !declared.contains(address.address()))
                    .filter(address -> address.family() == Family.IPV4 || !hearsRouters)
                    .toList();
        }

        private boolean isInTheWay() {
            return client.isPresent() || !undeclared().isEmpty();
        }
    }

    private LeasedAddresses(NetworkState observed, List<Nic> nics) {
        this.observed = observed;
        this.nics = List.copyOf(nics);
    }

    /** Looks only. */
    static LeasedAddresses of(HostFile file, NetworkState observed, OtherPrograms others, Survey survey) {
        List<Nic> nics = new ArrayList<>();
        for (Segment segment : file.segments().values()) {
            nics.add(nic(
                    segment.uplink(),
                    segment.position(),
                    "segments." + segment.name(),
                    segment.addresses(),
                    segment.acceptRa().orElse(false),
                    observed,
                    others,
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
                        ethernet.acceptRa().orElse(false),
                        observed,
                        others,
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
            boolean hearsRouters,
            NetworkState observed,
            OtherPrograms others,
            Survey survey) {
        List<Address> lent = observed.addressesOf(name).stream()
                .filter(address -> !address.isPermanent() && !address.isKernelMade())
                .toList();
        Optional<DhcpClient> client = others.dhcpClient(name);
        String keeper = client.map(running -> "%s (pid %d)".formatted(running.program(), running.pid()))
                .or(() -> manager(name, survey))
                .orElse(null);
        return new Nic(name, position, key, declared, hearsRouters, lent, keeper, client);
    }

    private static Optional<String> manager(String nic, Survey survey) {
        return survey.claims().stream()
                .filter(claim -> claim.program() == Program.NETWORK_MANAGER || claim.program() == Program.NETWORKD)
                .filter(claim -> claim.instructions().stream()
                        .anyMatch(instruction -> instruction.link().equals(nic)))
                .map(Claim::program)
                .map(Program::toString)
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
        StringBuilder text = new StringBuilder("%s: %s: ".formatted(nic.position(), nic.key()));
        if (nic.lent().isEmpty()) {
            text.append("%s is configured by %s, and Onlink gives fixed addresses only."
                    .formatted(nic.name(), nic.keeper()));
        } else {
            text.append(nic.lent().stream()
                    .map(address -> "%s on %s is only lent, for another %s"
                            .formatted(address.address(), nic.name(), time(address)))
                    .collect(Collectors.joining("; ")));
            text.append(", and %s; Onlink gives fixed addresses only."
                    .formatted(
                            nic.keeper() == null
                                    ? "who renews it was not found (DHCP?)"
                                    : nic.keeper() + " renews it"));
        }
        text.append(" Have the DHCP server reserve the address, or take one that it gives to nobody;");
        text.append(" then write\n").append(lines(nic).indent(4));
        if (nic.lent().stream().anyMatch(address -> address.family() == Family.IPV6)) {
            text.append(
                    "  (or, for IPv6, 'accept-ra: true': the kernel then makes an address of what the router advertises)\n");
        }
        nic.client()
                .ifPresent(client -> text.append(
                        "  and stop the client so that the address stays: kill -KILL %d (its own way, and SIGTERM to some, take the address away). So that it does not come back at the next boot, make %s 'manual' or 'static' where it is started (in /etc/network/interfaces: iface %s inet manual)\n"
                                .formatted(client.pid(), nic.name(), nic.name())));
        return text.toString().stripTrailing();
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

    private static java.util.stream.Stream<String> router(Route route) {
        return route.nextHops().stream()
                .limit(1)
                .flatMap(hop -> java.util.stream.Stream.ofNullable(hop.via()))
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
