package io.onlink.docker;

import java.util.List;
import java.util.stream.Stream;

/** A host with three segments, a router, a client behind it, and a stranger who is nowhere yet: a network namespace each. */
final class LanNamespaces {
    private static final List<String> NAMESPACES = List.of("host", "router", "client", "stranger");

    private static final String NETWORK = """
            -n HOST link set lo up
            -n ROUTER link set lo up
            -n HOST link add eth0 type veth peer name r0 netns ROUTER
            -n HOST link add eth1 type veth peer name r1 netns ROUTER
            -n HOST link add eth2 type veth peer name r2 netns ROUTER
            -n ROUTER link add c0 type veth peer name c0 netns CLIENT
            -n HOST link add br0 address 02:00:00:00:00:10 type bridge forward_delay 0 mcast_snooping 0
            -n HOST link add br1 address 02:00:00:00:00:11 type bridge forward_delay 0 mcast_snooping 0
            -n HOST link add br2 address 02:00:00:00:00:12 type bridge forward_delay 0 mcast_snooping 0
            -n HOST link set eth0 up master br0
            -n HOST link set eth1 up master br1
            -n HOST link set eth2 up master br2
            -n HOST link set br0 up
            -n HOST link set br1 up
            -n HOST link set br2 up
            -n HOST addr add 192.168.22.217/24 dev br0
            -n HOST addr add 2001:db8:22::217/64 dev br0 nodad
            -n HOST addr add 192.168.52.217/24 dev br1
            -n HOST addr add 2001:db8:52::217/64 dev br1 nodad
            -n HOST addr add 192.168.62.217/24 dev br2
            -n HOST route add default via 192.168.22.1
            -n HOST -6 route add default via 2001:db8:22::1
            -n ROUTER link set r0 up
            -n ROUTER link set r1 up
            -n ROUTER link set r2 up
            -n ROUTER link set c0 up
            -n ROUTER addr add 192.168.22.1/24 dev r0
            -n ROUTER addr add 2001:db8:22::1/64 dev r0 nodad
            -n ROUTER addr add 192.168.52.1/24 dev r1
            -n ROUTER addr add 2001:db8:52::1/64 dev r1 nodad
            -n ROUTER addr add 192.168.62.1/24 dev r2
            -n ROUTER addr add 172.16.52.1/24 dev lo
            -n ROUTER addr add 198.51.100.1/24 dev c0
            -n ROUTER addr add 2001:db8:100::1/64 dev c0 nodad
            -n CLIENT link set c0 up
            -n CLIENT addr add 198.51.100.10/24 dev c0
            -n CLIENT addr add 2001:db8:100::10/64 dev c0 nodad
            -n CLIENT route add default via 198.51.100.1
            -n CLIENT -6 route add default via 2001:db8:100::1
            """;

    private final String name;
    private final HostProcesses processes;

    LanNamespaces(String name, HostProcesses processes) {
        this.name = name;
        this.processes = processes;
    }

    void make() {
        for (String which : NAMESPACES) {
            processes.run(List.of("ip", "netns", "add", namespace(which))).check();
        }
        setUp(NETWORK.lines());
        for (String setting : List.of("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")) {
            run("router", "sysctl", "-qw", setting).check();
        }
    }

    /** @param hostLinks arguments of ip(8), in the host */
    void change(List<String> hostLinks) {
        setUp(hostLinks.stream().map(arguments -> "-n HOST " + arguments));
    }

    /** After it was deleted: the bridge, its uplink, addresses and default routes as at the start. */
    void makeServiceBridge() {
        setUp(NETWORK.lines().filter(line -> line.matches("-n HOST .*( br0\\b| default via ).*")));
    }

    /** A link of one of {@code client} and {@code stranger} on the switch of the first segment. */
    void addMachine(String which, String link) {
        setUp(Stream.of(
                "-n HOST link add " + link + " type veth peer name " + link + " netns " + namespace(which),
                "-n HOST link set " + link + " up master br0",
                "-n " + namespace(which) + " link set " + link + " up"));
    }

    /** Runs a command in one of {@code host}, {@code router}, {@code client} and {@code stranger}. */
    HostProcesses.Result run(String which, String... command) {
        return processes.run(Stream.concat(Stream.of("ip", "netns", "exec", namespace(which)), Stream.of(command))
                .toList());
    }

    String namespace(String which) {
        return name + "-" + which;
    }

    /** Idempotent. */
    void delete() {
        NAMESPACES.forEach(which -> processes.run(List.of("ip", "netns", "delete", namespace(which))));
    }

    private void setUp(Stream<String> lines) {
        lines.forEach(line -> {
            String command = line.replace("HOST", namespace("host"))
                    .replace("ROUTER", namespace("router"))
                    .replace("CLIENT", namespace("client"));
            processes.run(List.of(("ip " + command).split(" ", -1))).check();
        });
    }
}
