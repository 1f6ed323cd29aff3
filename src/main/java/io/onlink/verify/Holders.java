package io.onlink.verify;

import io.onlink.model.Address;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.verify.Prober.Question;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who answered when it was asked who else has an address.
 *
 * <p>A switch or router with local proxy ARP answers for every address of a network, also the host's own: it keeps machines
 * apart that share the network. So who answered for a new IPv4 address is asked for one that the host has on that network
 * already, and if it has that too, its word is worth nothing. A Linux router with {@code proxy_arp} does not answer probes
 * (net/ipv4/arp.c, arp_process: a sender of 0.0.0.0).
 */
final class Holders {
    private final NetworkState state;
    private final List<Outcome> outcomes;
    private final List<Outcome> controls;

    private Holders(NetworkState state, List<Outcome> outcomes, List<Outcome> controls) {
        this.state = state;
        this.outcomes = outcomes;
        this.controls = controls;
    }

    /** @param outcomes of questions for {@link Target.Own}, asked in this state */
    static Holders of(NetworkState state, List<Outcome> outcomes) {
        return new Holders(state, outcomes, List.of());
    }

    /** To be asked besides, where somebody answered. */
    List<Question> controls(Collection<IpAddress> settled) {
        Resolution resolution = new Resolution(state);
        return outcomes.stream()
                .filter(outcome -> holder(outcome).isPresent())
                .flatMap(outcome -> control((Target.Own) outcome.target(), settled).stream())
                .distinct()
                .map(target -> new Question(target, resolution.probe(target), true))
                .toList();
    }

    /** The same, once those have been asked. */
    Holders with(List<Outcome> answers) {
        return new Holders(state, outcomes, answers);
    }

    /** Empty where nobody else has it, or nobody could be asked. */
    Optional<MacAddress> of(Target.Own target) {
        return answered(target).filter(mac -> !isProxy(target, mac));
    }

    /** Who answers for this address as for any. */
    Optional<MacAddress> proxyOf(Target.Own target) {
        return answered(target).filter(mac -> isProxy(target, mac));
    }

    static String proxyNote(InterfaceAddress address, String link, MacAddress mac) {
        return "%s on %s: whether another machine has it is not known, as %s answers for every address there (local proxy ARP)"
                .formatted(address, link, mac);
    }

    private Optional<MacAddress> answered(Target.Own target) {
        return outcomes.stream()
                .filter(outcome -> outcome.target().equals(target))
                .flatMap(outcome -> holder(outcome).stream())
                .findFirst();
    }

    private boolean isProxy(Target.Own target, MacAddress mac) {
        return controls.stream()
                .filter(outcome -> outcome.target() instanceof Target.Own(IpAddress ip, String link)
                        && link.equals(target.link())
                        && networks(link, ip).anyMatch(own -> own.network().contains(target.ip())))
                .anyMatch(outcome -> holder(outcome).equals(Optional.of(mac)));
    }

    /** The kernel answers on each link for the addresses of all (arp_ignore 0): two NICs may be on one LAN. */
    private Optional<MacAddress> holder(Outcome outcome) {
        return Optional.of(outcome.reply())
                .flatMap(reply -> reply instanceof Reply.Answered(MacAddress mac) && mac != null
                        ? Optional.of(mac)
                        : Optional.empty())
                .filter(mac -> state.links().values().stream()
                        .noneMatch(link -> mac.equals(link.attributes().mac())));
    }

    private Optional<Target.Own> control(Target.Own target, Collection<IpAddress> settled) {
        return target.ip().family() == Family.IPV6
                ? Optional.empty()
                : state.addressesOf(target.link()).stream()
                        .filter(address -> settled.contains(address.ip())
                                && address.address().network().contains(target.ip()))
                        .findFirst()
                        .map(address -> new Target.Own(address.ip(), target.link()));
    }

    private Stream<InterfaceAddress> networks(String link, IpAddress ip) {
        return state.addressesOf(link).stream()
                .filter(address -> address.ip().equals(ip))
                .map(Address::address);
    }
}
