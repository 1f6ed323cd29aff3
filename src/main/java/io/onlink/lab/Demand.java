package io.onlink.lab;

import io.onlink.hostfile.HostFile;
import io.onlink.hostfile.HostFile.Route;
import io.onlink.hostfile.Segment;
import io.onlink.model.Allowance.Protocol;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.step.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the client behind a lab's routers may ask of one of the host's addresses.
 *
 * @param place the segment, or the NIC outside of them, that has it
 * @param answer whether it must answer
 */
record Demand(IpAddress address, String place, Answer answer) {

    /** Whether the client is to be answered. */
    enum Answer {
        /** The file makes the address reachable. */
        REQUIRED,
        /** The kernel lacks what the file asks for there, so it stays as found: what answered goes on answering. */
        AS_BEFORE,
        /** The client's packets would not come there: on that LAN no router stands for the family. */
        NO_WAY_THERE,
        /** They would come, but the file has no route by which the host could answer them. */
        NO_WAY_BACK,
        /** They would come, and the file's firewall lets no ping of his in. */
        NOT_LET_IN
    }

    /**
     * One for each address that the file gives the host, in the order of the file.
     *
     * @param topology of the lab that the file is applied in
     * @param leftOut the file's links that the kernel cannot have as the file says, and that are left as they are found
     */
    static List<Demand> of(HostFile file, Topology topology, Set<String> leftOut) {
        List<Demand> demands = new ArrayList<>();
        for (Segment segment : file.segments().values()) {
            segment.addresses()
                    .forEach(own -> demands.add(of(own, segment.name(), segment.link(), file, topology, leftOut)));
        }
        for (HostFile.Ethernet ethernet : file.ethernets().values()) {
            ethernet.addresses()
                    .forEach(own -> demands.add(of(own, ethernet.name(), ethernet.name(), file, topology, leftOut)));
        }
        return List.copyOf(demands);
    }

    private static Demand of(
            InterfaceAddress own, String place, String link, HostFile file, Topology topology, Set<String> leftOut) {
        return new Demand(own.ip(), place, answer(own.ip(), link, file, topology, leftOut));
    }

    private static Answer answer(IpAddress ip, String link, HostFile file, Topology topology, Set<String> leftOut) {
        if (clientRoutes(topology).noneMatch(to -> to.contains(ip))) {
            return Answer.NO_WAY_THERE;
        }
        if (leftOut.contains(link)) {
            return Answer.AS_BEFORE;
        }
        Optional<HostFile.Vrf> domain = file.vrfOf(link);
        boolean wayBack = routes(file)
                .filter(route -> file.vrfOf(route.link()).equals(domain))
                .anyMatch(route -> Outside.CLIENT.stream()
                        .filter(client -> client.family() == ip.family())
                        .anyMatch(route.to()::contains));
        boolean isLetIn = Outside.CLIENT.stream()
                .filter(client -> client.family() == ip.family())
                .anyMatch(client -> file.hostFirewall().admits(link, Protocol.ICMP, 0, client));
        if (!isLetIn) {
            return Answer.NOT_LET_IN;
        }
        return wayBack ? Answer.REQUIRED : Answer.NO_WAY_BACK;
    }

    /** Where the client knows a router to. */
    private static Stream<IpNetwork> clientRoutes(Topology topology) {
        return topology.members().stream()
                .filter(member -> member.name().equals(Member.CLIENT))
                .flatMap(client -> client.after().stream())
                .filter(Step.AddRoute.class::isInstance)
                .map(step -> ((Step.AddRoute) step).route().destination());
    }

    private static Stream<Route> routes(HostFile file) {
        return Stream.of(
                        file.segments().values().stream().map(Segment::routes),
                        file.ethernets().values().stream().map(HostFile.Ethernet::routes),
                        file.vrfs().values().stream().map(HostFile.Vrf::routes))
                .flatMap(lists -> lists)
                .flatMap(List::stream);
    }
}
