package io.onlink.verify;

import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.Position;
import io.onlink.hostfile.Segment;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.Link;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.verify.Prober.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The IPv4 addresses of a host file that the host has on no link yet. Unlike with IPv6 no kernel asks for them, and the
 * neighbours believe what they are told: so the LAN is asked before they are told, by the link that is on it now. What
 * cannot be asked yet, on a link that the change makes or that has no carrier, is asked afterwards: {@link Uniqueness}.
 */
final class NewAddresses {
    private final NetworkState state;
    private final List<Wanted> wanted;

    /**
     * An address that can be asked for.
     *
     * @param key of the file that it stands under
     */
    private record Wanted(InterfaceAddress address, String key, Position position, String link) {
        private Target.Own target() {
            return new Target.Own(address.ip(), link);
        }
    }

    private NewAddresses(NetworkState state, List<Wanted> wanted) {
        this.state = state;
        this.wanted = wanted;
    }

    /** @param state before the change */
    static NewAddresses of(HostFile file, NetworkState state) {
        Set<IpAddress> present = own(state);
        List<Wanted> wanted = new ArrayList<>();
        for (Segment segment : file.segments().values()) {
            link(state, List.of(segment.link(), segment.uplink()))
                    .ifPresent(link -> missing(segment.addresses(), present)
                            .map(address -> new Wanted(address, "segments." + segment.name(), segment.position(), link))
                            .forEach(wanted::add));
        }
        for (HostFile.Ethernet ethernet : file.ethernets().values()) {
            link(state, List.of(ethernet.name()))
                    .ifPresent(link -> missing(ethernet.addresses(), present)
                            .map(address ->
                                    new Wanted(address, "ethernets." + ethernet.name(), ethernet.position(), link))
                            .forEach(wanted::add));
        }
        return new NewAddresses(state, wanted);
    }

    /** Those that a host has, on whatever link: nobody is asked for what only moves. */
    static Set<IpAddress> own(NetworkState state) {
        Set<IpAddress> own = new TreeSet<>();
        state.addresses().stream()
                .filter(address -> address.family() == Family.IPV4)
                .forEach(address -> own.add(address.ip()));
        return own;
    }

    private static Stream<InterfaceAddress> missing(List<InterfaceAddress> addresses, Set<IpAddress> present) {
        return addresses.stream()
                .filter(address -> address.ip().family() == Family.IPV4 && !present.contains(address.ip()));
    }

    /** The first that is there and heard; a bridge's port hears nothing by itself, its bridge does. */
    private static Optional<String> link(NetworkState state, List<String> names) {
        return names.stream()
                .map(state::link)
                .<Link>mapMulti((link, found) -> {
                    if (link != null) {
                        found.accept(asksFor(state, link));
                    }
                })
                .map(Link::name)
                .filter(name -> Hearing.isHeard(state, name))
                .findFirst();
    }

    private static Link asksFor(NetworkState state, Link link) {
        @Nullable String master = link.master();
        return master != null && state.link(master) instanceof Bridge bridge ? bridge : link;
    }

    List<Question> questions() {
        Resolution resolution = new Resolution(state);
        return wanted.stream()
                .map(Wanted::target)
                .distinct()
                .map(target -> new Question(target, resolution.probe(target), true))
                .toList();
    }

    /** Those of which the LAN has been asked. */
    Set<IpAddress> asked(List<Outcome> outcomes) {
        Set<IpAddress> asked = new TreeSet<>();
        for (Outcome outcome : outcomes) {
            boolean wasSent =
                    !(outcome.probe() instanceof Probe.Impossible) && !(outcome.reply() instanceof Reply.Refused);
            if (wasSent && outcome.target() instanceof Target.Own(IpAddress ip, var _)) {
                asked.add(ip);
            }
        }
        return asked;
    }

    /** Those that another machine has, in the order of the file. */
    List<Baseline.Taken> taken(Holders holders) {
        return wanted.stream()
                .flatMap(one -> holders.of(one.target()).map(mac -> taken(one, mac)).stream())
                .toList();
    }

    private static Baseline.Taken taken(Wanted wanted, MacAddress mac) {
        return new Baseline.Taken(
                wanted.address().ip(),
                "%s: %s: another machine on the LAN has %s: %s answered an ARP probe on %s; give one of the two another address (the switch's table says at which port that MAC address is)"
                        .formatted(wanted.position(), wanted.key(), wanted.address(), mac, wanted.link()));
    }

    /** What an administrator should know, a sentence each. */
    List<String> notes(Holders holders) {
        return wanted.stream()
                .flatMap(one ->
                        holders
                                .proxyOf(one.target())
                                .map(mac -> Holders.proxyNote(one.address(), one.link(), mac))
                                .stream())
                .toList();
    }
}
