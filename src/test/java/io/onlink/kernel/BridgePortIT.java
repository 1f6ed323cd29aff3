package io.onlink.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.onlink.libc.TestNamespace;
import io.onlink.model.BridgePort;
import io.onlink.model.BridgePort.Option;
import io.onlink.model.LinkStatus.PortState;
import io.onlink.step.Step;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A port's options: what we do {@code ip} must see, and what {@code ip} does we must see. Needs root. */
class BridgePortIT {
    private final TestNamespace namespace = new TestNamespace();
    private final LinuxKernel kernel = namespace.call(LinuxKernel::open);

    @BeforeEach
    void makePort() {
        namespace.ip("link add br0 up type bridge forward_delay 0");
        namespace.ip("link add v0 up type veth peer name v1");
        namespace.ip("link set v1 up");
    }

    @AfterEach
    void close() {
        kernel.close();
        namespace.close();
    }

    @Test
    void aLinkIsAPortAsLongAsItIsInABridge() {
        assertThat(kernel.port("v0")).isNull();
        assertThat(kernel.port("none")).isNull();
        join();
        assertThat(port()).isEqualTo(new BridgePort(PortState.FORWARDING, true, BridgePort.ON_AT_FIRST));
        namespace.ip("link set v1 down");
        assertThat(port().operational()).isFalse();
    }

    @Test
    void eachOptionIsTheOneThatIpKnowsByTheWord() {
        join();
        JsonNode atFirst = options();
        int known = 0;
        for (Option option : Option.values()) {
            // An older ip(8) does not know the newest.
            if (!atFirst.has(option.word())) {
                continue;
            }
            known++;
            boolean other = !option.isOnAtFirst();
            assertThat(atFirst.get(option.word()).asBoolean()).as(option.word()).isEqualTo(option.isOnAtFirst());
            Set<Option> turned = EnumSet.copyOf(BridgePort.ON_AT_FIRST);
            var _ = other ? turned.add(option) : turned.remove(option);

            kernel.perform(new Step.SetPortOptions("v0", BridgePort.ON_AT_FIRST, turned));
            assertThat(options().get(option.word()).asBoolean())
                    .as(option.word())
                    .isEqualTo(other);
            kernel.perform(new Step.SetPortOptions("v0", turned, BridgePort.ON_AT_FIRST));
            assertThat(options()).as("with " + option.word() + " as at first").isEqualTo(atFirst);

            namespace.ip("link set v0 type bridge_slave %s %s".formatted(option.word(), other ? "on" : "off"));
            assertThat(port().on()).isEqualTo(turned);
            namespace.ip("link set v0 type bridge_slave %s %s".formatted(option.word(), other ? "off" : "on"));
        }
        assertThat(known).isGreaterThanOrEqualTo(14);
    }

    @Test
    void aPortThatSomebodyClosedPassesFramesAgain() {
        join();
        // What ip(8) does beside makes the kernel open it again.
        namespace.exec("bridge", "link", "set", "dev", "v0", "state", "0");
        assertThat(port()).isEqualTo(new BridgePort(PortState.DISABLED, true, BridgePort.ON_AT_FIRST));
        kernel.perform(new Step.SetPortState("v0", PortState.DISABLED, PortState.FORWARDING));
        assertThat(options().get("state").asString()).isEqualTo("forwarding");
    }

    private void join() {
        namespace.ip("link set v0 master br0");
        kernel.perform(new Step.AwaitForwarding("v0", "br0"));
    }

    private BridgePort port() {
        return Objects.requireNonNull(kernel.port("v0"));
    }

    private JsonNode options() {
        return JsonMapper.shared()
                .readTree(namespace.ip("-j -d link show v0"))
                .get(0)
                .at("/linkinfo/info_slave_data");
    }
}
