package io.onlink.step;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.IpAddress;
import io.onlink.model.Link;
import io.onlink.model.MacAddress;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One change to the network of a namespace: a value that prints, can be performed by a {@code
 * Kernel}, and carries all that its undoing needs.
 *
 * <pre>{@code
 * Step step = new Step.SetMaster("eth0", null, "br0");
 * step.command();      // ip link set dev eth0 master br0
 * step.inverse();      // ip link set dev eth0 nomaster
 * }</pre>
 */
public sealed interface Step {
    /** What an administrator would type for it: the dry run, the log line, the error and the golden file. */
    default String command() {
        return IpCommand.of(this);
    }

    /** What undoes it; empty for a step that leaves nothing behind. */
    Optional<Step> inverse();

    /** Makes a link, down and without master, whatever its attributes say of those two. A veth's peer too. */
    record CreateLink(Link link) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new DeleteLink(link));
        }
    }

    /** Deletes a link that a plan may make again: it is down, and nothing hangs on it. */
    record DeleteLink(Link link) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new CreateLink(link));
        }
    }

    /**
     * Gives a link another master, or none. To or from a VRF the kernel takes the link's IPv6 addresses
     * and its routes away (net/ipv6/addrconf.c, NETDEV_CHANGEUPPER): a plan deletes them before and adds
     * them after.
     */
    record SetMaster(
            String link, @Nullable String from, @Nullable String to) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new SetMaster(link, to, from));
        }
    }

    /** Brings a link up, or down; it was the other way. */
    record SetUp(String link, boolean up) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new SetUp(link, !up));
        }
    }

    record SetMac(String link, MacAddress from, MacAddress to) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new SetMac(link, to, from));
        }
    }

    record SetBridgeOptions(String link, Bridge.Options from, Bridge.Options to) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new SetBridgeOptions(link, to, from));
        }
    }

    record AddAddress(Address address) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new DeleteAddress(address));
        }
    }

    record DeleteAddress(Address address) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new AddAddress(address));
        }
    }

    /** Adds a route where none of the same place stands. */
    record AddRoute(Route route) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new DeleteRoute(route));
        }
    }

    record DeleteRoute(Route route) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new AddRoute(route));
        }
    }

    /** Puts a route in another one's {@linkplain Route#place() place}, at once: there is no moment without. */
    record ReplaceRoute(Route from, Route to) implements Step {
        public ReplaceRoute {
            if (!from.place().equals(to.place())) {
                throw new IllegalArgumentException("a route replaces one of its own place only");
            }
        }

        @Override
        public Optional<Step> inverse() {
            return Optional.of(new ReplaceRoute(to, from));
        }
    }

    record AddRule(Rule rule) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new DeleteRule(rule));
        }
    }

    record DeleteRule(Rule rule) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new AddRule(rule));
        }
    }

    /**
     * Writes a sysctl of the namespace.
     *
     * @param name with slashes, relative to {@code /proc/sys}
     * @param from what it is before
     */
    record SetSysctl(String name, String from, String to) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.of(new SetSysctl(name, to, from));
        }
    }

    /**
     * Tells the segment which MAC address an IP address now has: gratuitous ARP (RFC 5227, 3) or an
     * unsolicited neighbour advertisement with override (RFC 4861, 7.2.6), sent out of the link.
     */
    record Announce(String link, IpAddress ip, MacAddress mac) implements Step {
        @Override
        public Optional<Step> inverse() {
            return Optional.empty();
        }
    }
}
