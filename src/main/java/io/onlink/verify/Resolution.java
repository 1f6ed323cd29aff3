package io.onlink.verify;

import io.onlink.model.Address;
import io.onlink.model.IpAddress;
import io.onlink.model.Link;
import io.onlink.model.LinkStatus;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.Vrf;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How targets are asked in one state: from the link that has the address there, whatever link that should be. */
final class Resolution {
    private static final IpAddress UNSPECIFIED_IPV4 = IpAddress.parse("0.0.0.0");
    private static final IpAddress UNSPECIFIED_IPV6 = IpAddress.parse("::");

    private final NetworkState state;

    Resolution(NetworkState state) {
        this.state = state;
    }

    Probe probe(Target target) {
        return switch (target) {
            case Target.Router(IpAddress ip, List<String> links) -> solicitation(ip, links);
            case Target.Host(IpAddress ip, List<String> links) -> echo(ip, links);
            case Target.Own(IpAddress ip, String link) -> detection(ip, link);
            case Target.Login(IpAddress client, IpAddress server) -> login(client, server);
            case Target.DefaultRoute route ->
                DefaultRouter.insteadOf(route, state)
                        .map(router -> solicitation(router.ip(), List.of(router.link())))
                        .orElseGet(() -> new Probe.Impossible(
                                "there is no default route of %s any more".formatted(name(route))));
        };
    }

    private static String name(Target.DefaultRoute route) {
        return switch (route.family()) {
            case IPV4 -> "IPv4";
            case IPV6 -> "IPv6";
        };
    }

    private Probe solicitation(IpAddress ip, List<String> links) {
        Optional<Address> source = source(ip, links);
        if (source.isEmpty()) {
            return new Probe.Impossible("no link has an address on the network of " + ip);
        }
        return solicitation(ip, source.get().link(), source.get().ip());
    }

    private Probe detection(IpAddress ip, String link) {
        return solicitation(
                ip,
                link,
                switch (ip.family()) {
                    case IPV4 -> UNSPECIFIED_IPV4;
                    case IPV6 -> UNSPECIFIED_IPV6;
                });
    }

    private Probe solicitation(IpAddress ip, String name, IpAddress source) {
        Link link = state.link(name);
        LinkStatus status = state.status().get(name);
        MacAddress mac = link == null ? null : link.attributes().mac();
        if (mac == null || status == null) {
            return new Probe.Impossible("%s, by which %s would be reached, is no Ethernet link".formatted(name, ip));
        }
        return new Probe.Solicitation(name, status.index(), mac, source, ip);
    }

    private Probe echo(IpAddress ip, List<String> links) {
        Optional<Address> source = source(ip, links);
        if (source.isEmpty()) {
            return ip.isIpv6LinkLocal()
                    ? new Probe.Impossible("no link has a link-local address to reach " + ip)
                    : new Probe.Echo(ip, null, 0, null, null);
        }
        String name = source.get().link();
        LinkStatus status = state.status().get(name);
        int scope = ip.isIpv6LinkLocal() && status != null ? status.index() : 0;
        return new Probe.Echo(ip, vrfOf(name), scope, name, source.get().ip());
    }

    private Probe login(IpAddress client, IpAddress server) {
        return state.addresses().stream()
                .filter(address -> address.ip().equals(server))
                .findFirst()
                .<Probe>map(address -> new Probe.EchoFrom(client, address.link(), server))
                .orElseGet(() -> new Probe.Impossible("this host has no address %s any more".formatted(server)));
    }

    private @Nullable String vrfOf(String name) {
        Link link = state.link(name);
        String master = link == null ? null : link.master();
        return master != null && state.link(master) instanceof Vrf ? master : null;
    }

    /** An address on the target's network: on the links named, on their bridges or ports, else on any. */
    private Optional<Address> source(IpAddress ip, List<String> links) {
        Set<String> preferred = new LinkedHashSet<>(links);
        for (String name : links) {
            Link link = state.link(name);
            if (link != null && link.master() != null) {
                preferred.add(link.master());
            }
            state.portsOf(name).forEach(port -> preferred.add(port.name()));
        }
        return preferred.stream()
                .flatMap(name -> onNetworkOf(ip, state.addressesOf(name)).stream())
                .findFirst()
                .or(() -> ip.isIpv6LinkLocal() ? Optional.empty() : onNetworkOf(ip, state.addresses()));
    }

    private static Optional<Address> onNetworkOf(IpAddress ip, Collection<Address> addresses) {
        return addresses.stream()
                .filter(address -> !address.flags().contains(Address.Flag.DAD_FAILED))
                .filter(address -> ip.isIpv6LinkLocal() == address.ip().isIpv6LinkLocal())
                .filter(address -> address.address().network().contains(ip))
                .findFirst();
    }
}
