package io.onlink.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.TestNamespace;
import io.onlink.model.Link;
import io.onlink.model.NetworkState;
import io.onlink.plan.Plan;
import io.onlink.step.Step;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A host whose bridge gets another uplink on the same LAN, with a container that says nothing of itself. The switch, a bridge
 * in a namespace of its own, is the witness. Needs root.
 */
class UplinkExchangeIT {
    private static final String CONTAINER_MAC = "02:42:c0:a8:16:de";

    /** What a LAN without a storm never comes near to in these seconds. */
    private static final long STORM = 20_000;

    private final TestNamespace host = new TestNamespace();
    private final TestNamespace lan = new TestNamespace();
    private final TestNamespace container = new TestNamespace();
    private final LinuxKernel kernel = host.call(LinuxKernel::open);

    @BeforeEach
    void aHostWithTwoUplinksOnOneLan() {
        for (TestNamespace namespace : List.of(host, lan, container)) {
            for (String scope : List.of("all", "default")) {
                namespace.exec("sysctl", "-qw", "net.ipv6.conf." + scope + ".disable_ipv6=1");
            }
        }
        lan.ip("link add switch address 00:50:56:00:01:01 type bridge stp_state 0 forward_delay 0");
        lan.ip("link set switch up");
        lan.ip("addr add 192.168.22.1/24 dev switch");
        for (int nic = 0; nic < 2; nic++) {
            host.ip("link add eth%d address 00:50:56:00:22:0%d type veth peer name port%d".formatted(nic, nic, nic));
            host.ip("link set port%d netns %s".formatted(nic, lan.name()));
            host.ip("link set eth%d up".formatted(nic));
            lan.ip("link set port%d master switch up".formatted(nic));
        }
        host.ip("link add br0 address 00:50:56:00:22:00 type bridge stp_state 0 forward_delay 0");
        host.ip("link set br0 up");
        host.ip("link set eth0 master br0");
        host.ip("addr add 192.168.22.217/24 broadcast 192.168.22.255 dev br0");
        host.ip("link add onl0 type veth peer name c0 address " + CONTAINER_MAC);
        host.ip("link set c0 netns " + container.name());
        host.ip("link set onl0 master br0 up");
        container.ip("link set c0 up");
        container.ip("addr add 192.168.22.222/24 dev c0");
    }

    @AfterEach
    void close() {
        kernel.close();
        container.close();
        lan.close();
        host.close();
    }

    @Test
    void aSilentContainerIsFoundBehindTheNewUplinkAtOnce() {
        assertThat(answers("192.168.22.222")).isTrue();
        assertThat(answers("192.168.22.217")).isTrue();
        assertThat(portOf(CONTAINER_MAC)).isEqualTo("port0");
        NetworkState found = kernel.observe();
        perform(found, withUplink(found, "eth1"));
        // The container has said nothing since.
        assertThat(portOf(CONTAINER_MAC)).isEqualTo("port1");
        assertThat(answers("192.168.22.222")).isTrue();
        assertThat(answers("192.168.22.217")).isTrue();

        NetworkState changed = kernel.observe();
        perform(changed, found);
        assertThat(portOf(CONTAINER_MAC)).isEqualTo("port0");
        assertThat(answers("192.168.22.222")).isTrue();
        assertThat(answers("192.168.22.217")).isTrue();
        assertThat(kernel.observe().links()).isEqualTo(found.links());
        assertThat(frames()).isLessThan(STORM);
    }

    /** What a process that dies leaves: its programs end with it. */
    @Test
    void whereverItDiesThereIsNoStormAndAWayBack() {
        NetworkState found = kernel.observe();
        List<Step> steps = Plan.between(found, withUplink(found, "eth1"), kernel.features())
                .steps();
        assertThat(steps).hasAtLeastOneElementOfType(Step.AddExchange.class);
        for (int done = 0; done <= steps.size(); done++) {
            try (LinuxKernel dying = host.call(LinuxKernel::open)) {
                steps.subList(0, done).forEach(dying::perform);
            }
            lan.exec("sh", "-c", "ping -c 2 -i 0.1 -W 1 -b 192.168.22.255 >/dev/null 2>&1 || true");
            assertThat(frames()).as("%s steps done", done).isLessThan(STORM);
            NetworkState left = kernel.observe();
            assertThat(left.exchanges()).isEmpty();
            Plan.between(left, found, kernel.features()).steps().forEach(kernel::perform);
            assertThat(kernel.observe().links()).as("%s steps done", done).isEqualTo(found.links());
            assertThat(answers("192.168.22.217")).as("%s steps done", done).isTrue();
            assertThat(answers("192.168.22.222")).as("%s steps done", done).isTrue();
        }
    }

    private void perform(NetworkState from, NetworkState to) {
        Plan.between(from, to, kernel.features()).steps().forEach(kernel::perform);
        assertThat(Plan.between(kernel.observe(), to).toString()).isEmpty();
    }

    private static NetworkState withUplink(NetworkState state, String uplink) {
        NetworkState.Builder changed = state.toBuilder();
        Link bridge = Objects.requireNonNull(state.link("br0"));
        Link joining = Objects.requireNonNull(state.link(uplink));
        state.portsOf("br0").stream()
                .filter(port -> port.name().startsWith("eth"))
                .forEach(port -> changed.put(port.withMaster(null)));
        changed.put(joining.withMaster("br0"));
        changed.put(bridge.withAttributes(
                bridge.attributes().withMac(joining.attributes().mac())));
        return changed.build();
    }

    private boolean answers(String address) {
        return lan.exec("sh", "-c", "ping -c 1 -W 2 " + address + " >/dev/null && echo yes || true")
                .equals("yes\n");
    }

    /** By which port of the switch a station is. */
    private String portOf(String mac) {
        return lan.exec("sh", "-c", "bridge fdb show br switch | grep -i '^" + mac + "' | cut -d' ' -f3")
                .strip();
    }

    /** All that the two uplinks sent and got. */
    private long frames() {
        return Long.parseLong(
                host.exec("sh", "-c", "cat /proc/net/dev | awk '/eth[01]:/ { sum += $3 + $11 } END { print sum }'")
                        .strip());
    }
}
