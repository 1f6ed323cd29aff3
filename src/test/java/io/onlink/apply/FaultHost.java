package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.hostfile.HostFile;
import io.onlink.kernel.LinuxKernel;
import io.onlink.libc.Descriptor;
import io.onlink.libc.NetworkNamespace;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A host with two NICs in a namespace of its own, and in another one all that is outside: the switch, two routers, a client
 * on the link and one behind the routers. Its disk is a directory. Needs root.
 */
final class FaultHost implements AutoCloseable {
    private static final List<String> OUTSIDE = List.of(
            "link set lo up",
            "addr add 10.77.0.1/32 dev lo",
            "addr add 2001:db8:77::1/128 dev lo nodad",
            "link add sw type bridge forward_delay 0 mcast_snooping 0",
            "link set sw up",
            "addr add 192.168.22.1/24 dev sw",
            "addr add 192.168.22.2/24 dev sw",
            "addr add 192.168.22.50/24 dev sw",
            "addr add 2001:470:fe36:face::50/64 dev sw nodad",
            "addr add 2001:470:fe36:face::2/64 dev sw nodad",
            "addr add 2001:470:fe36:face::1/64 dev sw nodad");

    /** What the switch hands on with a tag: a client in each VLAN, both in one network. */
    private static final List<Integer> VLANS = List.of(10, 20);

    static final boolean HAS_VLANS = hasVlans();

    private static boolean hasVlans() {
        try (LinuxKernel kernel = LinuxKernel.open()) {
            return kernel.supportsLinkKind("vlan");
        }
    }

    private static final List<String> CABLES = List.of(
            "link add p0 type veth peer name eth0 address 00:50:56:00:22:d9 netns %s",
            "link add p1 type veth peer name eth1 address 00:50:56:00:22:da netns %s",
            "link set p0 master sw up",
            "link set p1 master sw up");

    private static final List<String> HOST = List.of(
            "link set lo up",
            "link set eth0 up",
            "link set eth1 up",
            "addr add 192.168.22.217/24 broadcast 192.168.22.255 dev eth0",
            "addr add 192.168.22.251/24 dev eth0 label eth0:1",
            "addr add 2001:470:fe36:face::217:1/64 dev eth0 nodad",
            "route add default via 192.168.22.1 dev eth0 mtu 1400",
            "route add 10.77.9.0/24 via 192.168.22.2 dev eth0 metric 50",
            "-6 route add default via 2001:470:fe36:face::1 dev eth0",
            "rule add from 10.9.9.0/24 lookup 99 pref 500",
            "link add other0 address 02:00:00:00:00:99 type bridge",
            "link set other0 up",
            "addr add 10.99.0.1/24 dev other0");

    private final NetworkNamespace host;
    private final NetworkNamespace outside;
    private final Path disk;

    private FaultHost(String name, Path disk) {
        this.host = NetworkNamespace.named(name + "-host");
        this.outside = NetworkNamespace.named(name + "-outside");
        this.disk = disk;
    }

    static FaultHost up(String name, Path disk) {
        FaultHost made = new FaultHost(name, disk);
        NetworkNamespace.create(made.outside.toString());
        Programs.batch(made.outside, OUTSIDE);
        if (HAS_VLANS) {
            for (int id : VLANS) {
                Programs.batch(
                        made.outside,
                        List.of(
                                "link add link sw name sw.%1$d type vlan id %1$d".formatted(id),
                                "link set sw.%d up".formatted(id),
                                "addr add 192.168.52.%1$d/24 dev sw.%1$d".formatted(id),
                                "addr add 2001:db8:52::%1$d/64 dev sw.%1$d nodad".formatted(id)));
            }
        }
        NetworkNamespace.create(made.host.toString());
        made.configure();
        return made;
    }

    /** The kernel and all in it is another one; the disk is as it was. */
    void loseAndRegainPower() {
        Programs.batch(outside, List.of("link del p0", "link del p1"));
        // Held until the new one is there: the kernel gives numbers of namespaces out again, and by its number a
        // journal
        // knows its kernel.
        try (Descriptor _ = host.open()) {
            host.delete();
            NetworkNamespace.create(host.toString());
        }
        configure();
    }

    private void configure() {
        // A NIC that was plugged in a while ago has detection behind it, and only what is made from now on has to go
        // through.
        Witness.set(host, List.of("ipv6/conf/default/accept_dad=0"));
        Programs.batch(
                outside,
                CABLES.stream().map(line -> line.formatted(host.toString())).toList());
        Witness.set(host, List.of("ipv6/conf/default/accept_dad=1"));
        Programs.batch(host, HOST);
        awaitDetection();
    }

    /** Of the NICs' own link-local addresses: without it too, the kernel is done with it in a work of its own, late on a busy machine. */
    private void awaitDetection() {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!Programs.run(host, "", "ip", "-6", "-o", "addr", "show", "tentative")
                .isEmpty()) {
            assertThat(System.nanoTime()).as("detection ends").isLessThan(end);
        }
    }

    String namespace() {
        return host.toString();
    }

    Path disk() {
        return disk;
    }

    Role.Order order(String text, String pipe) {
        return new Role.Order(namespace(), disk, text, pipe);
    }

    String play(Role role, String text, Effects effects) {
        return in(() -> role.play(order(text, ""), effects));
    }

    <T> T in(Callable<T> work) {
        try {
            return host.call(work::call);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    List<String> witness() {
        return Witness.of(host);
    }

    /** What is remembered, by file; what was only ever meant to be a lock or a log is none of it. */
    Map<String, Object> remembered() {
        try (Stream<Path> files = Files.exists(disk) ? Files.list(disk) : Stream.empty()) {
            Map<String, Object> contents = new TreeMap<>();
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (!name.equals("lock") && !name.equals("guard.log")) {
                    contents.put(
                            name,
                            name.equals("found.json")
                                    ? new StateDirectory(disk).readFound()
                                    : (Object) Files.readString(file));
                }
            }
            return contents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The steps to a file, or back to how the host was found; without the neighbours, who come and go. */
    List<String> plan(String text) {
        return in(() -> {
            try (LinuxKernel kernel = LinuxKernel.open()) {
                StateDirectory directory = new StateDirectory(disk);
                Plan plan = text.isEmpty()
                        ? HostChange.back(kernel, directory.readFound()).plan()
                        : HostChange.to(HostFile.parse("host.yaml", text), kernel, directory.readFound(), false)
                                .plan();
                return plan.steps().stream()
                        .filter(step -> !(step instanceof Step.AddNeighbour))
                        .map(Step::command)
                        .toList();
            }
        });
    }

    /** Both clients get an answer from each of the addresses, with nothing remembered of who has which. */
    void assertReachedAt(List<String> addresses) {
        Programs.run(host, "", "ip", "neigh", "flush", "all");
        String pings = addresses.stream()
                .flatMap(address -> Stream.of(
                                address.contains(":") ? "2001:470:fe36:face::50" : "192.168.22.50",
                                address.contains(":") ? "2001:db8:77::1" : "10.77.0.1")
                        .map(source -> "{ ping -n -c1 -W5 -I %s %s >/dev/null || echo %s not from %s; } &"
                                .formatted(source, address, address, source)))
                .collect(Collectors.joining("\n"));
        assertThat(Programs.run(outside, "", "sh", "-c", "ip neigh flush all\n" + pings + "\nwait"))
                .as("unreached")
                .isEmpty();
    }

    /** Whose client hears from another VLAN's host hears what leaks. */
    void assertReachedByNoVlanBut(Set<Integer> reached) {
        String pings = VLANS.stream()
                .flatMap(id -> Stream.of("192.168.52.217", "2001:db8:52::217")
                        .map(address -> "{ ping -n -c1 -W%d -I sw.%d %s >/dev/null && echo %s by %d; } &"
                                .formatted(reached.contains(id) ? 5 : 1, id, address, address, id)))
                .collect(Collectors.joining("\n"));
        assertThat(Programs.run(outside, "", "sh", "-c", "ip neigh flush all\n" + pings + "\nwait")
                        .lines())
                .as("what is reached by which VLAN")
                .containsExactlyInAnyOrderElementsOf(reached.stream()
                        .flatMap(id -> Stream.of("192.168.52.217 by " + id, "2001:db8:52::217 by " + id))
                        .toList());
    }

    /** Nobody is at work on this host any more. */
    void assertUnlocked() {
        new StateDirectory(disk).lock().close();
    }

    @Override
    public void close() {
        for (NetworkNamespace namespace : List.of(host, outside)) {
            if (namespace.exists()) {
                namespace.delete();
            }
        }
    }
}
