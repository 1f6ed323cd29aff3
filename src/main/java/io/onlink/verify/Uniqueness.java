package io.onlink.verify;

import io.onlink.model.Address;
import io.onlink.model.Address.Flag;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.verify.Prober.Question;
import io.onlink.verify.Verdict.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether the addresses that a change brought are this host's alone. For IPv6 the kernel asks the LAN for itself (RFC 4862,
 * 5.4), once and within a second, which may be the very second in which the NIC joins its bridge; and it does not say who
 * answered. So each address is asked for again, when the port forwards. For IPv4 no kernel asks: here are those that could not
 * be asked for before the change ({@link NewAddresses}).
 */
final class Uniqueness {
    private final Baseline before;
    private final NetworkState state;

    /** @param state after the change */
    Uniqueness(Baseline before, NetworkState state) {
        this.before = before;
        this.state = state;
    }

    NetworkState state() {
        return state;
    }

    /** Addresses that are a host's alone, as far as its kernel knows. */
    static Set<IpAddress> own(NetworkState state) {
        Set<IpAddress> own = new TreeSet<>(NewAddresses.own(state));
        state.addresses().stream()
                .filter(address -> address.family() == Family.IPV6 && address.isUnique())
                .forEach(address -> own.add(address.ip()));
        return own;
    }

    /** Whether the kernel still waits for an answer, on a link that could hear one. */
    boolean isUndecided() {
        return addresses().anyMatch(address -> isTentative(address) && isHeard(address) && hasCarrier(address.link()));
    }

    /** Who else has the addresses that are new on the host's links, or that the kernel refuses to use? */
    List<Question> questions() {
        Resolution resolution = new Resolution(state);
        return addresses()
                .filter(address -> isInDoubt(address) && isHeard(address))
                .map(Uniqueness::target)
                .map(target -> new Question(target, resolution.probe(target), true))
                .toList();
    }

    private static Target.Own target(Address address) {
        return new Target.Own(address.ip(), address.link());
    }

    /** Those of the host's addresses that nobody is asked for: they may be asked for to find out who answers for all. */
    Set<IpAddress> settled() {
        return addresses()
                .filter(address -> !isInDoubt(address))
                .map(Address::ip)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** @param holders what came of the questions */
    Verdict judge(Holders holders, Verdict.Passed otherwise) {
        List<Failure> failures = new ArrayList<>();
        List<String> notes = new ArrayList<>(otherwise.notes());
        addresses().filter(this::isInDoubt).forEach(address -> {
            Optional<MacAddress> holder = holders.of(target(address));
            if (holder.isPresent() || hasFailed(address)) {
                failures.add(duplicate(address, holder));
            } else if (holders.proxyOf(target(address)).isPresent()) {
                notes.add(Holders.proxyNote(
                        address.address(),
                        address.link(),
                        holders.proxyOf(target(address)).orElseThrow()));
            } else if (!isHeard(address)) {
                notes.add("%s on %s: nobody could be asked whether somebody else has it, as the uplink has no carrier"
                        .formatted(address.address(), address.link()));
            }
        });
        return failures.isEmpty() ? new Verdict.Passed(notes) : new Verdict.Failed(failures, notes);
    }

    private static Failure duplicate(Address address, Optional<MacAddress> holder) {
        return new Failure(
                "%s on %s, asked whether somebody else has it (%s)"
                        .formatted(address.address(), address.link(), method(address.family())),
                holder.map(mac -> "%s has it".formatted(mac))
                        .orElse("the kernel heard somebody who does not answer any more (dadfailed)"),
                "the host had no such address",
                "%s: give one of the two another address%s"
                        .formatted(
                                holder.isPresent()
                                        ? "a machine on this LAN with that MAC address was given the same address"
                                        : "a machine that is away now has the same address, or this host hears itself (a loop, a bond in the switch)",
                                holder.isPresent()
                                        ? "; the switch's table says at which port that MAC address is"
                                        : ""));
    }

    private static String method(Family family) {
        return switch (family) {
            case IPV4 -> "ARP probe";
            case IPV6 -> "duplicate address detection";
        };
    }

    private Stream<Address> addresses() {
        return before.links().stream().flatMap(link -> state.addressesOf(link).stream());
    }

    /** What had failed before the change is not in it. */
    private boolean isInDoubt(Address address) {
        return !before.wasOwn(address.ip());
    }

    private static boolean hasFailed(Address address) {
        return address.flags().contains(Flag.DAD_FAILED);
    }

    private static boolean isTentative(Address address) {
        return address.flags().contains(Flag.TENTATIVE) && !hasFailed(address);
    }

    private boolean isHeard(Address address) {
        return Hearing.isHeard(state, address.link());
    }

    private boolean hasCarrier(String link) {
        return Hearing.hasCarrier(state, link);
    }
}
