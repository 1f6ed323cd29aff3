package io.onlink.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.TestNamespace;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.NetworkState;
import io.onlink.model.Redirect;
import io.onlink.model.Route;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Plans that the fake kernel takes, on the real one: it must come to the desired state, and back. Needs root. */
class PlanOnLinuxIT {
    private final TestNamespace namespace = new TestNamespace();
    private final LinuxKernel kernel = namespace.call(LinuxKernel::open);

    @BeforeEach
    void aHostWithOneNic() {
        namespace.ip("link set lo up");
        namespace.ip("link add eth0 address 00:50:56:00:22:d9 type veth peer name switch");
        namespace.ip("link set switch up");
        namespace.ip("link set eth0 up");
        namespace.ip("addr add 192.168.22.217/24 broadcast 192.168.22.255 dev eth0");
        namespace.ip("addr add 192.168.22.218/24 broadcast 192.168.22.255 dev eth0");
        namespace.ip("addr add 2001:470:fe36:face::217:1/64 dev eth0 nodad");
        namespace.ip("route add default via 192.168.22.1 dev eth0");
        namespace.ip("-6 route add default via 2001:470:fe36:face::1 dev eth0");
        namespace.ip("route add 10.1.0.0/16 via 192.168.22.1 dev eth0 metric 50 mtu 1400");
    }

    @AfterEach
    void close() {
        kernel.close();
        namespace.close();
    }

    @Test
    void anUplinkMovesIntoABridgeAndOutAgain() {
        NetworkState found = kernel.observe();
        NetworkState desired = bridged(found);
        Plan plan = Plan.between(found, desired, kernel.features());
        plan.steps().forEach(kernel::perform);
        NetworkState reached = kernel.observe();
        assertThat(Plan.between(reached, desired).toString()).isEmpty();
        assertThat(addresses(reached, "eth0")).isEmpty();
        assertThat(reached.routes()).noneMatch(route -> !route.isKernelMade() && route.uses("eth0"));

        Plan back = Plan.between(reached, found, kernel.features());
        back.steps().forEach(kernel::perform);
        assertSameAs(found, kernel.observe());
    }

    @Test
    void whateverWasDoneCanBeUndone() {
        NetworkState found = kernel.observe();
        List<Step> steps =
                Plan.between(found, bridged(found), kernel.features()).steps();
        for (int failing = 0; failing <= steps.size(); failing++) {
            List<Step> done = steps.subList(0, failing);
            done.forEach(kernel::perform);
            Plan.between(kernel.observe(), found, kernel.features()).steps().forEach(kernel::perform);
            assertSameAs(found, kernel.observe());
        }
    }

    @Test
    void somebodyElsesFiltersStayAsTheyAre() {
        namespace.exec("tc", "qdisc", "add", "dev", "eth0", "clsact");
        namespace.exec(
                "tc",
                "filter",
                "add",
                "dev",
                "eth0",
                "ingress",
                "pref",
                "7",
                "protocol",
                "all",
                "u32",
                "match",
                "u32",
                "0",
                "0",
                "flowid",
                "1:1");
        String before = namespace.exec("tc", "-j", "filter", "show", "dev", "eth0", "ingress");
        assertThat(before).contains("\"u32\"");
        NetworkState found = kernel.observe();
        List<Step> steps =
                Plan.between(found, bridged(found), kernel.features()).steps();
        assertThat(steps).contains(new Step.AddRedirect(new Redirect("eth0", Redirect.Hook.INGRESS, "br0")));
        for (int failing = 0; failing <= steps.size(); failing++) {
            steps.subList(0, failing).forEach(kernel::perform);
            String list = before.strip();
            assertThat(namespace.exec("tc", "-j", "filter", "show", "dev", "eth0", "ingress"))
                    .contains(list.substring(1, list.length() - 1));
            Plan.between(kernel.observe(), found, kernel.features()).steps().forEach(kernel::perform);
            assertThat(namespace.exec("tc", "-j", "filter", "show", "dev", "eth0", "ingress"))
                    .isEqualTo(before);
        }
        assertSameAs(found, kernel.observe());
    }

    /** As a segment wants it: the NIC's addresses and routes on the bridge, IPv6 off on the NIC. */
    private static NetworkState bridged(NetworkState found) {
        Link nic = Objects.requireNonNull(found.link("eth0"));
        NetworkState.Builder desired = found.toBuilder();
        desired.put(nic.withMaster("br0"));
        desired.put(new Bridge(
                LinkAttributes.named("br0").withMac(nic.attributes().mac()).withUp(true), Bridge.Options.SEGMENT));
        desired.addresses.replaceAll(
                address -> address.link().equals("eth0") && !address.isKernelMade() ? address.on("br0") : address);
        desired.routes.replaceAll(route -> route.isKernelMade() ? route : route.moved("eth0", "br0"));
        desired.sysctls.put(NetworkState.disableIpv6("eth0"), "1");
        return desired.build();
    }

    private static void assertSameAs(NetworkState expected, NetworkState actual) {
        assertThat(Plan.between(actual, expected).toString()).isEmpty();
        assertThat(actual.links()).isEqualTo(expected.links());
        assertThat(actual.sysctls()).isEqualTo(expected.sysctls());
        assertThat(addresses(actual, "eth0")).isEqualTo(addresses(expected, "eth0"));
        assertThat(actual.routes().stream().filter(route -> !route.isKernelMade()))
                .containsExactlyInAnyOrderElementsOf(expected.routes().stream()
                        .filter(route -> !route.isKernelMade())
                        .toList());
        assertThat(actual.routes().stream().filter(PlanOnLinuxIT::isConnected))
                .containsExactlyInAnyOrderElementsOf(expected.routes().stream()
                        .filter(PlanOnLinuxIT::isConnected)
                        .toList());
        assertThat(actual.rules()).isEqualTo(expected.rules());
        assertThat(actual.redirects()).isEmpty();
    }

    private static boolean isConnected(Route route) {
        return route.protocol() == Route.PROTOCOL_KERNEL && route.table() == Route.MAIN;
    }

    private static List<Address> addresses(NetworkState state, String link) {
        return state.addressesOf(link).stream()
                .filter(address -> !address.isKernelMade())
                .toList();
    }
}
