package io.onlink.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.TestNamespace;
import io.onlink.model.Address;
import io.onlink.model.Bridge;
import io.onlink.model.Family;
import io.onlink.model.InterfaceAddress;
import io.onlink.model.IpAddress;
import io.onlink.model.IpNetwork;
import io.onlink.model.Link;
import io.onlink.model.LinkAttributes;
import io.onlink.model.NetworkState;
import io.onlink.model.Route;
import io.onlink.model.Rule;
import io.onlink.model.Vrf;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What LinuxKernelIT and PlanOnLinuxIT cannot test on a kernel without VRF. A program of its own: it runs in the guest,
 * and says a line for each check as {@code src/test/guest/checks.bash} does.
 */
public final class VrfSteps {
    private static final Vrf VRF = new Vrf(LinkAttributes.named("mgmt0").withUp(true), 10);

    private VrfSteps() {}

    /** Ends with status 1 if a check failed. */
    public static void main(String[] arguments) {
        Map<String, Check> checks = new LinkedHashMap<>();
        checks.put("ip-sees-the-vrf-we-make", VrfSteps::ipSeesTheVrfWeMake);
        checks.put("we-see-the-vrf-ip-makes", VrfSteps::weSeeTheVrfIpMakes);
        checks.put("a-nic-moves-into-a-vrf-and-out-again", VrfSteps::aNicMovesIntoAVrfAndOutAgain);
        checks.put("each-step-is-undone", VrfSteps::eachStepIsUndone);
        checks.put("vlan-filtering", VrfSteps::vlanFiltering);
        checks.put("vlan", UpperLinkSteps::vlan);
        checks.put("macvlan", UpperLinkSteps::macvlan);
        checks.put("ipvlan", UpperLinkSteps::ipvlan);
        checks.put("ipvlan-frames-have-the-parents-mac", UpperLinkSteps::ipvlanFramesHaveTheParentsMac);
        checks.put("the-hosts-firewall-judges-a-vrfs-member", VrfSteps::theHostsFirewallJudgesAVrfsMember);
        checks.put("who-talks-to-itself-in-a-vrf-is-not-judged", VrfSteps::whoTalksToItselfInAVrfIsNotJudged);
        long failed = checks.entrySet().stream()
                .filter(check -> !passes(check.getKey(), check.getValue()))
                .count();
        System.exit(failed == 0 ? 0 : 1);
    }

    private static void ipSeesTheVrfWeMake(TestNamespace namespace, LinuxKernel kernel) {
        assertThat(kernel.supportsLinkKind("vrf")).isTrue();
        assertThat(kernel.observe().rules()).doesNotContain(Rule.l3mdev(Family.IPV4));
        kernel.perform(new Step.CreateLink(VRF));
        assertThat(namespace.ip("-d link show mgmt0")).contains("vrf table 10");
        assertThat(namespace.ip("rule show")).contains("1000:", "l3mdev-table");
        assertThat(kernel.observe().rules()).contains(Rule.l3mdev(Family.IPV4), Rule.l3mdev(Family.IPV6));
        kernel.perform(new Step.DeleteLink(VRF));
        assertThat(kernel.observe().links()).containsOnlyKeys("lo");
    }

    private static void weSeeTheVrfIpMakes(TestNamespace namespace, LinuxKernel kernel) {
        namespace.ip("link add mgmt0 type vrf table 4711");
        assertThat(kernel.observe().link("mgmt0"))
                .isInstanceOfSatisfying(
                        Vrf.class, vrf -> assertThat(vrf.table()).isEqualTo(4711));
    }

    private static void aNicMovesIntoAVrfAndOutAgain(TestNamespace namespace, LinuxKernel kernel) {
        NetworkState found = hostWithAManagementNic(namespace, kernel);
        NetworkState desired = inVrf(found);
        Plan.between(found, desired).steps().forEach(kernel::perform);
        NetworkState reached = kernel.observe();
        assertThat(Plan.between(reached, desired).toString()).isEmpty();
        assertThat(namespace.ip("route show table 10")).contains("default via 192.168.1.1 dev eth2");
        assertThat(namespace.ip("-6 route show table 10")).contains("default via 2405:6580:aa40::1 dev eth2");
        assertThat(namespace.ip("route show")).doesNotContain("192.168.1.");
        Plan.between(reached, found).steps().forEach(kernel::perform);
        assertSameAs(found, kernel.observe());
    }

    private static void eachStepIsUndone(TestNamespace namespace, LinuxKernel kernel) {
        NetworkState found = hostWithAManagementNic(namespace, kernel);
        List<Step> steps = Plan.between(found, inVrf(found)).steps();
        for (int failing = 0; failing <= steps.size(); failing++) {
            List<Step> done = steps.subList(0, failing);
            done.forEach(kernel::perform);
            Plan.between(kernel.observe(), found).steps().forEach(kernel::perform);
            assertSameAs(found, kernel.observe());
        }
    }

    private static void vlanFiltering(TestNamespace namespace, LinuxKernel kernel) {
        Bridge.Options options = new Bridge.Options(false, 0, false, true, false, false, false);
        kernel.perform(new Step.CreateLink(new Bridge(LinkAttributes.named("br0"), options)));
        assertThat(namespace.ip("-d link show br0")).contains("vlan_filtering 1");
        kernel.perform(new Step.SetBridgeOptions("br0", options, Bridge.Options.SEGMENT));
        assertThat(kernel.observe().link("br0"))
                .isInstanceOfSatisfying(
                        Bridge.class, bridge -> assertThat(bridge.options()).isEqualTo(Bridge.Options.SEGMENT));
    }

    /** The same packets as {@link FirewallPacketsIT} sends to a host without VRF. */
    private static void theHostsFirewallJudgesAVrfsMember(TestNamespace namespace, LinuxKernel kernel) {
        try (FirewalledHost host = new FirewalledHost(namespace, kernel).inVrf()) {
            host.checkWhoGetsIn();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void whoTalksToItselfInAVrfIsNotJudged(TestNamespace namespace, LinuxKernel kernel) {
        try (FirewalledHost host = new FirewalledHost(namespace, kernel).inVrf()) {
            host.checkThatItTalksToItselfInItsVrf();
        }
    }

    private static NetworkState hostWithAManagementNic(TestNamespace namespace, LinuxKernel kernel) {
        namespace.ip("link set lo up");
        namespace.ip("link add eth2 address 00:50:56:00:01:d9 type veth peer name switch");
        namespace.ip("link set switch up");
        namespace.ip("link set eth2 up");
        namespace.ip("addr add 192.168.1.217/24 broadcast 192.168.1.255 dev eth2");
        namespace.ip("addr add 2405:6580:aa40::217:1/64 dev eth2 nodad");
        namespace.ip("route add default via 192.168.1.1 dev eth2");
        // The kernel adds its rule for VRFs with the first one, and never takes it away (net/l3mdev).
        kernel.perform(new Step.CreateLink(VRF));
        kernel.perform(new Step.DeleteLink(VRF));
        return kernel.observe();
    }

    /** As the host file of the scenario wants it. */
    private static NetworkState inVrf(NetworkState found) {
        Link nic = Objects.requireNonNull(found.link("eth2"));
        NetworkState.Builder desired = found.toBuilder();
        desired.put(VRF);
        desired.put(nic.withMaster("mgmt0"));
        desired.routes.removeIf(route -> !route.isKernelMade());
        desired.routes.add(Route.via(IpNetwork.DEFAULT_IPV4, 10, IpAddress.parse("192.168.1.1"), "eth2"));
        desired.routes.add(Route.via(IpNetwork.DEFAULT_IPV6, 10, IpAddress.parse("2405:6580:aa40::1"), "eth2"));
        return desired.build();
    }

    private static void assertSameAs(NetworkState expected, NetworkState actual) {
        assertThat(Plan.between(actual, expected).toString()).isEmpty();
        assertThat(actual.links()).isEqualTo(expected.links());
        assertThat(actual.rules()).isEqualTo(expected.rules());
        for (String address : List.of("192.168.1.217/24", "2405:6580:aa40::217:1/64")) {
            assertThat(addresses(actual, address))
                    .isEqualTo(addresses(expected, address))
                    .hasSize(1);
        }
        assertThat(actual.routes().stream().filter(route -> !route.isKernelMade()))
                .containsExactlyInAnyOrderElementsOf(expected.routes().stream()
                        .filter(route -> !route.isKernelMade())
                        .toList());
    }

    private static List<Address> addresses(NetworkState state, String address) {
        return state.addressesOf("eth2").stream()
                .filter(each -> each.address().equals(InterfaceAddress.parse(address)))
                .toList();
    }

    private interface Check {
        void run(TestNamespace namespace, LinuxKernel kernel);
    }

    private static boolean passes(String name, Check check) {
        try (TestNamespace namespace = new TestNamespace();
                LinuxKernel kernel = namespace.call(LinuxKernel::open)) {
            check.run(namespace, kernel);
            System.out.println("ok " + name);
            return true;
        } catch (RuntimeException | AssertionError failed) {
            System.out.println("not ok " + name + ": " + failed.toString().replace('\n', ';'));
            return false;
        }
    }
}
