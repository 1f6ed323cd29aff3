package io.onlink.reconcile;

import io.onlink.model.Address;
import io.onlink.model.Link;
import io.onlink.model.Route;
import io.onlink.netlink.NetworkEvent;
import io.onlink.step.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Who did it, as far as that can be known. A notice of the kernel's has the port id of the socket through which somebody
 * asked for the change (nlmsg_pid); for IPv6 addresses, what ioctl(2) did and most of links it is 0. It is named only
 * when a process holds that very socket when the notice comes: {@code ip} most often has ended by then. For any thread.
 */
final class Culprits {
    /** Longer than it takes to look; older evidence may be of an earlier deed. */
    private static final Duration KEPT = Duration.ofSeconds(2);

    private static final int MOST = 256;

    /** Where libnl puts its own process id in a port id; the kernel's choice for a first socket is the process id itself. */
    private static final int PROCESS_ID_BITS = (1 << 22) - 1;

    /** {@code /proc/net/netlink}: sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode. */
    private static final int PROTOCOL_COLUMN = 1;

    private static final int PORT_COLUMN = 2;
    private static final int INODE_COLUMN = 9;

    private final InstantSource clock;
    private final Deque<Evidence> evidence = new ArrayDeque<>();

    Culprits(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * @param cause whether it made a step necessary
     * @param who empty where it is not known: what the same thing was by before is no longer true then
     */
    private record Evidence(Predicate<Step> cause, Optional<String> who, Instant when) {}

    /** Keeps in mind who it was. To be called at once: short-lived programs are gone soon. */
    void notice(NetworkEvent event, int portId) {
        keep(step -> isCauseOf(event, step), portId == 0 ? Optional.empty() : holderOf(portId));
    }

    /** Keeps in mind who changed the host's firewall, as the kernel has it: a program's name alone. */
    void noticeFirewall(String program) {
        keep(Step.SetFirewall.class::isInstance, Optional.of(program));
    }

    private synchronized void keep(Predicate<Step> cause, Optional<String> who) {
        Instant now = clock.instant();
        evidence.addLast(new Evidence(cause, who, now));
        forgetWhatIsOld(now);
    }

    /** Who made one of these steps necessary, and last. Told once: what follows is another deed. */
    synchronized Optional<String> of(List<Step> steps) {
        forgetWhatIsOld(clock.instant());
        List<Evidence> matching = evidence.stream()
                .filter(one -> steps.stream().anyMatch(one.cause()))
                .toList();
        evidence.removeAll(matching);
        return matching.isEmpty() ? Optional.empty() : matching.getLast().who();
    }

    private void forgetWhatIsOld(Instant now) {
        while (!evidence.isEmpty()
                && (evidence.size() > MOST
                        || evidence.getFirst().when().plus(KEPT).isBefore(now))) {
            evidence.removeFirst();
        }
    }

    private static boolean isCauseOf(NetworkEvent event, Step step) {
        return switch (event) {
            case NetworkEvent.AddressDeleted(Address gone) ->
                step instanceof Step.AddAddress(Address missing) && missing.isSameAs(gone);
            case NetworkEvent.AddressAdded(Address added) ->
                step instanceof Step.DeleteAddress(Address unwanted) && unwanted.isSameAs(added);
            case NetworkEvent.RouteDeleted(Route gone) -> isMissing(gone.place(), step);
            case NetworkEvent.RouteAdded(Route added) ->
                (step instanceof Step.ReplaceRoute(Route unwanted, var _) && unwanted.hasSameEffectAs(added))
                        // It has displaced ours.
                        || (step instanceof Step.PrependRoute(Route missing)
                                && missing.place().equals(added.place()));
            case NetworkEvent.RuleDeleted(var gone) ->
                step instanceof Step.AddRule(var missing) && missing.equals(gone);
            case NetworkEvent.LinkDeleted(String gone) ->
                step instanceof Step.CreateLink(Link missing) && missing.name().equals(gone);
            case NetworkEvent.LinkChanged(Link link, var _) -> isCauseOf(link, step);
            case NetworkEvent.RuleAdded _, NetworkEvent.PortChanged _, NetworkEvent.PortLeft _, NetworkEvent.Resync _ ->
                false;
        };
    }

    private static boolean isMissing(Route.Place place, Step step) {
        return (step instanceof Step.AddRoute(Route route) && place.equals(route.place()))
                || (step instanceof Step.AppendRoute(Route behind) && place.equals(behind.place()))
                || (step instanceof Step.PrependRoute(Route first) && place.equals(first.place()));
    }

    private static boolean isCauseOf(Link changed, Step step) {
        return switch (step) {
            case Step.SetUp(String link, boolean up) -> link.equals(changed.name()) && up != changed.isUp();
            case Step.SetMac(String link, var from, var _) ->
                link.equals(changed.name()) && from.equals(changed.attributes().mac());
            case Step.SetMaster(String link, var from, var _) ->
                link.equals(changed.name()) && Objects.equals(from, changed.master());
            case Step.RenameLink _,
                    Step.SetMtu _,
                    Step.MoveLink _,
                    Step.SetBridgeOptions _,
                    Step.SetPortOptions _,
                    Step.SetPortState _,
                    Step.FlushPort _,
                    Step.AwaitForwarding _,
                    Step.AddRedirect _,
                    Step.DeleteRedirect _,
                    Step.AddExchange _,
                    Step.HandOnExchange _,
                    Step.DeleteExchange _,
                    Step.AwaitNeighbours _,
                    Step.AnnounceStations _,
                    Step.CreateLink _,
                    Step.DeleteLink _,
                    Step.AddAddress _,
                    Step.ChangeAddress _,
                    Step.DeleteAddress _,
                    Step.AddNeighbour _,
                    Step.AddRoute _,
                    Step.AppendRoute _,
                    Step.PrependRoute _,
                    Step.DeleteRoute _,
                    Step.ReplaceRoute _,
                    Step.AddRule _,
                    Step.DeleteRule _,
                    Step.SetSysctl _,
                    Step.SetFirewall _,
                    Step.Announce _ -> false;
        };
    }

    /** The process that has an rtnetlink socket of this network namespace with that port open, now. */
    static Optional<String> holderOf(int portId) {
        long process = portId & PROCESS_ID_BITS;
        if (process == ProcessHandle.current().pid()) {
            return Optional.empty();
        }
        try {
            Optional<String> socket = inode(portId).map("socket:[%s]"::formatted);
            if (socket.isEmpty() || !holds(process, socket.get())) {
                return Optional.empty();
            }
            String name =
                    Files.readString(Path.of("/proc/" + process + "/comm")).strip();
            return Optional.of("%s (pid %d)".formatted(name, process));
        } catch (IOException | UncheckedIOException ended) {
            return Optional.empty();
        }
    }

    private static Optional<String> inode(int portId) throws IOException {
        try (Stream<String> sockets = Files.lines(Path.of("/proc/thread-self/net/netlink"))) {
            return sockets.map(line -> line.strip().split("\\s+"))
                    .filter(columns -> columns.length > INODE_COLUMN
                            && columns[PROTOCOL_COLUMN].equals("0")
                            && columns[PORT_COLUMN].equals(Integer.toUnsignedString(portId)))
                    .map(columns -> columns[INODE_COLUMN])
                    .findFirst();
        }
    }

    private static boolean holds(long process, String socket) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/" + process + "/fd"))) {
            return files.anyMatch(file -> socket.equals(target(file)));
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException closed) {
            return "";
        }
    }
}
