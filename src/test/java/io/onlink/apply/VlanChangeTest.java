package io.onlink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.desired.Found;
import io.onlink.hostfile.HostFile;
import io.onlink.kernel.FakeKernel;
import io.onlink.model.Address;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.LinkStatus;
import io.onlink.model.MacAddress;
import io.onlink.model.NetworkState;
import io.onlink.model.OtherLink;
import io.onlink.model.Route;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Hosts whose segments are VLANs of one NIC, in their second changes. */
class VlanChangeTest {
    private static final String FILE = """
            version: 1
            segments:
              untagged:
                bridge: br0
                uplink: eth0
                addresses: [10.0.0.11/24, "2001:db8::11/64"]
                routes: [{ to: default, via: 10.0.0.1 }]
              tagged:
                bridge: br1
                uplink: eth0
                vlan: 10
                addresses: [10.1.0.11/24, "2001:db8:1::11/64"]
            """;

    private final NetworkState.Builder host = new NetworkState.Builder();

    VlanChangeTest() {
        nic("eth0", 0);
        address("eth0", "10.0.0.11/24");
        address("eth0", "2001:db8::11/64");
        host.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, Route.MAIN, IpAddress.parse("10.0.0.1"), "eth0"));
    }

    private void nic(String name, int number) {
        LinkAttributes attributes = LinkAttributes.named(name)
                .withMac(new MacAddress(0x00_50_56_00_00_10L + number))
                .withMtu(1500)
                .withUp(true);
        host.put(new OtherLink(attributes, ""));
        host.status.put(name, new LinkStatus(number + 2, true, null));
    }

    private void address(String link, String address) {
        host.addresses.add(Address.permanent(link, InterfaceAddress.parse(address)));
    }

    private static HostChange to(String text, FakeKernel kernel, Found found) {
        return HostChange.to(HostFile.parse("host.yaml", text), kernel, found, false);
    }

    private static Found apply(String text, FakeKernel kernel, Found found) {
        HostChange change = to(text, kernel, found);
        change.plan().steps().forEach(kernel::perform);
        kernel.passTime();
        HostChange again = to(text, kernel, change.found());
        assertThat(again.plan().steps()).isEmpty();
        assertThat(again.found()).isEqualTo(change.found());
        return change.found();
    }

    private static List<String> commands(Plan plan) {
        return plan.steps().stream().map(Step::command).toList();
    }

    /** Both at once would let the frames of one VLAN into the other, by the bridge. */
    @Test
    void theOldVlanLeavesTheBridgeBeforeTheNewOneJoins() {
        FakeKernel kernel = new FakeKernel(host.build());
        Found found = apply(FILE, kernel, Found.untouched());
        List<String> steps =
                commands(to(FILE.replace("vlan: 10", "vlan: 20"), kernel, found).plan());
        int joins = steps.indexOf("ip link set dev eth0.20 master br1");
        assertThat(steps.get(joins - 1)).isEqualTo("ip link set dev eth0.10 nomaster");
        assertThat(steps).noneMatch(step -> step.startsWith("ip addr") && step.contains("br1"));
        apply(FILE.replace("vlan: 10", "vlan: 20"), kernel, found);
    }

    /** Each VLAN's link is there and becomes the other bridge's port. */
    @Test
    void twoSegmentsThatChangeTheirVlansWithEachOtherAreNeverOne() {
        String more = """
                  another: { bridge: br2, uplink: eth0, vlan: 20, addresses: [10.2.0.11/24] }
                """;
        FakeKernel kernel = new FakeKernel(host.build());
        Found found = apply(FILE + more, kernel, Found.untouched());
        String swapped = FILE.replace("vlan: 10", "vlan: 20") + more.replace("vlan: 20", "vlan: 10");
        found = apply(swapped, kernel, found);
        assertThat(kernel.observe().link("eth0.20")).extracting(Link::master).isEqualTo("br1");
        apply(FILE + more, kernel, found);
    }

    /** A VLAN is another LAN than that of its NIC: nothing comes in by the one for the other. */
    @Test
    void aSegmentWhoseUplinkGetsATagLeavesTheNicFirst() {
        FakeKernel kernel = new FakeKernel(host.build());
        String one = FILE.substring(0, FILE.indexOf("  tagged:")).replaceFirst("    routes:.*\\n", "");
        String tagged = one.replace("uplink: eth0", "uplink: eth0\n    vlan: 20");
        Found found = apply(one, kernel, Found.untouched());
        List<String> steps = commands(to(tagged, kernel, found).plan());
        int joins = steps.indexOf("ip link set dev eth0.20 master br0");
        assertThat(steps.subList(0, joins)).contains("ip link set dev eth0 nomaster");
        assertThat(steps).noneMatch(step -> step.contains("onl-stub"));
        found = apply(tagged, kernel, found);
        steps = commands(to(one, kernel, found).plan());
        joins = steps.indexOf("ip link set dev eth0 master br0");
        assertThat(steps.subList(0, joins)).contains("ip link set dev eth0.20 nomaster");
        apply(one, kernel, found);
    }
}
