package io.onlink.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.TestNamespace;
import io.onlink.model.Ipvlan;
import io.onlink.model.LinkAttributes;
import io.onlink.model.Macvlan;
import io.onlink.model.OtherLink;
import io.onlink.model.UpperLink;
import io.onlink.model.Vlan;
import io.onlink.step.Step;

/** Links that lie on others, on a kernel that has all kinds: what we make {@code ip} sees, and the other way about. */
final class UpperLinkSteps {
    private UpperLinkSteps() {}

    static void vlan(TestNamespace namespace, LinuxKernel kernel) {
        parent(namespace);
        Vlan vlan = new Vlan(LinkAttributes.named("eth0.20"), "eth0", 20);
        assertThat(isMadeAndSeen(vlan, kernel)).isTrue();
        assertThat(namespace.ip("-d link show eth0.20")).contains("eth0.20@eth0", "vlan protocol 802.1Q id 20");
        kernel.perform(new Step.SetUp("eth0.20", true));
        namespace.ip("link add link eth0 name q type vlan proto 802.1ad id 21");
        assertThat(kernel.observe().link("q")).isInstanceOf(OtherLink.class);
    }

    static void macvlan(TestNamespace namespace, LinuxKernel kernel) {
        parent(namespace);
        assertThat(isMadeAndSeen(new Macvlan(LinkAttributes.named("m0"), "eth0", Macvlan.Mode.PRIVATE), kernel))
                .isTrue();
        assertThat(isMadeAndSeen(new Macvlan(LinkAttributes.named("m1"), "eth0", Macvlan.Mode.BRIDGE), kernel))
                .isTrue();
        assertThat(namespace.ip("-d link show m0")).contains("m0@eth0", "macvlan mode private");
        assertThat(namespace.ip("-d link show m1")).contains("macvlan mode bridge");
    }

    static void ipvlan(TestNamespace namespace, LinuxKernel kernel) {
        parent(namespace);
        assertThat(isMadeAndSeen(new Ipvlan(LinkAttributes.named("i0"), "eth0", true), kernel))
                .isTrue();
        assertThat(namespace.ip("-d link show i0")).contains("i0@eth0", "ipvlan", "mode l2 private");
        // The flag is the parent's: the last word holds for all.
        assertThat(isMadeAndSeen(new Ipvlan(LinkAttributes.named("i1"), "eth0", false), kernel))
                .isTrue();
        assertThat(namespace.ip("-d link show i0")).contains("mode l2 bridge");
        assertThat(namespace.ip("-d link show i1")).contains("mode l2 bridge");
    }

    /** A machine on the wire, a container beside the host: both directions, and who is seen there. */
    static void ipvlanFramesHaveTheParentsMac(TestNamespace namespace, LinuxKernel kernel) {
        try (TestNamespace machine = new TestNamespace();
                TestNamespace container = new TestNamespace()) {
            namespace.ip("link add eth0 type veth peer name r0 netns " + machine.name());
            namespace.ip("link set eth0 up");
            machine.ip("link set r0 up");
            machine.ip("addr add 192.0.2.1/24 dev r0");
            machine.ip("addr add 2001:db8::1/64 dev r0 nodad");
            kernel.perform(new Step.CreateLink(new Ipvlan(LinkAttributes.named("i0"), "eth0", false)));
            namespace.ip("link set i0 netns " + container.name());
            // Its parent is in another namespace.
            try (LinuxKernel inside = container.call(LinuxKernel::open)) {
                assertThat(inside.observe().link("i0"))
                        .isInstanceOfSatisfying(
                                Ipvlan.class, link -> assertThat(link.parent()).isNull());
            }
            container.ip("link set i0 up");
            container.ip("addr add 192.0.2.2/24 dev i0");
            container.ip("addr add 2001:db8::2/64 dev i0 nodad");
            container.exec("ping", "-c", "1", "-W", "2", "192.0.2.1");
            container.exec("ping", "-c", "1", "-W", "2", "2001:db8::1");
            String mac =
                    String.valueOf(kernel.observe().link("eth0").attributes().mac());
            assertThat(machine.ip("neigh show 192.0.2.2")).contains(mac);
            assertThat(machine.ip("-6 neigh show 2001:db8::2")).contains(mac);
        }
    }

    private static void parent(TestNamespace namespace) {
        namespace.ip("link add eth0 type veth peer name r0");
        namespace.ip("link set r0 up");
        namespace.ip("link set eth0 up");
    }

    private static boolean isMadeAndSeen(UpperLink link, LinuxKernel kernel) {
        kernel.perform(new Step.CreateLink(link));
        return kernel.observe().link(link.name()) instanceof UpperLink seen
                && seen.getClass().equals(link.getClass())
                && seen.withAttributes(link.attributes()).equals(link);
    }
}
