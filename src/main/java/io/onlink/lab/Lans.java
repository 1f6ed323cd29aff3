package io.onlink.lab;

import io.onlink.failure.ConfigurationException;
import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.HostFile.Ethernet;
import io.onlink.hostfile.HostFile.Route;
import io.onlink.hostfile.Segment;
import io.onlink.lab.Lan.DeclaredRoute;
import io.onlink.model.IpNetwork;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The cables out of the host that a host file speaks of. */
final class Lans {
    private Lans() {}

    static List<Lan> of(HostFile file) {
        List<Lan> lans = new ArrayList<>();
        for (Segment segment : file.segments().values()) {
            boolean main = file.vrfOf(segment.link()).isEmpty();
            List<DeclaredRoute> routes = routes(file, segment.routes(), main, segment.link());
            segment.containers().stream()
                    .flatMap(containers -> containers.routers().stream())
                    .map(router -> new DeclaredRoute(IpNetwork.defaultOf(router.family()), router, 0, false))
                    .forEach(routes::add);
            lans.add(new Lan(segment.name(), segment.nic(), segment.vlan(), segment.addresses(), routes));
        }
        Set<String> uplinks =
                file.segments().values().stream().map(Segment::uplink).collect(Collectors.toSet());
        for (Ethernet ethernet : file.ethernets().values()) {
            if (uplinks.contains(ethernet.name())) {
                continue;
            }
            boolean main = file.vrfOf(ethernet.name()).isEmpty();
            List<DeclaredRoute> routes = routes(file, ethernet.routes(), main, ethernet.name());
            lans.add(new Lan(ethernet.name(), ethernet.name(), Optional.empty(), ethernet.addresses(), routes));
        }
        refuseSameNames(lans);
        return lans;
    }

    /** A LAN's own routes, and those of the VRFs that leave by it. */
    private static List<DeclaredRoute> routes(HostFile file, List<Route> own, boolean main, String link) {
        List<DeclaredRoute> routes = new ArrayList<>();
        own.forEach(route -> routes.add(new DeclaredRoute(route.to(), route.via(), route.metric(), main)));
        file.vrfs().values().stream()
                .flatMap(vrf -> vrf.routes().stream())
                .filter(route -> route.link().equals(link))
                .forEach(route -> routes.add(new DeclaredRoute(route.to(), route.via(), route.metric(), false)));
        return routes;
    }

    private static void refuseSameNames(List<Lan> lans) {
        Set<String> names = new HashSet<>();
        for (Lan lan : lans) {
            if (!names.add(lan.name())) {
                throw new ConfigurationException(
                        "A segment is called '%s', as a NIC outside of it is: a lab names a network after both; give the segment another name"
                                .formatted(lan.name()));
            }
        }
    }
}
