package io.onlink.hostfile;

import io.onlink.hostfile.Draft.ContainersDraft;
import io.onlink.hostfile.Draft.Destination;
import io.onlink.hostfile.Draft.EntranceDraft;
import io.onlink.hostfile.Draft.EthernetDraft;
import io.onlink.hostfile.Draft.FirewallDraft;
import io.onlink.hostfile.Draft.LeakDraft;
import io.onlink.hostfile.Draft.RepliesDraft;
import io.onlink.hostfile.Draft.RouteDraft;
import io.onlink.hostfile.Draft.SegmentDraft;
import io.onlink.hostfile.Draft.VrfDraft;
import io.onlink.model.AddressRange;
import io.onlink.model.Allowance;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Vlan;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** The grammar of the host file: which key stands where, and what type its value has. */
final class DraftReader {
    private DraftReader() {}

    static Optional<Draft> read(Value root) {
        return root.fields("version", "segments", "ethernets", "vrfs", "firewall", "verify")
                .map(fields -> {
                    fields.requireOneOf("segments", "ethernets", "vrfs");
                    return new Draft(
                            fields.required("version", value -> value.integer(1, 1, "1")),
                            named(fields, "segments", DraftReader::segment),
                            named(fields, "ethernets", DraftReader::ethernet),
                            named(fields, "vrfs", DraftReader::vrf),
                            named(fields, "firewall", DraftReader::entrance),
                            fields.optional("verify", DraftReader::peers).orElse(Elements.none()));
                });
    }

    /** A section whose keys are names that the user chose. */
    private static <T> List<T> named(
            Fields fields, String key, BiFunction<Located<String>, Value, Optional<T>> reader) {
        return fields.optional(
                        key,
                        section -> Optional.of(section.entries().stream()
                                .flatMap(entry -> reader.apply(entry.key(), entry.value()).stream())
                                .toList()))
                .orElse(List.of());
    }

    private static Optional<SegmentDraft> segment(Located<String> name, Value value) {
        return value.fields(
                        "attach",
                        "bridge",
                        "uplink",
                        "vlan",
                        "addresses",
                        "routes",
                        "replies",
                        "accept-ra",
                        "multicast-snooping",
                        "containers")
                .map(fields -> segment(name, fields));
    }

    private static SegmentDraft segment(Located<String> name, Fields fields) {
        Attach attach = fields.optional("attach", DraftReader::attach)
                .map(Located::value)
                .orElse(Attach.BRIDGE);
        Optional<Located<String>> bridge = attach == Attach.BRIDGE
                ? fields.required("bridge", DraftReader::interfaceName)
                : fields.optional("bridge", DraftReader::interfaceName);
        Optional<Located<String>> nic = fields.required("uplink", DraftReader::interfaceName);
        Optional<Located<Integer>> vlan = fields.optional("vlan", DraftReader::vlan);
        boolean isUplinkKnown =
                vlan.isPresent() || fields.optional("vlan", Optional::of).isEmpty();
        return new SegmentDraft(
                name,
                attach,
                bridge,
                isUplinkKnown ? nic : Optional.empty(),
                vlan,
                fields.optionalList("addresses", DraftReader::interfaceAddress),
                fields.optionalList("routes", DraftReader::route),
                fields.optional("replies", DraftReader::replies),
                fields.optional("accept-ra", Value::truth),
                fields.optional("multicast-snooping", Value::truth),
                fields.optional("containers", DraftReader::containers));
    }

    private static Optional<Located<Attach>> attach(Value value) {
        return value.text(Attach::parse, "'bridge', 'macvlan' or 'ipvlan' is expected");
    }

    private static Optional<Located<Integer>> vlan(Value value) {
        return value.integer(Vlan.SMALLEST_ID, Vlan.LARGEST_ID, "a VLAN's number from 1 to 4094");
    }

    private static Optional<ContainersDraft> containers(Value value) {
        return value.fields("pool", "routers", "isolated", "firewall")
                .map(fields -> new ContainersDraft(
                        value.label(),
                        fields.requiredList("pool", DraftReader::range),
                        fields.optionalList("routers", DraftReader::address),
                        fields.optional("isolated", Value::truth)
                                .map(Located::value)
                                .orElse(false),
                        fields.optional("firewall", DraftReader::firewall)));
    }

    private static Optional<FirewallDraft> firewall(Value value) {
        return value.fields("default", "allow")
                .map(fields -> new FirewallDraft(
                        fields.optional("default", DraftReader::verdict),
                        fields.optionalList("allow", DraftReader::allowance)));
    }

    private static Optional<EntranceDraft> entrance(Located<String> name, Value value) {
        return firewall(value).map(rules -> new EntranceDraft(name, rules));
    }

    private static Optional<Located<FirewallDraft.Verdict>> verdict(Value value) {
        return value.text(FirewallDraft.Verdict::parse, "'deny' or 'allow' is expected");
    }

    private static Optional<Located<Allowance>> allowance(Value value) {
        return value.text(Allowance::parse, Allowance.SYNTAX);
    }

    private static Optional<EthernetDraft> ethernet(Located<String> name, Value value) {
        return value.fields("addresses", "routes", "replies", "accept-ra")
                .map(fields -> new EthernetDraft(
                        name,
                        fields.optionalList("addresses", DraftReader::interfaceAddress),
                        fields.optionalList("routes", DraftReader::route),
                        fields.optional("replies", DraftReader::replies),
                        fields.optional("accept-ra", Value::truth)));
    }

    private static Optional<RepliesDraft> replies(Value value) {
        return value.fields("table", "routers")
                .map(fields -> new RepliesDraft(
                        value.label(),
                        fields.required("table", DraftReader::table),
                        fields.optionalList("routers", DraftReader::address)));
    }

    private static Optional<Located<Integer>> table(Value value) {
        return value.integer(1, Integer.MAX_VALUE, VrfRules.TABLES);
    }

    private static Optional<VrfDraft> vrf(Located<String> name, Value value) {
        return value.fields("table", "interfaces", "routes", "nameservers", "services", "leak")
                .map(fields -> new VrfDraft(
                        name,
                        fields.required("table", DraftReader::table),
                        fields.requiredList("interfaces", DraftReader::interfaceName),
                        fields.optionalList("routes", DraftReader::route),
                        fields.optionalList("nameservers", DraftReader::address),
                        fields.optionalList("services", DraftReader::unit),
                        fields.optionalList("leak", DraftReader::leak)));
    }

    private static Optional<LeakDraft> leak(Value value) {
        return value.fields("to", "from", "into").map(fields -> {
            fields.requireOneOf("from", "into");
            return new LeakDraft(
                    value.place(),
                    fields.required("to", DraftReader::network),
                    fields.optional("from", DraftReader::interfaceName),
                    fields.optional("into", DraftReader::interfaceName));
        });
    }

    private static Optional<Located<IpNetwork>> network(Value value) {
        return value.text(IpNetwork::parse, "NETWORK/LENGTH is expected");
    }

    private static Optional<Elements<Located<IpAddress>>> peers(Value value) {
        return value.fields("peers").map(fields -> fields.requiredList("peers", DraftReader::address));
    }

    private static Optional<RouteDraft> route(Value value) {
        return value.fields("to", "via", "metric")
                .map(fields -> new RouteDraft(
                        value.place(),
                        fields.required("to", DraftReader::destination),
                        fields.required("via", DraftReader::address),
                        fields.optional(
                                "metric",
                                metric -> metric.integer(0, Integer.MAX_VALUE, "a number from 0 to 2147483647"))));
    }

    private static Optional<Located<String>> interfaceName(Value value) {
        return value.text(InterfaceName::parse, InterfaceName.ALLOWED);
    }

    private static Optional<Located<String>> unit(Value value) {
        return value.text(UnitName::parse, UnitName.ALLOWED);
    }

    private static Optional<Located<InterfaceAddress>> interfaceAddress(Value value) {
        return value.text(InterfaceAddress::parse, "ADDRESS/LENGTH is expected");
    }

    private static Optional<Located<IpAddress>> address(Value value) {
        return value.text(IpAddress::parse, "an IPv4 or IPv6 address is expected, without prefix length");
    }

    private static Optional<Located<AddressRange>> range(Value value) {
        return value.text(AddressRange::parse, "FIRST-LAST or NETWORK/LENGTH is expected");
    }

    private static Optional<Located<Destination>> destination(Value value) {
        return value.text(
                text -> new Destination(text.equals("default") ? Optional.empty() : Optional.of(IpNetwork.parse(text))),
                "'default' or NETWORK/LENGTH is expected");
    }
}
