package io.onlink.verify;

import io.onlink.model.Address;
import io.onlink.model.Address.Flag;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.IpAddress;
import io.onlink.model.LinkStatus;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.verify.Prober.Question;
import io.onlink.verify.Verdict.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Whether the IPv6 addresses that a change brought are this host's alone. The kernel asks the LAN for itself (RFC 4862, 5.4),
 * once and within a second, which may be the very second in which the NIC joins its bridge; and it does not say who
 * answered. So each address is asked for again, when the port forwards.
 */
final class Uniqueness {
    private final Baseline before;
    private final NetworkState state;

    /** @param state after the change */
    Uniqueness(Baseline before, NetworkState state) {
        this.before = before;
        this.state = state;
    }

    /** IPv6 addresses that are a host's alone, as far as its kernel knows. */
    static Set<IpAddress> own(NetworkState state) {
        Set<IpAddress> own = new TreeSet<>();
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

    private static Target target(Address address) {
        return new Target.Own(address.ip(), address.link());
    }

    /** @param holders what came of the questions */
    Verdict judge(List<Outcome> holders, Verdict.Passed otherwise) {
        List<Failure> failures = new ArrayList<>();
        List<String> notes = new ArrayList<>(otherwise.notes());
        addresses().filter(this::isInDoubt).forEach(address -> {
            Optional<MacAddress> holder = holder(address, holders);
            if (holder.isPresent() || hasFailed(address)) {
                failures.add(duplicate(address, holder));
            } else if (!isHeard(address)) {
                notes.add("%s on %s: nobody could be asked whether somebody else has it, as the uplink has no carrier"
                        .formatted(address.address(), address.link()));
            }
        });
        return failures.isEmpty() ? new Verdict.Passed(notes) : new Verdict.Failed(failures, notes);
    }

    private static Failure duplicate(Address address, Optional<MacAddress> holder) {
        return new Failure(
                "%s on %s, asked whether somebody else has it (duplicate address detection)"
                        .formatted(address.address(), address.link()),
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

    private Stream<Address> addresses() {
        return before.links().stream()
                .flatMap(link -> state.addressesOf(link).stream())
                .filter(address -> address.family() == Family.IPV6);
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

    private static Optional<MacAddress> holder(Address address, List<Outcome> holders) {
        return holders.stream()
                .filter(outcome -> outcome.target().equals(target(address)))
                .flatMap(outcome -> outcome.reply() instanceof Reply.Answered(MacAddress mac)
                        ? Stream.ofNullable(mac)
                        : Stream.empty())
                .findFirst();
    }

    /** Whether a question leaves the host: containers give a bridge carrier, also where its uplink has none. */
    private boolean isHeard(Address address) {
        if (!(state.link(address.link()) instanceof Bridge bridge)) {
            return hasCarrier(address.link());
        }
        return state.portsOf(bridge.name()).stream()
                .filter(port -> Objects.equals(
                        port.attributes().mac(), bridge.attributes().mac()))
                .map(port -> state.status().get(port.name()))
                .anyMatch(status -> status != null && status.portState() == PortState.FORWARDING);
    }

    private boolean hasCarrier(String link) {
        LinkStatus status = state.status().get(link);
        return status != null && status.lowerUp();
    }
}
