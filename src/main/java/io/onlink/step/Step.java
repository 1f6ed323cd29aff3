package io.onlink.step;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.BridgePort;
import io.onlink.model.Exchange;
import io.onlink.model.Family;
import io.onlink.model.Firewall;
import io.onlink.model.IpAddress;
import io.onlink.model.Link;
import io.onlink.model.LinkStatus;
import io.onlink.model.MacAddress;
import io.onlink.model.Neighbour;
import io.onlink.model.Redirect;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One change to the network of a namespace: a value that prints, can be performed by a {@code
 * Kernel}. Where it changes a value it says from what, so that a plan made of an old state is refused.
 *
 * <pre>{@code
 * Step step = new Step.SetMaster("eth0", null, "br0");
 * step.command();      // ip link set dev eth0 master br0
 * }</pre>
 */
public sealed interface Step {
    /** What an administrator would type for it: the dry run, the log line, the error and the golden file. */
    default String command() {
        return IpCommand.of(this);
    }

    /** Makes a link, down and without master, whatever its attributes say of those two. A veth's peer too. */
    record CreateLink(Link link) implements Step {}

    /** Deletes a link that a plan may make again: it is down, and nothing hangs on it. */
    record DeleteLink(Link link) implements Step {}

    /**
     * Gives a link another master, or none. To or from a VRF the kernel takes the link's IPv6 addresses
     * and its routes away (net/ipv6/addrconf.c, NETDEV_CHANGEUPPER): a plan deletes them before and adds
     * them after.
     */
    record SetMaster(
            String link, @Nullable String from, @Nullable String to) implements Step {}

    /** Brings a link up, or down; it was the other way. */
    record SetUp(String link, boolean up) implements Step {}

    /**
     * Moves a link into another network namespace, under another name; there it arrives down and without addresses. It must
     * be nobody's port.
     *
     * @param namespace the file that keeps it, network_namespaces(7)
     */
    record MoveLink(String link, Path namespace, String newName) implements Step {}

    record SetMac(String link, MacAddress from, MacAddress to) implements Step {}

    /**
     * Gives a link another name, while it is up and passes frames: {@link Feature#LIVE_RENAME}. Its addresses, routes, ports and
     * sysctls stay with it.
     */
    record RenameLink(String from, String to) implements Step {}

    record SetMtu(String link, int from, int to) implements Step {}

    record SetBridgeOptions(String link, Bridge.Options from, Bridge.Options to) implements Step {}

    /** Turns options of a bridge's port on and off. */
    record SetPortOptions(String link, Set<BridgePort.Option> from, Set<BridgePort.Option> to) implements Step {
        public SetPortOptions {
            from = Set.copyOf(from);
            to = Set.copyOf(to);
        }
    }

    /** Lets a bridge's port that is up pass frames, or not; where spanning tree is off. */
    record SetPortState(String link, LinkStatus.PortState from, LinkStatus.PortState to) implements Step {}

    /**
     * Makes a bridge forget which stations are behind a port; the next frame to each goes to all ports. Without it, frames to
     * those stations are dropped while the port leaves the bridge.
     */
    record FlushPort(String link) implements Step {}

    /**
     * Waits until a port forwards and its bridge has carrier. The kernel looks after carriers by and by, up to a second after a
     * link came up (net/core/link_watch.c); until then the one drops what it gets, and the other what it is to send.
     */
    record AwaitForwarding(String port, String bridge) implements Step {}

    /**
     * Redirects a link's frames until {@link DeleteRedirect}, or until the process ends: a BPF program at the link's tcx hook. A qdisc
     * with a filter would do the same, but while a qdisc comes or goes the link drops what it is to send. In older kernels nftables. No
     * command does it, so it prints as a comment.
     */
    record AddRedirect(Redirect redirect) implements Step {}

    record DeleteRedirect(Redirect redirect) implements Step {}

    /**
     * From one frame to the next a bridge's frames leave by another uplink, and come in by both, until {@link DeleteExchange}, or
     * until the process ends: BPF programs at the links' tcx hooks. No command does it, so it prints as a comment.
     */
    record AddExchange(Exchange exchange) implements Step {}

    /** The new uplink is a port by now: its frames are its own, and the stub is used no more. */
    record HandOnExchange(Exchange exchange) implements Step {}

    record DeleteExchange(Exchange exchange) implements Step {}

    /**
     * Waits while both of two uplinks take frames, until the slowest of the neighbours and switches has taken note of what it was
     * told: a router's processor may need a tenth of a second.
     */
    record AwaitNeighbours(Duration time) implements Step {}

    record AddAddress(Address address) implements Step {}

    record DeleteAddress(Address address) implements Step {}

    /**
     * Gives an address that a link has another lifetime, or takes away that no duplicate address detection was done for it.
     * Nothing else changes: neither its place among the others nor its routes.
     */
    record ChangeAddress(Address from, Address to) implements Step {
        public ChangeAddress {
            if (!from.isSameAs(to)) {
                throw new IllegalArgumentException("an address is changed to itself only");
            }
        }
    }

    /**
     * Tells a link whose MAC address answers for a neighbour, as another link knew it: until the link has asked by itself,
     * packets go out all the same. The kernel asks soon, as the entry is stale. None of this is
     * undone: it ages. One that was set by hand, which the kernel takes away with the addresses, is put back as it was.
     */
    record AddNeighbour(Neighbour neighbour) implements Step {}

    /** Adds a route where none of the same place stands. */
    record AddRoute(Route route) implements Step {}

    /** Adds a route behind those of the same place: in IPv4 they are used before it. */
    record AppendRoute(Route route) implements Step {}

    /** Adds a route in front of those of the same place: it is used before them. IPv4 only, IPv6 knows no order. */
    record PrependRoute(Route route) implements Step {
        public PrependRoute {
            if (route.family() != Family.IPV4) {
                throw new IllegalArgumentException("IPv6 adds a route behind those of its place only");
            }
        }
    }

    record DeleteRoute(Route route) implements Step {}

    /** Puts a route in another one's {@linkplain Route#place() place}, at once: there is no moment without. */
    record ReplaceRoute(Route from, Route to) implements Step {
        public ReplaceRoute {
            if (!from.place().equals(to.place())) {
                throw new IllegalArgumentException("a route replaces one of its own place only");
            }
        }
    }

    record AddRule(Rule rule) implements Step {}

    record DeleteRule(Rule rule) implements Step {}

    /**
     * Writes a sysctl of the namespace.
     *
     * @param name with slashes, relative to {@code /proc/sys}
     * @param from what it is before
     */
    record SetSysctl(String name, String from, String to) implements Step {}

    /** Makes the host's firewall, changes who gets in, or takes it away; in one transaction of the kernel's. */
    record SetFirewall(Firewall from, Firewall to) implements Step {
        /** The same in nft(8)'s language. */
        public String commands() {
            return FirewallTable.commands(from, to);
        }
    }

    /**
     * Tells the segment which MAC address an IP address now has: gratuitous ARP (RFC 5227, 3) or an
     * unsolicited neighbour advertisement with override (RFC 4861, 7.2.6), sent out of the link.
     */
    record Announce(String link, IpAddress ip, MacAddress mac) implements Step {}

    /**
     * Tells the switches of the LAN that the stations behind a bridge are now behind this uplink of it: a broadcast frame from each
     * (RARP, as hypervisors do when a machine moves). A station that is silent would not be found until the switches forget it.
     *
     * @param from the uplink by which they were found before; behind it is the LAN, not a station of the bridge
     */
    record AnnounceStations(String bridge, String from, String uplink) implements Step {}
}
