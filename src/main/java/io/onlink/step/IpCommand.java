package io.onlink.step;

import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.BridgePort;
import io.onlink.model.Exchange;
import io.onlink.model.Family;
import io.onlink.model.Ipvlan;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.MacAddress;
import io.onlink.model.Macvlan;
import io.onlink.model.Neighbour;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Redirect;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Scope;
import io.onlink.model.UpperLink;
import io.onlink.model.Veth;
import io.onlink.model.Vlan;
import io.onlink.model.Vrf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Steps in the words of ip(8), nft(8), sysctl(8), arping(8) and ndsend(8): each line can be typed as it stands. */
final class IpCommand {
    /** Names of ip-route(8) for {@code RTAX_*} numbers (rtnetlink.h). */
    private static final Map<Integer, String> METRICS = Map.of(
            2, "mtu", 3, "window", 4, "rtt", 7, "cwnd", 8, "advmss", 10, "hoplimit", 11, "initcwnd", 14, "initrwnd");

    private static final Map<Integer, String> PROTOCOLS =
            Map.of(Route.PROTOCOL_KERNEL, "kernel", Route.PROTOCOL_BOOT, "boot", Route.PROTOCOL_STATIC, "static");

    private final List<String> words = new ArrayList<>();

    private IpCommand() {}

    static String of(Step step) {
        IpCommand command = new IpCommand();
        switch (step) {
            case Step.CreateLink(Link link) -> command.createLink(link);
            case Step.DeleteLink(Link link) -> command.say("ip link delete dev", link.name());
            case Step.SetMaster(String link, var from, var to) -> command.setMaster(link, to);
            case Step.SetUp(String link, boolean up) -> command.say("ip link set dev", link, up ? "up" : "down");
            case Step.MoveLink(String link, var namespace, var newName) ->
                command.say("ip link set dev", link, "netns", namespace, "name", newName);
            case Step.SetMac(String link, var from, var to) -> command.say("ip link set dev", link, "address", to);
            case Step.RenameLink(String from, String to) -> command.say("ip link set dev", from, "name", to);
            case Step.SetMtu(String link, var from, int to) -> command.say("ip link set dev", link, "mtu", to);
            case Step.SetBridgeOptions(String link, var from, var to) -> command.setBridge(link, from, to);
            case Step.SetPortOptions(String link, var from, var to) ->
                command.say("ip link set dev", link, "type bridge_slave", BridgePort.words(from, to, " "));
            case Step.SetPortState(String link, var _, var to) ->
                command.say("ip link set dev", link, "type bridge_slave state", to.number());
            case Step.FlushPort(String link) -> command.say("ip link set dev", link, "type bridge_slave fdb_flush");
            case Step.AwaitForwarding(String port, String bridge) ->
                command.say(
                        "until bridge link show dev",
                        port,
                        "| grep -q 'state forwarding' && ip link show dev",
                        bridge,
                        "| grep -q 'state UP'; do sleep 0.01; done");
            case Step.AddRedirect(Redirect redirect) -> command.redirect(redirect);
            case Step.DeleteRedirect(Redirect redirect) ->
                command.say("# the frames of", redirect.link(), "are its own again");
            case Step.AddExchange(Exchange exchange) ->
                command.say(
                        "# what would leave by",
                        exchange.from(),
                        "leaves by",
                        exchange.to() + ", and what comes in by that comes in by",
                        exchange.stub(),
                        "(BPF at tcx)");
            case Step.HandOnExchange(Exchange exchange) ->
                command.say("# what comes in by", exchange.to(), "comes in by itself");
            case Step.DeleteExchange(Exchange exchange) ->
                command.say("# the frames of", exchange.from(), "and", exchange.to(), "are their own again");
            case Step.AwaitNeighbours(Duration time) -> command.say("sleep", time.toMillis() / 1000.0);
            case Step.AddAddress(Address address) -> command.address("add", address);
            case Step.DeleteAddress(Address address) ->
                command.say(address.family().command(), "addr del", address.address(), "dev", address.link());
            case Step.ChangeAddress(var from, Address to) -> command.address("change", to);
            case Step.AddNeighbour(Neighbour neighbour) -> command.neighbour(neighbour);
            case Step.AddRoute(Route route) -> command.route("add", route);
            case Step.AppendRoute(Route route) -> command.route("append", route);
            case Step.PrependRoute(Route route) -> command.route("prepend", route);
            case Step.DeleteRoute(Route route) -> command.route("del", route);
            case Step.ReplaceRoute(var from, Route to) -> command.route("replace", to);
            case Step.AddRule(Rule rule) -> command.rule("add", rule);
            case Step.DeleteRule(Rule rule) -> command.rule("del", rule);
            case Step.SetSysctl(String name, var from, String to) -> {
                if (NetworkState.isToken(name)) {
                    command.say("ip token set", to, "dev", NetworkState.linkOf(name));
                } else {
                    command.say("sysctl -w", name + "=" + to);
                }
            }
            case Step.SetFirewall firewall -> command.say("nft '" + firewall.commands() + "'");
            case Step.Announce(String link, var ip, var mac) -> {
                switch (ip.family()) {
                    case IPV4 -> command.say("arping -U -c 1 -I", link, ip);
                    case IPV6 -> command.say("ndsend", ip, link);
                }
            }
            case Step.AnnounceStations(String bridge, String from, String uplink) -> {
                command.say("# a frame leaves by", uplink, "from each station behind", bridge);
                if (!from.equals(uplink)) {
                    command.say("and not behind", from);
                }
            }
        }
        return String.join(" ", command.words);
    }

    private void createLink(Link link) {
        LinkAttributes attributes = link.attributes();
        say("ip link add");
        if (link instanceof UpperLink upper) {
            say("link", Objects.requireNonNull(upper.parent(), "a link of this namespace is made"), "name");
        }
        say(attributes.name());
        common(attributes);
        switch (link) {
            case Bridge bridge -> {
                say("type bridge");
                options(bridge.options());
            }
            case Vrf vrf -> say("type vrf table", vrf.table());
            case Vlan vlan -> say("type vlan id", vlan.id());
            case Macvlan macvlan ->
                say("type macvlan mode", macvlan.mode().name().toLowerCase(Locale.ROOT));
            case Ipvlan ipvlan -> say("type ipvlan mode l2", ipvlan.isolated() ? "private" : "bridge");
            case Veth veth -> {
                say("type veth");
                LinkAttributes peer = veth.peer();
                if (peer != null) {
                    say("peer name", peer.name());
                    common(peer);
                }
            }
            case OtherLink other -> say("type", other.kind());
        }
    }

    private void common(LinkAttributes attributes) {
        if (attributes.mac() != null) {
            say("address", attributes.mac());
        }
        if (attributes.mtu() != 0) {
            say("mtu", attributes.mtu());
        }
    }

    private void setMaster(String link, @Nullable String master) {
        say("ip link set dev", link);
        if (master == null) {
            say("nomaster");
        } else {
            say("master", master);
        }
    }

    private void setBridge(String link, Bridge.Options from, Bridge.Options to) {
        say("ip link set dev", link, "type bridge");
        if (from.stp() != to.stp()) {
            say("stp_state", bit(to.stp()));
        }
        if (from.forwardDelay() != to.forwardDelay()) {
            say("forward_delay", to.forwardDelay());
        }
        if (from.multicastSnooping() != to.multicastSnooping()) {
            say("mcast_snooping", bit(to.multicastSnooping()));
        }
        if (from.vlanFiltering() != to.vlanFiltering()) {
            say("vlan_filtering", bit(to.vlanFiltering()));
        }
        if (from.noLinkLocalLearning() != to.noLinkLocalLearning()) {
            say("no_linklocal_learn", bit(to.noLinkLocalLearning()));
        }
        if (from.iptables() != to.iptables()) {
            say("nf_call_iptables", bit(to.iptables()));
        }
        if (from.ip6tables() != to.ip6tables()) {
            say("nf_call_ip6tables", bit(to.ip6tables()));
        }
    }

    private void options(Bridge.Options options) {
        say("stp_state", bit(options.stp()), "forward_delay", options.forwardDelay());
        say("mcast_snooping", bit(options.multicastSnooping()));
        // A kernel without VLAN filtering refuses even the word.
        if (options.vlanFiltering()) {
            say("vlan_filtering 1");
        }
        if (options.noLinkLocalLearning()) {
            say("no_linklocal_learn 1");
        }
        if (options.iptables()) {
            say("nf_call_iptables 1");
        }
        if (options.ip6tables()) {
            say("nf_call_ip6tables 1");
        }
    }

    /** No command does the same: a comment. */
    private void redirect(Redirect redirect) {
        switch (redirect.hook()) {
            case INGRESS -> say("# what comes in by", redirect.link(), "goes to", redirect.to(), "(BPF at tcx)");
            case EGRESS -> say("# what would leave by", redirect.link(), "leaves by", redirect.to(), "(BPF at tcx)");
            case INGRESS_FORWARD ->
                say(
                        "# what comes in by",
                        redirect.link(),
                        "for its MAC address comes in by",
                        redirect.to(),
                        "(nftables)");
            case EGRESS_FORWARD ->
                say("# what would leave by", redirect.link(), "leaves by", redirect.to(), "(nftables)");
        }
    }

    private void address(String verb, Address address) {
        say(address.family().command(), "addr", verb, address.address());
        if (address.peer() != null) {
            say("peer", address.peer());
        }
        if (address.broadcast() != null) {
            say("broadcast", address.broadcast());
        }
        say("dev", address.link());
        if (address.label() != null) {
            say("label", address.label());
        }
        if (address.metric() != 0) {
            say("metric", address.metric());
        }
        if (address.scope() != Scope.GLOBAL) {
            say("scope", address.scope().name().toLowerCase(Locale.ROOT));
        }
        if (address.protocol() == Address.PROTOCOL_KERNEL_ROUTER_ADVERTISEMENT) {
            say("proto kernel_ra");
        }
        if (address.protocol() == Address.PROTOCOL_KERNEL_LINK_LOCAL) {
            say("proto kernel_ll");
        }
        if (!address.lifetime().equals(Address.Lifetime.FOREVER)) {
            lifetime(address);
        }
        if (address.flags().contains(Address.Flag.MANAGE_TEMPORARY)) {
            say("mngtmpaddr");
        }
        if (address.flags().contains(Address.Flag.NO_DAD)) {
            say("nodad");
        }
        if (address.flags().contains(Address.Flag.NO_PREFIX_ROUTE)) {
            say("noprefixroute");
        }
    }

    private void lifetime(Address address) {
        say("valid_lft", seconds(address.lifetime().valid()));
        say("preferred_lft", seconds(address.lifetime().preferred()));
    }

    private static Object seconds(long lifetime) {
        return lifetime == Address.Lifetime.INFINITE ? "forever" : lifetime;
    }

    private void neighbour(Neighbour neighbour) {
        if (neighbour.proxy()) {
            say(neighbour.ip().family().command(), "neigh add proxy", neighbour.ip(), "dev", neighbour.link());
            return;
        }
        say(neighbour.ip().family().command(), "neigh replace", neighbour.ip());
        MacAddress mac = neighbour.mac();
        if (mac != null) {
            say("lladdr", mac);
        }
        say("dev", neighbour.link(), "nud", neighbour.isSetByHand() ? "permanent" : "stale");
    }

    private void route(String verb, Route route) {
        say(route.family().command(), "route", verb);
        if (!route.type().word().isEmpty()) {
            say(route.type().word());
        }
        say(route.destination().isDefault() ? "default" : route.destination());
        if (route.nextHops().size() == 1) {
            nextHop(route.family(), route.nextHops().getFirst());
        } else {
            for (Route.NextHop hop : route.nextHops()) {
                say("nexthop");
                nextHop(route.family(), hop);
                say("weight", hop.weight());
            }
        }
        if (route.table() != Route.MAIN) {
            say("table", route.table());
        }
        say("proto", PROTOCOLS.getOrDefault(route.protocol(), Integer.toString(route.protocol())));
        if (route.scope() == Scope.LINK) {
            say("scope link");
        }
        if (route.source() != null) {
            say("src", route.source());
        }
        if (route.metric() != (route.family() == Family.IPV6 ? Route.IPV6_DEFAULT_METRIC : 0)) {
            say("metric", Integer.toUnsignedString(route.metric()));
        }
        route.metrics().forEach((number, value) -> {
            String name = METRICS.get(number);
            if (name != null) {
                say(name, value);
            }
        });
        Route.Advertised advertised = route.advertised();
        if (advertised != null) {
            advertised(advertised);
        }
    }

    private void advertised(Route.Advertised advertised) {
        if (advertised.lifetime() != Address.Lifetime.INFINITE) {
            say("expires", advertised.lifetime());
        }
        if (advertised.preference() != Route.Preference.MEDIUM) {
            say("pref", advertised.preference().name().toLowerCase(Locale.ROOT));
        }
    }

    private void nextHop(Family family, Route.NextHop hop) {
        if (hop.via() != null) {
            if (hop.via().family() != family) {
                say("via inet6", hop.via());
            } else {
                say("via", hop.via());
            }
        }
        if (hop.link() != null) {
            say("dev", hop.link());
        }
        if (hop.onlink()) {
            say("onlink");
        }
    }

    private void rule(String verb, Rule rule) {
        say(rule.family().command(), "rule", verb, "priority", rule.priority());
        if (rule.from() != null) {
            say("from", rule.from());
        }
        if (rule.to() != null) {
            say("to", rule.to());
        }
        if (rule.inputLink() != null) {
            say("iif", rule.inputLink());
        }
        if (rule.outputLink() != null) {
            say("oif", rule.outputLink());
        }
        if (rule.mark() != 0) {
            say("fwmark", "0x%x/0x%x".formatted(rule.mark(), rule.markMask()));
        }
        if (rule.l3mdev()) {
            say("l3mdev");
        } else {
            say("table", rule.table());
        }
    }

    private static int bit(boolean value) {
        return value ? 1 : 0;
    }

    private void say(Object... more) {
        for (Object word : more) {
            words.add(word.toString());
        }
    }
}
